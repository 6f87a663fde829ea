/**
 * One factor of K inside the interior-point method. It reads and writes its own rows `offset … offset + size − 1` of
 * vectors over all rows. `s ∈ K`, `z ∈ K*`.
 *
 * After `updateScaling` it has a positive definite H with `H z = s`; a step obeys `Δs = −(H Δz + shift)`.
 */
export interface ConeBlock {
  readonly offset: number;
  readonly size: number;
  /** ν, the parameter of its barrier; 0 for equalities. */
  readonly degree: number;
  readonly symmetric: boolean;
  /** Whether it is a product over its rows, so that each may be scaled by its own factor. */
  readonly separable: boolean;
  /** Signs of the variables that it adds to the KKT system so that H stays sparse there. */
  readonly extraSigns: readonly (1 | -1)[];
  /**
   * Places `(row, column)`, row ≤ column, of its part of the KKT matrix: rows `0 … size − 1` are its own, those beyond its
   * extra variables'. Eliminating the extra ones leaves −H.
   */
  readonly places: readonly (readonly [number, number])[];
  /** Writes the values of `places` from `out[at]` on. */
  writeKkt(out: Float64Array, at: number): void;
  /** The identity in place of H. */
  setIdentity(): void;
  /** @returns false where s or z has left the inside of its cone by rounding */
  updateScaling(s: Float64Array, z: Float64Array, mu: number, strategy: ScalingStrategy): boolean;
  /** `y = H x` on the block's rows. */
  applyScaling(x: Float64Array, y: Float64Array): void;
  /** Shift of the predictor: `Δs = −(H Δz + s)` aims at complementarity 0. */
  affineShift(s: Float64Array, shift: Float64Array): void;
  /**
   * Shift of the corrector: aims at complementarity `target`, with the predictor's second-order term times `weight`.
   */
  combinedShift(
    s: Float64Array,
    z: Float64Array,
    ds: Float64Array,
    dz: Float64Array,
    target: number,
    weight: number,
    shift: Float64Array,
  ): void;
  /** Largest step ≤ `longest` that keeps `s + αΔs ∈ K` and `z + αΔz ∈ K*`. */
  longestStep(s: Float64Array, z: Float64Array, ds: Float64Array, dz: Float64Array, longest: number): number;
  /** A well centred pair. */
  setUnit(s: Float64Array, z: Float64Array): void;
  /** How far v is inside the (symmetric) cone, in multiples of its unit; negative outside. */
  margin(v: Float64Array): number;
  /** Adds `amount` times the unit of the (symmetric) cone. */
  addUnit(v: Float64Array, amount: number): void;
  /** How well centred a pair is: 1 on the central path, 0 at the boundary. Symmetric cones answer 1. */
  centrality(s: Float64Array, z: Float64Array, mu: number): number;
}

/** `dual`: H = μ∇²f*(z), which is safe far from the central path; `primal-dual` also uses s and converges faster. */
export type ScalingStrategy = "primal-dual" | "dual";
