import { combine, type Affine } from "./cone-builder.ts";
import { largestShare, tailMean } from "./cvar.ts";
import { uniform, type ReweightingSet } from "./types.ts";

/**
 * Mixtures of the groups' own laws, each group's probability at most 1/tail of its share: the worst expectation is the
 * CVaR of the groups' mean losses. Towards tail 0 it is the worst group's mean (Sagawa et al. 2020).
 * @param groups the group of each row, from 0
 */
export function groupCvarSet(groups: Int32Array, tail: number): ReweightingSet {
  const count = groups.reduce((most, g) => Math.max(most, g + 1), 0);
  const sharesOf = (probabilities: Float64Array): Float64Array => {
    const shares = new Float64Array(count);
    groups.forEach((g, i) => (shares[g]! += probabilities[i]!));
    return shares;
  };
  return {
    name: "group_cvar",
    worst(losses, probabilities = uniform(losses.length)) {
      const shares = sharesOf(probabilities);
      const means = new Float64Array(count);
      groups.forEach((g, i) => (means[g]! += (probabilities[i]! / shares[g]!) * losses[i]!));
      const worst = largestShare(means, shares, tail);
      const weights = Float64Array.from(groups, (g, i) => (worst.weights[g]! * probabilities[i]!) / shares[g]!);
      return { value: worst.value, weights };
    },
    dual(builder, losses, probabilities) {
      const shares = sharesOf(probabilities);
      const means: Affine[] = Array.from(shares, (share, g) =>
        combine(...losses.flatMap((loss, i) => (groups[i] === g ? [[probabilities[i]! / share, loss] as const] : []))),
      );
      return tailMean(builder, means, shares, tail);
    },
  };
}
