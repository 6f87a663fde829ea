import type { TensorNode } from "./node.ts";
import type { Program } from "./program.ts";

/** Slices of one tensor along one axis that one Split computes: a kernel's fixed cost once instead of once a slice. */
export interface Split {
  readonly axis: number;
  /** The slice that comes first in the program, in whose place the Split stands. */
  readonly first: number;
  /** All of the axis in order; `id` is the slice, or `null` where nothing is read. */
  readonly parts: readonly { readonly id: number | null; readonly start: number; readonly end: number }[];
}

type Slice = TensorNode & { readonly op: "slice" };

/** The splits that a program's slices are parts of, by slice: of those that do not overlap and leave little unread. */
export function splitsOf(program: Program): ReadonlyMap<number, Split> {
  const groups = new Map<string, { readonly id: number; readonly node: Slice }[]>();
  for (const id of program.order) {
    const node = program.nodes[id]!;
    if (node.op !== "slice" || node.dtype === "bool") continue;
    const key = `${node.args[0]}/${node.axis}`;
    const group = groups.get(key) ?? [];
    groups.set(key, [...group, { id, node }]);
  }
  const splits = new Map<number, Split>();
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const { args, axis } = group[0]!.node;
    const split = splitOf(group, axis, program.nodes[args[0]]!.shape[axis]!);
    if (split !== null) for (const { id } of group) splits.set(id, split);
  }
  return splits;
}

function splitOf(
  group: readonly { readonly id: number; readonly node: Slice }[],
  axis: number,
  size: number,
): Split | null {
  const parts: { id: number | null; start: number; end: number }[] = [];
  let reached = 0;
  let unread = 0;
  const gap = (end: number): void => {
    if (end > reached) parts.push({ id: null, start: reached, end });
    unread += end - reached;
  };
  for (const { id, node } of group.toSorted((a, b) => a.node.start - b.node.start)) {
    if (node.start < reached) return null;
    gap(node.start);
    parts.push({ id, start: node.start, end: node.end });
    reached = node.end;
  }
  gap(size);
  return unread > size / 2 ? null : { axis, first: Math.min(...group.map(({ id }) => id)), parts };
}
