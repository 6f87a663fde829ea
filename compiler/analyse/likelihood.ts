import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import type { ForecastModelIR } from "../../runtime/ir/model.ts";
import { sizeOf } from "../../runtime/ir/shape.ts";
import type { PredictorDecisionSpec } from "../../runtime/predict/spec.ts";

type Likelihood = NonNullable<PredictorDecisionSpec["likelihood"]>;

/** Scores that a loss is compared at: no two differ by a whole number. */
const SCORES = [0.3, -1.7, 2.2, -0.45, 1.15, -2.9, 0.05, 3.6, -0.85, 1.95];
/** Values of whatever else the loss reads, which a likelihood of the scores does not depend on. */
const OTHERS = [0.7, -1.3];
const TRIALS = 6;
const TOLERANCE = 1e-9;

/**
 * Whether a model's loss is the negative logarithm of a probability that its predictor's scores stand for, or a multiple,
 * however it is written: `log_sum_exp(f(x)) - dot(f(x), class)` of one-hot targets, `softplus(-y * f(x))` of labels ±1,
 * `softplus(f(x)) - y * f(x)` of labels 0 and 1. The loss is evaluated at fixed points, not read.
 */
export function likelihoodOf({ predictor, loss, data }: ForecastModelIR): Likelihood | null {
  const field = data.fields.find(({ name, horizon }) => name === predictor.to || horizon?.name === predictor.to);
  // Transformed targets are no longer classes, and a logistic network has no scores.
  if (field === undefined || field.transforms.length > 0 || predictor.network.name === "logistic") return null;
  const { axes } = field.name === predictor.to ? field : field.horizon!;
  const size = sizeOf(axes.map((axis) => axis.size));
  const lossAt = (scores: readonly number[], targets: readonly number[], other: number): number => {
    const given: Record<string, readonly number[]> = { [predictor.name]: scores, [predictor.to]: targets };
    for (const name of predictor.from) {
      const field = data.fields.find((one) => one.name === name);
      if (field === undefined) return NaN;
      given[name] = Array.from({ length: sizeOf(field.axes.map((axis) => axis.size)) }, () => other);
    }
    return evaluateGraph(loss.graph, given)[0] ?? NaN;
  };
  const scoresAt = (trial: number): readonly number[] =>
    Array.from({ length: size }, (_, j) => SCORES[(3 * j + trial) % SCORES.length]! + j / 64);
  if (size > 1) {
    const classes = Array.from({ length: size }, (_, c) => c);
    const isSoftmax = isMultiple(
      classes.flatMap((c) => {
        const targets = classes.map((j) => (j === c ? 1 : 0));
        return points().map(({ trial, other }): readonly [number, number] => {
          const scores = scoresAt(trial);
          return [lossAt(scores, targets, other), logSumExp(scores) - scores[c]!];
        });
      }),
    );
    return isSoftmax ? "softmax" : null;
  }
  const isSigmoid = (other: number): boolean =>
    isMultiple(
      points().flatMap(({ trial, other: rest }) => {
        const [score = 0] = scoresAt(trial);
        return [
          [lossAt([score], [1], rest), Math.log1p(Math.exp(-score))],
          [lossAt([score], [other], rest), Math.log1p(Math.exp(score))],
        ] as const;
      }),
    );
  if (isSigmoid(0)) return "sigmoid";
  return isSigmoid(-1) ? "sigmoid_of_signs" : null;
}

function points(): readonly { readonly trial: number; readonly other: number }[] {
  return Array.from({ length: TRIALS }, (_, trial) => ({ trial, other: OTHERS[trial % OTHERS.length]! }));
}

function logSumExp(scores: readonly number[]): number {
  const most = Math.max(...scores);
  return most + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0));
}

/** Whether the first of each pair is the same positive multiple of the second, which is positive. */
function isMultiple(pairs: readonly (readonly [found: number, expected: number])[]): boolean {
  const [first] = pairs;
  if (first === undefined) return false;
  const scale = first[0] / first[1];
  return (
    scale > 0 && pairs.every(([found, expected]) => Math.abs(found - scale * expected) <= TOLERANCE * scale * expected)
  );
}
