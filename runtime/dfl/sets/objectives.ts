import { conformalIndex, addWidthGradient, scoreOf, type Score } from "./coverage.ts";
import type { Ellipsoid, EllipsoidGradient, EllipsoidLayer, RobustAnswer } from "./ellipsoid-layer.ts";
import type { DecisionOracle } from "../types.ts";

/** What an uncertainty set is trained by. */
export type SetObjective =
  /**
   * The least promise that is broken in no more than `tail` of the rows: `min E[V]` subject to `CVaR_{1−tail}[f − V] ≤ 0`,
   * by an augmented Lagrangian (Wang et al. 2025).
   */
  | { readonly kind: "promise"; readonly tail: number; readonly penalty: number }
  /** The cost of the decisions and the conditional coverage (Chenreddy & Delage 2024). */
  | { readonly kind: "conditional"; readonly coverage: number; readonly weight: number }
  /** The cost of the decisions under a set calibrated on other rows (Yeh et al. 2024). */
  | { readonly kind: "conformal"; readonly coverage: number; readonly calibration: number };

/** One row of a batch. */
export interface SetRow {
  /** Of the data, from 0. */
  readonly row: number;
  readonly context: Float64Array;
  readonly outcome: Float64Array;
  readonly set: Ellipsoid;
  /** Receive `∂loss/∂` of the centre and of the log widths. */
  readonly centreBar: Float64Array;
  readonly widthBar: Float64Array;
}

export interface SetSetting {
  readonly layer: EllipsoidLayer;
  readonly oracle: DecisionOracle & Required<Pick<DecisionOracle, "gradientZ">>;
  /** What costs are divided by, so that the parts of an objective have one size. */
  readonly unit: number;
  readonly count: (answer: ReturnType<RobustAnswer["pull"]>) => void;
  /** Told of a row whose decision could not be taken; it then has no part in the loss. */
  readonly fail: (row: SetRow) => void;
}

interface Taken {
  readonly row: SetRow;
  readonly answer: RobustAnswer;
  readonly cost: number;
}

function take({ layer, oracle, fail }: SetSetting, row: SetRow, set: Ellipsoid): Taken | null {
  const answer = layer.solve(set, row.context, row.row);
  if (answer === null) {
    fail(row);
    return null;
  }
  return { row, answer, cost: oracle.value(answer.z, row.outcome, row.context) };
}

/** Adds `weight · ∂f(z(U), s)/∂U`. */
function addCostGradient(setting: SetSetting, { row, answer }: Taken, weight: number, out: EllipsoidGradient): void {
  const zBar = new Float64Array(answer.z.length);
  setting.oracle.gradientZ(answer.z, row.outcome, row.context, zBar);
  for (let i = 0; i < zBar.length; i++) zBar[i]! *= weight;
  setting.count(answer.pull(zBar, out));
}

function emptyGradient(d: number): EllipsoidGradient {
  return { centre: new Float64Array(d), factor: new Float64Array(d * d) };
}

/** Mean cost of the decisions against sets scaled by `radius`, over the cost's unit; returns `∂/∂radius` too. */
function taskLoss(
  setting: SetSetting,
  rows: readonly SetRow[],
  radius: number,
  weight: number,
): { readonly loss: number; readonly radiusBar: number } {
  const d = setting.layer.outcome;
  let [loss, radiusBar] = [0, 0];
  for (const row of rows) {
    const { centre, factor } = row.set;
    const set = { centre, factor: factor.map((value) => radius * value) };
    const taken = take(setting, row, set);
    if (taken === null) continue;
    const share = weight / (rows.length * setting.unit);
    const own = emptyGradient(d);
    addCostGradient(setting, taken, share, own);
    const before = row.widthBar.slice();
    addWidthGradient(set, own, row.centreBar, row.widthBar);
    for (let j = 0; j < d; j++) radiusBar += (row.widthBar[j]! - before[j]!) / radius;
    loss += share * taken.cost;
  }
  return { loss, radiusBar };
}

/**
 * E2E-Conformal (Yeh et al. 2024, alg. 1): half of the batch calibrates the radius, the conformal quantile of its scores,
 * for the decisions of the other half; the gradient passes the quantile through the row whose score it is.
 */
export function conformalLoss(setting: SetSetting, rows: readonly SetRow[], coverage: number): number {
  const half = Math.max(1, Math.floor(rows.length / 2));
  const calibration = rows.slice(0, half);
  const scores = calibration.map(({ set, outcome }) => scoreOf(set, outcome));
  const at = conformalIndex(
    scores.map(({ value }) => value),
    coverage,
  );
  const { loss, radiusBar } = taskLoss(setting, rows.slice(half), scores[at]!.value, 1);
  scores[at]!.addGradient(radiusBar, calibration[at]!.centreBar, calibration[at]!.widthBar);
  return loss;
}

/** Width of the smooth indicator of coverage, in radii. */
const SOFT = 0.2;
/** Added to the regression of coverage on the context. */
const RIDGE = 1e-2;

