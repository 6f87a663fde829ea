import { f64x2, i32, repeatWhile, v128, wasmFunction, wasmModule } from "../tensor/wasm-code.ts";
import type { Code, WasmFunction } from "../tensor/wasm-code.ts";

/** Bytes of a vector, of two numbers. */
export const VECTOR_BYTES = 16;
/** Vectors of a row that are summed at a time: their sums stay in registers. */
export const WIDE = 4;
/** Vectors that `rest` looks at between two jumps. */
export const LONG = 4;

const advance = (by: number, get: Code): Code => i32.add(get, i32.constant(by));
const zero = f64x2.constant(0);

/** The module that the vector kernels of `loss-rows.ts` run, with a memory of `pages`. */
export function lossRowModule(pages: number): Uint8Array {
  return wasmModule([sums("wide", WIDE), sums("narrow", 1), rest()], pages);
}

/**
 * Adds `Σ_r weight_r v_r` and `Σ_r weight_r |v_r|` to what is at `out`: of `count` groups of `vectors` vectors of columns,
 * each with its sums and then its sums of sizes.
 */
function sums(name: string, vectors: number): WasmFunction {
  return wasmFunction(name, ["i32", "i32", "i32", "i32", "i32", "i32"], (parameters, declare) => {
    const [rows, weights, out, stride, rowCount, count] = parameters;
    const [value, weight, left] = [0, 1, 2].map(() => declare("i32"));
    const totals = Array.from({ length: vectors }, () => declare("v128"));
    const sizes = Array.from({ length: vectors }, () => declare("v128"));
    const [splat, x] = [0, 1].map(() => declare("v128"));
    const both = [...totals, ...sizes];
    return repeatWhile(
      count!.get,
      ...both.map((sum, k) => sum.set(v128.load(out!.get, k * VECTOR_BYTES))),
      value!.set(rows!.get),
      weight!.set(weights!.get),
      left!.set(rowCount!.get),
      repeatWhile(
        left!.get,
        splat!.set(v128.loadSplat(weight!.get)),
        ...totals.map((sum, k) => [
          ...x!.set(f64x2.mul(splat!.get, v128.load(value!.get, k * VECTOR_BYTES))),
          ...sum.set(f64x2.add(sum.get, x!.get)),
          ...sizes[k]!.set(f64x2.add(sizes[k]!.get, f64x2.abs(x!.get))),
        ]),
        value!.set(i32.add(value!.get, stride!.get)),
        weight!.set(advance(8, weight!.get)),
        left!.set(advance(-1, left!.get)),
      ),
      ...both.map((sum, k) => v128.store(out!.get, sum.get, k * VECTOR_BYTES)),
      out!.set(advance(both.length * VECTOR_BYTES, out!.get)),
      rows!.set(advance(vectors * VECTOR_BYTES, rows!.get)),
      count!.set(advance(-1, count!.get)),
    );
  });
}

/** Sum of `v − v` over `count` groups of `LONG` vectors: 0 where all are finite, else NaN. */
function rest(): WasmFunction {
  return wasmFunction("rest", ["i32", "i32", "i32"], ([values, out, count], declare) => {
    const totals = Array.from({ length: LONG }, () => declare("v128"));
    const x = declare("v128");
    return [
      ...totals.flatMap((sum) => sum.set(zero)),
      ...repeatWhile(
        count!.get,
        ...totals.map((sum, k) => [
          ...x.set(v128.load(values!.get, k * VECTOR_BYTES)),
          ...sum.set(f64x2.add(sum.get, f64x2.sub(x.get, x.get))),
        ]),
        values!.set(advance(LONG * VECTOR_BYTES, values!.get)),
        count!.set(advance(-1, count!.get)),
      ),
      ...v128.store(
        out!.get,
        totals.map((sum) => sum.get).reduce((a, b) => f64x2.add(a, b)),
      ),
    ];
  });
}
