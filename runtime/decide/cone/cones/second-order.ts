import type { ConeBlock } from "./cone-block.ts";

/** Up to this size H is written out; beyond, it is diagonal plus two rank-one terms. */
const DENSE_SIZE = 4;

/** Its `H = η² (2wwᵀ − J)` in parts too, for systems that are built without the KKT matrix. */
export interface SecondOrderBlock extends ConeBlock {
  /** η² */
  scale(): number;
  readonly w: Float64Array;
}

/**
 * s₀ ≥ ‖s₁‖ with Nesterov–Todd scaling (Nesterov and Todd 1997; in the form of Vandenberghe's CVXOPT notes, §4.2):
 * `W = η [w₀ w₁ᵀ; w₁ I + w₁w₁ᵀ/(1 + w₀)]`, `H = W² = η² (2wwᵀ − J)`, `λ = W z = W⁻¹ s`.
 *
 * Large cones enter the KKT system as `H = η² (D + uuᵀ − vvᵀ)` with one extra variable for u and one for v, so that the
 * system stays sparse and quasi-definite (Domahidi, Chu and Boyd 2013, §4.3).
 */
export function createSecondOrderBlock(offset: number, size: number): SecondOrderBlock {
  const dense = size <= DENSE_SIZE;
  const w = new Float64Array(size);
  const lambda = new Float64Array(size);
  const first = new Float64Array(size);
  const second = new Float64Array(size);
  let eta = 1;
  w[0] = 1;

  /** `out = W x`, or W⁻¹ x with `sign = −1`; x from `start` on. */
  function applyW(x: Float64Array, start: number, sign: 1 | -1, out: Float64Array): void {
    let inner = 0;
    for (let i = 1; i < size; i++) inner += w[i]! * x[start + i]!;
    const factor = sign > 0 ? eta : 1 / eta;
    const x0 = x[start]!;
    const along = sign * x0 + inner / (1 + w[0]!);
    for (let i = 1; i < size; i++) out[i] = factor * (x[start + i]! + along * w[i]!);
    out[0] = factor * (w[0]! * x0 + sign * inner);
  }

  function writeDense(out: Float64Array, at: number): void {
    const scale = -eta * eta;
    let position = at;
    for (let j = 0; j < size; j++) {
      for (let i = 0; i <= j; i++) {
        const unit = i === j ? (i === 0 ? -1 : 1) : 0;
        out[position++] = scale * (2 * w[i]! * w[j]! + unit);
      }
    }
  }

  function writeSparse(out: Float64Array, at: number): void {
    const scale = -eta * eta;
    const w0 = w[0]!;
    let square = w0 * w0;
    for (let i = 1; i < size; i++) square += w[i]! * w[i]!;
    const d = 0.5 / square;
    const u0 = Math.sqrt(square - d);
    const u1 = (2 * w0) / u0;
    const v1 = Math.sqrt((2 * (2 + 1 / square)) / (2 * square - 1 / square));
    let position = at;
    out[position++] = scale * d;
    for (let i = 1; i < size; i++) out[position++] = scale;
    for (let i = 1; i < size; i++) out[position++] = -scale * v1 * w[i]!;
    out[position++] = scale;
    out[position++] = -scale * u0;
    for (let i = 1; i < size; i++) out[position++] = -scale * u1 * w[i]!;
    out[position++] = -scale;
  }

  return {
    offset,
    size,
    degree: 1,
    symmetric: true,
    separable: false,
    extraSigns: dense ? [] : [-1, 1],
    places: dense ? densePlaces(size) : sparsePlaces(size),
    writeKkt: dense ? writeDense : writeSparse,
    setIdentity() {
      eta = 1;
      w.fill(0);
      w[0] = 1;
    },
    updateScaling(s, z) {
      const sNorm = innerNorm(s, offset, size);
      const zNorm = innerNorm(z, offset, size);
      if (!(sNorm > 0 && zNorm > 0)) return false;
      let product = 0;
      for (let i = 0; i < size; i++) product += (s[offset + i]! / sNorm) * (z[offset + i]! / zNorm);
      const gamma = Math.sqrt((1 + product) / 2);
      let tail = 0;
      for (let i = 1; i < size; i++) {
        w[i] = (s[offset + i]! / sNorm - z[offset + i]! / zNorm) / (2 * gamma);
        tail += w[i]! * w[i]!;
      }
      // w₀² − ‖w₁‖² = 1 holds to rounding this way.
      w[0] = Math.sqrt(1 + tail);
      eta = Math.sqrt(sNorm / zNorm);
      applyW(z, offset, 1, lambda);
      return eta > 0 && eta < Infinity && w[0]! < Infinity;
    },
    applyScaling(x, y) {
      let inner = 0;
      for (let i = 0; i < size; i++) inner += w[i]! * x[offset + i]!;
      const scale = eta * eta;
      for (let i = 1; i < size; i++) y[offset + i] = scale * (2 * w[i]! * inner + x[offset + i]!);
      y[offset] = scale * (2 * w[0]! * inner - x[offset]!);
    },
    affineShift(s, shift) {
      for (let i = offset; i < offset + size; i++) shift[i] = s[i]!;
    },
    combinedShift(s, _z, ds, dz, target, weight, shift) {
      applyW(ds, offset, -1, first);
      applyW(dz, offset, 1, second);
      // right = weight · (W⁻¹Δs) ∘ (WΔz) − target · e, then λ \ right, then W times that
      let head = 0;
      for (let i = 0; i < size; i++) head += first[i]! * second[i]!;
      const first0 = first[0]!;
      const second0 = second[0]!;
      for (let i = 1; i < size; i++) first[i] = weight * (first0 * second[i]! + second0 * first[i]!);
      first[0] = weight * head - target;
      let inner = 0;
      for (let i = 1; i < size; i++) inner += lambda[i]! * first[i]!;
      const norm = innerNorm(lambda, 0, size);
      const x0 = (lambda[0]! * first[0]! - inner) / (norm * norm);
      for (let i = 1; i < size; i++) first[i] = (first[i]! - x0 * lambda[i]!) / lambda[0]!;
      first[0] = x0;
      applyW(first, 0, 1, second);
      for (let i = 0; i < size; i++) shift[offset + i] = s[offset + i]! + second[i]!;
    },
    longestStep(s, z, ds, dz, longest) {
      return Math.min(stepInside(s, ds, offset, size, longest), stepInside(z, dz, offset, size, longest));
    },
    setUnit(s, z) {
      for (const v of [s, z]) {
        v.fill(0, offset, offset + size);
        v[offset] = 1;
      }
    },
    margin: (v) => v[offset]! - tailNorm(v, offset, size),
    addUnit(v, amount) {
      v[offset]! += amount;
    },
    centrality: () => 1,
    scale: () => eta * eta,
    w,
  };
}

