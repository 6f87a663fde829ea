import { sizeOf, type Shape } from "./node.ts";
import type { Value } from "./value.ts";

/** Where the elements of one axis lie: for each line along it the first element, and the step to the next. */
function linesAlong(shape: Shape, axis: number): { readonly starts: readonly number[]; readonly step: number } {
  const step = sizeOf(shape.slice(axis + 1));
  const starts: number[] = [];
  for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++)
    for (let inner = 0; inner < step; inner++) starts.push(outer * shape[axis]! * step + inner);
  return { starts, step };
}

/** Sums of the elements up to each one. */
export function cumulate(x: Value, axis: number, exclusive: boolean, reverse: boolean): Float64Array {
  const out = new Float64Array(x.data.length);
  const size = x.shape[axis]!;
  const { starts, step } = linesAlong(x.shape, axis);
  for (const start of starts) {
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const at = start + (reverse ? size - 1 - i : i) * step;
      const next = sum + x.data[at]!;
      out[at] = exclusive ? sum : next;
      sum = next;
    }
  }
  return out;
}

/** Indices of the k first elements in order; NaN counts as the largest. */
export function topKAlong(x: Value, axis: number, k: number, largest: boolean): Float64Array {
  const size = x.shape[axis]!;
  const shape = x.shape.map((n, i) => (i === axis ? k : n));
  const out = new Float64Array(sizeOf(shape));
  const from = linesAlong(x.shape, axis);
  const to = linesAlong(shape, axis);
  from.starts.forEach((start, line) => {
    const value = (i: number): number => x.data[start + i * from.step]!;
    const order = Array.from({ length: size }, (_, i) => i).sort(
      (i, j) => (largest ? compare(value(j), value(i)) : compare(value(i), value(j))) || i - j,
    );
    for (let i = 0; i < k; i++) out[to.starts[line]! + i * to.step] = order[i]!;
  });
  return out;
}

function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Entries along an axis at a vector of indices. */
export function gatherAlong(x: Value, indices: Value, axis: number): Float64Array {
  const outer = sizeOf(x.shape.slice(0, axis));
  const width = sizeOf(x.shape.slice(axis + 1));
  const count = indices.data.length;
  const out = new Float64Array(outer * count * width);
  for (let o = 0; o < outer; o++)
    indices.data.forEach((index, i) => {
      const from = (o * x.shape[axis]! + index) * width;
      out.set(x.data.subarray(from, from + width), (o * count + i) * width);
    });
  return out;
}

/** Calls `visit` with the position of each index and the position in `shape` that it addresses. */
function eachElement(
  indices: Value,
  shape: Shape,
  axis: number,
  visit: (position: number, addressed: number) => void,
): void {
  const lines = linesAlong(indices.shape, axis);
  const targets = linesAlong(shape, axis);
  lines.starts.forEach((start, line) => {
    for (let i = 0; i < indices.shape[axis]!; i++) {
      const position = start + i * lines.step;
      visit(position, targets.starts[line]! + indices.data[position]! * targets.step);
    }
  });
}

/** Each index replaced by the element that it addresses. */
export function gatherElementsAlong(x: Value, indices: Value, axis: number): Float64Array {
  const out = new Float64Array(indices.data.length);
  eachElement(indices, x.shape, axis, (position, addressed) => {
    out[position] = x.data[addressed]!;
  });
  return out;
}

/** Zeros with each element added where its index says. */
export function scatterElementsAlong(x: Value, indices: Value, axis: number, shape: Shape): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  eachElement(indices, shape, axis, (position, addressed) => {
    out[addressed] = out[addressed]! + x.data[position]!;
  });
  return out;
}
