import type { AxisIR } from "../../runtime/ir/model.ts";

/** One axis of a value. `loose` axes come from lists: they fit any dim of their size. */
export interface Axis {
  readonly dim: string | null;
  readonly size: number;
  readonly labels: readonly string[] | null;
  readonly loose: boolean;
}

export type Axes = readonly Axis[];

export function numbered(size: number): Axis {
  return { dim: null, size, labels: null, loose: false };
}

export function shapeOf(axes: Axes): number[] {
  return axes.map((axis) => axis.size);
}

export function elementsOf(axes: Axes): number {
  return axes.reduce((product, axis) => product * axis.size, 1);
}

/** The same dim, by name; equal sizes alone are not enough unless one of them is a list. */
export function sameAxis(a: Axis, b: Axis): boolean {
  return a.size === b.size && (a.loose || b.loose || a.dim === b.dim);
}

export function sameAxes(a: Axes, b: Axes): boolean {
  return a.length === b.length && a.every((axis, i) => sameAxis(axis, b[i]!));
}

/** `a single number`, `[Industry]`, `[Store, 24]`. */
export function showAxes(axes: Axes): string {
  return axes.length === 0 ? "a single number" : `[${axes.map((axis) => axis.dim ?? axis.size).join(", ")}]`;
}

export function axesIR(axes: Axes): AxisIR[] {
  return axes.map(({ dim, size }) => ({ dim, size }));
}

/** How two values combine element by element: the axes of the result, and where each operand's axes go in it. */
export interface Broadcast {
  readonly axes: Axes;
  readonly left: readonly number[];
  readonly right: readonly number[];
}

/**
 * Equal axes, a single number with anything, or all named dims of one among those of the other, in any order.
 * Otherwise `null`: two values of different dims never make an outer product by accident.
 */
export function broadcastAxes(left: Axes, right: Axes): Broadcast | null {
  const all = (axes: Axes): number[] => axes.map((_, i) => i);
  if (sameAxes(left, right)) {
    const axes = left.map((axis, i) => (axis.loose ? right[i]! : axis));
    return { axes, left: all(left), right: all(right) };
  }
  if (left.length === 0) return { axes: right, left: [], right: all(right) };
  if (right.length === 0) return { axes: left, left: all(left), right: [] };
  if (left.length >= right.length) {
    const places = placesIn(right, left);
    return places === null ? null : { axes: left, left: all(left), right: places };
  }
  const places = placesIn(left, right);
  return places === null ? null : { axes: right, left: places, right: all(right) };
}

/** Index of each of `few`'s dims in `many`; `null` where one is missing, unnamed or there twice. */
function placesIn(few: Axes, many: Axes): readonly number[] | null {
  const places: number[] = [];
  for (const axis of few) {
    if (axis.dim === null) return null;
    const found = many.flatMap((other, i) => (other.dim === axis.dim ? [i] : []));
    if (found.length !== 1 || places.includes(found[0]!)) return null;
    places.push(found[0]!);
  }
  return places;
}
