import type { Ellipsoid, EllipsoidGradient } from "./ellipsoid-layer.ts";

/** Distance of an outcome from a set's centre in units of its factor: at most 1 inside. */
export interface Score {
  readonly value: number;
  /** Adds `weight · ∂value/∂centre` and, of widths that scale the factor's rows, `weight · ∂value/∂log width`. */
  addGradient(weight: number, centre: Float64Array, logWidths: Float64Array): void;
}

/** `‖factor⁻¹ (s − centre)‖` of a lower triangular factor (Yeh et al. 2024, §4; Chenreddy & Delage 2024, eq. 5). */
export function scoreOf({ centre, factor }: Ellipsoid, s: Float64Array): Score {
  const d = centre.length;
  const t = new Float64Array(d);
  let square = 0;
  for (let j = 0; j < d; j++) {
    let rest = s[j]! - centre[j]!;
    for (let c = 0; c < j; c++) rest -= factor[j * d + c]! * t[c]!;
    t[j] = rest / factor[j * (d + 1)]!;
    square += t[j]! ** 2;
  }
  const value = Math.sqrt(square);
  return {
    value,
    addGradient(weight, centreBar, widthBar) {
      if (value === 0) return;
      // v = factor⁻ᵀ t / ‖t‖
      const v = t.map((part) => part / value);
      for (let j = d - 1; j >= 0; j--) {
        v[j]! /= factor[j * (d + 1)]!;
        for (let c = 0; c < j; c++) v[c]! -= v[j]! * factor[j * d + c]!;
      }
      for (let j = 0; j < d; j++) {
        centreBar[j]! -= weight * v[j]!;
        widthBar[j]! -= weight * v[j]! * (s[j]! - centre[j]!);
      }
    },
  };
}

/**
 * Which of n scores is the conformal quantile: the ⌈(n + 1) coverage⌉-th smallest covers a new row with at least that
 * probability (Vovk et al. 2005; Yeh et al. 2024, eq. 4). With too few scores it is the largest, which covers as much as
 * they allow.
 *
 * @returns an index into `scores`
 */
export function conformalIndex(scores: ArrayLike<number>, coverage: number): number {
  const order = Array.from({ length: scores.length }, (_, k) => k).sort((a, b) => scores[a]! - scores[b]!);
  const rank = Math.ceil((scores.length + 1) * coverage - 1e-9);
  return order[Math.min(Math.max(rank, 1), scores.length) - 1]!;
}

/** `∂L/∂(centre, log widths)` from `∂L/∂(centre, factor)` where the widths scale the factor's rows. */
export function addWidthGradient(
  { factor }: Ellipsoid,
  gradient: EllipsoidGradient,
  centreBar: Float64Array,
  widthBar: Float64Array,
): void {
  const d = centreBar.length;
  for (let j = 0; j < d; j++) {
    centreBar[j]! += gradient.centre[j]!;
    let along = 0;
    for (let c = 0; c <= j; c++) along += gradient.factor[j * d + c]! * factor[j * d + c]!;
    widthBar[j]! += along;
  }
}
