import type { TrainHooks } from "../../models/sampler.ts";
import type { Aggregate } from "../../predict/types.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { chooseByValidation } from "../select.ts";
import type { RobustPredictor, RobustProblem } from "../types.ts";
import { trainOnRows } from "./ml.ts";

export interface KlDroOptions {
  /** Radii ε of the ball `KL(P ‖ P₀) ≤ ε`; several are chosen among on the validation rows. */
  readonly radii: readonly number[];
}

export const KL_DRO_DEFAULTS: KlDroOptions = { radii: [0.1, 0.3, 1, 2, 4] };

/**
 * KL-DRO of 001 §7: the dual `min_{λ ≥ 0} λ log E[e^{f/λ}] + λ ε` (Hu & Hong 2013) in place of the mean of each batch.
 * @throws RuntimeError training-diverged
 */
export function trainKlDro(
  problem: RobustProblem,
  options: Partial<KlDroOptions>,
  stream: RandomStream,
  hooks: TrainHooks = {},
): Promise<RobustPredictor> {
  const { radii } = { ...KL_DRO_DEFAULTS, ...options };
  return chooseByValidation(problem, radii, (radius) =>
    trainOnRows(problem, "kl_dro", radius, { aggregate: klAggregate(radius) }, stream, hooks),
  );
}

/** Halvings of the interval of log λ: to 10⁻⁶ of its length. */
const HALVINGS = 20;
/** λ lies within these multiples of the losses' standard deviation; at the ends the law is a point or the nominal one. */
const LEAST = 1e-3;
const MOST = 1e4;

/**
 * `min_λ λ log E[e^{f/λ}] + λ ε` of a batch. The best λ is where the tilted law `q ∝ e^{f/λ}` has `KL(q ‖ p) = ε`, found
 * by bisection inside the program; its own derivative does not count (Danskin).
 */
export function klAggregate(radius: number): Aggregate {
  return (losses, weights) => {
    const base = weights === null ? null : ops.log(weights);
    const frozen = ops.stopGradient(losses);
    const centred = ops.sub(frozen, ops.mean(frozen));
    const deviation = ops.sqrt(ops.add(ops.mean(ops.square(centred)), 1e-20));
    const divergence = (lambda: Tensor): Tensor => {
      const { log, law } = tilted(frozen, base, lambda);
      const mean = ops.sum(ops.mul(law, frozen));
      return ops.sub(ops.div(mean, lambda), log);
    };
    const lambdaAt = (logarithm: Tensor): Tensor => ops.mul(ops.exp(logarithm), deviation);
    const { graph } = losses;
    let low = graph.constant(Math.log(LEAST));
    let high = graph.constant(Math.log(MOST));
    for (let k = 0; k < HALVINGS; k++) {
      const middle = ops.mul(ops.add(low, high), 0.5);
      const far = ops.greater(divergence(lambdaAt(middle)), radius);
      low = ops.where(far, middle, low);
      high = ops.where(far, high, middle);
    }
    const lambda = ops.stopGradient(lambdaAt(high));
    return ops.add(ops.mul(tilted(losses, base, lambda).log, lambda), ops.mul(lambda, radius));
  };
}

/** `log E[e^{f/λ}]` and the law that is tilted by it, [rows, 1]. */
function tilted(losses: Tensor, base: Tensor | null, lambda: Tensor): { readonly log: Tensor; readonly law: Tensor } {
  const exponents = ops.div(losses, lambda);
  const terms = base === null ? exponents : ops.add(exponents, base);
  const total = ops.logSumExp(terms);
  const log = ops.sub(total, Math.log(losses.shape[0]!));
  return { log, law: ops.exp(ops.sub(terms, total)) };
}
