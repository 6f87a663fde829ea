import { f64x2, i32, repeatWhile, v128, wasmFunction, wasmModule, type Code } from "../../tensor/wasm-code.ts";

/**
 * The products that EM spends its time in, over `BLOCK_ROWS` rows at a time and two rows an instruction
 * (WebAssembly's vectors): `‖L⁻¹(v − μ)‖²` of every row, and `Σ u uᵀ` over rows. Rows lie column by column in `rows`, so
 * that one number of the factor meets eight rows while they are in registers.
 */
export interface RowKernels {
  /** `BLOCK_ROWS` numbers of column 0, then of column 1 and so on. */
  readonly rows: Float64Array;
  /** What `squares` reads, as `packFactor` gives it. */
  readonly factor: Float64Array;
  /** `‖L⁻¹(v − μ)‖²` of each of the rows, after `squares`. */
  readonly lengths: Float64Array;
  squares(): void;
  /** The same of a factor that is a diagonal, as `packDiagonal` gives it. */
  diagonalSquares(): void;
  /** What `moments` weighs the rows with, `BLOCK_ROWS` numbers. */
  readonly shares: Float64Array;
  /** Adds `Σ share · v` to the first and `Σ share · v²` to the second, column by column. */
  addMoments(sums: Float64Array, squares: Float64Array): void;
  /** Adds `Σ u uᵀ` over the rows, of which those that are not there are 0, to what `readProducts` gives. */
  addProducts(): void;
  /** Starts the sums again. */
  clearProducts(): void;
  /** Writes the lower part of the sums, divided by `divisor`, into width × width. */
  readProducts(out: Float64Array, divisor: number): void;
}

export const BLOCK_ROWS = 64;
const COLUMN_BYTES = 8 * BLOCK_ROWS;
const VECTOR_BYTES = 16;
const PAGE = 65_536;
/** Columns of a tile of `Σ u uᵀ`: as many sums as stay in registers. */
const TALL = 4;
const WIDE = 2;

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly squares: (factor: number, rows: number, out: number, pairs: number) => void;
  readonly diagonal: (factor: number, rows: number, out: number, width: number) => void;
  readonly moments: (rows: number, shares: number, out: number, quads: number) => void;
  readonly products: (rows: number, out: number, quads: number) => void;
}

/** The kernels of the width asked for last: a fit has one width, and makes thousands of calls. */
let latest: { readonly width: number; readonly kernels: RowKernels } | null = null;

/** Kernels for rows of `width` columns. They own their memory: what one call leaves there the next one overwrites. */
export function rowKernels(width: number): RowKernels {
  if (latest?.width !== width) latest = { width, kernels: instantiate(width) };
  return latest.kernels;
}

/**
 * Lays `L⁻¹` and `L⁻¹ μ` out as `squares` reads them: for each two rows of the factor `−L⁻¹ μ` of both and then their
 * entries, column by column up to the diagonal of the second.
 * @param inverse `L⁻¹`, width × width
 */
export function packFactor(inverse: Float64Array, mean: Float64Array): Float64Array {
  const width = mean.length;
  const out = new Float64Array(packedLength(width));
  let at = 0;
  for (let j = 0; j < width; j += 2) {
    const [first, second] = [j * width, (j + 1) * width];
    const both = j + 1 < width;
    let [a, b] = [0, 0];
    for (let l = 0; l <= j; l++) a -= inverse[first + l]! * mean[l]!;
    if (both) for (let l = 0; l <= j + 1; l++) b -= inverse[second + l]! * mean[l]!;
    out[at++] = a;
    out[at++] = b;
    for (let l = 0; l <= j + 1; l++) {
      out[at++] = l <= j ? inverse[first + l]! : 0;
      out[at++] = both ? inverse[second + l]! : 0;
    }
  }
  return out;
}

/** The means and the reciprocals of the standard deviations in turn, as `diagonalSquares` reads them. */
export function packDiagonal(reciprocals: Float64Array, mean: Float64Array): Float64Array {
  return Float64Array.from({ length: 2 * mean.length }, (_, at) => (at % 2 === 0 ? mean : reciprocals)[at >> 1]!);
}

function packedLength(width: number): number {
  const pairs = Math.ceil(width / 2);
  return 2 * pairs * (pairs + 2);
}

