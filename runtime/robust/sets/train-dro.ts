import { RuntimeError } from "../../errors/runtime-error.ts";
import type { TrainHooks } from "../../models/sampler.ts";
import { takeRows } from "../../predict/data.ts";
import type { PredictorData } from "../../predict/types.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { robustCatalogue } from "../messages.ts";
import { createRowLosses } from "../row-losses.ts";
import { rowPoints } from "../row-points.ts";
import { chooseByValidation } from "../select.ts";
import type { DroSpec } from "../spec.ts";
import type { RobustPredictor, RobustProblem } from "../types.ts";
import { fitLinear, SetFitError, type RobustLinearModel } from "./fit-linear.ts";
import { fitHolisticLinear } from "./holistic.ts";
import { linearLosses, type LinearData, type LinearLoss } from "./linear-loss.ts";
import { fitMomentsLinear } from "./moments.ts";
import { fitOutlierRobustLinear, trimmedMean } from "./outlier-wasserstein.ts";
import { reweightingSets, sinkhornRows, weighsPairs, type SetRows } from "./reweighting.ts";
import { isReweighting, sizesOf, type SetSpec } from "./spec.ts";
import { standardInputs, standardRows } from "./standard-rows.ts";
import { trainReweighted } from "./train-reweighted.ts";
import { fitWassersteinLinear } from "./wasserstein-linear.ts";
import { createWorstLaw, type WorstLaw } from "./worst-law.ts";

/** A predictor with the law that is worst for it. */
export interface DroPredictor extends RobustPredictor {
  /** Points are inputs, then targets, in the units of the data after the spec's transforms. */
  readonly worst: WorstLaw;
  /** Expected loss under that law, and of the training rows. */
  readonly worstLoss: number;
  readonly nominalLoss: number;
}

/** Rows that a set which weighs pairs of them is fitted on exactly, and those that its worst law is found on otherwise. */
const MOST_PAIRED = 400;
const PAIRED = 256;

/**
 * `min_w max_{P in the set} E_P[f(w, ξ)]` for a set around the training rows: exactly where the predictor is linear and
 * the loss has a form for it, else by steps against the worst weights of each batch. The size of the set is chosen on the
 * validation rows.
 * @throws RuntimeError set-not-fitted, set-of-too-many-pairs, labels-not-signs, training-diverged
 */
export function trainDro(
  problem: RobustProblem,
  how: DroSpec,
  stream: RandomStream,
  hooks: TrainHooks = {},
): Promise<DroPredictor> {
  const { set, exact } = how;
  const around = stream.child("set");
  const { scale } = problem.net.scaling.inputs;
  const table = set.kind === "sinkhorn" ? sinkhornRows(problem.train, set, scale, around) : problem.train;
  return chooseByValidation(problem, sizesOf(set), async (size) => {
    if (exact === undefined) return bySteps(problem, set, size, table, stream, hooks);
    hooks.signal?.throwIfAborted();
    return exactly(problem, set, size, exact, table, around);
  });
}

function exactly(
  { net, train, place }: RobustProblem,
  set: SetSpec,
  size: number,
  { loss, scale }: { readonly loss: LinearLoss; readonly scale: number },
  table: PredictorData,
  stream: RandomStream,
): DroPredictor {
  const located = place === undefined ? {} : { place };
  if (weighsPairs(set) && table.rows > MOST_PAIRED) {
    const args = { set: set.kind, rows: table.rows, most: MOST_PAIRED };
    throw new RuntimeError(robustCatalogue, "set-of-too-many-pairs", args, located);
  }
  const { data, factor, output, restore } = standardRows(table, net.scaling, loss, place);
  let fitted: RobustLinearModel;
  try {
    fitted = fitSet(set, size, loss, data, table, stream);
  } catch (error) {
    if (!(error instanceof SetFitError)) throw error;
    const args = { set: set.kind, size, reason: error.message.replace(/\.$/, "") };
    throw new RuntimeError(robustCatalogue, "set-not-fitted", args, { ...located, cause: error });
  }
  const parameters = new Float32Array(net.layout.size);
  parameters.set(fitted.weights.map((w) => w * output.scale));
  parameters[fitted.weights.length] = fitted.intercept * output.scale + output.shift;
  const nominal = linearLosses(loss, fitted, standardRows(train, net.scaling, loss, place).data);
  return {
    net,
    parameters,
    method: "dro",
    radius: size,
    candidates: [],
    worst: restore(fitted.worst),
    worstLoss: fitted.value * factor * scale,
    nominalLoss: (nominal.reduce((sum, f) => sum + f, 0) / train.rows) * factor * scale,
  };
}

