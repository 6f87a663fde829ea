import { describe, expect, it } from "vitest";
import { createNet } from "../../runtime/predict/nets/index.ts";
import type { PredictorSpec } from "../../runtime/predict/nets/spec.ts";
import { predict, rowLosses } from "../../runtime/predict/evaluate.ts";
import { aggregateOf } from "../../runtime/predict/risk.ts";
import { fitScaling, trainPredictor } from "../../runtime/predict/train.ts";
import type { PredictorData, PredictorTrainingOptions, RowLoss } from "../../runtime/predict/types.ts";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { createExecutor } from "../../runtime/tensor/executor.ts";
import { Graph } from "../../runtime/tensor/graph.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { rowsOf, shapeOf, squared } from "./support.ts";

async function train(
  spec: PredictorSpec,
  data: PredictorData,
  { loss = squared, steps = 600, rate = 0.02, options = {} as PredictorTrainingOptions, outputs = 1 } = {},
) {
  const shape = shapeOf([data.inputs.length / data.rows], outputs);
  const net = createNet(spec, shape, fitScaling(data, shape), randomStream(1, "net"));
  const training = { steps, batch: 64, optimizer: { kind: "adam", rate } as const };
  return trainPredictor(net, loss, data, training, randomStream(1, "train"), options);
}

const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;
const error = ({ predictions, targets }: Parameters<RowLoss>[0]) => ops.sub(targets, predictions);

const pinball: RowLoss = (rows) => ops.max(ops.mul(error(rows), 0.9), ops.mul(error(rows), -0.1));

const crossEntropy: RowLoss = ({ predictions, targets }) =>
  ops.neg(ops.sum(ops.mul(targets, ops.log(predictions)), { axes: [1], keep: true }));

describe("a trained predictor", () => {
  it("finds the coefficients of a linear law in the data's units", async () => {
    const data = rowsOf(500, 2, (x) => [300 + 20 * x[0]! - 5 * x[1]!]);
    const predictor = await train({ kind: "linear" }, data);
    const predictions = await predict(predictor, Float64Array.of(0, 0, 1, 0, 0, 1), 3);
    expect(predictions[0]).toBeCloseTo(300, 0);
    expect(predictions[1]! - predictions[0]!).toBeCloseTo(20, 0);
    expect(predictions[2]! - predictions[0]!).toBeCloseTo(-5, 0);
  });

  it("is the quantile under the pinball loss and the median under the absolute one", async () => {
    const data = rowsOf(4000, 1, (_, noise) => [noise]);
    const high = await train({ kind: "linear" }, data, { loss: pinball });
    const predictions = await predict(high, data.inputs, data.rows);
    const below = data.targets.filter((target, i) => target <= predictions[i]!).length / data.rows;
    expect(below).toBeGreaterThan(0.87);
    expect(below).toBeLessThan(0.93);
  });

  it("follows a curve by random features, an MLP, an LSTM and convolutions", async () => {
    const data = rowsOf(1500, 3, (x) => [Math.sin(2 * x[0]!) + x[1]! * x[2]!]);
    const variance = mean(data.targets.map((value) => value ** 2)) - mean(data.targets) ** 2;
    const specs: readonly PredictorSpec[] = [
      { kind: "kernel", features: 200, bandwidth: 0.7 },
      { kind: "mlp", hidden: [32], activation: "tanh" },
      { kind: "lstm", layers: [16] },
      { kind: "cnn", channels: [16], kernel: 3, stride: 1, hidden: [32] },
    ];
    for (const spec of specs) {
      const losses = await rowLosses(await train(spec, data, { steps: 700 }), squared, data);
      expect(mean(losses) / variance, spec.kind).toBeLessThan(0.35);
    }
    const linear = await rowLosses(await train({ kind: "linear" }, data), squared, data);
    expect(mean(linear) / variance).toBeGreaterThan(0.5);
  });

  it("gives probabilities of classes", async () => {
    const data = rowsOf(600, 2, (x) => {
      const k = x[0]! > 0.5 ? 0 : x[1]! > 0 ? 1 : 2;
      return [0, 1, 2].map((c) => (c === k ? 1 : 0));
    });
    const predictor = await train({ kind: "logistic" }, data, { loss: crossEntropy, outputs: 3 });
    const predictions = await predict(predictor, data.inputs, data.rows);
    let right = 0;
    for (let i = 0; i < data.rows; i++) {
      const own = Array.from(predictions.subarray(3 * i, 3 * i + 3));
      expect(own.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
      if (data.targets[3 * i + own.indexOf(Math.max(...own))] === 1) right++;
    }
    expect(right / data.rows).toBeGreaterThan(0.85);
  });

  it("counts rows by their weights", async () => {
    const data = rowsOf(400, 1, (_, noise) => [noise > 0 ? 1 : 0]);
    const weights = data.targets.map((target) => (target === 1 ? 3 : 1));
    const predictor = await train({ kind: "linear" }, data, { options: { weights } });
    const share = mean(data.targets);
    expect(mean(await predict(predictor, data.inputs, data.rows))).toBeCloseTo(
      (3 * share) / (3 * share + 1 - share),
      1,
    );
  });

  it("is the same for the same stream, and goes on from given parameters", async () => {
    const data = rowsOf(100, 2, (x) => [x[0]!]);
    const spec: PredictorSpec = { kind: "mlp", hidden: [4], activation: "relu" };
    const [one, other] = [await train(spec, data, { steps: 20 }), await train(spec, data, { steps: 20 })];
    expect(one.parameters).toEqual(other.parameters);
    const still = await train(spec, data, { steps: 5, rate: 1e-12, options: { initial: one.parameters } });
    expect(mean(still.parameters.map((value, i) => Math.abs(value - one.parameters[i]!)))).toBeLessThan(1e-6);
  });

  it("trains on the rows that an attack makes of a batch", async () => {
    const data = rowsOf(200, 1, () => [1]);
    const options: PredictorTrainingOptions = {
      attack: ({ inputs, targets }) => ({ inputs, targets: ops.add(targets, 2) }),
    };
    const predictor = await train({ kind: "linear" }, data, { options });
    // The targets are constant, so that the network's own scale is 0: only their mean is predicted.
    expect(mean(await predict(predictor, data.inputs, data.rows))).toBeCloseTo(1, 5);
    const varied = rowsOf(200, 1, (x) => [x[0]!]);
    const moved = await train({ kind: "linear" }, varied, { options });
    expect(mean(await predict(moved, varied.inputs, varied.rows)) - mean(varied.targets)).toBeCloseTo(2, 1);
  });
});

describe("the risk of a batch", () => {
  it("is the mean of the worst losses for a CVaR, with their gradient", async () => {
    const graph = new Graph();
    const losses = graph.input("losses", [10, 1]);
    const risk = aggregateOf({ mean: 0, cvar: [{ weight: 2, level: 0.8 }] })(losses, null);
    const [gradient] = gradients(risk, [losses]);
    const executor = await createExecutor(
      defineProgram(graph, { outputs: { risk, gradient: gradient! } }),
      "reference",
    );
    executor.input("losses").set([3, 1, 4, 1.5, 9, 2, 6, 5, 3.5, 0]);
    await executor.run();
    expect(executor.output("risk")[0]).toBeCloseTo(2 * ((9 + 6) / 2), 12);
    expect(Array.from(executor.output("gradient"))[4]).toBeCloseTo(1, 12);
  });
});
