import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import type { GenerativeFamily } from "../generator/family.ts";
import type { Estimator } from "./options.ts";

/** Recorded transitions of a batch, step after step: `steps · rows` rows. */
export interface BatchTransitions {
  readonly rows: number;
  readonly steps: number;
  readonly state: Tensor;
  /** Mean under the law that sampled. */
  readonly mean: Tensor;
  readonly noise: Tensor;
  /** [rows, p] or `null` */
  readonly contexts: Tensor | null;
}

/**
 * `Σ_t log p_θ(ξ_{t−1} | ξ_t) − log p_ref(ξ_{t−1} | ξ_t)` over the recorded transitions, [rows, 1]. With
 * `ξ_{t−1} = m_ref + σ ε` and `δ = (m_ref − m_θ)/σ` a term is `−(ε·δ + ½‖δ‖²)`: no difference of two large numbers.
 */
export function logRatio(
  family: GenerativeFamily,
  parameters: readonly Tensor[],
  { rows, steps, state, mean, noise, contexts }: BatchTransitions,
): Tensor {
  const { graph } = state;
  const last = family.coefficients.slice(-steps);
  const width = last[0]!.length;
  const repeated =
    contexts === null
      ? null
      : ops.concat(
          Array.from(last, () => contexts),
          0,
        );
  const coefficients = graph.constant(
    last.flatMap((numbers) => Array.from({ length: rows }, () => numbers).flat()),
    [steps * rows, width],
  );
  const now = family.transition(parameters, state, repeated, coefficients);
  const delta = ops.div(ops.sub(mean, now.mean), now.deviation);
  const terms = ops.neg(ops.add(ops.mul(noise, delta), ops.mul(ops.square(delta), 0.5)));
  const each = ops.reshape(ops.sum(terms, { axes: [1], keep: true }), [steps, rows, 1]);
  return ops.sum(each, { axes: [0] });
}

/**
 * What is ascended in θ instead of E_{P_θ}[f]: its gradient where θ is the law that sampled is that of (9), and of (10)
 * as well.
 * @param advantages [rows, 1]: f of each row, standardised over the rollout
 */
export function surrogate(estimator: Estimator, ratio: Tensor, advantages: Tensor): Tensor {
  if (estimator.kind === "policy_gradient") return ops.mean(ops.mul(ratio, advantages));
  const r = ops.exp(ops.clip(ratio, -LONGEST, LONGEST));
  const clipped = ops.clip(r, 1 - estimator.clip, 1 + estimator.clip);
  return ops.mean(ops.min(ops.mul(r, advantages), ops.mul(clipped, advantages)));
}

/** Log-ratios beyond this are cut: far outside any clip, where the exponential would overflow. */
const LONGEST = 20;
