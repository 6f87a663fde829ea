import { describe, expect, it } from "vitest";
import { loadFlowModel, trainFlowMatching, type FlowModel } from "../../runtime/models/flow-matching/index.ts";
import type { Checkpoint, TrainHooks, TrainingSet } from "../../runtime/models/sampler.ts";
import type { FlowMatchingSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const spec: FlowMatchingSpec = {
  kind: "flow_matching",
  hidden: [32, 32],
  activation: "relu",
  solver: "midpoint",
  odeSteps: 8,
  ema: 0.995,
  scenarios: 512,
};
const optimizer = { kind: "adam", rate: 2e-3, weightDecay: 1e-4 } as const;

/** s = (1 + 2 x₀, 50 (x₁ − x₀)) + correlated noise of sd (0.5, 30): a law of known mean and covariance at each x. */
const noiseFactor = [
  [0.5, 0],
  [18, 24],
] as const;
function linearGaussian(rows: number): TrainingSet {
  const contexts = new Float64Array(2 * rows);
  const noise = new Float64Array(2 * rows);
  randomStream(11, "contexts").normal(contexts);
  randomStream(11, "noise").normal(noise);
  const outcomes = new Float64Array(2 * rows);
  for (let i = 0; i < rows; i++) {
    const [m0, m1] = meanAt(contexts[2 * i]!, contexts[2 * i + 1]!);
    const [e0, e1] = [noise[2 * i]!, noise[2 * i + 1]!];
    outcomes[2 * i] = m0 + noiseFactor[0][0] * e0;
    outcomes[2 * i + 1] = m1 + noiseFactor[1][0] * e0 + noiseFactor[1][1] * e1;
  }
  return { rows, contexts, outcomes };
}
function meanAt(x0: number, x1: number): [number, number] {
  return [1 + 2 * x0, 50 * (x1 - x0)];
}

async function train(
  data: TrainingSet,
  { steps = 400, seed = 1, hooks = {}, flow = spec }: Partial<Settings> = {},
): Promise<FlowModel> {
  const sizes = { context: data.contexts.length / data.rows, outcome: data.outcomes.length / data.rows };
  return trainFlowMatching(flow, { steps, batch: 128, optimizer }, data, sizes, randomStream(seed, "train"), hooks);
}
interface Settings {
  readonly steps: number;
  readonly seed: number;
  readonly hooks: TrainHooks;
  readonly flow: FlowMatchingSpec;
}

function draw(model: FlowModel, contexts: readonly number[], rows: number, count: number): Promise<Float64Array> {
  return model.sample(Float64Array.from(contexts), rows, count, randomStream(5, "sample"));
}

describe("flow matching", () => {
  it("recovers the mean and covariance of a conditional Gaussian", async () => {
    const model = await train(linearGaussian(8000), { steps: 4000 });
    const points = [
      [0, 0],
      [1, -0.5],
      [-0.8, 1],
    ] as const;
    const count = 4000;
    const samples = await draw(model, points.flat(), points.length, count);
    for (const [i, [x0, x1]] of points.entries()) {
      const part = samples.subarray(i * count * 2, (i + 1) * count * 2);
      const a = part.filter((_, k) => k % 2 === 0);
      const b = part.filter((_, k) => k % 2 === 1);
      const [m0, m1] = meanAt(x0, x1);
      // In units of the noise: a quarter of its sd for the mean, a fifth for the sd, 0.1 for the correlation.
      expect(Math.abs(mean(a) - m0) / 0.5).toBeLessThan(0.25);
      expect(Math.abs(mean(b) - m1) / 30).toBeLessThan(0.25);
      expect(Math.abs(Math.sqrt(covariance(a, a)) / 0.5 - 1)).toBeLessThan(0.2);
      expect(Math.abs(Math.sqrt(covariance(b, b)) / 30 - 1)).toBeLessThan(0.2);
      const correlation = covariance(a, b) / Math.sqrt(covariance(a, a) * covariance(b, b));
      expect(Math.abs(correlation - 0.6)).toBeLessThan(0.1);
    }
    await model.dispose();
  });

  it("learns the tilted law w·q of weighted rows: exp(a s − a²/2) N(0, 1) is N(a, 1)", async () => {
    const rows = 20_000;
    const outcomes = new Float64Array(rows);
    randomStream(2, "tilt").normal(outcomes);
    const a = 0.8;
    const weights = outcomes.map((s) => 10 * Math.exp(a * s - (a * a) / 2));
    const data = { rows, contexts: new Float64Array(0), outcomes };
    const settings = { steps: 2500, flow: { ...spec, hidden: [32] } };
    const plain = await train(data, settings);
    const tilted = await train({ ...data, weights }, settings);
    const before = await draw(plain, [], 1, 8000);
    const after = await draw(tilted, [], 1, 8000);
    expect(Math.abs(mean(before))).toBeLessThan(0.08);
    expect(Math.abs(mean(after) - a)).toBeLessThan(0.08);
    expect(Math.abs(covariance(after, after) - 1)).toBeLessThan(0.12);
  });

  it("moves mass between two points as the weights say: 1 : 3 of two halves is a quarter and three quarters", async () => {
    const rows = 4000;
    const outcomes = Float64Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? -1 : 1));
    const weights = outcomes.map((s) => (s < 0 ? 1 : 3));
    const model = await train(
      { rows, contexts: new Float64Array(0), outcomes, weights },
      { steps: 2500, flow: { ...spec, odeSteps: 16 } },
    );
    const samples = await draw(model, [], 1, 8000);
    expect(Math.abs(samples.filter((s) => s > 0).length / 8000 - 0.75)).toBeLessThan(0.03);
    expect(mean(samples.filter((s) => s > 0))).toBeCloseTo(1, 1);
    expect(mean(samples.filter((s) => s < 0))).toBeCloseTo(-1, 1);
  });

  it("ignores the scale of the weights", async () => {
    const data = linearGaussian(300);
    const weights = data.outcomes.filter((_, i) => i % 2 === 0).map((s) => 1 + s * s);
    const one = await train({ ...data, weights }, { steps: 40 });
    const other = await train({ ...data, weights: weights.map((w) => 1024 * w) }, { steps: 40 });
    expect(one.tensors).toEqual(other.tensors);
  });

  it("gives the same numbers for the same seed and others for another", async () => {
    const data = linearGaussian(500);
    const [first, again, other] = [await train(data), await train(data), await train(data, { seed: 2 })];
    const samples = await Promise.all([first, again, other].map((m) => draw(m, [0.3, 0.4], 1, 100)));
    expect(samples[1]).toEqual(samples[0]);
    expect(samples[2]).not.toEqual(samples[0]);
  });

  it("goes on after an interruption to the same numbers", async () => {
    const data = linearGaussian(500);
    const unbroken = await train(data, { steps: 203 });
    let saved: Checkpoint | null = null;
    const checkpoint = {
      everySteps: 50,
      load: async () => saved,
      save: async (c: Checkpoint) => {
        saved = structuredClone(c);
      },
    };
    for (const stopAt of [30, 120, 201]) {
      const stop = new AbortController();
      const onStep = (step: number): void => {
        if (step >= stopAt) stop.abort(new Error(`stopped at ${stopAt}`));
      };
      const hooks = { signal: stop.signal, onStep, checkpoint };
      await expect(train(data, { steps: 203, hooks })).rejects.toThrow(`stopped at ${stopAt}`);
      expect(saved!.step).toBeGreaterThanOrEqual(stopAt);
    }
    const resumed = await train(data, { steps: 203, hooks: { checkpoint } });
    expect(resumed.tensors).toEqual(unbroken.tensors);
    expect(await draw(resumed, [0.1, 0.2], 1, 50)).toEqual(await draw(unbroken, [0.1, 0.2], 1, 50));
  });

  it("saves a checkpoint every so many steps", async () => {
    const steps: number[] = [];
    const checkpoint = {
      everySteps: 100,
      load: async () => null,
      save: async (c: Checkpoint) => void steps.push(c.step),
    };
    await train(linearGaussian(100), { steps: 400, hooks: { checkpoint } });
    expect(steps.slice(0, 3).every((step, i) => step >= 100 * (i + 1) && step < 100 * (i + 1) + 16)).toBe(true);
  });

  it("lets timers run, so that an abort is heard", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("enough")), 20);
    const endless = { steps: 100_000_000, hooks: { signal: stop.signal } };
    await expect(train(linearGaussian(100), endless)).rejects.toThrow("enough");
  });

  it("returns a constant outcome as it is and does without a constant context", async () => {
    const data = linearGaussian(400);
    const outcomes = data.outcomes.map((s, i) => (i % 2 === 0 ? s : 7.25));
    const contexts = data.contexts.map((x, i) => (i % 2 === 0 ? x : 3));
    const model = await train({ ...data, contexts, outcomes }, { steps: 40 });
    const samples = await draw(model, [0.5, 3], 1, 20);
    expect(samples.filter((_, i) => i % 2 === 1).every((s) => s === 7.25)).toBe(true);
    expect(samples.every(Number.isFinite)).toBe(true);
  });

  it("loads from its tensors to the same samples", async () => {
    const model = await train(linearGaussian(400));
    const loaded = await loadFlowModel(spec, { context: 2, outcome: 2 }, model.tensors);
    expect(await draw(loaded, [0.5, 1], 1, 64)).toEqual(await draw(model, [0.5, 1], 1, 64));
    const { "layer.0.bias": _, ...incomplete } = model.tensors;
    await expect(loadFlowModel(spec, { context: 2, outcome: 2 }, incomplete)).rejects.toMatchObject({
      code: "weights-mismatch",
      args: { reason: "layer.0.bias is missing" },
    });
    await expect(loadFlowModel(spec, { context: 3, outcome: 2 }, model.tensors)).rejects.toMatchObject({
      code: "weights-mismatch",
    });
  });

  it("draws a scenario from its own noise alone, however many are drawn together", async () => {
    const model = await train(linearGaussian(400));
    const contexts = [0.5, 1, -1, 0, 2, 2];
    const together = await draw(model, contexts, 3, 700);
    const alone = await draw(model, contexts.slice(0, 2), 1, 700);
    for (let i = 0; i < alone.length; i++) expect(together[i]).toBeCloseTo(alone[i]!, 4);
    // Context 2's first scenario: another count puts it elsewhere in the chunks, not elsewhere in the stream.
    const noiseAt = 2 * 700;
    const shifted = await draw(
      model,
      [...Array.from({ length: 2 * noiseAt }, () => 0), ...contexts.slice(4)],
      noiseAt + 1,
      1,
    );
    expect(shifted.at(-1)).toBeCloseTo(together[(2 * 700 + 1) * 2 - 1]!, 4);
    expect(await draw(model, [], 0, 10)).toEqual(new Float64Array(0));
  });
});

