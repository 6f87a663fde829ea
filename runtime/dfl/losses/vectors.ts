/** `out += factor · a` */
export function addScaled(out: Float64Array, a: ArrayLike<number>, factor: number): void {
  for (let i = 0; i < out.length; i++) out[i]! += factor * a[i]!;
}

/** `a + factor · b` */
export function combine(a: ArrayLike<number>, b: ArrayLike<number>, factor: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = a[i]! + factor * b[i]!;
  return out;
}
