import { longestStep } from "./blocks.ts";
import { dot } from "./dense.ts";
import type { ActiveSet } from "./active-set.ts";

import type { RelativeInterior } from "./relative-interior.ts";

/**
 * The feasible set's part of the interior-point method: `normal_r · z ≤ bound_r` with slack s and multiplier λ, one for
 * each finite bound (whose normal has one entry) and each inequality row.
 */
export interface SetBarrier {
  pairs(): number;
  /** Slacks at z, every multiplier at `mu/s`. */
  centre(z: Float64Array, mu: number): void;
  complementarity(): number;
  /** Adds to the Newton matrix (lower triangle, row stride `order`) and to the gradient. */
  accumulate(h: Float64Array, order: number, gradient: Float64Array): void;
  /** The same with the bounds' part of the matrix, which is diagonal, apart; `rowWeights` receives λ/s of the rows. */
  accumulateDiagonal(diagonal: Float64Array, rowWeights: Float64Array, gradient: Float64Array): void;
  clearCorrection(): void;
  correct(target: number, right: Float64Array): void;
  direct(step: Float64Array): void;
  longestSlackStep(limit: number): number;
  longestLambdaStep(limit: number): number;
  complementarityAfter(slackStep: number, lambdaStep: number): number;
  move(slackStep: number, lambdaStep: number): void;
  /** `Aᵀλ` of the rows alone into `force`; returns `Σ λ_r s_r` over them. Bounds are left to the certificate's box. */
  rowForce(force: Float64Array): number;
  /**
   * Guesses which bounds and rows hold with equality at the optimum; `gain` is what the objective can change by, `unit` each
   * component. Returns how many of them have neither slack nor multiplier to tell by.
   */
  guessActive(active: Pick<ActiveSet, "components" | "rows">, gain: number, unit: ArrayLike<number>): number;
}

/** Slack and multiplier, in units of what they can be, that differ by more than this say which of them is 0. */
const CLEAR = 100;

export function createSetBarrier(set: RelativeInterior): SetBarrier {
  const n = set.point.length;
  const components: number[] = [];
  const signs: number[] = [];
  const limits: number[] = [];
  for (let i = 0; i < n; i++) {
    if (set.lower[i]! > -Infinity) {
      components.push(i);
      signs.push(-1);
      limits.push(-set.lower[i]!);
    }
    if (set.upper[i]! < Infinity) {
      components.push(i);
      signs.push(1);
      limits.push(set.upper[i]!);
    }
  }
  const boundCount = components.length;
  const rowCount = set.rows.length;
  const count = boundCount + rowCount;
  const slack = new Float64Array(count);
  const lambda = new Float64Array(count);
  const slackStep = new Float64Array(count);
  const lambdaStep = new Float64Array(count);
  const correction = new Float64Array(count);

  /** `normal_r · x` */
  function along(r: number, x: Float64Array): number {
    return r < boundCount ? signs[r]! * x[components[r]!]! : dot(set.rows[r - boundCount]!, 0, x, 0, n);
  }

  /** `x += factor · normal_r` */
  function addNormal(r: number, factor: number, x: Float64Array): void {
    if (r < boundCount) {
      x[components[r]!]! += factor * signs[r]!;
      return;
    }
    const row = set.rows[r - boundCount]!;
    for (let i = 0; i < n; i++) x[i]! += factor * row[i]!;
  }

  return {
    pairs: () => count,
    centre(z, mu) {
      for (let r = 0; r < count; r++) {
        slack[r] = (r < boundCount ? limits[r]! : set.rowBounds[r - boundCount]!) - along(r, z);
        lambda[r] = mu / slack[r]!;
      }
    },
    complementarity: () => dot(slack, 0, lambda, 0, count),
    accumulate(h, order, gradient) {
      for (let r = 0; r < count; r++) {
        addNormal(r, lambda[r]!, gradient);
        const ratio = lambda[r]! / slack[r]!;
        if (r < boundCount) {
          h[components[r]! * (order + 1)]! += ratio;
          continue;
        }
        const row = set.rows[r - boundCount]!;
        for (let i = 0; i < n; i++) {
          const factor = ratio * row[i]!;
          for (let j = 0; j <= i; j++) h[i * order + j]! += factor * row[j]!;
        }
      }
    },
    accumulateDiagonal(diagonal, rowWeights, gradient) {
      for (let r = 0; r < count; r++) {
        addNormal(r, lambda[r]!, gradient);
        const ratio = lambda[r]! / slack[r]!;
        if (r < boundCount) diagonal[components[r]!]! += ratio;
        else rowWeights[r - boundCount] = ratio;
      }
    },
    clearCorrection: () => void correction.fill(0),
    correct(target, right) {
      for (let r = 0; r < count; r++) {
        correction[r] = (target - slackStep[r]! * lambdaStep[r]!) / slack[r]!;
        addNormal(r, -correction[r]!, right);
      }
    },
    direct(step) {
      for (let r = 0; r < count; r++) {
        slackStep[r] = -along(r, step);
        lambdaStep[r] = correction[r]! - lambda[r]! - (lambda[r]! / slack[r]!) * slackStep[r]!;
      }
    },
    longestSlackStep: (limit) => longestStep(slack, slackStep, count, limit),
    longestLambdaStep: (limit) => longestStep(lambda, lambdaStep, count, limit),
    complementarityAfter(primal, dual) {
      let sum = 0;
      for (let r = 0; r < count; r++) {
        sum += (slack[r]! + primal * slackStep[r]!) * (lambda[r]! + dual * lambdaStep[r]!);
      }
      return sum;
    },
    move(primal, dual) {
      for (let r = 0; r < count; r++) {
        slack[r]! += primal * slackStep[r]!;
        lambda[r]! += dual * lambdaStep[r]!;
      }
    },
    rowForce(force) {
      let charge = 0;
      for (let r = boundCount; r < count; r++) {
        addNormal(r, lambda[r]!, force);
        charge += lambda[r]! * slack[r]!;
      }
      return charge;
    },
    guessActive(active, gain, unit) {
      active.components.fill(0);
      let unclear = 0;
      for (let r = 0; r < count; r++) {
        const size = r < boundCount ? unit[components[r]!]! : weightedSize(set.rows[r - boundCount]!, unit);
        const holds = (lambda[r]! + lambdaStep[r]!) * size * size > (slack[r]! + slackStep[r]!) * gain;
        if (r >= boundCount) active.rows[r - boundCount] = holds ? 1 : 0;
        else if (holds) active.components[components[r]!] = signs[r]!;
        const [force, room] = [lambda[r]! * size * size, slack[r]! * gain];
        if (force < CLEAR * room && room < CLEAR * force) unclear++;
      }
      return unclear;
    },
  };
}

/** How far a row's left side moves when every component moves by its unit. */
function weightedSize(row: Float64Array, unit: ArrayLike<number>): number {
  let size = 0;
  for (let i = 0; i < row.length; i++) size += Math.abs(row[i]!) * unit[i]!;
  return size;
}
