import { sizeOf } from "../../../runtime/ir/shape.ts";
import { affineForm } from "../affine.ts";
import { FormFailure } from "../problem.ts";
import { forward, type Scope } from "./forward.ts";
import { extremeEigenvalues } from "./quadratics.ts";

/** Elements times variables, over one expression, up to which coefficients are read off. */
const WORK_LIMIT = 400_000;
/** A Gram matrix of at most this size has its greatest eigenvalue found. */
const GRAM_LIMIT = 64;

/** An affine value with known coefficients A (elements × variables, row-major). */
export interface ExactAffine {
  readonly rows: number;
  readonly coefficients: Float64Array;
  /** Largest Euclidean norm of a row. */
  readonly rowNorm: number;
  /** An upper bound of the spectral norm of A: exact where either side is small. */
  readonly norm: number;
  /** Bits of `Moves`, by variable. */
  readonly moves: Uint8Array;
}

/** Coefficients of affine values that read variables alone, on demand and within a budget of work. */
export function exactAffineOf({ b, variables, degree, closed }: Scope): (id: number) => ExactAffine | null {
  const known = new Map<number, ExactAffine | null>();
  let left = WORK_LIMIT;
  return (id) => {
    let found = known.get(id);
    if (found === undefined) {
      found = null;
      if (degree(id) === 1 && closed(id)) {
        const graph = b.finish(id);
        const work = graph.nodes.reduce((total, node) => total + sizeOf(node.shape), 0) * variables.size;
        if (work <= left) {
          left -= work;
          found = read(graph);
        }
      }
      known.set(id, found);
    }
    return found;
  };

  function read(graph: Parameters<typeof affineForm>[0]): ExactAffine | null {
    const n = variables.size;
    try {
      const { offset, coefficients } = affineForm(graph, variables);
      const rows = offset.length;
      const all = coefficients ?? new Float64Array(rows * n);
      const moves = new Uint8Array(n);
      let longest = 0;
      for (let i = 0; i < rows; i++) {
        let square = 0;
        for (let j = 0; j < n; j++) {
          const c = all[i * n + j]!;
          square += c * c;
          if (c !== 0) moves[j] = moves[j]! | (c > 0 ? 1 : 2);
        }
        longest = Math.max(longest, Math.sqrt(square));
      }
      return { rows, coefficients: all, rowNorm: longest, norm: spectralNorm(all, rows, n), moves };
    } catch (failure) {
      if (!(failure instanceof FormFailure)) throw failure;
      return null;
    }
  }
}

/** An upper bound of the spectral norm: exact where the smaller side is at most 64, else by absolute sums. */
function spectralNorm(a: Float64Array, rows: number, columns: number): number {
  if (Math.min(rows, columns) > GRAM_LIMIT) {
    const rowSums = Array.from({ length: rows }, () => 0);
    const columnSums = Array.from({ length: columns }, () => 0);
    a.forEach((v, k) => {
      const [i, j] = [Math.floor(k / columns), k % columns];
      rowSums[i] = rowSums[i]! + Math.abs(v);
      columnSums[j] = columnSums[j]! + Math.abs(v);
    });
    // ‖A‖₂² ≤ ‖A‖₁·‖A‖∞
    return Math.sqrt(rowSums.reduce((m, v) => Math.max(m, v), 0) * columnSums.reduce((m, v) => Math.max(m, v), 0));
  }
  const wide = rows <= columns;
  const n = wide ? rows : columns;
  const gram = Array.from({ length: n * n }, () => 0);
  for (let p = 0; p < n; p++)
    for (let q = p; q < n; q++) {
      let total = 0;
      for (let k = 0; k < (wide ? columns : rows); k++) {
        total += wide ? a[p * columns + k]! * a[q * columns + k]! : a[k * columns + p]! * a[k * columns + q]!;
      }
      gram[p * n + q] = gram[q * n + p] = total;
    }
  return Math.sqrt(Math.max(0, extremeEigenvalues(gram, n).greatest));
}

/** Whether a value reads no input but variables. */
export function closedIn(b: Scope["b"], names: ReadonlySet<string>): (id: number) => boolean {
  const closed = forward((id): boolean => {
    const node = b.node(id);
    if (node.op === "input") return names.has(node.name);
    return node.op === "const" || node.args.every((arg) => closed(arg));
  });
  return closed;
}
