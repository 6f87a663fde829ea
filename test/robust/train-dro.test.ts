import { describe, expect, it } from "vitest";
import { createNet } from "../../runtime/predict/nets/index.ts";
import { rowLosses } from "../../runtime/predict/evaluate.ts";
import { fitScaling } from "../../runtime/predict/train.ts";
import type { PredictorData, RowLoss } from "../../runtime/predict/types.ts";
import {
  cvarSet,
  fitLinear,
  fitWassersteinLinear,
  trainDro,
  type LinearLoss,
  type SetSpec,
} from "../../runtime/robust/sets/index.ts";
import type { DroSpec } from "../../runtime/robust/spec.ts";
import type { RobustProblem } from "../../runtime/robust/types.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { squareLoss } from "./tasks.ts";

const SHAPE = { inputs: [{ name: "x", shape: [2] }], outputs: 1 };

/** Inputs far from 0 and of unequal scales, and a target with a few large errors. */
function rowsOf(count: number, label = false): PredictorData {
  const noise = new Float64Array(4 * count);
  randomStream(5, "rows").normal(noise);
  const inputs = new Float64Array(2 * count);
  const targets = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const [a, b, c, d] = noise.subarray(4 * i, 4 * i + 4);
    inputs[2 * i] = 40 + 10 * a!;
    inputs[2 * i + 1] = 0.1 * b!;
    const y = 7 + 3 * a! - 2 * b! + c! + (d! > 1.5 ? 6 : 0);
    targets[i] = label ? (y > 7 ? 1 : -1) : y;
  }
  return { rows: count, inputs, targets, groups: new Int32Array(count).map((_, i) => i % 2), groupNames: ["a", "b"] };
}

function problemOf(train: PredictorData, loss: RowLoss, steps = 1): RobustProblem {
  return {
    net: createNet({ kind: "linear" }, SHAPE, fitScaling(train, SHAPE), randomStream(1, "net")),
    loss,
    train,
    validation: rowsOf(30, Math.abs(train.targets[0]!) === 1),
    training: { steps, batch: train.rows, optimizer: { kind: "adam", rate: 2e-2 } },
    place: "model.dro:9:7",
  };
}

const LOSSES: Readonly<Record<LinearLoss, RowLoss>> = {
  square: squareLoss,
  absolute: ({ predictions, targets }) => ops.abs(ops.sub(predictions, targets)),
  hinge: ({ predictions, targets }) => ops.relu(ops.sub(1, ops.mul(predictions, targets))),
  logistic: ({ predictions, targets }) => ops.softplus(ops.neg(ops.mul(predictions, targets))),
};
const how = (set: SetSpec, exact?: DroSpec["exact"]): DroSpec => ({
  method: "dro",
  set,
  ...(exact === undefined ? {} : { exact }),
  steps: 1,
  batch: 60,
  optimizer: { kind: "adam", rate: 1e-3, weightDecay: 0 },
});

const norm = "l2" as const;
const cases: readonly (readonly [SetSpec, readonly LinearLoss[]])[] = [
  [{ kind: "chi2", radii: [0.5] }, ["square", "logistic"]],
  [{ kind: "kl", radii: [0.3] }, ["absolute", "hinge"]],
  [{ kind: "total_variation", radii: [0.2] }, ["square"]],
  [{ kind: "cressie_read", power: 3, radii: [0.2] }, ["absolute"]],
  [{ kind: "cvar", tails: [0.3] }, ["square", "hinge"]],
  [{ kind: "group_cvar", tails: [0.6] }, ["square"]],
  [{ kind: "marginal_cvar", tails: [0.5], lipschitz: 1, order: 2 }, ["absolute"]],
  [{ kind: "mmd", radii: [0.1], width: 1 }, ["square"]],
  [{ kind: "sinkhorn", radii: [0.05], regularisation: 0.1, draws: 3 }, ["square"]],
  [{ kind: "bayesian", around: "kl", radii: [0.1], draws: 3 }, ["square"]],
  [{ kind: "wasserstein", order: 2, norm, radii: [0.2] }, ["square", "absolute"]],
  [{ kind: "wasserstein", order: 1, norm, radii: [0.1], labelCost: 0.5 }, ["hinge", "logistic"]],
  [{ kind: "wasserstein", order: "infinity", norm: "linf", radii: [0.1] }, ["square", "logistic"]],
  [{ kind: "moments", mean: 0.05, covariances: [1.2] }, ["square", "hinge"]],
  [{ kind: "outlier_robust", radii: [0.1], outliers: 0.1, spread: 1.2, norm }, ["absolute"]],
  [{ kind: "holistic", radii: [0.1], corruption: 0.05, noise: 0.1, support: 0.5, norm }, ["square"]],
];

