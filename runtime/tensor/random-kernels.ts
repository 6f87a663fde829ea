import {
  CENTRE_DENOMINATOR,
  CENTRE_NUMERATOR,
  CENTRE_SHIFT,
  TAIL_DENOMINATOR,
  TAIL_NUMERATOR,
  TAIL_SHIFT,
} from "./normal-quantile.ts";
import { KEY_STEPS, MULTIPLIERS, ROUNDS, type PhiloxKey } from "./philox.ts";
import {
  f64x2,
  i32,
  i32x4,
  repeatWhile,
  v128,
  wasmFunction,
  wasmModule,
  type Code,
  type WasmFunction,
} from "./wasm-code.ts";

/**
 * The arithmetic of `philoxBlocks` and of the middle of `normalQuantile`, four and two numbers at a time, in
 * WebAssembly's vectors: the same operations in the same order, so the same bits, some ten times as fast.
 */
export interface RandomKernels {
  /** What `blocks` fills and `centres` reads. */
  readonly words: Uint32Array;
  readonly single: Float32Array;
  readonly double: Float64Array;
  /** Fills `words` with the words of `count` consecutive counters, at most `CHUNK_BLOCKS`. */
  readonly blocks: (key: PhiloxKey, first: number, count: number) => void;
  /** `normalQuantile((word + ½)·2⁻³²)` of `count` words into `single` or `double`; right for words near 2³¹ only. */
  readonly centres: (precision: "single" | "double", count: number) => void;
  /** What `magnitudes` reads and replaces. */
  readonly tails: Float64Array;
  /** `|normalQuantile(p)|` of −log p, for p from 2⁻³³ to ½ − CENTRE. */
  readonly magnitudes: (count: number) => void;
}

export const CHUNK_BLOCKS = 512;
const WORDS = 4 * CHUNK_BLOCKS;
const WORDS_AT = 0;
const NUMBERS_AT = 4 * WORDS;
const TAILS_AT = NUMBERS_AT + 8 * WORDS;
const PAGE = 65_536;

/** What `moduleBytes` exports. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly blocks: (first: number, count: number, c1: number, c2: number, c3: number, k0: number, k1: number) => void;
  readonly single: (count: number) => void;
  readonly double: (count: number) => void;
  readonly magnitudes: (count: number) => void;
}

let kernels: RandomKernels | undefined;

/** The kernels, made on first use. */
export function randomKernels(): RandomKernels {
  kernels ??= instantiate();
  return kernels;
}

function instantiate(): RandomKernels {
  const { exports } = new WebAssembly.Instance<Exports>(new WebAssembly.Module(moduleBytes()));
  const { buffer } = exports.memory;
  return {
    words: new Uint32Array(buffer, WORDS_AT, WORDS),
    single: new Float32Array(buffer, NUMBERS_AT, WORDS),
    double: new Float64Array(buffer, NUMBERS_AT, WORDS),
    tails: new Float64Array(buffer, TAILS_AT, WORDS),
    blocks: (key, first, count) =>
      exports.blocks(first, count, key.counter1, key.counter2, key.counter3, key.key0, key.key1),
    centres: (precision, count) => exports[precision](count),
    magnitudes: (count) => exports.magnitudes(count),
  };
}

function moduleBytes(): Uint8Array {
  const functions = [philoxFunction(), centresFunction("single"), centresFunction("double"), magnitudesFunction()];
  return wasmModule(functions, Math.ceil((TAILS_AT + 8 * WORDS) / PAGE));
}

const all = (word: number): Code => i32x4.constant([word, word, word, word]);
/** Words of two registers at even and at odd places: halves of 64-bit products. */
const low = (a: Code, b: Code): Code => i32x4.shuffle(a, b, [0, 2, 4, 6]);
const high = (a: Code, b: Code): Code => i32x4.shuffle(a, b, [1, 3, 5, 7]);
/** Words of two registers in turn: twice so, lanes become rows. */
const lowPairs = (a: Code, b: Code): Code => i32x4.shuffle(a, b, [0, 4, 1, 5]);
const highPairs = (a: Code, b: Code): Code => i32x4.shuffle(a, b, [2, 6, 3, 7]);

