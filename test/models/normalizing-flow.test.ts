import { describe, expect, it } from "vitest";
import { couple, couplingFlowLayout, initialCouplingFlow, uncouple } from "../../runtime/models/coupling-flow/flow.ts";
import { stepProgram } from "../../runtime/models/neural/sampler.ts";
import { defineNormalizingFlow } from "../../runtime/models/normalizing-flow/definition.ts";
import {
  loadNormalizingFlow,
  normalizingFlowPlan,
  trainNormalizingFlow,
} from "../../runtime/models/normalizing-flow/index.ts";
import {
  initialSplineFlow,
  pullBack,
  pushForward,
  splineFlowLayout,
  type SplineFlowShape,
} from "../../runtime/models/spline-flow/flow.ts";
import type { Checkpoint } from "../../runtime/models/sampler.ts";
import type { NormalizingFlowSpec } from "../../runtime/spec.ts";
import { createExecutor } from "../../runtime/tensor/executor.ts";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { Graph, type Tensor } from "../../runtime/tensor/graph.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { constantParameters } from "../../runtime/tensor/parameters.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";
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

const spline: NormalizingFlowSpec = {
  kind: "normalizing_flow",
  flow: "arqs",
  bins: 8,
  hidden: [32],
  layers: 2,
  ema: 0.99,
  scenarios: 64,
};
const coupling: NormalizingFlowSpec = { ...spline, flow: "coupling", layers: 5 };
const both = [
  ["spline", spline],
  ["coupling", coupling],
] as const;

/** Parameters away from the identity. */
function rough(initial: Float32Array, size: number): Float32Array {
  const noise = normals(initial.length, "rough");
  return initial.map((v, i) => v + size * noise[i]!);
}