describe("flow matching refuses", () => {
  const good = linearGaussian(10);
  it.each([
    ["no rows", { rows: 0, contexts: new Float64Array(0), outcomes: new Float64Array(0) }, "training-rows", {}],
    ["NaN", { ...good, outcomes: spoilt(good.outcomes, NaN) }, "training-not-finite", { row: 3, column: 2 }],
    ["infinity", { ...good, contexts: spoilt(good.contexts, Infinity) }, "training-not-finite", { table: "contexts" }],
    ["a short table", { ...good, outcomes: good.outcomes.slice(1) }, "training-table", { expected: 20, actual: 19 }],
    ["few weights", { ...good, weights: new Float64Array(9).fill(1) }, "training-table", { table: "weights" }],
    ["a negative weight", { ...good, weights: new Float64Array(10).fill(-1) }, "training-weights", { row: 1 }],
    ["only zero weights", { ...good, weights: new Float64Array(10) }, "training-weights", {}],
  ])("%s", async (_, data, code, args) => {
    const training = { steps: 1, batch: 4, optimizer };
    await expect(
      trainFlowMatching(spec, training, data, { context: 2, outcome: 2 }, randomStream(1, "t")),
    ).rejects.toMatchObject({ code, args });
  });

  it("to go on with a loss that is not a number", async () => {
    const wild = { steps: 200, batch: 16, optimizer: { kind: "adam", rate: 1e30, weightDecay: 0 } } as const;
    await expect(
      trainFlowMatching(spec, wild, good, { context: 2, outcome: 2 }, randomStream(1, "t")),
    ).rejects.toMatchObject({ code: "training-diverged", args: { steps: 200 } });
  });
});

function spoilt(table: Float64Array, value: number): Float64Array {
  return table.map((s, i) => (i === 5 ? value : s));
}
function mean(values: Float64Array): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
function covariance(a: Float64Array, b: Float64Array): number {
  const [ma, mb] = [mean(a), mean(b)];
  return a.reduce((sum, v, i) => sum + (v - ma) * (b[i]! - mb), 0) / a.length;
}
