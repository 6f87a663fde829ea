import { BLOCK_ROWS, rowModule, TALL, WIDE } from "./row-code.ts";

export { BLOCK_ROWS } from "./row-code.ts";

/**
 * What EM spends its time in, over `BLOCK_ROWS` rows at a time and two rows an instruction (WebAssembly's vectors): the
 * components' log terms and their softmax, and sums and products over rows.
 */
export interface RowKernels {
  /** Rows column by column: `BLOCK_ROWS` numbers of column 0, then of column 1 and so on. */
  readonly rows: Float64Array;
  /** The rows' weights; 0 for rows that are not there. */
  readonly weights: Float64Array;
  /** Takes the mixture that `fillShares` is of. */
  load(mixture: PackedMixture): void;
  /** Fills the shares and the evidence of the rows. */
  fillShares(): void;
  /** What each component explains of the rows, times their weights: `BLOCK_ROWS` numbers of each. */
  readonly shares: Float64Array;
  /** The largest log term of each row, then the sum of all relative to it. */
  readonly evidence: Float64Array;
  /** Adds a component's `Σ share · v` to the first and `Σ share · v²` to the second, column by column; returns `Σ share`. */
  addMoments(component: number, sums: Float64Array, squares: Float64Array): number;
  /** Adds `Σ u uᵀ` over the rows, of which those that are not there are 0, to what `readProducts` gives. */
  addProducts(): void;
  /** Starts the sums again. */
  clearProducts(): void;
  /** Writes the lower part of the sums, divided by `divisor`, into width × width. */
  readProducts(out: Float64Array, divisor: number): void;
}

/** A component as the kernels read it. */
export interface PackedComponent {
  readonly values: Float64Array;
  /** Without correlations the work grows with the columns, not with their square. */
  readonly diagonal: boolean;
}

export interface PackedMixture {
  readonly components: readonly PackedComponent[];
  /** What rows are multiplied by first, from `packDense` with means of 0; the components are of the products. */
  readonly common: PackedComponent | null;
}

const PAGE = 65_536;
/** Numbers of four columns: two halves of each one's two sums, then of the sum of the shares. */
const MOMENTS = 4 * TALL + 2;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly terms: (factor: number, rows: number, out: number, pairs: number) => void;
  readonly diagonal: (factor: number, rows: number, out: number, width: number) => void;
  readonly whiten: (factor: number, rows: number, out: number, pairs: number) => void;
  readonly softmax: (terms: number, out: number, weights: number, count: number) => void;
  readonly moments: (rows: number, shares: number, out: number, quads: number) => void;
  readonly products: (rows: number, out: number, quads: number) => void;
}

const LEAST_COMPONENTS = 10;

/** The kernels asked for last: a fit has one width, and makes thousands of calls. */
let latest: { readonly width: number; readonly components: number; readonly kernels: RowKernels } | null = null;

/**
 * Kernels for rows of `width` columns and at most so many components. They own their memory: what one call leaves there
 * the next one overwrites.
 */
export function rowKernels(width: number, components: number): RowKernels {
  if (latest?.width !== width || latest.components < components) {
    // Room for a few more: fits of 1, 2, 3, … components then share what was compiled.
    const room = Math.max(LEAST_COMPONENTS, components);
    latest = { width, components: room, kernels: instantiate(width, room) };
  }
  return latest.kernels;
}

/**
 * A component with correlations: what its log term has beside `−½‖L⁻¹(v − μ)‖²`, then for each two rows of `L⁻¹` the
 * entries `−L⁻¹ μ` of both and their own, column by column up to the diagonal of the second.
 * @param inverse `L⁻¹`, width × width
 */
export function packDense(constant: number, inverse: Float64Array, mean: Float64Array): PackedComponent {
  const width = mean.length;
  const values = new Float64Array(packedLength(width));
  values.fill(constant, 0, 2);
  let at = 2;
  for (let j = 0; j < width; j += 2) {
    const [first, second] = [j * width, (j + 1) * width];
    const both = j + 1 < width;
    let [a, b] = [0, 0];
    for (let l = 0; l <= j; l++) a -= inverse[first + l]! * mean[l]!;
    if (both) for (let l = 0; l <= j + 1; l++) b -= inverse[second + l]! * mean[l]!;
    values[at++] = a;
    values[at++] = b;
    for (let l = 0; l <= j + 1; l++) {
      values[at++] = l <= j ? inverse[first + l]! : 0;
      values[at++] = both ? inverse[second + l]! : 0;
    }
  }
  return { values, diagonal: false };
}

