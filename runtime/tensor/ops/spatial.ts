import type { Tensor } from "../graph.ts";
import { shapeText } from "../node.ts";
import { broadcast, reshape, swapAxes } from "./layout.ts";
import { matmul } from "./product.ts";
import { mean, reduceMax } from "./reduce.ts";

/** Means of windows of `size` along each spatial axis, side by side: `[n, c, …] → [n, c, … / size]`. */
export function averagePool(x: Tensor, size: number): Tensor {
  const { split, axes } = windows("averagePool", x, size);
  const width = x.shape.at(-1)!;
  if (axes.length > 1 || width > MOST_COLUMNS) return mean(split, { axes });
  return alongLast(x, membership(x, width / size, size, 1 / size), false);
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

/** The longest axis that is pooled or repeated by a product: its cost for an element grows with the axis. */
const MOST_COLUMNS = 64;

/** `[parts, parts · size]`: the value where a column lies in the row's part of `size` columns, else 0. */
function membership({ graph }: Tensor, parts: number, size: number, value: number): Tensor {
  const columns = parts * size;
  const entries = Float64Array.from({ length: parts * columns }, (_, k) =>
    Math.floor((k % columns) / size) === Math.floor(k / columns) ? value : 0,
  );
  return graph.constant(entries, [parts, columns]);
}

/** The product of the last axis with a matrix, or its transpose: ONNX Runtime repeats and sums pairs one by one. */
function alongLast(x: Tensor, matrix: Tensor, spread: boolean): Tensor {
  return matmul(x, spread ? matrix : swapAxes(matrix, 0, 1));
}

/** Each element repeated `factor` times along every spatial axis (nearest neighbour): `[n, c, …] → [n, c, … · factor]`. */
export function upsample(x: Tensor, factor: number): Tensor {
  const [n = 1, c = 1, ...spatial] = x.shape;
  if (spatial.length === 0 || !Number.isInteger(factor) || factor < 1)
    throw new Error(`upsample: ${shapeText(x.shape)} cannot be repeated ${factor} times along its spatial axes.`);
  const width = spatial[0]!;
  if (spatial.length === 1 && width * factor <= MOST_COLUMNS && x.dtype === "float")
    return alongLast(x, membership(x, width, factor, 1), true);
  const single = reshape(x, [n, c, ...spatial.flatMap((w) => [w, 1])]);
  const repeated = broadcast(single, [n, c, ...spatial.flatMap((w) => [w, factor])]);
  return reshape(repeated, [n, c, ...spatial.map((w) => w * factor)]);
}