/**
 * E2E-CRO (Chenreddy & Delage 2024, §4): `weight` of the cost, and the rest of the squared distance of the conditional
 * coverage from the one asked for. Conditional coverage is a regression on the context of the smoothed indicator
 * `σ((R − score)/0.2R)`: here a linear one, whose solution is a matrix, where the paper has a logistic one.
 *
 * @param features one row a batch row: 1 and the standardised context
 */
export function conditionalLoss(
  setting: SetSetting,
  rows: readonly SetRow[],
  features: readonly Float64Array[],
  { coverage, weight }: { readonly coverage: number; readonly weight: number },
): number {
  const scores = rows.map(({ set, outcome }) => scoreOf(set, outcome));
  const values = scores.map(({ value }) => value);
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const at = order[Math.min(rows.length - 1, Math.max(0, Math.ceil(coverage * rows.length) - 1))]!;
  const radius = values[at]!;
  const task = taskLoss(setting, rows, radius, weight);
  const soft = SOFT * radius;
  const inside = values.map((value) => 1 / (1 + Math.exp((value - radius) / soft)));
  const fitted = regression(features, inside);
  const errors = fitted.map((value) => value - coverage);
  // The hat matrix is symmetric: its transpose is the regression of the errors.
  const insideBar = regression(features, errors).map((value) => ((1 - weight) * 2 * value) / rows.length);
  let { radiusBar } = task;
  scores.forEach((score, k) => {
    const slope = (insideBar[k]! * inside[k]! * (1 - inside[k]!)) / soft;
    radiusBar += slope * (values[k]! / radius);
    score.addGradient(-slope, rows[k]!.centreBar, rows[k]!.widthBar);
  });
  scores[at]!.addGradient(radiusBar, rows[at]!.centreBar, rows[at]!.widthBar);
  return task.loss + ((1 - weight) * errors.reduce((sum, error) => sum + error * error, 0)) / rows.length;
}

/** Ridge regression's fitted values. */
function regression(features: readonly Float64Array[], targets: readonly number[]): number[] {
  const width = features[0]!.length;
  const system = Array.from({ length: width }, (_, i) =>
    Float64Array.from({ length: width + 1 }, (__, j) => {
      let sum = i === j ? RIDGE : 0;
      features.forEach((row, k) => (sum += row[i]! * (j === width ? targets[k]! : row[j]!)));
      return sum;
    }),
  );
  for (let i = 0; i < width; i++) {
    for (let r = i + 1; r < width; r++) {
      const factor = system[r]![i]! / system[i]![i]!;
      for (let j = i; j <= width; j++) system[r]![j]! -= factor * system[i]![j]!;
    }
  }
  const solution = new Float64Array(width);
  for (let i = width - 1; i >= 0; i--) {
    let rest = system[i]![width]!;
    for (let j = i + 1; j < width; j++) rest -= system[i]![j]! * solution[j]!;
    solution[i] = rest / system[i]![i]!;
  }
  return features.map((row) => row.reduce((sum, value, i) => sum + value * solution[i]!, 0));
}

/** Multiplier and penalty of the promise's constraint. */
export interface PromiseState {
  multiplier: number;
  penalty: number;
}

/**
 * LRO (Wang et al. 2025, alg. 1): `mean V + ([λ + μH]₊² − λ²)/2μ` with `H = CVaR_{1−tail}[f(z, s) − V]` over the batch, V
 * what the decision is promised to cost at most. All sets share one factor.
 *
 * @param factorBar receives `∂loss/∂factor`
 * @returns the loss, and H
 */
export function promiseLoss(
  setting: SetSetting,
  rows: readonly SetRow[],
  { tail }: { readonly tail: number },
  { multiplier, penalty }: PromiseState,
  factorBar: Float64Array,
): { readonly loss: number; readonly excess: number } {
  const taken = rows.flatMap((row) => take(setting, row, row.set) ?? []);
  const { unit } = setting;
  const broken = taken.map(({ cost, answer }) => (cost - answer.value) / unit);
  const weights = tailWeights(broken, tail);
  const excess = broken.reduce((sum, value, k) => sum + weights[k]! * value, 0);
  const push = Math.max(0, multiplier + penalty * excess);
  let loss = (push ** 2 - multiplier ** 2) / (2 * penalty);
  taken.forEach((one, k) => {
    const { answer, row } = one;
    const own = { centre: row.centreBar, factor: factorBar };
    answer.addValueGradient((1 / taken.length - push * weights[k]!) / unit, own);
    if (push * weights[k]! > 0) addCostGradient(setting, one, (push * weights[k]!) / unit, own);
    loss += answer.value / (unit * taken.length);
  });
  return { loss, excess };
}

/** Weights of each value in the mean of the largest `tail` of the mass; sum 1. */
function tailWeights(values: readonly number[], tail: number): number[] {
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!);
  const weights = values.map(() => 0);
  let left = tail;
  for (const k of order) {
    const mass = Math.min(left, 1 / values.length);
    weights[k] = mass / tail;
    left -= mass;
    if (left <= 0) break;
  }
  return weights;
}

/** Scores of all rows, for a calibration. */
export function scoresOf(sets: readonly Ellipsoid[], outcomes: readonly Float64Array[]): Float64Array {
  return Float64Array.from(sets, (set, k): Score["value"] => scoreOf(set, outcomes[k]!).value);
}