/** A component without correlations: the constant, then means and reciprocals of the standard deviations in turn. */
export function packDiagonal(constant: number, reciprocals: Float64Array, mean: Float64Array): PackedComponent {
  const values = new Float64Array(2 + 2 * mean.length);
  values.fill(constant, 0, 2);
  for (const [j, value] of mean.entries()) {
    values[2 + 2 * j] = value;
    values[3 + 2 * j] = reciprocals[j]!;
  }
  return { values, diagonal: true };
}

function packedLength(width: number): number {
  const pairs = Math.ceil(width / 2);
  return 2 + 2 * pairs * (pairs + 2);
}

function instantiate(width: number, components: number): RowKernels {
  const pairs = Math.ceil(width / 2);
  const quads = Math.ceil(width / TALL);
  const columns = quads * TALL;
  let bytes = 0;
  const place = (length: number): { readonly at: number; readonly length: number } => {
    const at = bytes;
    bytes += 8 * length;
    return { at, length };
  };
  const rows = place(columns * BLOCK_ROWS);
  const whitened = place(2 * pairs * BLOCK_ROWS);
  const packed = place((components + 1) * packedLength(width));
  const terms = place(components * BLOCK_ROWS);
  const evidence = place(2 * BLOCK_ROWS);
  const weights = place(BLOCK_ROWS);
  const moments = place(quads * MOMENTS);
  const products = place(quads * (quads + 1) * TALL * WIDE * 2);
  const { exports } = new WebAssembly.Instance<Exports>(new WebAssembly.Module(rowModule(Math.ceil(bytes / PAGE))));
  const view = ({ at, length }: { readonly at: number; readonly length: number }): Float64Array =>
    new Float64Array(exports.memory.buffer, at, length);
  const [factors, halves, sums] = [view(packed), view(moments), view(products)];
  /** Where a component's numbers are; those of the common factor come after the last. */
  const factorAt = (k: number): number => packed.at + 8 * k * packedLength(width);
  const termsAt = (k: number): number => terms.at + 8 * k * BLOCK_ROWS;
  let loaded: PackedMixture = { components: [], common: null };
  return {
    rows: view(rows),
    weights: view(weights),
    shares: view(terms),
    evidence: view(evidence),
    load(mixture) {
      loaded = mixture;
      mixture.components.forEach(({ values }, k) => factors.set(values, k * packedLength(width)));
      if (mixture.common !== null) factors.set(mixture.common.values, components * packedLength(width));
    },
    fillShares() {
      const count = loaded.components.length;
      const from = loaded.common === null ? rows.at : whitened.at;
      if (loaded.common !== null) exports.whiten(factorAt(components), rows.at, whitened.at, pairs);
      for (let k = 0; k < count; k++)
        if (loaded.components[k]!.diagonal) exports.diagonal(factorAt(k), from, termsAt(k), width);
        else exports.terms(factorAt(k), from, termsAt(k), pairs);
      exports.softmax(terms.at, evidence.at, weights.at, count);
    },
    addMoments(component, first, second) {
      exports.moments(rows.at, termsAt(component), moments.at, quads);
      for (let j = 0, at = 0; j < width; j++, at += j % TALL === 0 ? 6 : 4) {
        first[j]! += halves[at]! + halves[at + 1]!;
        second[j]! += halves[at + 2]! + halves[at + 3]!;
      }
      return halves[MOMENTS - 2]! + halves[MOMENTS - 1]!;
    },
    addProducts: () => exports.products(rows.at, products.at, quads),
    clearProducts: () => void sums.fill(0),
    readProducts(out, divisor) {
      let at = 0;
      for (let top = 0; top < columns; top += TALL)
        for (let left = 0; left < top + TALL; left += WIDE)
          for (let j = top; j < top + TALL; j++)
            for (let l = left; l < left + WIDE; l++, at += 2)
              if (l <= j && j < width) out[j * width + l] = (sums[at]! + sums[at + 1]!) / divisor;
    },
  };
}
