/** A node of a search that is still open: bounds of the columns that must be whole, and what nothing below it is less than. */
export interface OpenNode {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly bound: number;
}

/** Moves the node of least bound to the end, the newest of equals. */
export function bringLeastLast(open: OpenNode[]): void {
  let least = open.length - 1;
  for (let k = least - 1; k >= 0; k--) if (open[k]!.bound < open[least]!.bound) least = k;
  open.push(...open.splice(least, 1));
}
