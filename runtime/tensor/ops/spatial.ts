import type { Tensor } from "../graph.ts";
import { shapeText } from "../node.ts";
import { broadcast, reshape } from "./layout.ts";
import { mean, reduceMax } from "./reduce.ts";

/** Means of windows of `size` along each spatial axis, side by side: `[n, c, …] → [n, c, … / size]`. */
export function averagePool(x: Tensor, size: number): Tensor {
  const { split, axes } = windows("averagePool", x, size);
  return mean(split, { axes });
}

/** Greatest elements of windows of `size` along each spatial axis, side by side. */
export function maxPool(x: Tensor, size: number): Tensor {
  const { split, axes } = windows("maxPool", x, size);
  return reduceMax(split, { axes });
}

/** Each spatial axis cut into windows: `[n, c, w / size, size]`, and the windows' own axes. */
function windows(op: string, x: Tensor, size: number): { readonly split: Tensor; readonly axes: readonly number[] } {
  const [n = 1, c = 1, ...spatial] = x.shape;
  if (spatial.length === 0 || !Number.isInteger(size) || size < 1 || spatial.some((w) => w % size !== 0))
    throw new Error(`${op}: the spatial axes of ${shapeText(x.shape)} do not split into windows of ${size}.`);
  return {
    split: reshape(x, [n, c, ...spatial.flatMap((w) => [w / size, size])]),
    axes: spatial.map((_, i) => 2 * i + 3),
  };
}

/** Each element repeated `factor` times along every spatial axis (nearest neighbour): `[n, c, …] → [n, c, … · factor]`. */
export function upsample(x: Tensor, factor: number): Tensor {
  const [n = 1, c = 1, ...spatial] = x.shape;
  if (spatial.length === 0 || !Number.isInteger(factor) || factor < 1)
    throw new Error(`upsample: ${shapeText(x.shape)} cannot be repeated ${factor} times along its spatial axes.`);
  const single = reshape(x, [n, c, ...spatial.flatMap((w) => [w, 1])]);
  const repeated = broadcast(single, [n, c, ...spatial.flatMap((w) => [w, factor])]);
  return reshape(repeated, [n, c, ...spatial.map((w) => w * factor)]);
}
