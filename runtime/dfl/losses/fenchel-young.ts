import { extend } from "./extended.ts";
import { perturb } from "./perturb.ts";
import { rowLoss, type DflLoss } from "./row.ts";
import { dot } from "../../decide/dot.ts";

/**
 * Perturbed Fenchel–Young loss (Berthet et al. 2020, eq. 10; Dalle et al. 2022): `f(z*(s), ŝ) − E[min_z f(z, ŝ_ε)]`, ŝ_ε
 * the prediction with noise. Its gradient is `φ(z*(s)) − E[φ(z(ŝ_ε)) ⊙ ∂ŝ_ε/∂ŝ]`.
 */
export function perturbedFenchelYoung(noise: "additive" | "multiplicative", samples: number, sigma: number): DflLoss {
  return rowLoss((row) => {
    const { predicted, cost, best, gradient } = row;
    const { factors, answers } = perturb(row, samples, sigma, noise);
    const target = extend(best, cost);
    const d = predicted.length;
    let least = 0;
    gradient.set(target.slope);
    answers.forEach(({ slope, objective }, k) => {
      least += objective / samples;
      for (let i = 0; i < d; i++) gradient[i]! -= (slope[i]! * factors[k * d + i]!) / samples;
    });
    return dot(target.slope, predicted) + target.offset - least;
  });
}
