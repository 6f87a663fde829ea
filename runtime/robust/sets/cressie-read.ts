import { combine } from "./cone-builder.ts";
import { uniform, type ReweightingSet, type WorstWeights } from "./types.ts";

const STEPS = 200;

/**
 * Laws on the rows within `E_p[φ_k(q/p)] ≤ radius`, `φ_k(t) = (t^k − k t + k − 1)/(k(k − 1))`, k > 1 (Cressie & Read
 * 1984). The worst one has `q ∝ p (f − η)+^{1/(k − 1)}` (Duchi & Namkoong 2021, lemma 1), its divergence rising in η, so
 * that η is found by bisection; where the whole radius cannot be used, its mass is on the largest losses.
 */
export function cressieReadSet(power: number, radius: number): ReweightingSet {
  if (!(power > 1)) throw new RangeError(`The power must be above 1, not ${power}.`);
  return {
    name: "cressie_read",
    worst: (losses, probabilities = uniform(losses.length)) => worstPower(losses, probabilities, power, radius),
    // min_η η + (1 + k(k − 1) radius)^{1/k} (E (f − η)+^{k*})^{1/k*}, k* = k/(k − 1): Duchi & Namkoong 2021, lemma 1.
    dual(builder, losses, probabilities) {
      const conjugate = power / (power - 1);
      const [eta, norm] = [builder.variable(), builder.variable()];
      const parts = losses.map((loss, i) => {
        const [excess, part] = [builder.variable(), builder.variable()];
        builder.nonnegative(excess, combine([1, excess], [-1, loss], [1, eta]));
        // p excess^{k*} ≤ part · norm^{k* − 1}
        builder.geometric(combine([probabilities[i]! ** (1 / conjugate), excess]), part, norm, 1 / conjugate);
        return part;
      });
      builder.nonnegative(combine([1, norm], ...parts.map((part) => [-1, part] as const)));
      return combine([1, eta], [(1 + power * (power - 1) * radius) ** (1 / power), norm]);
    },
  };
}

/**
 * Laws on the rows within `E_p[(q/p − 1)²] ≤ radius`: Cressie–Read of power 2 at half the radius. Its dual is
 * `min_η η + √(1 + radius) ‖(f − η)+‖₂`, a second-order cone.
 */
export function chi2Set(radius: number): ReweightingSet {
  return {
    name: "chi2",
    worst: (losses, probabilities = uniform(losses.length)) => worstPower(losses, probabilities, 2, radius / 2),
    dual(builder, losses, probabilities) {
      const [eta, norm] = [builder.variable(), builder.variable()];
      const excess = builder.variables(losses.length);
      losses.forEach((loss, i) => builder.nonnegative(excess[i]!, combine([1, excess[i]!], [-1, loss], [1, eta])));
      builder.norm2(
        norm,
        excess.map((e, i) => combine([Math.sqrt(probabilities[i]!), e])),
      );
      return combine([1, eta], [Math.sqrt(1 + radius), norm]);
    },
  };
}

function worstPower(losses: Float64Array, probabilities: Float64Array, power: number, radius: number): WorstWeights {
  const weights = Float64Array.from(probabilities);
  const most = losses.reduce((a, b) => Math.max(a, b), -Infinity);
  const spread = most - losses.reduce((a, b) => Math.min(a, b), Infinity);
  const done = (): WorstWeights => ({ value: weights.reduce((sum, w, i) => sum + w * losses[i]!, 0), weights });
  if (radius === 0 || spread === 0) return done();
  /** Fills the weights at η and returns their divergence. */
  const at = (eta: number): number => {
    let total = 0;
    for (let i = 0; i < losses.length; i++) {
      const excess = losses[i]! - eta;
      weights[i] = excess <= 0 ? 0 : probabilities[i]! * (excess / (most - eta)) ** (1 / (power - 1));
      total += weights[i]!;
    }
    let moment = 0;
    for (let i = 0; i < losses.length; i++) {
      weights[i]! /= total;
      moment += probabilities[i]! * (weights[i]! / probabilities[i]!) ** power;
    }
    return (moment - 1) / (power * (power - 1));
  };
  // η = most − spread · e^u: from far below all losses to just under the largest.
  let low = 30;
  let high = -35;
  if (at(most - spread * Math.exp(high)) <= radius) {
    let mass = 0;
    for (let i = 0; i < losses.length; i++) if (losses[i] === most) mass += probabilities[i]!;
    for (let i = 0; i < losses.length; i++) weights[i] = losses[i] === most ? probabilities[i]! / mass : 0;
    return done();
  }
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (at(most - spread * Math.exp(middle)) > radius) high = middle;
    else low = middle;
  }
  at(most - spread * Math.exp(low));
  return done();
}