describe.each(both)("the %s flow", (name, spec) => {
  it("learns a conditional mixture: moments and log-density", async () => {
    const data = twoModes(1500);
    const training = { steps: 700, batch: 128, optimizer };
    const model = await trainNormalizingFlow(spec, training, data, TWO_MODES, randomStream(4, "train"));
    const held = twoModes(1000, 2);
    const logs = await model.logLikelihood(held.contexts, held.outcomes, held.rows, randomStream(1, "none"));
    const gap = meanLogDensity(held) - mean(logs);
    expect(gap).toBeGreaterThan(-0.02);
    expect(gap).toBeLessThan(name === "spline" ? 0.15 : 0.3);
    expect(await momentError(model)).toBeLessThan(0.25);
    const loaded = await loadNormalizingFlow(spec, TWO_MODES, model.tensors);
    const at = Float64Array.of(0.3);
    expect(await loaded.sample(at, 1, 9, randomStream(1, "z"))).toEqual(
      await model.sample(at, 1, 9, randomStream(1, "z")),
    );
    await model.dispose();
    await loaded.dispose();
  });

  it("learns the tilted law from weights", async () => {
    const data = twoModes(1500);
    // Rows of the first mode count three times: its probability rises from 1/2 to 3/4.
    const weights = Float64Array.from({ length: data.rows }, (_, i) => (data.outcomes[2 * i]! > 10 ? 3 : 1));
    const training = { steps: 500, batch: 128, optimizer };
    const model = await trainNormalizingFlow(spec, training, { ...data, weights }, TWO_MODES, randomStream(4, "train"));
    const drawn = await model.sample(Float64Array.of(1), 1, 4000, randomStream(3, "s"));
    const share = mean(Float64Array.from({ length: 4000 }, (_, i) => (drawn[2 * i]! > 10 ? 1 : 0)));
    expect(Math.abs(share - 0.75)).toBeLessThan(0.08);
    await model.dispose();
  });

  it("takes the same training steps and draws the same on both executors", async () => {
    const data = { ...twoModes(40), weights: normals(40, "w").map((w) => w * w) };
    const training = { steps: 4, batch: 6, optimizer };
    const plan = normalizingFlowPlan({ ...spec, hidden: [8] }, training, data, TWO_MODES, randomStream(5, "train"));
    expect(await stepDistance(plan)).toBeLessThan(1e-3);
    const definition = defineNormalizingFlow({ ...spec, hidden: [8] }, TWO_MODES);
    const parameters = rough(definition.initial(randomStream(6, "initial")), 0.3);
    const program = stepProgram({ definition, parameters, context: unscaled(1), outcome: unscaled(2) }, 16);
    expect(await programDistance(program)).toBeLessThan(1e-3);
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
      trainNormalizingFlow(
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
    const model = await trainNormalizingFlow(spec, training, data, TWO_MODES, randomStream(2, "train"));
    const drawn = await model.sample(data.contexts.slice(0, 1), 1, 50, randomStream(1, "s"));
    expect(drawn.every(Number.isFinite)).toBe(true);
    const logs = await model.logLikelihood(data.contexts, data.outcomes, data.rows, randomStream(1, "none"));
    expect(logs.every(Number.isFinite)).toBe(true);
    // Where a column is constant every draw has its value, and rows off it have no density.
    if (data.outcomes.every((v, i) => i % 2 === 1 || v === data.outcomes[0])) {
      expect(drawn.every((v, i) => i % 2 === 1 || v === Math.fround(data.outcomes[0]!))).toBe(true);
      const off = data.outcomes.map((v, i) => (i % 2 === 0 ? v + 1 : v));
      const none = await model.logLikelihood(data.contexts, off, data.rows, randomStream(1, "none"));
      expect(none.every((v) => v === -Infinity)).toBe(true);
    }
    await model.dispose();
  });

  it("integrates to one in two dimensions", async () => {
    const data = twoModes(300);
    const training = { steps: 150, batch: 64, optimizer };
    const model = await trainNormalizingFlow(spec, training, data, TWO_MODES, randomStream(4, "train"));
    const cells = 240;
    const [low, high] = [-9, 9];
    const side = (high - low) / cells;
    const rows = cells * cells;
    const grid = new Float64Array(2 * rows);
    for (let i = 0; i < rows; i++) {
      grid[2 * i] = 10 + 4 * (low + (Math.floor(i / cells) + 0.5) * side);
      grid[2 * i + 1] = -3 + 0.2 * (low + ((i % cells) + 0.5) * side);
    }
    const logs = await model.logLikelihood(new Float64Array(rows).fill(0.5), grid, rows, randomStream(1, "none"));
    const total = logs.reduce((sum, log) => sum + Math.exp(log), 0) * (4 * side) * (0.2 * side);
    expect(total).toBeGreaterThan(0.99);
    expect(total).toBeLessThan(1.01);
    await model.dispose();
  });
});

it.each(both)("starts every network of the %s flow alike", (_, spec) => {
  // More layers than hidden ones: `flow.1.0` is the first layer of the second network, not a last one.
  const { layout, initial } = defineNormalizingFlow({ ...spec, hidden: [64], layers: 3 }, TWO_MODES);
  const parameters = initial(randomStream(6, "initial"));
  for (const { name, shape, offset } of layout.slots) {
    const values = Array.from(parameters.slice(offset, offset + shape.reduce((size, n) => size * n, 1)), Math.abs);
    const inputs = name.includes("coupling") ? 2 : 3;
    if (name.endsWith(".0.weight")) expect(Math.max(...values)).toBeGreaterThan(0.9 / Math.sqrt(inputs));
    if (name.endsWith(".0.bias")) expect(Math.max(...values)).toBeLessThan(1 / Math.sqrt(inputs));
    if (name.endsWith(".1.weight")) expect(Math.max(...values)).toBeLessThan(0.1 / Math.sqrt(64));
  }
});

describe("the spline flow's map", () => {
  const shape: SplineFlowShape = { blocks: [2, 3], context: 1, hidden: [12, 10], layers: 3, bins: 6 };
  const parameters = rough(initialSplineFlow(shape, randomStream(1, "initial")), 0.4);
  const rows = 40;
  const values = normals(rows * 5, "v").map((v) => 1.5 * v);
  const contexts = normals(rows, "c");

  async function evaluate(
    build: (weights: readonly Tensor[], v: Tensor, c: Tensor, graph: Graph) => Record<string, Tensor>,
  ): Promise<(name: string) => Float64Array> {
    const graph = new Graph();
    const weights = constantParameters(graph, splineFlowLayout(shape), parameters);
    const v = graph.input("v", [rows, 5]);
    const c = graph.input("c", [rows, 1]);
    const executor = await createExecutor(defineProgram(graph, { outputs: build(weights, v, c, graph) }), "reference");
    executor.input("v").set(values);
    executor.input("c").set(contexts);
    await executor.run();
    return (name) => Float64Array.from(executor.output(name));
  }

  it("is inverted by pulling back, to 1e-5", async () => {
    const read = await evaluate((w, v, c) => {
      const { latent } = pushForward(shape, w, v, c);
      return { latent, back: pullBack(shape, w, latent, c) };
    });
    read("back").forEach((v, i) => expect(Math.abs(v - values[i]!)).toBeLessThan(1e-5));
    expect(Math.max(...read("latent").map((u, i) => Math.abs(u - values[i]!)))).toBeGreaterThan(0.1);
  });

  it("is inverted with the first block known", async () => {
    const read = await evaluate((w, v, c, graph) => {
      const { latent, inputs } = pushForward(shape, w, v, c);
      // What was pushed with the second block unknown serves as well: the first does not read it.
      const blank = ops.concat([ops.slice(v, 1, 0, 2), ops.broadcast(graph.constant(0), [rows, 3])], 1);
      const known = pushForward(shape, w, blank, c);
      return {
        back: pullBack(shape, w, latent, c, { count: 2, inputs }),
        blank: pullBack(shape, w, latent, c, { count: 2, inputs: known.inputs }),
      };
    });
    for (const name of ["back", "blank"])
      read(name).forEach((v, i) => expect(Math.abs(v - values[i]!)).toBeLessThan(1e-5));
  });

  it("has the determinant of its Jacobian, block triangular", async () => {
    const n = 5;
    const read = await evaluate((w, v, c) => {
      const { latent, logDeterminant } = pushForward(shape, w, v, c);
      const rowsOf = Array.from({ length: n }, (_, i) => gradients(ops.sum(ops.slice(latent, 1, i, i + 1)), [v])[0]!);
      return { logDeterminant, ...Object.fromEntries(rowsOf.map((row, i) => [`d${i}`, row])) };
    });
    const logs = read("logDeterminant");
    for (let r = 0; r < rows; r++) {
      const jacobian = Array.from({ length: n }, (_, i) => [...read(`d${i}`).subarray(r * n, (r + 1) * n)]);
      // The first block does not read the second.
      for (const i of [0, 1]) for (const j of [2, 3, 4]) expect(jacobian[i]![j]).toBe(0);
      expect(logs[r]!).toBeCloseTo(Math.log(Math.abs(determinant(jacobian))), 6);
    }
  });
});

describe("the coupling flow's map", () => {
  it.each([1, 2, 5])("is inverted in %i variables", async (variables) => {
    const shape = { variables, context: 0, hidden: [8], layers: 3 };
    const initial = initialCouplingFlow(shape, randomStream(1, "initial"));
    const rows = 30;
    const graph = new Graph();
    const w = constantParameters(graph, couplingFlowLayout(shape), rough(initial, 0.5));
    const v = graph.input("v", [rows, variables]);
    const { latent, logDeterminant } = couple(shape, w, v, null);
    const back = uncouple(shape, w, latent, null);
    const columns = Array.from({ length: variables }, (_, i) => [
      `d${i}`,
      gradients(ops.sum(ops.slice(latent, 1, i, i + 1)), [v])[0]!,
    ]);
    const outputs = { back, logDeterminant, ...Object.fromEntries(columns) };
    const executor = await createExecutor(defineProgram(graph, { outputs }), "reference");
    const values = normals(rows * variables, "v");
    executor.input("v").set(values);
    await executor.run();
    executor.output("back").forEach((value, i) => expect(Math.abs(value - values[i]!)).toBeLessThan(1e-5));
    for (let r = 0; r < rows; r++) {
      const jacobian = Array.from({ length: variables }, (_, i) => [
        ...executor.output(`d${i}`).subarray(r * variables, (r + 1) * variables),
      ]);
      expect(executor.output("logDeterminant")[r]!).toBeCloseTo(Math.log(Math.abs(determinant(jacobian))), 6);
    }
  });
});

/** By elimination with pivots. */
function determinant(matrix: readonly (readonly number[])[]): number {
  const a = matrix.map((row) => [...row]);
  let product = 1;
  for (let k = 0; k < a.length; k++) {
    const pivot = a.slice(k).reduce((best, row, i) => (Math.abs(row[k]!) > Math.abs(a[best]![k]!) ? k + i : best), k);
    if (pivot !== k) [a[k], a[pivot], product] = [a[pivot]!, a[k]!, -product];
    product *= a[k]![k]!;
    for (let i = k + 1; i < a.length; i++) {
      const factor = a[i]![k]! / a[k]![k]!;
      for (let j = k; j < a.length; j++) a[i]![j]! -= factor * a[k]![j]!;
    }
  }
  return product;
}