function instantiate(width: number): RowKernels {
  const pairs = Math.ceil(width / 2);
  const quads = Math.ceil(width / TALL);
  const columns = quads * TALL;
  const sizes = {
    rows: columns * BLOCK_ROWS,
    factor: packedLength(width),
    lengths: BLOCK_ROWS,
    shares: BLOCK_ROWS,
    moments: columns * 4,
    sums: quads * (quads + 1) * TALL * WIDE * 2,
  };
  const factorAt = 8 * sizes.rows;
  const lengthsAt = factorAt + 8 * sizes.factor;
  const sharesAt = lengthsAt + 8 * sizes.lengths;
  const momentsAt = sharesAt + 8 * sizes.shares;
  const sumsAt = momentsAt + 8 * sizes.moments;
  const pages = Math.ceil((sumsAt + 8 * sizes.sums) / PAGE);
  const { exports } = new WebAssembly.Instance<Exports>(new WebAssembly.Module(moduleBytes(pages)));
  const { buffer } = exports.memory;
  const sums = new Float64Array(buffer, sumsAt, sizes.sums);
  const halves = new Float64Array(buffer, momentsAt, sizes.moments);
  return {
    rows: new Float64Array(buffer, 0, sizes.rows),
    factor: new Float64Array(buffer, factorAt, sizes.factor),
    lengths: new Float64Array(buffer, lengthsAt, sizes.lengths),
    squares: () => exports.squares(factorAt, 0, lengthsAt, pairs),
    diagonalSquares: () => exports.diagonal(factorAt, 0, lengthsAt, width),
    shares: new Float64Array(buffer, sharesAt, sizes.shares),
    addMoments(first, second) {
      exports.moments(0, sharesAt, momentsAt, quads);
      for (let j = 0, at = 0; j < width; j++, at += 4) {
        first[j]! += halves[at]! + halves[at + 1]!;
        second[j]! += halves[at + 2]! + halves[at + 3]!;
      }
    },
    addProducts: () => exports.products(0, sumsAt, quads),
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

function moduleBytes(pages: number): Uint8Array {
  const advance = (by: number, get: Code): Code => i32.add(get, i32.constant(by));
  const zero = f64x2.constant(0);

  const squares = wasmFunction("squares", ["i32", "i32", "i32", "i32"], ([factor, rows, out, pairs], declare) => {
    const groups = declare("i32");
    const [entry, value, left, columns, pair] = [0, 1, 2, 3, 4].map(() => declare("i32"));
    const sums = [0, 1, 2, 3].map(() => declare("v128"));
    const lengths = [0, 1, 2, 3].map(() => declare("v128"));
    const others = [0, 1, 2, 3].map(() => declare("v128"));
    const four = [0, 1, 2, 3].map(() => declare("v128"));
    const splat = declare("v128");
    const inner = repeatWhile(
      left!.get,
      ...four.map((x, k) => x.set(v128.load(value!.get, k * VECTOR_BYTES))),
      splat.set(v128.loadSplat(entry!.get)),
      ...sums.map((sum, k) => sum.set(f64x2.add(sum.get, f64x2.mul(splat.get, four[k]!.get)))),
      splat.set(v128.loadSplat(entry!.get, 8)),
      ...others.map((sum, k) => sum.set(f64x2.add(sum.get, f64x2.mul(splat.get, four[k]!.get)))),
      value!.set(advance(COLUMN_BYTES, value!.get)),
      entry!.set(advance(16, entry!.get)),
      left!.set(advance(-1, left!.get)),
    );
    const square = (x: Code): Code => f64x2.mul(x, x);
    const eachPair = repeatWhile(
      pair!.get,
      ...sums.map((sum) => sum.set(v128.loadSplat(entry!.get))),
      ...others.map((sum) => sum.set(v128.loadSplat(entry!.get, 8))),
      entry!.set(advance(16, entry!.get)),
      value!.set(rows!.get),
      left!.set(columns!.get),
      inner,
      ...lengths.map((length, k) =>
        length.set(f64x2.add(length.get, f64x2.add(square(sums[k]!.get), square(others[k]!.get)))),
      ),
      columns!.set(advance(2, columns!.get)),
      pair!.set(advance(-1, pair!.get)),
    );
    return [
      ...groups.set(i32.constant(BLOCK_ROWS / 8)),
      ...repeatWhile(
        groups.get,
        entry!.set(factor!.get),
        columns!.set(i32.constant(2)),
        pair!.set(pairs!.get),
        ...lengths.map((length) => length.set(zero)),
        eachPair,
        ...lengths.map((length, k) => v128.store(out!.get, length.get, k * VECTOR_BYTES)),
        rows!.set(advance(4 * VECTOR_BYTES, rows!.get)),
        out!.set(advance(4 * VECTOR_BYTES, out!.get)),
        groups.set(advance(-1, groups.get)),
      ),
    ];
  });

  const diagonal = wasmFunction("diagonal", ["i32", "i32", "i32", "i32"], ([factor, rows, out, width], declare) => {
    const [groups, entry, value, left] = [0, 1, 2, 3].map(() => declare("i32"));
    const lengths = [0, 1, 2, 3].map(() => declare("v128"));
    const [mean, reciprocal, x] = [0, 1, 2].map(() => declare("v128"));
    const inner = repeatWhile(
      left!.get,
      mean!.set(v128.loadSplat(entry!.get)),
      reciprocal!.set(v128.loadSplat(entry!.get, 8)),
      ...lengths.map((length, k) => [
        ...x!.set(f64x2.mul(f64x2.sub(v128.load(value!.get, k * VECTOR_BYTES), mean!.get), reciprocal!.get)),
        ...length.set(f64x2.add(length.get, f64x2.mul(x!.get, x!.get))),
      ]),
      value!.set(advance(COLUMN_BYTES, value!.get)),
      entry!.set(advance(16, entry!.get)),
      left!.set(advance(-1, left!.get)),
    );
    return [
      ...groups!.set(i32.constant(BLOCK_ROWS / 8)),
      ...repeatWhile(
        groups!.get,
        entry!.set(factor!.get),
        value!.set(rows!.get),
        left!.set(width!.get),
        ...lengths.map((length) => length.set(zero)),
        inner,
        ...lengths.map((length, k) => v128.store(out!.get, length.get, k * VECTOR_BYTES)),
        rows!.set(advance(4 * VECTOR_BYTES, rows!.get)),
        out!.set(advance(4 * VECTOR_BYTES, out!.get)),
        groups!.set(advance(-1, groups!.get)),
      ),
    ];
  });

  const moments = wasmFunction("moments", ["i32", "i32", "i32", "i32"], ([rows, shares, out, quads], declare) => {
    const [value, share, left] = [0, 1, 2].map(() => declare("i32"));
    const sums = Array.from({ length: 2 * TALL }, () => declare("v128"));
    const [weight, x, product] = [0, 1, 2].map(() => declare("v128"));
    const inner = repeatWhile(
      left!.get,
      weight!.set(v128.load(share!.get)),
      ...Array.from({ length: TALL }, (_, j) => [
        ...x!.set(v128.load(value!.get, j * COLUMN_BYTES)),
        ...product!.set(f64x2.mul(weight!.get, x!.get)),
        ...sums[2 * j]!.set(f64x2.add(sums[2 * j]!.get, product!.get)),
        ...sums[2 * j + 1]!.set(f64x2.add(sums[2 * j + 1]!.get, f64x2.mul(product!.get, x!.get))),
      ]),
      value!.set(advance(VECTOR_BYTES, value!.get)),
      share!.set(advance(VECTOR_BYTES, share!.get)),
      left!.set(advance(-1, left!.get)),
    );
    return repeatWhile(
      quads!.get,
      ...sums.map((sum) => sum.set(zero)),
      value!.set(rows!.get),
      share!.set(shares!.get),
      left!.set(i32.constant(BLOCK_ROWS / 2)),
      inner,
      ...sums.map((sum, k) => v128.store(out!.get, sum.get, k * VECTOR_BYTES)),
      out!.set(advance(sums.length * VECTOR_BYTES, out!.get)),
      rows!.set(advance(TALL * COLUMN_BYTES, rows!.get)),
      quads!.set(advance(-1, quads!.get)),
    );
  });

  const products = wasmFunction("products", ["i32", "i32", "i32"], ([rows, out, quads], declare) => {
    const [first, second, a, b, tiles, wide, left] = [0, 1, 2, 3, 4, 5, 6].map(() => declare("i32"));
    const sums = Array.from({ length: TALL * WIDE }, () => declare("v128"));
    const [b0, b1, x] = [0, 1, 2].map(() => declare("v128"));
    const inner = repeatWhile(
      left!.get,
      b0!.set(v128.load(b!.get)),
      b1!.set(v128.load(b!.get, COLUMN_BYTES)),
      ...Array.from({ length: TALL }, (_, j) => [
        ...x!.set(v128.load(a!.get, j * COLUMN_BYTES)),
        ...[b0!, b1!].flatMap((column, l) => {
          const sum = sums[j * WIDE + l]!;
          return sum.set(f64x2.add(sum.get, f64x2.mul(x!.get, column.get)));
        }),
      ]),
      a!.set(advance(VECTOR_BYTES, a!.get)),
      b!.set(advance(VECTOR_BYTES, b!.get)),
      left!.set(advance(-1, left!.get)),
    );
    const eachTile = repeatWhile(
      tiles!.get,
      ...sums.map((sum, k) => sum.set(v128.load(out!.get, k * VECTOR_BYTES))),
      a!.set(first!.get),
      b!.set(second!.get),
      left!.set(i32.constant(BLOCK_ROWS / 2)),
      inner,
      ...sums.map((sum, k) => v128.store(out!.get, sum.get, k * VECTOR_BYTES)),
      out!.set(advance(sums.length * VECTOR_BYTES, out!.get)),
      second!.set(advance(WIDE * COLUMN_BYTES, second!.get)),
      tiles!.set(advance(-1, tiles!.get)),
    );
    return [
      ...first!.set(rows!.get),
      ...wide!.set(i32.constant(TALL / WIDE)),
      ...repeatWhile(
        quads!.get,
        second!.set(rows!.get),
        tiles!.set(wide!.get),
        eachTile,
        first!.set(advance(TALL * COLUMN_BYTES, first!.get)),
        wide!.set(advance(TALL / WIDE, wide!.get)),
        quads!.set(advance(-1, quads!.get)),
      ),
    ];
  });
  return wasmModule([squares, diagonal, moments, products], pages);
}
