import type { LossSlopes } from "./loss-slopes.ts";
import { isMean, sampleRisk, type SampleRisk } from "../../risk/sample-risk.ts";

export interface ContrastiveCase {
  /** Target decision `w*`: the best one under the proxy. */
  readonly target: Float64Array;
  /** Other decisions `w^s`, none of them the target. */
  readonly others: readonly Float64Array[];
  /** Scenarios of the generator, count × d. */
  readonly scenarios: Float64Array;
  readonly count: number;
  readonly context: Float64Array;
  /** Count differences above 0 alone. */
  readonly hinge: boolean;
}

/**
 * The contrastive surrogate of 004 §4.2 at one context,
 * `1/|S| Σ_{w^s ∈ S} ρ_{p_θ}[f(c, w*) − f(c, w^s)]`: minimising it makes the target better than the others under the
 * generator. The paper prints the difference with the other sign, which would make the target worse, and the sum where
 * this is the mean: β then means the same whatever the number of decisions compared.
 *
 * As printed it has no lower bound: scenarios of little mass and great size make the target as much better as one likes,
 * and the likelihood of the data hardly feels them. With `hinge` a difference counts while it is positive, that is while
 * the generator thinks another decision better than the target: the loss is then 0 where the generator decides right.
 *
 * @param out receives `share · ∂/∂scenarios`, count × d, added
 * @returns the value without `share`
 */
export function contrastiveLoss(
  risk: SampleRisk,
  slopes: LossSlopes,
  { target, others, scenarios, count, context, hinge }: ContrastiveCase,
  share: number,
  out: Float64Array,
): number {
  if (others.length === 0) return 0;
  const d = scenarios.length / count;
  const each = 1 / others.length;
  const own = new Float64Array(count);
  const difference = new Float64Array(count);
  const pull = new Float64Array(count);
  /** How much of each scenario's slope at the target counts. */
  const targetPull = new Float64Array(count);
  const alike = slopes.constant && isMean(risk);
  const add = (slope: Float64Array, k: number, weight: number): void => {
    for (let j = 0; j < d; j++) out[k * d + j]! += weight * slope[j]!;
  };
  /** Mean of the others' slopes, where they are the same at every scenario and every scenario counts alike. */
  const shared = new Float64Array(d);
  let even = 0;
  slopes.losses(target, scenarios, count, context, own);
  let total = 0;
  for (const z of others) {
    slopes.losses(z, scenarios, count, context, difference);
    for (let k = 0; k < count; k++) difference[k] = own[k]! - difference[k]!;
    const value = sampleRisk(risk, difference, pull);
    if (hinge && value <= 0) continue;
    total += each * value;
    for (let k = 0; k < count; k++) targetPull[k]! += each * pull[k]!;
    const first = slopes.constant ? slopes.slope(z, scenarios, 0, context) : null;
    if (first !== null && alike) {
      for (let j = 0; j < d; j++) shared[j]! += each * first[j]!;
      even = pull[0]!;
      continue;
    }
    for (let k = 0; k < count; k++) {
      if (pull[k] === 0) continue;
      add(first ?? slopes.slope(z, scenarios, k, context), k, -share * each * pull[k]!);
    }
  }
  for (let k = 0; k < count; k++) {
    if (targetPull[k] === 0) continue;
    if (alike) add(shared, k, -share * even);
    add(slopes.slope(target, scenarios, k, context), k, share * targetPull[k]!);
  }
  return total;
}
