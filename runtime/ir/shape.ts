/** Row-major shapes and the index maps between a value and what broadcast, reduce and gather make of it. */

export type Shape = readonly number[];

/** Number of elements; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, n) => product * n, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** `[3, 4]`, `scalar`. */
export function showShape(shape: Shape): string {
  return shape.length === 0 ? "scalar" : `[${shape.join(", ")}]`;
}

/** Steps in the flattened value for one step along each axis. */
export function stridesOf(shape: Shape): number[] {
  const strides: number[] = Array.from({ length: shape.length }, () => 1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** For each element of `shape`, the flat index of the element of the argument whose axis `i` is axis `axes[i]`. */
export function broadcastIndices(argument: Shape, shape: Shape, axes: readonly number[]): Int32Array {
  const argStrides = stridesOf(argument);
  const steps = shape.map((_, axis) => {
    const from = axes.indexOf(axis);
    return from < 0 ? 0 : argStrides[from]!;
  });
  return walk(shape, steps);
}

/** For each element of `shape`, the flat index of the element it falls into when `axes` are reduced. */
export function reduceIndices(shape: Shape, axes: readonly number[]): Int32Array {
  const kept = reducedShape(shape, axes);
  const keptStrides = stridesOf(kept);
  let next = 0;
  const steps = shape.map((_, axis) => (axes.includes(axis) ? 0 : keptStrides[next++]!));
  return walk(shape, steps);
}

export function reducedShape(shape: Shape, axes: readonly number[]): number[] {
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** Axes of `shape` that remain when `axes` are reduced: how a reduced value broadcasts back. */
export function keptAxes(shape: Shape, axes: readonly number[]): number[] {
  return shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
}

/** `0, 1, …, n − 1`. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function walk(shape: Shape, steps: readonly number[]): Int32Array {
  const strides = stridesOf(shape);
  const out = new Int32Array(sizeOf(shape));
  for (let flat = 0; flat < out.length; flat++) {
    let rest = flat;
    let index = 0;
    for (let axis = 0; axis < shape.length; axis++) {
      const coordinate = Math.floor(rest / strides[axis]!);
      rest -= coordinate * strides[axis]!;
      index += coordinate * steps[axis]!;
    }
    out[flat] = index;
  }
  return out;
}
