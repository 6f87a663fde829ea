import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { trainFlowMatching } from "../../runtime/models/flow-matching/index.ts";
import { FlowSampler, samplingProgram, type FlowWeights } from "../../runtime/models/flow-matching/sample.ts";
import { flowPlan } from "../../runtime/models/flow-matching/train.ts";
import { velocityLayout } from "../../runtime/models/flow-matching/velocity.ts";
import type { TrainingSet } from "../../runtime/models/sampler.ts";
import { fitStandardizer, meanOne, type Standardizer } from "../../runtime/models/standardizer.ts";
import type { FlowMatchingSpec } from "../../runtime/spec.ts";
import { createExecutor } from "../../runtime/tensor/executor.ts";
import { initialMlp } from "../../runtime/tensor/parameters.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { runTraining, trainingProgram } from "../../runtime/tensor/training.ts";

const spec: FlowMatchingSpec = {
  kind: "flow_matching",
  hidden: [8, 6],
  activation: "relu",
  solver: "rk4",
  odeSteps: 3,
  ema: 0.9,
  scenarios: 64,
};
const training = { steps: 6, batch: 5, optimizer: { kind: "adam", rate: 1e-2, weightDecay: 1e-2 } } as const;

function normals(size: number, name: string): Float64Array {
  const out = new Float64Array(size);
  randomStream(3, name).normal(out);
  return out;
}

function someData(rows: number, p: number, d: number, weighted: boolean): TrainingSet {
  const data = { rows, contexts: normals(rows * p, "x"), outcomes: normals(rows * d, "s") };
  return weighted ? { ...data, weights: normals(rows, "w").map((w) => w * w) } : data;
}

describe("the training step", () => {
  it.each([
    ["relu", 2, true],
    ["silu", 2, false],
    ["tanh", 0, true],
    ["gelu", 3, true],
  ] as const)(
    "agrees between onnx and reference: %s, %i context values, weighted %s",
    async (activation, p, weighted) => {
      const data = someData(20, p, 3, weighted);
      const sizes = { context: p, outcome: 3 };
      const scalers = {
        context: fitStandardizer(data.contexts, 20, p),
        outcome: fitStandardizer(data.outcomes, 20, 3),
      };
      const plan = flowPlan({ ...spec, activation }, training, data, sizes, scalers, randomStream(8, "train"));
      const losses: Record<string, number[]> = { onnx: [], reference: [] };
      const [onnx, reference] = await Promise.all(
        (["onnx", "reference"] as const).map((kind) =>
          runTraining(plan, { onStep: (_, __, loss) => losses[kind]!.push(loss) }, { kind, unroll: 4 }),
        ),
      );
      losses["onnx"]!.forEach((loss, i) => expect(Math.abs(loss / losses["reference"]![i]! - 1)).toBeLessThan(2e-4));
      for (const name of ["parameters", "average"] as const) {
        const scale = Math.max(...reference![name].map(Math.abs));
        reference![name].forEach((value, i) => expect(Math.abs(onnx![name][i]! - value) / scale).toBeLessThan(2e-4));
      }
    },
  );
});

describe("the inputs of a step", () => {
  it("depend on the step alone, and differ between steps", async () => {
    const data = someData(50, 2, 3, true);
    const sizes = { context: 2, outcome: 3 };
    const scalers = { context: fitStandardizer(data.contexts, 50, 2), outcome: fitStandardizer(data.outcomes, 50, 3) };
    const plan = flowPlan(spec, training, data, sizes, scalers, randomStream(8, "train"));
    const filled = async (first: number, count: number): Promise<Record<string, number[]>> => {
      const executor = await createExecutor(trainingProgram(plan, count), "reference");
      plan.fill(executor, first, count);
      const names = ["outcomes", "contexts", "weights", "noise", "time"];
      return Object.fromEntries(names.map((name) => [name, [...executor.input(name)]]));
    };
    const [all, late] = [await filled(0, 6), await filled(4, 2)];
    for (const [name, values] of Object.entries(late)) {
      expect(all[name]!.slice(-values.length)).toEqual(values);
      expect(all[name]!.slice(0, values.length)).not.toEqual(values);
    }
    // A row's context, outcome and weight stay together.
    const own = meanOne(data.weights!);
    all["weights"]!.forEach((w, i) => {
      const row = own.indexOf(w);
      const expected = (data.outcomes[3 * row]! - scalers.outcome.mean[0]!) / scalers.outcome.scale[0]!;
      expect(all["outcomes"]![3 * i]).toBeCloseTo(expected, 5);
    });
  });
});

function unscaled(n: number): Standardizer {
  return { mean: new Float32Array(n), scale: new Float32Array(n).fill(1) };
}

