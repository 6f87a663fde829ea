import {
  f64x2,
  i32,
  i64x2,
  repeatWhile,
  v128,
  wasmFunction,
  wasmModule,
  type Code,
  type WasmFunction,
  type WasmType,
  type WasmVariable,
} from "../../tensor/wasm-code.ts";

/** Rows that the kernels take at a time; they lie column by column. */
export const BLOCK_ROWS = 64;
/** Columns of a tile of `Σ u uᵀ`: as many sums as stay in registers. */
export const TALL = 4;
export const WIDE = 2;
const COLUMN_BYTES = 8 * BLOCK_ROWS;
const VECTOR_BYTES = 16;
/** Numbers in one of WebAssembly's vectors. */
const LANES = 2;

const advance = (by: number, get: Code): Code => i32.add(get, i32.constant(by));
const square = (x: Code): Code => f64x2.mul(x, x);
const zero = f64x2.constant(0);
const half = f64x2.constant(0.5);

/** The module that `rowKernels` runs, with a memory of `pages`. */
export function rowModule(pages: number): Uint8Array {
  return wasmModule([denseTerms(), whiten(), diagonalTerms(), softmax(), moments(), products()], pages);
}

/** What is done with the products of eight rows, which are in registers, and each two rows of the factor. */
interface DenseParts {
  readonly factor: Code;
  readonly out: WasmVariable;
  /** Of the first of the two, two rows of the data in each; then of the second. */
  readonly products: readonly [readonly WasmVariable[], readonly WasmVariable[]];
}

/** Each two entries of a packed factor meet eight rows in registers. */
function dense(
  name: string,
  finish: (
    parts: DenseParts,
    declare: (type: WasmType) => WasmVariable,
  ) => { readonly before: Code; readonly each: Code; readonly after: Code },
): WasmFunction {
  return wasmFunction(name, ["i32", "i32", "i32", "i32"], ([factor, rows, out, pairs], declare) => {
    const groups = declare("i32");
    const [entry, value, left, columns, pair] = [0, 1, 2, 3, 4].map(() => declare("i32"));
    const sums = [0, 1, 2, 3].map(() => declare("v128"));
    const others = [0, 1, 2, 3].map(() => declare("v128"));
    const four = [0, 1, 2, 3].map(() => declare("v128"));
    const splat = declare("v128");
    const { before, each, after } = finish({ factor: factor!.get, out: out!, products: [sums, others] }, declare);
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
    const eachPair = repeatWhile(
      pair!.get,
      ...sums.map((sum) => sum.set(v128.loadSplat(entry!.get))),
      ...others.map((sum) => sum.set(v128.loadSplat(entry!.get, 8))),
      entry!.set(advance(16, entry!.get)),
      value!.set(rows!.get),
      left!.set(columns!.get),
      inner,
      each,
      columns!.set(advance(2, columns!.get)),
      pair!.set(advance(-1, pair!.get)),
    );
    return [
      ...groups.set(i32.constant(BLOCK_ROWS / 8)),
      ...repeatWhile(
        groups.get,
        entry!.set(advance(VECTOR_BYTES, factor!.get)),
        columns!.set(i32.constant(2)),
        pair!.set(pairs!.get),
        before,
        eachPair,
        after,
        rows!.set(advance(4 * VECTOR_BYTES, rows!.get)),
        out!.set(advance(4 * VECTOR_BYTES, out!.get)),
        groups.set(advance(-1, groups.get)),
      ),
    ];
  });
}

/** `constant − ½‖L⁻¹(v − μ)‖²` of every row. */
function denseTerms(): WasmFunction {
  return dense("terms", ({ factor, out, products: [sums, others] }, declare) => {
    const lengths = [0, 1, 2, 3].map(() => declare("v128"));
    return {
      before: lengths.flatMap((length) => length.set(zero)),
      each: lengths.flatMap((length, k) =>
        length.set(f64x2.add(length.get, f64x2.add(square(sums[k]!.get), square(others[k]!.get)))),
      ),
      after: lengths.flatMap((length, k) =>
        v128.store(out.get, f64x2.sub(v128.load(factor), f64x2.mul(half, length.get)), k * VECTOR_BYTES),
      ),
    };
  });
}

/** `L⁻¹ v` of every row, column by column. */
function whiten(): WasmFunction {
  return dense("whiten", ({ out, products }, declare) => {
    const column = declare("i32");
    return {
      before: column.set(out.get),
      each: [
        ...products.flatMap((sums, l) =>
          sums.flatMap((sum, k) => v128.store(column.get, sum.get, l * COLUMN_BYTES + k * VECTOR_BYTES)),
        ),
        ...column.set(advance(2 * COLUMN_BYTES, column.get)),
      ],
      after: [],
    };
  });
}

/** The terms where `L` is a diagonal. */
function diagonalTerms(): WasmFunction {
  return wasmFunction("diagonal", ["i32", "i32", "i32", "i32"], ([factor, rows, out, width], declare) => {
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
        entry!.set(advance(VECTOR_BYTES, factor!.get)),
        value!.set(rows!.get),
        left!.set(width!.get),
        ...lengths.map((length) => length.set(zero)),
        inner,
        ...lengths.map((length, k) =>
          v128.store(out!.get, f64x2.sub(v128.load(factor!.get), f64x2.mul(half, length.get)), k * VECTOR_BYTES),
        ),
        rows!.set(advance(4 * VECTOR_BYTES, rows!.get)),
        out!.set(advance(4 * VECTOR_BYTES, out!.get)),
        groups!.set(advance(-1, groups!.get)),
      ),
    ];
  });
}