function densePlaces(size: number): (readonly [number, number])[] {
  const places: [number, number][] = [];
  for (let j = 0; j < size; j++) for (let i = 0; i <= j; i++) places.push([i, j]);
  return places;
}

function sparsePlaces(size: number): (readonly [number, number])[] {
  const [v, u] = [size, size + 1];
  const rows = Array.from({ length: size }, (_, i) => i);
  return [
    ...rows.map((i) => [i, i] as const),
    ...rows.slice(1).map((i) => [i, v] as const),
    [v, v],
    ...rows.map((i) => [i, u] as const),
    [u, u],
  ];
}

function tailNorm(v: Float64Array, offset: number, size: number): number {
  let largest = 0;
  for (let i = 1; i < size; i++) largest = Math.max(largest, Math.abs(v[offset + i]!));
  if (largest === 0) return 0;
  let sum = 0;
  for (let i = 1; i < size; i++) sum += (v[offset + i]! / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/** `√(v₀² − ‖v₁‖²)`, 0 outside the cone. */
function innerNorm(v: Float64Array, offset: number, size: number): number {
  const tail = tailNorm(v, offset, size);
  const head = v[offset]!;
  return head > tail ? Math.sqrt(head - tail) * Math.sqrt(head + tail) : 0;
}

/** Largest α ≤ longest with v + α dv in the cone: the first positive root of `a α² + 2b α + c`. */
function stepInside(v: Float64Array, dv: Float64Array, offset: number, size: number, longest: number): number {
  let a = dv[offset]! * dv[offset]!;
  let b = v[offset]! * dv[offset]!;
  for (let i = offset + 1; i < offset + size; i++) {
    a -= dv[i]! * dv[i]!;
    b -= v[i]! * dv[i]!;
  }
  const c = innerNorm(v, offset, size) ** 2;
  let step = longest;
  // The head must stay nonnegative too.
  if (dv[offset]! < 0) step = Math.min(step, -v[offset]! / dv[offset]!);
  const discriminant = b * b - a * c;
  if (discriminant < 0) return step;
  const root = Math.sqrt(discriminant);
  // Both roots without cancellation: t/a and c/t.
  const t = b >= 0 ? -b - root : -b + root;
  for (const candidate of [t / a, c / t]) if (candidate >= 0) step = Math.min(step, candidate);
  return step;
}
