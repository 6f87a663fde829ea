import { solveExtended } from "./extended.ts";
import { rowLoss, type DflLoss } from "./row.ts";
import { dot } from "../../decide/dot.ts";
import { addScaled, combine } from "./vectors.ts";

/**
 * PG (Gupta & Huang 2024): the derivative of the optimal value `V(ŝ) = min_z f(z, ŝ)` along the true cost is the cost of
 * the decision, here as a difference: `(V(ŝ) − V(ŝ − σs)) / σ`, or `(V(ŝ + σs) − V(ŝ − σs)) / 2σ` with two sides.
 * By the envelope theorem its gradient is that of the φ.
 */
export function perturbationGradient(sigma: number, sides: "one" | "two", homogeneous: boolean): DflLoss {
  const [ahead, width] = sides === "two" ? [sigma, 2 * sigma] : [0, sigma];
  return rowLoss((row) => {
    const { predicted, cost, gradient } = row;
    const value = (step: number, factor: number): number => {
      const s = combine(predicted, cost, step);
      const { slope, offset } = solveExtended(row, s, 1 + step, homogeneous);
      addScaled(gradient, slope, factor);
      return factor * (dot(s, slope) + (homogeneous ? 0 : (1 + step) * offset));
    };
    return value(ahead, 1 / width) + value(-sigma, -1 / width);
  });
}
