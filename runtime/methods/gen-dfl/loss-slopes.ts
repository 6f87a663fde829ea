import type { DecisionProblem } from "../../spec.ts";
import type { RandomStream } from "../../tensor/random.ts";

/** Losses and their derivatives in the outcome, of decisions at scenarios. Not reentrant: it owns its working memory. */
export interface LossSlopes {
  /** Whether `∇_s ℓ(z, s)` is the same at every outcome, as for a linear cost `s·z`. */
  readonly constant: boolean;
  /** `ℓ(z, s_k)` of count × d scenarios. */
  losses(z: Float64Array, scenarios: Float64Array, count: number, x: Float64Array, out: Float64Array): void;
  /** `∇_s ℓ(z, s_k)`; overwritten by the next call. */
  slope(z: Float64Array, scenarios: Float64Array, k: number, x: Float64Array): Float64Array;
}

/** Outcomes that a constant slope is tried at. */
const PROBES = 4;

export function createLossSlopes(problem: DecisionProblem, stream: RandomStream): LossSlopes {
  const { sizes, loss, lossGradientS } = problem;
  const { context: p, outcome: d, decision: n } = sizes;
  const outcome = new Float64Array(d);
  const slope = new Float64Array(d);
  return {
    constant: isConstant(),
    losses(z, scenarios, count, x, out) {
      for (let k = 0; k < count; k++) {
        for (let j = 0; j < d; j++) outcome[j] = scenarios[k * d + j]!;
        out[k] = loss(z, outcome, x);
      }
    },
    slope(z, scenarios, k, x) {
      for (let j = 0; j < d; j++) outcome[j] = scenarios[k * d + j]!;
      lossGradientS(z, outcome, x, slope);
      return slope;
    },
  };

  function isConstant(): boolean {
    const z = new Float64Array(n);
    const x = new Float64Array(p);
    stream.child("z").normal(z);
    stream.child("x").normal(x);
    const first = new Float64Array(d);
    for (let probe = 0; probe < PROBES; probe++) {
      stream.child("outcome").normal(outcome, probe * d);
      // At several sizes: a kink or a curve of any scale shows.
      for (let j = 0; j < d; j++) outcome[j]! *= 10 ** (probe - 1);
      lossGradientS(z, outcome, x, slope);
      if (probe === 0) first.set(slope);
      else if (!slope.every((value, j) => value === first[j])) return false;
    }
    return true;
  }
}