function randomWeights(flow: FlowMatchingSpec, p: number, d: number): FlowWeights {
  const sizes = { context: p, outcome: d };
  const parameters = initialMlp(velocityLayout(flow, sizes), randomStream(4, "weights"));
  return { spec: flow, sizes, parameters, context: unscaled(p), outcome: unscaled(d) };
}

describe("the sampling program", () => {
  it.each(["euler", "midpoint", "rk4"] as const)("agrees between onnx and reference: %s", async (solver) => {
    const program = samplingProgram(randomWeights({ ...spec, solver }, 2, 3), 12, 4);
    const [onnx, reference] = await Promise.all(
      (["onnx", "reference"] as const).map(async (kind) => {
        const executor = await createExecutor(program, kind);
        randomStream(1, "noise").normal(executor.input("noise"));
        randomStream(1, "contexts").normal(executor.input("contexts"));
        executor.indices("rows").set([0, 1, 2, 3, 3, 2, 1, 0, 0, 0, 1, 1]);
        await executor.run();
        return executor.output("outcomes");
      }),
    );
    onnx!.forEach((value, i) => expect(value).toBeCloseTo(reference![i]!, 5));
  });

  it("returns its noise where the velocity is zero: every scenario has its own", async () => {
    const weights = randomWeights(spec, 2, 3);
    weights.parameters.fill(0);
    const rows = 7;
    const count = 300;
    const sampler = new FlowSampler(weights);
    const samples = await sampler.sample(new Float64Array(2 * rows), rows, count, randomStream(1, "z"));
    const noise = new Float32Array(rows * count * 3);
    randomStream(1, "z").normal(noise);
    expect(samples).toEqual(Float64Array.from(noise));
  });

  // A network without hidden layers is v = a s + b t + c x + e, whose flow is known:
  // s(1) = eᵃ s₀ + (c x + e) (eᵃ − 1)/a + b (eᵃ − 1 − a)/a².
  it.each([
    ["euler", 1],
    ["midpoint", 2],
    ["rk4", 4],
  ] as const)("integrates a linear field with %s at order %i", async (solver, order) => {
    const [a, b, c, e] = [-0.75, 0.5, 2, 0.25];
    const error = async (odeSteps: number): Promise<number> => {
      const flow = { ...spec, hidden: [], solver, odeSteps };
      const weights = { ...randomWeights(flow, 1, 1), parameters: Float32Array.of(a, b, c, e) };
      const executor = await createExecutor(samplingProgram(weights, 1, 1), "reference");
      executor.input("noise").fill(1.5);
      executor.input("contexts").fill(-1);
      await executor.run();
      const growth = Math.exp(a);
      const exact = growth * 1.5 + ((c * -1 + e) * (growth - 1)) / a + (b * (growth - 1 - a)) / a ** 2;
      return Math.abs(executor.output("outcomes")[0]! - exact);
    };
    const [coarse, fine] = [await error(4), await error(8)];
    expect(Math.log2(coarse / fine)).toBeGreaterThan(order - 0.25);
    expect(Math.log2(coarse / fine)).toBeLessThan(order + 0.35);
  });
});

describe("the exported sampler", () => {
  it.each([0, 2])("gives the model's own samples for any number of rows, with %i context values", async (p) => {
    const d = 3;
    const data = someData(200, p, d, false);
    const shifted = { ...data, outcomes: data.outcomes.map((s) => 100 + 20 * s) };
    const model = await trainFlowMatching(
      spec,
      { ...training, steps: 50 },
      shifted,
      { context: p, outcome: d },
      randomStream(6, "train"),
    );
    const context = data.contexts.slice(0, p);
    const session = await InferenceSession.create(model.samplerOnnx(), { logSeverityLevel: 3 });
    expect([...session.inputNames].sort()).toEqual(p > 0 ? ["context", "noise"] : ["noise"]);
    for (const rows of [1, 7]) {
      const noise = new Float32Array(rows * d);
      randomStream(9, "draw").normal(noise);
      const feeds: Record<string, Tensor> = { noise: new Tensor("float32", noise, [rows, d]) };
      const repeated = Float32Array.from({ length: rows * p }, (_, i) => context[i % p]!);
      if (p > 0) feeds["context"] = new Tensor("float32", repeated, [rows, p]);
      const { outcome } = await session.run(feeds);
      const expected = await model.sample(context, 1, rows, randomStream(9, "draw"));
      expect(outcome!.dims).toEqual([rows, d]);
      expected.forEach((value, i) => expect(Number(outcome!.data[i])).toBeCloseTo(value, 3));
    }
  });
});
