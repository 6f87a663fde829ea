import { describe, expect, it } from "vitest";
import { elbo } from "../../runtime/models/ddpm/bound.ts";
import { defineDdpm } from "../../runtime/models/ddpm/definition.ts";
import { ddpmPlan, loadDdpm, trainDdpm } from "../../runtime/models/ddpm/index.ts";
import { noiseSchedule, reverseStep, sampledLevels } from "../../runtime/models/ddpm/schedule.ts";
import { logDensities } from "../../runtime/models/neural/density.ts";
import { stepProgram, type GeneratorWeights } from "../../runtime/models/neural/sampler.ts";
import type { Checkpoint, TrainingSet } from "../../runtime/models/sampler.ts";
import type { DdpmSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import {
  DEGENERATE,
  mean,
  meanLogDensity,
  momentError,
  normals,
  optimizer,
  programDistance,
  stepDistance,
  TWO_MODES,
  twoModes,
  unscaled,
} from "./generators.ts";

const spec: DdpmSpec = {
  kind: "ddpm",
  net: { kind: "mlp", hidden: [48, 48] },
  steps: 100,
  schedule: "linear",
  sampler: "ddim",
  samplingSteps: 40,
  ema: 0.99,
  scenarios: 64,
};
const unet: DdpmSpec = { ...spec, net: { kind: "unet1d", channels: [8, 8] } };

const product = (a: Float64Array, b: Float64Array): number => mean(a.map((v, i) => v * b[i]!));

/** Weights of a network whose prediction is zero. */
function zeroNetwork(diffusion: DdpmSpec, bound: number): GeneratorWeights {
  const definition = defineDdpm(diffusion, { context: 0, outcome: 1 }, bound);
  const parameters = new Float32Array(definition.layout.size);
  return { definition, parameters, context: unscaled(0), outcome: unscaled(1) };
}

/** At level t of 1000, not yet divided by its value at 0 (Nichol & Dhariwal 2021, §3.2). */
const cosineDecay = (t: number): number => Math.cos(((t / 1000 + 0.008) / 1.008) * (Math.PI / 2)) ** 2;

describe("the schedule of noise", () => {
  it.each(["linear", "cosine"] as const)("leaves nearly nothing of the data at the end: %s", (kind) => {
    for (const levels of [1, 2, 50, 1000]) {
      const { beta, alphaBar } = noiseSchedule(kind, levels);
      let left = 1;
      beta.forEach((b, i) => {
        expect(b).toBeGreaterThan(0);
        expect(b).toBeLessThan(1);
        left *= 1 - b;
        expect(alphaBar[i]!).toBeCloseTo(left, 12);
      });
      if (levels >= 50) expect(left).toBeLessThan(1e-4);
    }
  });

  it("is the papers' own at 1000 levels", () => {
    const linear = noiseSchedule("linear", 1000);
    expect([linear.beta[0]!, linear.beta[999]!]).toEqual([1e-4, 0.02]);
    const cosine = noiseSchedule("cosine", 1000);
    expect(cosine.alphaBar[499]!).toBeCloseTo(cosineDecay(500) / cosineDecay(0), 10);
  });

  it("steps back along the posterior of Ho et al.", () => {
    const { beta, alphaBar } = noiseSchedule("linear", 100);
    for (const t of [2, 50, 100]) {
      const [b, now, before] = [beta[t - 1]!, alphaBar[t - 1]!, alphaBar[t - 2]!];
      const { data, state, noise } = reverseStep(now, before, 1);
      expect(data).toBeCloseTo((Math.sqrt(before) * b) / (1 - now), 10);
      expect(state).toBeCloseTo((Math.sqrt(1 - b) * (1 - before)) / (1 - now), 10);
      expect(noise ** 2).toBeCloseTo((b * (1 - before)) / (1 - now), 10);
    }
    expect(reverseStep(0.3, 1, 1)).toEqual({ data: 1, state: 0, noise: 0 });
  });

  it("passes the levels that sampling asks for", () => {
    expect(sampledLevels(5, 5)).toEqual([5, 4, 3, 2, 1]);
    expect(sampledLevels(5, 9)).toEqual([5, 4, 3, 2, 1]);
    expect(sampledLevels(100, 1)).toEqual([100]);
    expect(sampledLevels(100, 3)).toEqual([100, 51, 1]);
  });
});

describe("denoising diffusion", () => {
  it.each([
    ["linear", "ddim", 40],
    ["cosine", "ancestral", 100],
  ] as const)("learns a conditional mixture: %s, %s", async (schedule, sampler, samplingSteps) => {
    const data = twoModes(1500);
    const chosen = { ...spec, schedule, sampler, samplingSteps };
    const training = { steps: 2000, batch: 128, optimizer };
    const model = await trainDdpm(chosen, training, data, TWO_MODES, randomStream(4, "train"));
    expect(await momentError(model)).toBeLessThan(0.25);
    const held = twoModes(600, 2);
    const bounds = await model.logLikelihood(held.contexts, held.outcomes, held.rows, randomStream(1, "bound"));
    const gap = meanLogDensity(held) - mean(bounds);
    expect(gap).toBeGreaterThan(0);
    expect(gap).toBeLessThan(4);
    const loaded = await loadDdpm(chosen, TWO_MODES, model.tensors);
    const at = Float64Array.of(0.3);
    expect(await loaded.sample(at, 1, 9, randomStream(1, "z"))).toEqual(
      await model.sample(at, 1, 9, randomStream(1, "z")),
    );
    await model.dispose();
    await loaded.dispose();
  });

  it("learns a series with the U-Net: the correlation of neighbours", async () => {
    // An autoregressive series of six values around the context.
    const rows = 500;
    const noise = normals(rows * 6, "noise");
    const contexts = normals(rows, "x");
    const outcomes = new Float64Array(rows * 6);
    for (let i = 0; i < rows; i++)
      for (let j = 0, last = 0; j < 6; j++) {
        last = j === 0 ? noise[6 * i]! : 0.9 * last + Math.sqrt(0.19) * noise[6 * i + j]!;
        outcomes[6 * i + j] = contexts[i]! + last;
      }
    const data: TrainingSet = { rows, contexts, outcomes };
    const sizes = { context: 1, outcome: 6 };
    const training = { steps: 400, batch: 32, optimizer };
    const model = await trainDdpm(unet, training, data, sizes, randomStream(4, "train"));
    const drawn = await model.sample(Float64Array.of(1.5), 1, 500, randomStream(1, "s"));
    const column = (j: number): Float64Array => Float64Array.from({ length: 500 }, (_, i) => drawn[6 * i + j]!);
    const deviations = (j: number): Float64Array => column(j).map((v) => v - mean(column(j)));
    const correlation = (j: number, k: number): number =>
      product(deviations(j), deviations(k)) /
      Math.sqrt(product(deviations(j), deviations(j)) * product(deviations(k), deviations(k)));
    expect(Math.abs(mean(drawn) - 1.5)).toBeLessThan(0.4);
    expect(correlation(2, 3)).toBeGreaterThan(0.75);
    expect(correlation(0, 5)).toBeLessThan(0.85);
    await model.dispose();
  });

  it.each([
    ["mlp", spec],
    ["unet1d", { ...unet, sampler: "ancestral" }],
  ] as const)("takes the same training steps and draws the same on both executors: %s", async (_, diffusion) => {
    const data = { ...twoModes(40), weights: normals(40, "w").map((w) => w * w) };
    const training = { steps: 4, batch: 6, optimizer };
    const plan = ddpmPlan(diffusion, training, data, TWO_MODES, randomStream(5, "train"));
    expect(await stepDistance(plan)).toBeLessThan(2e-3);
    const definition = defineDdpm(diffusion, TWO_MODES, 5);
    const parameters = definition.initial(randomStream(6, "initial"));
    const program = stepProgram({ definition, parameters, context: unscaled(1), outcome: unscaled(2) }, 16);
    expect(await programDistance(program)).toBeLessThan(1e-4);
  });

  it("goes on from a checkpoint to the same numbers", async () => {
    const data = twoModes(50);
    let saved: Checkpoint | null = null;
    const checkpoint = {
      everySteps: 4,
      load: async () => saved,
      save: async (latest: Checkpoint) => void (saved = latest),
    };
    const train = (steps: number, resumed: boolean) =>
      trainDdpm(
        spec,
        { steps, batch: 8, optimizer },
        data,
        TWO_MODES,
        randomStream(2, "train"),
        resumed ? { checkpoint } : {},
      );
    const whole = await train(12, false);
    await train(8, true);
    expect(saved).toMatchObject({ step: 8 });
    expect((await train(12, true)).tensors).toEqual(whole.tensors);
  });

  it.each(Object.entries(DEGENERATE))("stays finite on %s", async (_, data) => {
    const training = { steps: 60, batch: 16, optimizer };
    const model = await trainDdpm(spec, training, data, TWO_MODES, randomStream(2, "train"));
    const drawn = await model.sample(data.contexts.slice(0, 1), 1, 50, randomStream(1, "s"));
    expect(drawn.every(Number.isFinite)).toBe(true);
    const bounds = await model.logLikelihood(data.contexts, data.outcomes, data.rows, randomStream(1, "none"));
    expect(bounds.every(Number.isFinite)).toBe(true);
    await model.dispose();
  });
});

describe("the variational bound", () => {
  // With a network that predicts no noise every transition is linear and Gaussian, so that the law of the chain's end is
  // known: mean 0 and the variance that the steps add up to.
  it.each([1, 2, 10])(
    "is below the chain's own likelihood, and no further than its divergence, at %i levels",
    async (levels) => {
      const diffusion: DdpmSpec = { ...spec, net: { kind: "mlp", hidden: [] }, steps: levels, schedule: "cosine" };
      const { beta, alphaBar } = noiseSchedule("cosine", levels);
      let variance = 1;
      // Reverse steps of x_t with x̂₀ = x_t / √ᾱ_t.
      for (let t = levels; t > 1; t--) {
        const { data, state, noise } = reverseStep(alphaBar[t - 1]!, alphaBar[t - 2]!, 1);
        variance = (data / Math.sqrt(alphaBar[t - 1]!) + state) ** 2 * variance + noise ** 2;
      }
      variance = variance / alphaBar[0]! + beta[0]!;
      const rows = 4000;
      const outcomes = new Float64Array(rows).fill(0.7);
      const weights = zeroNetwork(diffusion, 1e9);
      const stream = randomStream(1, "bound");
      const row = elbo(diffusion, { context: 0, outcome: 1 }, 1e9, stream);
      const bounds = await logDensities(weights, row, new Float64Array(0), outcomes, rows);
      const exact = -0.5 * (Math.log(2 * Math.PI * variance) + 0.7 ** 2 / variance);
      // At one level the gap is KL(N(√ᾱ s, 1 − ᾱ) ‖ p(x₁ | s)), the posterior being Gaussian too.
      const found = mean(bounds);
      expect(found).toBeLessThan(exact);
      if (levels > 1) return;
      const [a, b] = [alphaBar[0]!, beta[0]!];
      const precision = 1 + 1 / (a * b);
      const center = 0.7 / (Math.sqrt(a) * b) / precision;
      const divergence =
        0.5 *
        (precision * (1 - a) + precision * (Math.sqrt(a) * 0.7 - center) ** 2 - 1 - Math.log(precision * (1 - a)));
      expect(Math.abs((exact - found) / divergence - 1)).toBeLessThan(0.05);
    },
  );
});
