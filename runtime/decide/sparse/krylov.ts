/** The residual is not brought below this share of itself in one space: rounding spoils a longer recurrence. */
const ENOUGH = 1e-5;

/** What a correction is made of: products with a matrix K and solutions with one near to it, M. */
export interface KrylovOperators {
  /** `out = K v` */
  multiply(v: Float64Array, out: Float64Array): void;
  /** Overwrites v with `M⁻¹ v`. */
  precondition(v: Float64Array): void;
}

/** Owns its working memory. */
export interface KrylovCorrection {
  /**
   * Adds to `solution` the `M⁻¹u`, u in the Krylov space of `K M⁻¹` and the residual, that leaves the least residual in
   * the 2-norm.
   */
  correct(residual: Float64Array, solution: Float64Array, operators: KrylovOperators): void;
}

/**
 * GMRES with right preconditioning (Saad and Schultz 1986; Saad 2003, §9.3.2). Where M differs from K in a few directions
 * that K hardly sees, plain refinement comes nearer by the same small share each time; this takes one step a direction.
 *
 * @param size of the system
 * @param steps dimension of the space
 */
export function createKrylovCorrection(size: number, steps: number): KrylovCorrection {
  const basis: Float64Array[] = [];
  const moved: Float64Array[] = [];
  const take = (list: Float64Array[], k: number): Float64Array => (list[k] ??= new Float64Array(size));
  /** Columns of the triangular factor, the rotations that made it, and the right side of the least-squares problem. */
  const triangle = new Float64Array(steps * steps);
  const cosines = new Float64Array(steps);
  const sines = new Float64Array(steps);
  const target = new Float64Array(steps + 1);
  const weights = new Float64Array(steps);

  function correct(residual: Float64Array, solution: Float64Array, { multiply, precondition }: KrylovOperators): void {
    const start = lengthOf(residual);
    if (!(start > 0 && start < Infinity)) return;
    const first = take(basis, 0);
    for (let i = 0; i < size; i++) first[i] = residual[i]! / start;
    target[0] = start;
    let used = 0;
    while (used < steps) {
      const k = used;
      const direction = take(moved, k);
      direction.set(basis[k]!);
      precondition(direction);
      const next = take(basis, k + 1);
      multiply(direction, next);
      const column = triangle.subarray(k * steps, (k + 1) * steps);
      for (let j = 0; j <= k; j++) {
        const other = basis[j]!;
        let along = 0;
        for (let i = 0; i < size; i++) along += next[i]! * other[i]!;
        for (let i = 0; i < size; i++) next[i]! -= along * other[i]!;
        column[j] = along;
      }
      const rest = lengthOf(next);
      for (let j = 0; j < k; j++) {
        const [upper, lower] = [column[j]!, column[j + 1]!];
        column[j] = cosines[j]! * upper + sines[j]! * lower;
        column[j + 1] = cosines[j]! * lower - sines[j]! * upper;
      }
      const pivot = Math.hypot(column[k]!, rest);
      if (!(pivot > 0 && pivot < Infinity)) break;
      cosines[k] = column[k]! / pivot;
      sines[k] = rest / pivot;
      column[k] = pivot;
      target[k + 1] = -sines[k]! * target[k]!;
      target[k] = cosines[k]! * target[k]!;
      used++;
      if (rest === 0 || Math.abs(target[used]!) <= ENOUGH * start) break;
      for (let i = 0; i < size; i++) next[i]! /= rest;
    }
    for (let k = used - 1; k >= 0; k--) {
      let value = target[k]!;
      for (let j = k + 1; j < used; j++) value -= triangle[j * steps + k]! * weights[j]!;
      weights[k] = value / triangle[k * steps + k]!;
    }
    for (let k = 0; k < used; k++) {
      const direction = moved[k]!;
      for (let i = 0; i < size; i++) solution[i]! += weights[k]! * direction[i]!;
    }
  }

  return { correct };
}

function lengthOf(v: Float64Array): number {
  let squared = 0;
  for (let i = 0; i < v.length; i++) squared += v[i]! * v[i]!;
  return Math.sqrt(squared);
}
