/**
 * The assignment of rows to columns with the least total cost, by shortest augmenting paths in O(n³) (Jonker & Volgenant
 * 1987).
 * @param cost n × n, row-major
 * @returns the column of each row
 */
export function assignment(cost: Float64Array, n: number): Int32Array {
  // Index 0 is a dummy row and column; potentials keep reduced costs non-negative.
  const rowPotential = new Float64Array(n + 1);
  const columnPotential = new Float64Array(n + 1);
  const rowOf = new Int32Array(n + 1);
  const previous = new Int32Array(n + 1);
  const slack = new Float64Array(n + 1);
  const used = new Uint8Array(n + 1);
  for (let row = 1; row <= n; row++) {
    rowOf[0] = row;
    let column = 0;
    slack.fill(Infinity);
    used.fill(0);
    do {
      used[column] = 1;
      const from = rowOf[column]!;
      let least = Infinity;
      let next = 0;
      for (let j = 1; j <= n; j++) {
        if (used[j] === 1) continue;
        const reduced = cost[(from - 1) * n + j - 1]! - rowPotential[from]! - columnPotential[j]!;
        if (reduced < slack[j]!) {
          slack[j] = reduced;
          previous[j] = column;
        }
        if (slack[j]! < least) {
          least = slack[j]!;
          next = j;
        }
      }
      for (let j = 0; j <= n; j++) {
        if (used[j] === 1) {
          rowPotential[rowOf[j]!]! += least;
          columnPotential[j]! -= least;
        } else slack[j]! -= least;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const before = previous[column]!;
      rowOf[column] = rowOf[before]!;
      column = before;
    }
  }
  const columns = new Int32Array(n);
  for (let j = 1; j <= n; j++) columns[rowOf[j]! - 1] = j - 1;
  return columns;
}