/**
 * The softmax of each row over the components times the row's weight, in place, and for each row the largest term and
 * the sum of all beside it.
 */
function softmax(): WasmFunction {
  return wasmFunction("softmax", ["i32", "i32", "i32", "i32"], ([terms, out, weights, count], declare) => {
    const [left, at, component] = [0, 1, 2].map(() => declare("i32"));
    const [most, sum, x, shifted, r, power] = [0, 1, 2, 3, 4, 5].map(() => declare("v128"));
    const each = (...body: readonly Code[]): Code => [
      ...at!.set(terms!.get),
      ...component!.set(count!.get),
      ...repeatWhile(
        component!.get,
        ...body,
        at!.set(advance(COLUMN_BYTES, at!.get)),
        component!.set(advance(-1, component!.get)),
      ),
    ];
    return [
      ...left!.set(i32.constant(BLOCK_ROWS / LANES)),
      ...repeatWhile(
        left!.get,
        most!.set(v128.load(terms!.get)),
        each(most!.set(f64x2.max(most!.get, v128.load(at!.get)))),
        sum!.set(zero),
        each(
          x!.set(f64x2.max(f64x2.sub(v128.load(at!.get), most!.get), f64x2.constant(LEAST_EXPONENT))),
          // x = n log 2 + r: adding and taking away a large number rounds x / log 2 to the whole number n.
          shifted!.set(f64x2.add(f64x2.mul(x!.get, f64x2.constant(Math.LOG2E)), f64x2.constant(ROUNDING))),
          power!.set(f64x2.sub(shifted!.get, f64x2.constant(ROUNDING))),
          r!.set(f64x2.sub(x!.get, f64x2.mul(power!.get, f64x2.constant(LOG2_HIGH)))),
          r!.set(f64x2.sub(r!.get, f64x2.mul(power!.get, f64x2.constant(LOG2_LOW)))),
          x!.set(series(r!.get)),
          // n is in the low bits of the shifted number; in the bits of the exponent it multiplies by 2ⁿ.
          x!.set(i64x2.add(x!.get, i64x2.shiftLeft(shifted!.get, 52))),
          v128.store(at!.get, x!.get),
          sum!.set(f64x2.add(sum!.get, x!.get)),
        ),
        v128.store(out!.get, most!.get),
        v128.store(out!.get, sum!.get, COLUMN_BYTES),
        sum!.set(f64x2.div(v128.load(weights!.get), sum!.get)),
        each(v128.store(at!.get, f64x2.mul(v128.load(at!.get), sum!.get))),
        terms!.set(advance(VECTOR_BYTES, terms!.get)),
        out!.set(advance(VECTOR_BYTES, out!.get)),
        weights!.set(advance(VECTOR_BYTES, weights!.get)),
        left!.set(advance(-1, left!.get)),
      ),
    ];
  });
}

/** Below this an exponential is nothing beside 1, and 2ⁿ is still a normal number. */
const LEAST_EXPONENT = -700;
/** 1.5 · 2⁵²: beside it a number keeps its whole part alone. */
const ROUNDING = 6_755_399_441_055_744;
/** log 2 in two parts, the first with so few digits that a multiple of it is exact. */
const LOG2_HIGH = 0.693_147_180_369_123_8;
const LOG2_LOW = 1.908_214_929_270_587_7e-10;
/** Terms of the exponential series: for |r| ≤ ½ log 2 the next one is below 2⁻⁵³. */
const SERIES = 13;

/** `e^r` by Horner's rule. */
function series(r: Code): Code {
  let factorial = 1;
  for (let k = 2; k <= SERIES; k++) factorial *= k;
  let value: Code = f64x2.constant(1 / factorial);
  for (let k = SERIES; k > 0; k--) {
    factorial /= k;
    value = f64x2.add(f64x2.mul(value, r), f64x2.constant(1 / factorial));
  }
  return value;
}

/**
 * `Σ share · v` and `Σ share · v²` of four columns at a time, then `Σ share`, as two sums each over even and odd rows.
 */
function moments(): WasmFunction {
  return wasmFunction("moments", ["i32", "i32", "i32", "i32"], ([rows, shares, out, quads], declare) => {
    const [value, share, left] = [0, 1, 2].map(() => declare("i32"));
    const sums = Array.from({ length: 2 * TALL + 1 }, () => declare("v128"));
    const mass = sums[2 * TALL]!;
    const [weight, x, product] = [0, 1, 2].map(() => declare("v128"));
    const inner = repeatWhile(
      left!.get,
      weight!.set(v128.load(share!.get)),
      mass.set(f64x2.add(mass.get, weight!.get)),
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
}

/** `Σ u uᵀ` by tiles of 4 × 2 columns, lower part. */
function products(): WasmFunction {
  return wasmFunction("products", ["i32", "i32", "i32"], ([rows, out, quads], declare) => {
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
}
