import type { RandomStream } from "../tensor/random.ts";

/** Terms of the series (Niepert et al. 2021, thm. 1). */
const TERMS = 10;
/** Proposals of one gamma number; each is accepted with probability 0.95 or more. */
const ATTEMPTS = 16;

/** Draws numbers of the sum-of-gamma distribution at places of a stream. */
export interface SumOfGamma {
  /** @param position index in the stream of the first number */
  draw(count: number, position: number): Float64Array;
}

/**
 * `(Σ_{i=1}^{10} γ_i − log 10) / κ`, `γ_i ~ Gamma(1/κ, κ/i)`: noise under which the largest κ of many scores are drawn
 * nearly as from their exponential family (Niepert et al. 2021, thm. 1). A number depends on the stream and its place
 * alone.
 */
export function sumOfGamma(kappa: number, stream: RandomStream): SumOfGamma {
  const boosts = stream.child("boost");
  const normals = Array.from({ length: ATTEMPTS }, (_, k) => stream.child(`normal/${k}`));
  const uniforms = Array.from({ length: ATTEMPTS }, (_, k) => stream.child(`uniform/${k}`));
  // Marsaglia & Tsang (2000) for shapes of at least 1; Gamma(a) is Gamma(a + 1) U^(1/a).
  const shape = 1 / kappa;
  const d = shape + 1 - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  const one = new Float64Array(1);

  /** Gamma(1/κ, 1) at a proposal, or −1 where it is rejected. */
  function accept(normal: number, uniform: number): number {
    const v = (1 + c * normal) ** 3;
    if (v <= 0) return -1;
    return Math.log(1 - uniform) < normal ** 2 / 2 + d - d * v + d * Math.log(v) ? d * v : -1;
  }

  function again(position: number): number {
    for (let k = 1; k < ATTEMPTS; k++) {
      normals[k]!.normal(one, position);
      const normal = one[0]!;
      uniforms[k]!.uniform(one, position);
      const value = accept(normal, one[0]!);
      if (value >= 0) return value;
    }
    return d;
  }

  return {
    draw(count, position) {
      const first = position * TERMS;
      const normal = new Float64Array(count * TERMS);
      const uniform = new Float64Array(count * TERMS);
      const boost = new Float64Array(count * TERMS);
      normals[0]!.normal(normal, first);
      uniforms[0]!.uniform(uniform, first);
      boosts.uniform(boost, first);
      const out = new Float64Array(count);
      for (let i = 0; i < count; i++) {
        let sum = -Math.log(TERMS);
        for (let term = 0; term < TERMS; term++) {
          const at = i * TERMS + term;
          let value = accept(normal[at]!, uniform[at]!);
          if (value < 0) value = again(first + at);
          sum += (kappa / (term + 1)) * value * (1 - boost[at]!) ** kappa;
        }
        out[i] = sum / kappa;
      }
      return out;
    },
  };
}