function fitSet(
  set: SetSpec,
  size: number,
  loss: LinearLoss,
  data: LinearData,
  { groups, labels }: PredictorData,
  stream: RandomStream,
): RobustLinearModel {
  switch (set.kind) {
    case "wasserstein": {
      const { order, norm, labelCost = Infinity } = set;
      return fitWassersteinLinear({ order, norm, radius: size, labelCost }, loss, data);
    }
    case "moments":
      return fitMomentsLinear({ mean: set.mean, covariance: size }, loss, data);
    case "outlier_robust": {
      const { outliers, norm } = set;
      const centre = trimmedMean(data, outliers);
      const spread = set.spread * innerSpread(data, centre, outliers);
      return fitOutlierRobustLinear({ radius: size, outliers, spread, centre, norm }, loss, data);
    }
    case "holistic": {
      const { corruption, noise, support, norm } = set;
      return fitHolisticLinear({ radius: size, corruption, noise, support, norm }, loss, data);
    }
    default: {
      const sets = reweightingSets(set, size, { ...data, groups, ...(labels === undefined ? {} : { labels }) }, stream);
      return fitLinear(sets(everyRow(data.rows)), loss, data);
    }
  }
}

/** Root mean square distance of the rows nearest to the centre, a share `outliers` left out: that of some law in the set. */
function innerSpread({ rows, inputs }: LinearData, centre: Float64Array, outliers: number): number {
  const p = centre.length;
  const squares = Float64Array.from({ length: rows }, (_, i) =>
    centre.reduce((sum, c, j) => sum + (inputs[i * p + j]! - c) ** 2, 0),
  ).sort();
  const kept = squares.subarray(0, Math.max(1, Math.ceil((1 - outliers) * rows)));
  return Math.sqrt(kept.reduce((sum, square) => sum + square, 0) / kept.length);
}

async function bySteps(
  problem: RobustProblem,
  set: SetSpec,
  size: number,
  table: PredictorData,
  stream: RandomStream,
  hooks: TrainHooks,
): Promise<DroPredictor> {
  if (!isReweighting(set)) throw new Error(`${set.kind} moves the rows: it has no weights to train against`);
  const { net, train } = problem;
  const rows: SetRows = { ...table, inputs: standardInputs(table.inputs, net.scaling) };
  const sets = reweightingSets(set, size, rows, stream.child("set"));
  const block = set.kind === "sinkhorn" ? set.draws : 1;
  const own = { ...problem, train: table };
  const trained = await trainReweighted(own, sets, stream.child("predictor"), hooks, block);
  const program = await createRowLosses(net, problem.loss);
  try {
    const losses = await program.losses(trained.parameters, train);
    const chosen = weighsPairs(set) ? evenly(table.rows, PAIRED) : everyRow(table.rows);
    const weighed = takeRows(table, chosen);
    const { value, weights } = sets(chosen).worst(await program.losses(trained.parameters, weighed));
    return {
      ...trained,
      method: "dro",
      radius: size,
      candidates: [],
      worst: createWorstLaw(rowPoints(weighed), weights),
      worstLoss: value,
      nominalLoss: losses.reduce((sum, f) => sum + f, 0) / train.rows,
    };
  } finally {
    await program.dispose();
  }
}

const everyRow = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, i) => i);

/** At most so many rows, evenly spaced. */
function evenly(rows: number, most: number): Int32Array {
  if (rows <= most) return everyRow(rows);
  return Int32Array.from({ length: most }, (_, k) => Math.floor((k * rows) / most));
}
