import { beforeAll, describe, expect, it } from "vitest";
import {
  klAggregate,
  trainDml,
  trainDragen,
  trainKlDro,
  trainMl,
  trainPDro,
  trainWassersteinDro,
  type PretrainedGenerator,
} from "../../runtime/robust/index.ts";
import { frankWolfe, penalisedAscent } from "../../runtime/robust/rivals/ascent.ts";
import { temperatureWithin, tiltDivergence } from "../../runtime/robust/rivals/temperature.ts";
import { createRowLosses, meanOfGroups } from "../../runtime/robust/row-losses.ts";
import type { VaeSpec } from "../../runtime/spec.ts";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { createExecutor } from "../../runtime/tensor/executor.ts";
import { Graph, type Tensor } from "../../runtime/tensor/graph.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { AUTOENCODER, consequenceProblem, DIFFUSION, pretrained } from "./tasks.ts";

async function run(
  x: readonly number[],
  columns: number,
  build: (x: Tensor) => Readonly<Record<string, Tensor>>,
): Promise<(name: string) => Float64Array> {
  const graph = new Graph();
  const input = graph.input("x", [x.length / columns, columns]);
  const executor = await createExecutor(defineProgram(graph, { outputs: build(input) }), "reference");
  executor.input("x").set(x);
  await executor.run();
  return (name) => Float64Array.from(executor.output(name));
}

const fourthPowers = (y: Tensor): Tensor => ops.sum(ops.square(ops.square(y)), { axes: [1], keep: true });

describe("the dual of a Kullback–Leibler ball", () => {
  const losses = [0.2, 1.5, 0.1, 3, 0.7, 0.9];

  it.each([0.01, 0.3, 1.2])("is the worst expectation at radius %d, its gradient the worst law", async (radius) => {
    const read = await run(losses, 1, (x) => {
      const value = klAggregate(radius)(x, null);
      return { value, law: gradients(value, [x])[0]! };
    });
    const law = read("law");
    expect(law.reduce((sum, q) => sum + q, 0)).toBeCloseTo(1, 6);
    const divergence = law.reduce((sum, q) => sum + q * Math.log(q * losses.length), 0);
    expect(divergence).toBeCloseTo(radius, 3);
    expect(read("value")[0]!).toBeCloseTo(
      law.reduce((sum, q, i) => sum + q * losses[i]!, 0),
      4,
    );
  });

  it("weighs rows, and is the mean at radius 0 and the largest loss at a huge one", async () => {
    const weights = [1, 2, 0.5, 0.5, 1, 1];
    const read = await run(losses, 1, (x) => {
      const w = x.graph.constant(weights, [6, 1]);
      return { near: klAggregate(1e-9)(x, w), far: klAggregate(50)(x, w), plain: klAggregate(1e-9)(x, null) };
    });
    expect(read("near")[0]!).toBeCloseTo(losses.reduce((sum, f, i) => sum + f * weights[i]!, 0) / 6, 3);
    expect(read("plain")[0]!).toBeCloseTo(losses.reduce((sum, f) => sum + f, 0) / 6, 3);
    expect(read("far")[0]!).toBeCloseTo(3, 1);
  });
});

