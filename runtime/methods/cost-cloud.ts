import type { Predictor } from "../models/predictor/index.ts";
import type { TrainingSet } from "../models/sampler.ts";
import { isMean } from "../risk/sample-risk.ts";
import type { DecisionProblem } from "../spec.ts";
import type { RandomStream } from "../tensor/random.ts";
import { residualCloud } from "./sources.ts";

/**
 * The cloud around the prediction of a predictor that was trained for its decisions. Where the mean of a loss of one
 * piece is all that counts it is the prediction alone, as in training; a risk-averse or kinked problem gets the training
 * residuals less their mean (003 §5), which leaves the prediction where training put it.
 * @returns count × d
 */
export async function costCloud(
  problem: DecisionProblem,
  model: Pick<Predictor, "predict">,
  train: TrainingSet,
  count: number,
  stream: RandomStream,
): Promise<Float64Array> {
  const d = problem.sizes.outcome;
  if (isMean(problem.risk) && problem.pieces.count === 1 && problem.conic === undefined) return new Float64Array(d);
  const fitted = await model.predict(train.contexts, train.rows);
  const cloud = residualCloud(fitted, train, d, count, stream);
  const rows = cloud.length / d;
  for (let j = 0; j < d; j++) {
    let mean = 0;
    for (let k = 0; k < rows; k++) mean += cloud[k * d + j]! / rows;
    for (let k = 0; k < rows; k++) cloud[k * d + j]! -= mean;
  }
  return cloud;
}
