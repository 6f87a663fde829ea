import { coneSize } from "../cone/check-cone.ts";
import type { Cone } from "../cone/types.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/** Below this share of the largest slack or multiplier a cone's slack or multiplier is 0. */
const NOTHING = 1e-7;

/**
 * Derivative D of the projection onto one cone at `v = s − y`, where `s = Π_K(v)` and `y = Π_K*(−v)`: symmetric with
 * eigenvalues in [0, 1] (1: the slack moves freely; 0: it is held).
 */
export interface ProjectionDerivative {
  readonly size: number;
  /** size × size; `null` where D is the identity or 0. */
  readonly matrix: Float64Array | null;
  /** The eigenvalue, where there is one for all. */
  readonly uniform: number;
  /** `(I − D)^½`, size × size; `null` as above. */
  readonly complementRoot: Float64Array | null;
  /** Neither slack nor multiplier says whether the cone is active. */
  readonly weak: boolean;
  /** Whether D is between 0 and the identity: the cone is curved here. */
  readonly curved: boolean;
}

/** What a cone's slack and multiplier are small against. */
export interface Scales {
  readonly slack: number;
  readonly multiplier: number;
}

/**
 * One derivative a cone, a half-line at a time for `zero` and `nonnegative`. Where slack and multiplier both vanish the
 * cone is taken as inactive.
 *
 * Second-order cone: Ali, Wong and Kolter (2017), lemma 2.5. Exponential cone: with `s` on the surface
 * `g(s) = s₁ exp(s₀/s₁) − s₂ = 0` and `y = −λ∇g(s)` the projection's own optimality conditions
 * `[I + λ∇²g, ∇g; ∇gᵀ, 0] (ds, dλ) = (dv, 0)` are differentiated.
 */
export function projectionDerivatives(
  cone: Cone,
  s: Float64Array,
  y: Float64Array,
  scales: Scales,
): readonly ProjectionDerivative[] {
  switch (cone.kind) {
    case "zero":
      return Array.from({ length: cone.size }, () => uniform(1, 0, false));
    case "nonnegative":
      return Array.from({ length: cone.size }, (_, i) => halfLine(s[i]!, y[i]!, scales));
    case "second-order":
      return [cone.size === 1 ? halfLine(s[0]!, y[0]!, scales) : secondOrder(s, y, scales)];
    case "rotated": {
      const turned = secondOrder(turn(s), turn(y), scales);
      return [
        {
          ...turned,
          matrix: turned.matrix === null ? null : turnBoth(turned.matrix, cone.size),
          complementRoot: turned.complementRoot === null ? null : turnBoth(turned.complementRoot, cone.size),
        },
      ];
    }
    case "exponential":
      return [exponential(s, y, scales)];
    case "dual-exponential":
      // Moreau: Π_K*(v) = v + Π_K(−v), so D of the dual cone is I − D of the cone, with slack and multiplier exchanged.
      return [complement(exponential(y, s, { slack: scales.multiplier, multiplier: scales.slack }), coneSize(cone))];
  }
}

function uniform(size: number, value: 0 | 1, weak: boolean): ProjectionDerivative {
  return { size, matrix: null, uniform: value, complementRoot: null, weak, curved: false };
}

function halfLine(s: number, y: number, scales: Scales): ProjectionDerivative {
  const slack = s / scales.slack;
  const multiplier = y / scales.multiplier;
  const weak = Math.abs(slack) <= NOTHING && Math.abs(multiplier) <= NOTHING;
  return uniform(1, !weak && multiplier > slack ? 0 : 1, weak);
}

function secondOrder(s: Float64Array, y: Float64Array, scales: Scales): ProjectionDerivative {
  const size = s.length;
  const slack = s[0]! / scales.slack;
  const multiplier = y[0]! / scales.multiplier;
  const onBoundary = (v: Float64Array): boolean => v[0]! - Math.hypot(...v.subarray(1)) <= NOTHING * v[0]!;
  if (!(slack > NOTHING)) {
    if (!(multiplier > NOTHING)) return uniform(size, 1, true);
    return uniform(size, 0, onBoundary(y));
  }
  if (!(multiplier > NOTHING)) return uniform(size, 1, onBoundary(s));
  const direction = Float64Array.from({ length: size - 1 }, (_, i) => s[i + 1]! - y[i + 1]!);
  const norm = Math.hypot(...direction);
  for (let i = 0; i < direction.length; i++) direction[i]! /= norm;
  const along = (s[0]! - y[0]!) / norm;
  // Eigenvalues: 1 on (1, x̂), 0 on (1, −x̂), (1 + t/‖x‖)/2 on what is orthogonal to both.
  const middle = Math.min(1, Math.max(0, (1 + along) / 2));
  return {
    size,
    matrix: coneSpectrum(direction, 1, 0, middle),
    uniform: NaN,
    complementRoot: coneSpectrum(direction, 0, 1, Math.sqrt(1 - middle)),
    weak: false,
    curved: true,
  };
}