describe("ascent over rows", () => {
  const rows = [0.5, -0.2, 1, 0.3, -0.7, 0.1];

  it("finds the exact worst transport of a linear loss, in one Frank–Wolfe step or many", async () => {
    const slope = [2, -1];
    const read = await run(rows, 2, (x) => {
      const value = (y: Tensor): Tensor => ops.matmul(y, x.graph.constant(slope, [2, 1]));
      return { one: frankWolfe(x, value, 0.5, 1), many: frankWolfe(x, value, 0.5, 7) };
    });
    for (const name of ["one", "many"])
      read(name).forEach((y, i) => expect(y).toBeCloseTo(rows[i]! + (0.5 * slope[i % 2]!) / Math.sqrt(5), 8));
  });

  it("spends the radius of a batch on the rows whose loss rises most", async () => {
    const read = await run(rows, 2, (x) => {
      return { moved: frankWolfe(x, fourthPowers, 0.3, 10) };
    });
    const lengths = [0, 1, 2].map((i) =>
      Math.hypot(read("moved")[2 * i]! - rows[2 * i]!, read("moved")[2 * i + 1]! - rows[2 * i + 1]!),
    );
    expect(Math.sqrt(lengths.reduce((sum, l) => sum + l * l, 0) / 3)).toBeCloseTo(0.3, 3);
    expect(lengths[1]!).toBeGreaterThan(4 * lengths[2]!);
    expect(lengths[1]!).toBeGreaterThan(4 * lengths[0]!);
  });

  it("reaches the maximum of a penalised quadratic", async () => {
    // f = ½ y², penalty γ/2 (y − x)²: y = γ x / (γ − 1).
    const read = await run(rows, 1, (x) => ({
      moved: penalisedAscent(x, (y) => ops.mul(ops.square(y), 0.5), 10, 60),
    }));
    read("moved").forEach((y, i) => expect(y).toBeCloseTo((10 * rows[i]!) / 9, 4));
  });
});

describe("the temperature of a tilted law", () => {
  const losses = Float64Array.of(0.1, 0.4, 2, 0.3, 0.2, 5);

  it("is the one asked for where its law is near enough, else the least that is", () => {
    const deviation = Math.sqrt(
      losses.reduce((sum, f) => sum + (f - losses.reduce((a, b) => a + b, 0) / 6) ** 2, 0) / 6,
    );
    expect(temperatureWithin(losses, 3, 10)).toBeCloseTo(3 * deviation, 10);
    const raised = temperatureWithin(losses, 0.1, 0.4);
    expect(raised).toBeGreaterThan(0.1 * deviation);
    expect(tiltDivergence(losses, raised)).toBeCloseTo(0.4, 8);
    expect(temperatureWithin(new Float64Array(4).fill(2), 1, 1)).toBe(0);
  });
});

describe("the rivals of GAS-DRO", () => {
  const problem = consequenceProblem(1);
  const stream = randomStream(2, "rivals");
  let diffusion: PretrainedGenerator;
  let autoencoder: PretrainedGenerator<VaeSpec>;
  let plain = 0;

  async function shiftedLoss(parameters: Float32Array): Promise<number> {
    const program = await createRowLosses(problem.net, problem.loss);
    const losses = await program.losses(parameters, problem.validation);
    await program.dispose();
    return meanOfGroups(losses, problem.validation);
  }

  beforeAll(async () => {
    diffusion = await pretrained(DIFFUSION, problem);
    autoencoder = await pretrained(AUTOENCODER, problem);
    plain = await shiftedLoss((await trainMl(problem, {}, stream)).parameters);
  });

  it("choose their radius by the loss on the validation groups", async () => {
    const few = { inner: 4, outer: 4, samples: 256 };
    const trained = [
      await trainWassersteinDro(problem, { radii: [0.01, 0.5, 20] }, stream),
      await trainWassersteinDro(problem, { form: "penalty", radii: [1, 100] }, stream),
      await trainKlDro(problem, { radii: [0.1, 1] }, stream),
      await trainDml(problem, { generator: diffusion, shares: [0.5, 2] }, stream),
      await trainDragen(problem, { generator: autoencoder, radii: [0.1, 1] }, stream),
      await trainPDro(problem, { generator: diffusion, temperatures: [0.5, 4], ...few }, stream),
    ];
    for (const { candidates, radius, parameters } of trained) {
      const best = candidates.toSorted((a, b) => a.loss - b.loss)[0]!;
      expect(candidates.length).toBeGreaterThan(1);
      expect(radius).toBe(best.radius);
      expect(await shiftedLoss(parameters)).toBeCloseTo(best.loss, 5);
      expect(best.loss).toBeLessThan(1.35 * plain);
    }
    // The consequence is what an adversary of the inputs moves: not trusting it is what the shift rewards.
    const [ball, penalty] = trained;
    expect(ball!.radius).toBe(0.5);
    expect(ball!.candidates[1]!.loss).toBeLessThan(0.9 * plain);
    expect(penalty!.candidates[0]!.loss).toBeLessThan(0.9 * plain);
  });
});
