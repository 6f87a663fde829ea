import type { Tensor } from "../graph.ts";
import { shapeText } from "../node.ts";
import { requireFloat } from "./elementwise.ts";
import { normalAxis, reshape, swapAxes } from "./layout.ts";

/**
 * Entries of `x` along `axis` at `indices` (`[k]`, of whole numbers): the axis becomes `k` long. Indices are the
 * caller's to keep in range.
 */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  if (indices.dtype !== "index" || indices.shape.length !== 1 || x.shape.length === 0)
    throw new Error(`gather: needs a vector of indices and a tensor with rows, not ${shapeText(x.shape)}.`);
  const along = normalAxis(x, axis);
  const shape = x.shape.map((n, i) => (i === along ? indices.shape[0]! : n));
  return x.graph.add({ op: "gather", args: [x.id, indices.id], axis: along }, shape, x.dtype);
}

/** Zeros with `size` entries along `axis`, to which entry i of `x` is added at `indices[i]`. */
export function scatterAdd(x: Tensor, indices: Tensor, size: number, axis = 0): Tensor {
  requireFloat("scatterAdd", x);
  const along = normalAxis(x, axis);
  if (indices.dtype !== "index" || indices.shape.length !== 1 || x.shape[along] !== indices.shape[0])
    throw new Error(`scatterAdd: needs one index for each entry of ${shapeText(x.shape)} along axis ${along}.`);
  if (along !== 0) return swapAxes(scatterAdd(swapAxes(x, 0, along), indices, size), 0, along);
  return x.graph.add({ op: "scatter_add", args: [x.id, indices.id] }, [size, ...x.shape.slice(1)], "float");
}

/** `out[…, i, …] = x[…, indices[…, i, …], …]` along `axis`; the other axes of `indices` are those of `x`. */
export function gatherElements(x: Tensor, indices: Tensor, axis: number): Tensor {
  const along = normalAxis(x, axis);
  requireElements("gatherElements", x, indices, along);
  return x.graph.add({ op: "gather_elements", args: [x.id, indices.id], axis: along }, indices.shape, x.dtype);
}

/** Zeros with `size` entries along `axis`, to which each element of `x` is added at its own index. */
export function scatterElements(x: Tensor, indices: Tensor, axis: number, size: number): Tensor {
  requireFloat("scatterElements", x);
  const along = normalAxis(x, axis);
  requireElements("scatterElements", x, indices, along);
  if (x.shape[along] !== indices.shape[along])
    throw new Error(`scatterElements: needs one index for each element of ${shapeText(x.shape)}.`);
  const shape = x.shape.map((n, i) => (i === along ? size : n));
  return x.graph.add({ op: "scatter_elements", args: [x.id, indices.id], axis: along }, shape, "float");
}

function requireElements(op: string, x: Tensor, indices: Tensor, axis: number): void {
  const { shape } = indices;
  if (
    indices.dtype !== "index" ||
    shape.length !== x.shape.length ||
    shape.some((n, i) => i !== axis && n !== x.shape[i])
  )
    throw new Error(`${op}: indices ${shapeText(shape)} do not address axis ${axis} of ${shapeText(x.shape)}.`);
}

/** Whole numbers as indices: what follows the point is cut off. */
export function toIndex(x: Tensor): Tensor {
  if (x.dtype === "index") return x;
  return x.graph.add({ op: "to_index", args: [x.id] }, x.shape, "index");
}

/** Indices as numbers. */
export function indexToFloat(x: Tensor): Tensor {
  return x.dtype === "index" ? x.graph.add({ op: "to_float", args: [x.id] }, x.shape, "float") : x;
}

/** Indices of the `k` largest elements along `axis` (the smallest if not `largest`), in order. Equals keep their order. */
export function topKIndices(x: Tensor, k: number, axis = -1, largest = true): Tensor {
  requireFloat("topK", x);
  const along = normalAxis(x, axis);
  if (!Number.isInteger(k) || k < 1 || k > x.shape[along]!)
    throw new Error(`topK: ${k} elements cannot be chosen along axis ${along} of ${shapeText(x.shape)}.`);
  const shape = x.shape.map((n, i) => (i === along ? k : n));
  return x.graph.add({ op: "top_k", args: [x.id], axis: along, k, largest }, shape, "index");
}

/** The `k` largest elements along `axis` (the smallest if not `largest`), in order, with the derivative of a selection. */
export function topK(x: Tensor, k: number, axis = -1, largest = true): Tensor {
  return gatherElements(x, topKIndices(x, k, axis, largest), axis);
}

/** The elements in order along `axis`, from the smallest (the largest if `descending`). */
export function sort(x: Tensor, axis = -1, descending = false): Tensor {
  return topK(x, x.shape[normalAxis(x, axis)]!, axis, descending);
}

/** Index of the greatest element along `axis`, which goes; the first of equals. It has no derivative. */
export function argmax(x: Tensor, axis = -1): Tensor {
  const along = normalAxis(x, axis);
  return reshape(
    topKIndices(x, 1, along),
    x.shape.filter((_, i) => i !== along),
  );
}
