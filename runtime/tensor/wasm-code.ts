/**
 * WebAssembly with 128-bit vectors (webassembly.github.io/spec, binary format) from small functions, as much as the
 * kernels of random numbers and of mixtures need: an expression is the bytes that leave its value on the stack.
 */

/** Bytes of instructions. */
export type Code = readonly number[];
export type WasmType = "i32" | "v128";

/** `\0asm`, version 1. */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const TYPE = { i32: 0x7f, v128: 0x7b } as const;

/** LEB128 of an unsigned number. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** LEB128 of a signed 32-bit number. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (; rest > 0x3f || rest < -0x40; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest & 0x7f);
  return bytes;
}

const vector = (op: number, ...operands: readonly Code[]): Code => [...operands.flat(), 0xfd, ...unsigned(op)];
const memory = (offset: number): Code => [0, ...unsigned(offset)];

export const i32 = {
  constant: (value: number): Code => [0x41, ...signed(value)],
  add: (a: Code, b: Code): Code => [...a, ...b, 0x6a],
  sub: (a: Code, b: Code): Code => [...a, ...b, 0x6b],
  greater: (a: Code, b: Code): Code => [...a, ...b, 0x4a],
};

export const i32x4 = {
  constant: (lanes: readonly [number, number, number, number]): Code => [
    ...vector(12),
    ...new Uint8Array(Int32Array.from(lanes, (lane) => lane | 0).buffer),
  ],
  splat: (a: Code): Code => vector(17, a),
  add: (a: Code, b: Code): Code => vector(174, a, b),
  /** 64-bit products of the first or last two lanes. */
  productsLow: (a: Code, b: Code): Code => vector(222, a, b),
  productsHigh: (a: Code, b: Code): Code => vector(223, a, b),
  /** Four of the eight lanes of `a` and `b`. */
  shuffle: (a: Code, b: Code, lanes: readonly [number, number, number, number]): Code => [
    ...vector(13, a, b),
    ...lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]),
  ],
};

export const f64x2 = {
  constant: (value: number): Code => [...vector(12), ...new Uint8Array(Float64Array.of(value, value).buffer)],
  add: (a: Code, b: Code): Code => vector(240, a, b),
  sub: (a: Code, b: Code): Code => vector(241, a, b),
  mul: (a: Code, b: Code): Code => vector(242, a, b),
  div: (a: Code, b: Code): Code => vector(243, a, b),
  sqrt: (a: Code): Code => vector(239, a),
  abs: (a: Code): Code => vector(236, a),
  /** NaN where either lane is NaN. */
  max: (a: Code, b: Code): Code => vector(245, a, b),
  /** The first two lanes, as unsigned numbers. */
  fromWords: (a: Code): Code => vector(255, a),
  /** Two float32 numbers in the first two lanes. */
  toSingle: (a: Code): Code => vector(94, a),
};

export const i64x2 = {
  add: (a: Code, b: Code): Code => vector(206, a, b),
  shiftLeft: (a: Code, bits: number): Code => vector(203, a, i32.constant(bits)),
};

export const v128 = {
  xor: (a: Code, b: Code): Code => vector(81, a, b),
  load: (address: Code, offset = 0): Code => [...vector(0, address), ...memory(offset)],
  /** One 64-bit number in both halves. */
  loadSplat: (address: Code, offset = 0): Code => [...vector(10, address), ...memory(offset)],
  /** The first half from memory, zeros after it. */
  loadHalf: (address: Code): Code => [...vector(93, address), ...memory(0)],
  store: (address: Code, value: Code, offset = 0): Code => [...vector(11, address, value), ...memory(offset)],
  storeHalf: (address: Code, value: Code): Code => [...vector(91, address, value), ...memory(0), 0],
};

/** A parameter or a variable of a function. */
export interface WasmVariable {
  readonly get: Code;
  readonly set: (value: Code) => Code;
}

/** A function that returns nothing. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly WasmType[];
  readonly variables: readonly WasmType[];
  readonly body: Code;
}

function variable(index: number): WasmVariable {
  return {
    get: [0x20, ...unsigned(index)],
    set: (value) => [...value, 0x21, ...unsigned(index)],
  };
}

/** A function whose body is written with its parameters and with the variables that it declares. */
export function wasmFunction(
  name: string,
  parameters: readonly WasmType[],
  body: (parameters: readonly WasmVariable[], declare: (type: WasmType) => WasmVariable) => Code,
): WasmFunction {
  const variables: WasmType[] = [];
  const declare = (type: WasmType): WasmVariable => variable(parameters.length + variables.push(type) - 1);
  const code = body(
    parameters.map((_, index) => variable(index)),
    declare,
  );
  return { name, parameters, variables, body: code };
}

/** Repeats `body` until `condition`, computed after it, is 0. */
export function repeatWhile(condition: Code, ...body: readonly Code[]): Code {
  return [0x03, 0x40, ...body.flat(), ...condition, 0x0d, 0, 0x0b];
}

/** A module that exports the functions and its memory of `pages` × 64 KiB as `memory`. */
export function wasmModule(functions: readonly WasmFunction[], pages: number): Uint8Array {
  const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
  const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
  const text = (name: string): Code => list([...new TextEncoder().encode(name)].map((byte) => [byte]));
  const types = functions.map((f) => [0x60, ...list(f.parameters.map((type) => [TYPE[type]])), 0]);
  const bodies = functions.map((f) => {
    const code = [...list(f.variables.map((type) => [1, TYPE[type]])), ...f.body, 0x0b];
    return [...unsigned(code.length), ...code];
  });
  const exports = [[...text("memory"), 2, 0], ...functions.map((f, i) => [...text(f.name), 0, ...unsigned(i)])];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, list(types)),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(5, list([[0, ...unsigned(pages)]])),
    ...section(7, list(exports)),
    ...section(10, list(bodies)),
  ]);
}
