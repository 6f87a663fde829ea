import { describe, expect, it } from "vitest";
import { ddpmFamily } from "../../runtime/robust/generator/ddpm-family.ts";
import { logRatio, surrogate } from "../../runtime/robust/gas-dro/surrogate.ts";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { createExecutor } from "../../runtime/tensor/executor.ts";
import { Graph, type Tensor } from "../../runtime/tensor/graph.ts";
import { unpack } from "../../runtime/tensor/parameters.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { initialNetwork } from "../../runtime/models/neural/network.ts";
import { DIFFUSION } from "./tasks.ts";

const SIZES = { context: 0, outcome: 3 };
const ROWS = 4;
const STEPS = 3;
const FLOOR = 0.1;
const family = ddpmFamily(DIFFUSION, SIZES, 50, FLOOR);

function normals(size: number, name: string): Float64Array {
  const out = new Float64Array(size);
  randomStream(7, name).normal(out);
  return out;
}

/** Outputs of a program over the family's parameters and recorded transitions, in float64. */
async function evaluate(
  parameters: Float64Array,
  build: (graph: Graph, flat: Tensor) => Readonly<Record<string, Tensor>>,
): Promise<(name: string) => Float64Array> {
  const graph = new Graph();
  const outputs = build(graph, graph.input("parameters", [parameters.length]));
  const executor = await createExecutor(defineProgram(graph, { outputs }), "reference");
  executor.input("parameters").set(parameters);
  await executor.run();
  return (name) => Float64Array.from(executor.output(name));
}

const theta = Float64Array.from(initialNetwork(family.layout, randomStream(1, "theta")));
const moved = theta.map((value, i) => value + 0.05 * normals(theta.length, "move")[i]!);
const states = normals(STEPS * ROWS * 3, "state");
const noise = normals(STEPS * ROWS * 3, "noise");
const last = family.coefficients.slice(-STEPS);
const coefficients = last.flatMap((numbers) => Array.from({ length: ROWS }, () => numbers).flat());

async function means(parameters: Float64Array): Promise<Float64Array> {
  const read = await evaluate(parameters, (graph, flat) => {
    const weights = unpack(flat, family.layout);
    const table = graph.constant(coefficients, [STEPS * ROWS, last[0]!.length]);
    return { mean: family.transition(weights, graph.constant(states, [STEPS * ROWS, 3]), null, table).mean };
  });
  return read("mean");
}

async function ratioAndGradient(
  parameters: Float64Array,
  reference: Float64Array,
  estimator: Parameters<typeof surrogate>[0],
): Promise<{ readonly ratio: Float64Array; readonly gradient: Float64Array }> {
  const read = await evaluate(parameters, (graph, flat) => {
    const ratio = logRatio(family, unpack(flat, family.layout), {
      rows: ROWS,
      steps: STEPS,
      state: graph.constant(states, [STEPS * ROWS, 3]),
      mean: graph.constant(reference, [STEPS * ROWS, 3]),
      noise: graph.constant(noise, [STEPS * ROWS, 3]),
      contexts: null,
    });
    const gain = surrogate(estimator, ratio, graph.constant([1, -0.5, 2, -1.5], [ROWS, 1]));
    return { ratio, gradient: gradients(gain, [flat])[0]! };
  });
  return { ratio: read("ratio"), gradient: read("gradient") };
}

const ppo = { kind: "ppo", clip: 0.2, lastSteps: STEPS, reference: "current" } as const;
const score = { kind: "policy_gradient", lastSteps: STEPS } as const;

describe("the gradient of an expectation under a generator", () => {
  it("keeps a least deviation, and the process's own where it is larger", () => {
    const deviations = family.coefficients.map((numbers) => numbers[5]!);
    expect(deviations.at(-1)).toBe(FLOOR);
    expect(Math.min(...deviations)).toBe(FLOOR);
    expect(Math.max(...deviations)).toBeGreaterThan(2 * FLOOR);
  });

  it("adds up the log-ratios of the Gaussian transitions", async () => {
    const [reference, now] = [await means(theta), await means(moved)];
    const { ratio } = await ratioAndGradient(moved, reference, ppo);
    for (let i = 0; i < ROWS; i++) {
      let sum = 0;
      for (let k = 0; k < STEPS; k++)
        for (let j = 0; j < 3; j++) {
          const at = (k * ROWS + i) * 3 + j;
          const sigma = last[k]![5]!;
          const next = reference[at]! + sigma * noise[at]!;
          sum += ((next - reference[at]!) ** 2 - (next - now[at]!) ** 2) / (2 * sigma ** 2);
        }
      expect(ratio[i]!).toBeCloseTo(sum, 8);
    }
  });

  it("is the score's where the law is the one that sampled, for both estimators", async () => {
    const reference = await means(theta);
    const first = await ratioAndGradient(theta, reference, ppo);
    const second = await ratioAndGradient(theta, reference, score);
    expect(Math.max(...first.ratio.map(Math.abs))).toBeLessThan(1e-12);
    expect(Math.max(...second.gradient.map(Math.abs))).toBeGreaterThan(0.01);
    first.gradient.forEach((value, i) => expect(value).toBeCloseTo(second.gradient[i]!, 10));
  });

  it("stops where a clipped ratio gains nothing more", async () => {
    const graph = new Graph();
    const ratio = graph.input("ratio", [4, 1]);
    const gain = surrogate(ppo, ratio, graph.constant([1, 1, -1, -1], [4, 1]));
    const program = defineProgram(graph, { outputs: { gradient: gradients(gain, [ratio])[0]! } });
    const executor = await createExecutor(program, "reference");
    executor.input("ratio").set([0.5, -0.5, 0.5, -0.5]);
    await executor.run();
    const gradient = executor.output("gradient");
    expect(gradient[0]).toBe(0);
    expect(gradient[1]).toBeCloseTo(Math.exp(-0.5) / 4, 10);
    expect(gradient[2]).toBeCloseTo(-Math.exp(0.5) / 4, 10);
    expect(gradient[3]).toBeCloseTo(0, 12);
  });
});