/** The symmetric matrix with these eigenvalues on `(1, x̂)/√2`, `(1, −x̂)/√2` and the rest. */
function coneSpectrum(direction: Float64Array, up: number, down: number, rest: number): Float64Array {
  const size = direction.length + 1;
  const out = new Float64Array(size * size);
  const mean = (up + down) / 2;
  const half = (up - down) / 2;
  out[0] = mean;
  for (let i = 1; i < size; i++) {
    out[i] = half * direction[i - 1]!;
    out[i * size] = half * direction[i - 1]!;
    for (let j = 1; j < size; j++) {
      out[i * size + j] = (mean - rest) * direction[i - 1]! * direction[j - 1]! + (i === j ? rest : 0);
    }
  }
  return out;
}

function exponential(s: Float64Array, y: Float64Array, scales: Scales): ProjectionDerivative {
  const slack = Math.hypot(...s) / scales.slack;
  const multiplier = Math.hypot(...y) / scales.multiplier;
  if (!(slack > NOTHING)) return uniform(3, multiplier > NOTHING ? 0 : 1, !(multiplier > NOTHING));
  if (!(multiplier > NOTHING)) return uniform(3, 1, s[2]! - s[1]! * Math.exp(s[0]! / s[1]!) <= NOTHING * s[2]!);
  if (!(s[1]! > NOTHING * Math.hypot(...s))) {
    // The face s₀ ≤ 0, s₁ = 0, s₂ ≥ 0.
    const free = [s[0]! < 0 ? 1 : 0, 0, s[2]! > 0 ? 1 : 0];
    return fromMatrix(Float64Array.from({ length: 9 }, (_, at) => (at % 4 === 0 ? free[at / 4]! : 0)));
  }
  const ratio = s[0]! / s[1]!;
  const e = Math.exp(ratio);
  const normal = [e, e * (1 - ratio), -1];
  const curvature = (Math.max(y[2]!, 0) * e) / s[1]!;
  // (I + λ∇²g)⁻¹, whose ∇²g has rank one: e/s₁ (1, −r, 0)(1, −r, 0)ᵀ.
  const bend = [1, -ratio, 0];
  const shrink = curvature / (1 + curvature * (1 + ratio * ratio));
  const along = bend[0]! * normal[0]! + bend[1]! * normal[1]!;
  const tilted = normal.map((value, i) => value - shrink * along * bend[i]!);
  const length = normal.reduce((sum, value, i) => sum + value * tilted[i]!, 0);
  return fromMatrix(
    Float64Array.from({ length: 9 }, (_, at) => {
      const [i, j] = [Math.floor(at / 3), at % 3];
      return (i === j ? 1 : 0) - shrink * bend[i]! * bend[j]! - (tilted[i]! * tilted[j]!) / length;
    }),
  );
}

function fromMatrix(matrix: Float64Array): ProjectionDerivative {
  const size = Math.sqrt(matrix.length);
  const { values, vectors } = symmetricEigen(matrix, size);
  const root = values.map((value) => Math.sqrt(Math.min(1, Math.max(0, 1 - value))));
  const complementRoot = new Float64Array(size * size);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        complementRoot[i * size + j]! += root[k]! * vectors[i * size + k]! * vectors[j * size + k]!;
      }
    }
  }
  return { size, matrix, uniform: NaN, complementRoot, weak: false, curved: true };
}

/** I − D, as a derivative of its own. */
function complement(derivative: ProjectionDerivative, size: number): ProjectionDerivative {
  const { matrix, weak } = derivative;
  // Weak is inactive: D stays the identity.
  if (matrix === null) return uniform(size, weak || derivative.uniform === 0 ? 1 : 0, weak);
  return fromMatrix(matrix.map((value, at) => (at % (size + 1) === 0 ? 1 : 0) - value));
}

function turn(v: Float64Array): Float64Array {
  const out = v.slice();
  out[0] = (v[0]! + v[1]!) * Math.SQRT1_2;
  out[1] = (v[0]! - v[1]!) * Math.SQRT1_2;
  return out;
}

/** `T M T` with T the turn by 45° in the first two rows, its own inverse. */
function turnBoth(matrix: Float64Array, size: number): Float64Array {
  const rows = Float64Array.from(matrix);
  for (let i = 0; i < size; i++) rows.set(turn(rows.subarray(i * size, (i + 1) * size)), i * size);
  const out = rows.slice();
  for (let j = 0; j < size; j++) {
    out[j] = (rows[j]! + rows[size + j]!) * Math.SQRT1_2;
    out[size + j] = (rows[j]! - rows[size + j]!) * Math.SQRT1_2;
  }
  return out;
}