/** Four counters at once, one in each lane; a last group of fewer writes what nobody reads. */
function philoxFunction(): WasmFunction {
  return wasmFunction("blocks", ["i32", "i32", "i32", "i32", "i32", "i32", "i32"], (parameters, declare) => {
    const [first, count, w1, w2, w3, k0, k1] = parameters;
    const [c0, c1, c2, c3, key0, key1] = Array.from({ length: 6 }, () => declare("v128"));
    const [even, odd, even2, odd2] = Array.from({ length: 4 }, () => declare("v128"));
    const to = declare("i32");
    const round = (number: number): Code => [
      ...even.set(i32x4.productsLow(c0.get, all(MULTIPLIERS[0]))),
      ...odd.set(i32x4.productsHigh(c0.get, all(MULTIPLIERS[0]))),
      ...even2.set(i32x4.productsLow(c2.get, all(MULTIPLIERS[1]))),
      ...odd2.set(i32x4.productsHigh(c2.get, all(MULTIPLIERS[1]))),
      ...c0.set(v128.xor(v128.xor(high(even2.get, odd2.get), c1.get), key0.get)),
      ...c1.set(low(even2.get, odd2.get)),
      ...c2.set(v128.xor(v128.xor(high(even.get, odd.get), c3.get), key1.get)),
      ...c3.set(low(even.get, odd.get)),
      ...(number === ROUNDS - 1
        ? []
        : [...key0.set(i32x4.add(key0.get, all(KEY_STEPS[0]))), ...key1.set(i32x4.add(key1.get, all(KEY_STEPS[1])))]),
    ];
    return [
      ...to.set(i32.constant(WORDS_AT)),
      ...repeatWhile(
        i32.greater(count.get, i32.constant(0)),
        c0.set(i32x4.add(i32x4.splat(first.get), i32x4.constant([0, 1, 2, 3]))),
        c1.set(i32x4.splat(w1.get)),
        c2.set(i32x4.splat(w2.get)),
        c3.set(i32x4.splat(w3.get)),
        key0.set(i32x4.splat(k0.get)),
        key1.set(i32x4.splat(k1.get)),
        ...Array.from({ length: ROUNDS }, (_, number) => round(number)),
        even.set(lowPairs(c0.get, c1.get)),
        odd.set(lowPairs(c2.get, c3.get)),
        even2.set(highPairs(c0.get, c1.get)),
        odd2.set(highPairs(c2.get, c3.get)),
        v128.store(to.get, i32x4.shuffle(even.get, odd.get, [0, 1, 4, 5])),
        v128.store(to.get, i32x4.shuffle(even.get, odd.get, [2, 3, 6, 7]), 16),
        v128.store(to.get, i32x4.shuffle(even2.get, odd2.get, [0, 1, 4, 5]), 32),
        v128.store(to.get, i32x4.shuffle(even2.get, odd2.get, [2, 3, 6, 7]), 48),
        first.set(i32.add(first.get, i32.constant(4))),
        to.set(i32.add(to.get, i32.constant(64))),
        count.set(i32.sub(count.get, i32.constant(4))),
      ),
    ];
  });
}

/** By Horner's rule, as `normalQuantile` has it. */
function polynomial(coefficients: readonly number[], x: Code): Code {
  const [leading = 0, ...rest] = coefficients;
  return rest.reduce<Code>(
    (sum, coefficient) => f64x2.add(f64x2.mul(sum, x), f64x2.constant(coefficient)),
    f64x2.constant(leading),
  );
}

function centresFunction(precision: "single" | "double"): WasmFunction {
  return wasmFunction(precision, ["i32"], ([count], declare) => {
    const [q, r] = [declare("v128"), declare("v128")];
    const [from, to] = [declare("i32"), declare("i32")];
    const u = f64x2.mul(
      f64x2.add(f64x2.fromWords(v128.loadHalf(from.get)), f64x2.constant(0.5)),
      f64x2.constant(2 ** -32),
    );
    const value = f64x2.div(
      f64x2.mul(q.get, polynomial(CENTRE_NUMERATOR, r.get)),
      polynomial(CENTRE_DENOMINATOR, r.get),
    );
    return [
      ...from.set(i32.constant(WORDS_AT)),
      ...to.set(i32.constant(NUMBERS_AT)),
      ...repeatWhile(
        i32.greater(count.get, i32.constant(0)),
        q.set(f64x2.sub(u, f64x2.constant(0.5))),
        r.set(f64x2.sub(f64x2.constant(CENTRE_SHIFT), f64x2.mul(q.get, q.get))),
        precision === "single" ? v128.storeHalf(to.get, f64x2.toSingle(value)) : v128.store(to.get, value),
        from.set(i32.add(from.get, i32.constant(8))),
        to.set(i32.add(to.get, i32.constant(precision === "single" ? 8 : 16))),
        count.set(i32.sub(count.get, i32.constant(2))),
      ),
    ];
  });
}

function magnitudesFunction(): WasmFunction {
  return wasmFunction("magnitudes", ["i32"], ([count], declare) => {
    const [r, at] = [declare("v128"), declare("i32")];
    const value = f64x2.div(polynomial(TAIL_NUMERATOR, r.get), polynomial(TAIL_DENOMINATOR, r.get));
    return [
      ...at.set(i32.constant(TAILS_AT)),
      ...repeatWhile(
        i32.greater(count.get, i32.constant(0)),
        r.set(f64x2.sub(f64x2.sqrt(v128.load(at.get)), f64x2.constant(TAIL_SHIFT))),
        v128.store(at.get, value),
        at.set(i32.add(at.get, i32.constant(16))),
        count.set(i32.sub(count.get, i32.constant(2))),
      ),
    ];
  });
}
