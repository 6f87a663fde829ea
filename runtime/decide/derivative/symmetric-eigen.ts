const SWEEPS = 30;

/**
 * Eigenvalues and orthonormal eigenvectors (columns) of a small symmetric matrix by cyclic Jacobi rotations (Golub and
 * Van Loan 2013, §8.5).
 */
export function symmetricEigen(
  matrix: Float64Array,
  size: number,
): { readonly values: Float64Array; readonly vectors: Float64Array } {
  const a = matrix.slice();
  const vectors = new Float64Array(size * size);
  for (let i = 0; i < size; i++) vectors[i * (size + 1)] = 1;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    let total = 0;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        total += a[i * size + j]! ** 2;
        if (i !== j) off += a[i * size + j]! ** 2;
      }
    }
    if (off <= Number.EPSILON ** 2 * total) break;
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, vectors, size, p, q);
  }
  return { values: Float64Array.from({ length: size }, (_, i) => a[i * (size + 1)]!), vectors };
}

/** Makes entry (p, q) zero. */
function rotate(a: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const entry = a[p * size + q]!;
  if (entry === 0) return;
  const theta = (a[q * (size + 1)]! - a[p * (size + 1)]!) / (2 * entry);
  const tangent = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  const mix = (m: Float64Array, at: number, other: number): void => {
    const [x, y] = [m[at]!, m[other]!];
    m[at] = cosine * x - sine * y;
    m[other] = sine * x + cosine * y;
  };
  for (let i = 0; i < size; i++) mix(a, i * size + p, i * size + q);
  for (let j = 0; j < size; j++) mix(a, p * size + j, q * size + j);
  for (let i = 0; i < size; i++) mix(vectors, i * size + p, i * size + q);
}
