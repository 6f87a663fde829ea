import type { CombinatorialAnswer } from "./types.ts";

/**
 * A column of its own for each row at least cost: the Hungarian method by shortest augmenting paths (Kuhn 1955; Jonker
 * and Volgenant 1987), with the dual potentials. O(rows² columns).
 *
 * @param costs rows × columns, row-major; +Infinity forbids a pair
 */
export function assign(rows: number, columns: number, costs: ArrayLike<number>): CombinatorialAnswer {
  const z = new Float64Array(rows * columns);
  const u = new Float64Array(rows);
  const v = new Float64Array(columns);
  /** Row of each column. */
  const rowOf = new Int32Array(columns).fill(-1);
  const least = new Float64Array(columns);
  const before = new Int32Array(columns);
  const used = new Uint8Array(columns);
  for (let row = 0; row < rows; row++) {
    least.fill(Infinity);
    before.fill(-1);
    used.fill(0);
    const visited: number[] = [];
    let current = row;
    let at = -1;
    /** Reduced length of the path to the current row. */
    let length = 0;
    for (;;) {
      let next = -1;
      for (let j = 0; j < columns; j++) {
        if (used[j] === 1) continue;
        const way = length + costs[current * columns + j]! - u[current]! - v[j]!;
        if (way < least[j]!) {
          least[j] = way;
          before[j] = at;
        }
        if (next < 0 || least[j]! < least[next]!) next = j;
      }
      if (next < 0 || least[next] === Infinity) {
        // The rows reached share too few columns: Hall's condition fails on them.
        const stuck = [row, ...visited.map((j) => rowOf[j]!)];
        const certificate = { kind: "cut", nodes: stuck } as const;
        return { z: z.fill(NaN), objective: Infinity, status: "infeasible", certificate };
      }
      used[next] = 1;
      length = least[next]!;
      at = next;
      if (rowOf[next] === -1) break;
      visited.push(next);
      current = rowOf[next]!;
    }
    u[row]! += length;
    for (const j of visited) {
      u[rowOf[j]!]! += length - least[j]!;
      v[j]! -= length - least[j]!;
    }
    for (let j = at; j >= 0;) {
      const previous = before[j]!;
      rowOf[j] = previous < 0 ? row : rowOf[previous]!;
      j = previous;
    }
  }
  let objective = 0;
  for (let j = 0; j < columns; j++) {
    if (rowOf[j] === -1) continue;
    z[rowOf[j]! * columns + j] = 1;
    objective += costs[rowOf[j]! * columns + j]!;
  }
  return { z, objective, status: "optimal", certificate: { kind: "assignment", rows: u, columns: v } };
}
