import type { PredictorMetricSpec } from "./spec.ts";

/** A metric of one test set: the mean of a score over rows. */
export interface RowMetric {
  readonly id: string;
  readonly label: string;
  readonly better: "lower" | "higher";
  /** Score of a row whose prediction and target begin at `from` and have d values. */
  score(predictions: Float64Array, targets: Float64Array, from: number, d: number): number;
}

/** Metrics of each test set; the loss of the spec is measured beside them, `worst` and the distance are of all sets. */
export function rowMetrics(specs: readonly PredictorMetricSpec[]): readonly RowMetric[] {
  return specs.flatMap((spec): RowMetric[] => {
    switch (spec.metric) {
      case "mse":
        return [{ id: "mse", label: "mse", better: "lower", score: meanOf((error) => error * error) }];
      case "mae":
        return [{ id: "mae", label: "mae", better: "lower", score: meanOf(Math.abs) }];
      case "accuracy":
        return [{ id: "accuracy", label: "accuracy", better: "higher", score: agrees }];
      case "quantile_loss": {
        const { level } = spec;
        const pinball = (error: number): number => Math.max(level * error, (level - 1) * error);
        const percent = Number((100 * level).toPrecision(6));
        return [
          {
            id: `quantile_loss_${percent}`,
            label: `quantile loss ${percent}%`,
            better: "lower",
            score: meanOf(pinball),
          },
        ];
      }
      case "mean_loss":
      case "worst":
      case "wasserstein_to_train":
        return [];
    }
  });
}

/** Mean over the values of a row of a function of target − prediction. */
function meanOf(of: (error: number) => number): RowMetric["score"] {
  return (predictions, targets, from, d) => {
    let sum = 0;
    for (let j = from; j < from + d; j++) sum += of(targets[j]! - predictions[j]!);
    return sum / d;
  };
}

/** 1 where the greatest prediction is of the greatest target; of one value, where both lie on one side of a half. */
function agrees(predictions: Float64Array, targets: Float64Array, from: number, d: number): number {
  if (d === 1) return predictions[from]! > 0.5 === targets[from]! > 0.5 ? 1 : 0;
  let [predicted, right] = [from, from];
  for (let j = from + 1; j < from + d; j++) {
    if (predictions[j]! > predictions[predicted]!) predicted = j;
    if (targets[j]! > targets[right]!) right = j;
  }
  return predicted === right ? 1 : 0;
}

/** Mean score over the rows. */
export function scoreRows(metric: RowMetric, predictions: Float64Array, targets: Float64Array, rows: number): number {
  const d = targets.length / rows;
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += metric.score(predictions, targets, i * d, d);
  return sum / rows;
}
