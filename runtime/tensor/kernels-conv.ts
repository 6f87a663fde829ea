import { sizeOf, type Shape, type Window } from "./node.ts";
import type { Value } from "./value.ts";

/** Index along each axis of a row-major position. */
function indexOf(position: number, shape: Shape): number[] {
  const index: number[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = position % shape[axis]!;
    position = Math.floor(position / shape[axis]!);
  }
  return index;
}

/** Row-major position of an index, or −1 where it lies outside. */
function positionOf(index: readonly number[], shape: Shape): number {
  let position = 0;
  for (const [axis, n] of shape.entries()) {
    const i = index[axis]!;
    if (i < 0 || i >= n) return -1;
    position = position * n + i;
  }
  return position;
}

/**
 * Calls `visit` with every product that a correlation sums: positions in the large image `[n, c, …]`, the kernel
 * `[o, c / groups, …]` and the small image `[n, o, …]`.
 */
function eachProduct(
  window: Window,
  large: Shape,
  kernel: Shape,
  small: Shape,
  visit: (large: number, kernel: number, small: number) => void,
): void {
  const perGroup = small[1]! / window.groups;
  const taps = [kernel[1]!, ...kernel.slice(2)];
  for (let s = 0; s < sizeOf(small); s++) {
    const [n = 0, o = 0, ...at] = indexOf(s, small);
    const firstChannel = Math.floor(o / perGroup) * kernel[1]!;
    for (let k = 0; k < sizeOf(taps); k++) {
      const [c = 0, ...tap] = indexOf(k, taps);
      const reached = at.map((p, i) => p * window.stride[i]! + tap[i]! * window.dilation[i]! - window.before[i]!);
      const l = positionOf([n, firstChannel + c, ...reached], large);
      if (l >= 0) visit(l, o * sizeOf(taps) + k, s);
    }
  }
}

/** `[n, c, …]` correlated with the kernel. */
export function convolveKernel(window: Window, shape: Shape, x: Value, kernel: Value): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  eachProduct(window, x.shape, kernel.shape, shape, (l, k, s) => {
    out[s] = out[s]! + x.data[l]! * kernel.data[k]!;
  });
  return out;
}

/** `[n, o, …]` spread over `shape` by the kernel: the adjoint of `convolveKernel`. */
export function convolveTransposedKernel(window: Window, shape: Shape, x: Value, kernel: Value): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  eachProduct(window, shape, kernel.shape, x.shape, (l, k, s) => {
    out[l] = out[l]! + x.data[s]! * kernel.data[k]!;
  });
  return out;
}