describe("the exact fit of a linear predictor", () => {
  it.each(cases.flatMap(([set, losses]) => losses.map((loss) => [set.kind, loss, set] as const)))(
    "under a %s set and the %s loss has the expected loss of its worst law, in the units of the data",
    async (_kind, loss, set) => {
      const train = rowsOf(60, loss === "hinge" || loss === "logistic");
      const problem = problemOf(train, LOSSES[loss]);
      const found = await trainDro(problem, how(set, { loss, scale: 1 }), randomStream(1, "dro"));
      const { worst } = found;
      expect(worst.columns).toBe(3);
      expect(worst.evaluate(() => 1)).toBeCloseTo(1, 8);
      const points: PredictorData = {
        ...train,
        rows: worst.count,
        inputs: worst.points.filter((_, k) => k % 3 < 2),
        targets: worst.points.filter((_, k) => k % 3 === 2),
      };
      // The network itself, in single precision, at the points of the law.
      const losses = await rowLosses(found, LOSSES[loss], points);
      const value = worst.weights.reduce((sum, weight, i) => sum + weight * losses[i]!, 0);
      expect(Math.abs(value - found.worstLoss)).toBeLessThan(2e-3 * Math.max(1, found.worstLoss));
      expect(found.worstLoss).toBeGreaterThan(found.nominalLoss);
      const nominal = await rowLosses(found, LOSSES[loss], train);
      expect(nominal.reduce((sum, f) => sum + f, 0) / 60).toBeCloseTo(found.nominalLoss, 3);
    },
  );

  it("is that of the rows themselves, whose inputs are measured in standard deviations", async () => {
    const train = rowsOf(60);
    const { net } = problemOf(train, squareLoss);
    const { mean, scale } = net.scaling.inputs;
    const data = {
      rows: 60,
      inputs: train.inputs.map((x, k) => (x - mean[k % 2]!) / scale[k % 2]!),
      targets: train.targets,
    };
    const set: SetSpec = { kind: "wasserstein", order: 2, norm, radii: [0.2] };
    const direct = fitWassersteinLinear({ order: 2, norm, radius: 0.2, labelCost: Infinity }, "square", data);
    const found = await trainDro(
      problemOf(train, squareLoss),
      how(set, { loss: "square", scale: 3 }),
      randomStream(1, "dro"),
    );
    expect(found.worstLoss / 3).toBeCloseTo(direct.value, 4);
    const plain = fitLinear(cvarSet(1), "square", data);
    const none = await trainDro(
      problemOf(train, squareLoss),
      how({ kind: "kl", radii: [0] }, { loss: "square", scale: 1 }),
      randomStream(1, "dro"),
    );
    expect(none.worstLoss).toBeCloseTo(plain.value, 4);
  });

  it("chooses the size on validation rows", async () => {
    const set: SetSpec = { kind: "chi2", radii: [0, 0.3, 5] };
    const found = await trainDro(
      problemOf(rowsOf(60), squareLoss),
      how(set, { loss: "square", scale: 1 }),
      randomStream(1, "dro"),
    );
    const least = found.candidates.toSorted((a, b) => a.loss - b.loss)[0]!;
    expect(found.candidates.map(({ radius }) => radius)).toEqual([0, 0.3, 5]);
    expect(found.radius).toBe(least.radius);
  });
});

describe("training by steps", () => {
  it("comes to the exact fit where the batch is all rows", async () => {
    const train = rowsOf(60);
    const set: SetSpec = { kind: "chi2", radii: [0.5] };
    const exact = await trainDro(
      problemOf(train, squareLoss),
      how(set, { loss: "square", scale: 1 }),
      randomStream(1, "dro"),
    );
    const steps = await trainDro(problemOf(train, squareLoss, 1500), how(set), randomStream(1, "dro"));
    expect(steps.worstLoss).toBeGreaterThan(exact.worstLoss * (1 - 1e-4));
    expect(steps.worstLoss).toBeLessThan(exact.worstLoss * 1.01);
  });

  it.each<SetSpec>([
    { kind: "mmd", radii: [0.1], width: 1 },
    { kind: "marginal_cvar", tails: [0.5], lipschitz: 1, order: 2 },
    { kind: "group_cvar", tails: [0.6] },
    { kind: "bayesian", around: "kl", radii: [0.1], draws: 2 },
    { kind: "sinkhorn", radii: [0.05], regularisation: 0.1, draws: 4 },
  ])("takes a $kind set around each batch, and its worst law around the rows", async (set) => {
    const problem = { ...problemOf(rowsOf(60), squareLoss, 3) };
    const batch = { ...problem, training: { ...problem.training, batch: 18 } };
    const found = await trainDro(batch, how(set), randomStream(1, "dro"));
    expect(found.worst.count).toBe(set.kind === "sinkhorn" ? 240 : 60);
    expect(found.worst.evaluate(() => 1)).toBeCloseTo(1, 6);
    expect(found.parameters.every(Number.isFinite)).toBe(true);
  });
});

describe("what has no answer", () => {
  it.each<readonly [string, SetSpec, LinearLoss, number, Readonly<Record<string, unknown>>]>([
    ["labels-not-signs", { kind: "kl", radii: [0.1] }, "hinge", 60, { loss: "hinge" }],
    [
      "set-of-too-many-pairs",
      { kind: "mmd", radii: [0.1], width: 1 },
      "square",
      401,
      { set: "mmd", rows: 401, most: 400 },
    ],
    [
      "set-not-fitted",
      { kind: "outlier_robust", radii: [1e-9], outliers: 0.1, spread: 0.5, norm },
      "absolute",
      60,
      { set: "outlier_robust" },
    ],
  ])("ends in %s at its place", async (code, set, loss, count, args) => {
    const problem = problemOf(rowsOf(count), LOSSES[loss]);
    await expect(trainDro(problem, how(set, { loss, scale: 1 }), randomStream(1, "dro"))).rejects.toMatchObject({
      code,
      place: "model.dro:9:7",
      args,
    });
  });
});
