import { worstDivergence } from "../../decide/ambiguity/divergence.ts";
import { combine } from "./cone-builder.ts";
import { uniform, type ReweightingSet } from "./types.ts";

/** Laws on the rows within `KL(q ‖ p) ≤ radius` (Hu & Hong 2013): `q ∝ p e^{f/λ}`, λ by bisection. */
export function klSet(radius: number): ReweightingSet {
  return {
    name: "kl",
    worst(losses, probabilities = uniform(losses.length)) {
      const { value, weights } = worstDivergence(losses, probabilities, radius);
      return { value, weights };
    },
    // min_{λ ≥ 0, t} t + λ radius with Σ p λ exp((f − t)/λ) ≤ λ.
    dual(builder, losses, probabilities) {
      const [lambda, t] = [builder.variable(), builder.variable()];
      const bounds = builder.variables(losses.length);
      losses.forEach((loss, i) => builder.exponential(combine([1, loss], [-1, t]), lambda, bounds[i]!));
      builder.nonnegative(combine([1, lambda], ...bounds.map((b, i) => [-probabilities[i]!, b] as const)));
      return combine([1, t], [radius, lambda]);
    },
  };
}
