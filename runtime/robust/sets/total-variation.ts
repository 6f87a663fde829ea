import { combine } from "./cone-builder.ts";
import { tailMean } from "./cvar.ts";
import { descending, expectation, uniform, type ReweightingSet } from "./types.ts";

/**
 * Laws on the rows within `½‖q − p‖₁ ≤ radius`: the worst one takes that mass from the smallest losses and puts it on the
 * largest, so that its expectation is `radius · max f + (1 − radius) · CVaR` of the tail 1 − radius (Jiang & Guan 2018).
 * @param radius in [0, 1)
 */
export function totalVariationSet(radius: number): ReweightingSet {
  return {
    name: "total_variation",
    worst(losses, probabilities = uniform(losses.length)) {
      const weights = Float64Array.from(probabilities);
      const order = descending(losses);
      let taken = 0;
      for (const i of order.toReversed()) {
        const part = Math.min(weights[i]!, radius - taken);
        weights[i]! -= part;
        taken += part;
        if (taken >= radius) break;
      }
      if (order.length > 0) weights[order[0]!]! += taken;
      return { value: expectation(weights, losses), weights };
    },
    dual(builder, losses, probabilities) {
      const most = builder.variable();
      losses.forEach((loss) => builder.nonnegative(combine([1, most], [-1, loss])));
      const rest = tailMean(builder, losses, probabilities, 1 - radius);
      return combine([radius, most], [1 - radius, rest]);
    },
  };
}
