/** A sparse matrix by columns (CSC): column j holds positions `starts[j] … starts[j + 1] − 1`, rows in ascending order. */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** `columns + 1` values. */
  readonly starts: Int32Array;
  /** Row of each stored entry. */
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/** One number at a place. */
export interface Entry {
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

/**
 * Collects entries in any order. Entries at the same place add up; a zero is stored, so that one pattern can serve
 * several sets of numbers (`prepareCone`).
 */
export function sparseFromEntries(rows: number, columns: number, entries: Iterable<Entry>): SparseMatrix {
  const perColumn: Map<number, number>[] = Array.from({ length: columns }, () => new Map());
  for (const { row, column, value } of entries) {
    if (!(row >= 0 && row < rows && column >= 0 && column < columns)) {
      throw new RangeError(`entry (${row}, ${column}) is outside a ${rows} × ${columns} matrix`);
    }
    const cells = perColumn[column]!;
    cells.set(row, (cells.get(row) ?? 0) + value);
  }
  const starts = new Int32Array(columns + 1);
  perColumn.forEach((cells, j) => {
    starts[j + 1] = starts[j]! + cells.size;
  });
  const indices = new Int32Array(starts[columns]!);
  const values = new Float64Array(starts[columns]!);
  perColumn.forEach((cells, j) => {
    let position = starts[j]!;
    for (const row of [...cells.keys()].sort((a, b) => a - b)) {
      indices[position] = row;
      values[position++] = cells.get(row)!;
    }
  });
  return { rows, columns, starts, indices, values };
}

/** From a row-major dense matrix; zeros are left out. */
export function sparseFromDense(rows: number, columns: number, dense: ArrayLike<number>): SparseMatrix {
  const entries: Entry[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = dense[row * columns + column]!;
      if (value !== 0) entries.push({ row, column, value });
    }
  }
  return sparseFromEntries(rows, columns, entries);
}

/** The stored entries, column by column. */
export function* entriesOf(a: SparseMatrix): Generator<Entry> {
  for (let column = 0; column < a.columns; column++) {
    for (let p = a.starts[column]!; p < a.starts[column + 1]!; p++) {
      yield { row: a.indices[p]!, column, value: a.values[p]! };
    }
  }
}

/** `y += factor · A x`. */
export function addProduct(a: SparseMatrix, x: Float64Array, factor: number, y: Float64Array): void {
  const { starts, indices, values, columns } = a;
  for (let j = 0; j < columns; j++) {
    const xj = factor * x[j]!;
    if (xj === 0) continue;
    for (let p = starts[j]!; p < starts[j + 1]!; p++) y[indices[p]!]! += values[p]! * xj;
  }
}

/** `y += factor · Aᵀ x`. */
export function addTransposedProduct(a: SparseMatrix, x: Float64Array, factor: number, y: Float64Array): void {
  const { starts, indices, values, columns } = a;
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let p = starts[j]!; p < starts[j + 1]!; p++) sum += values[p]! * x[indices[p]!]!;
    y[j]! += factor * sum;
  }
}

/** `y += factor · P x` for a symmetric P of which the upper triangle is stored. */
export function addSymmetricProduct(p: SparseMatrix, x: Float64Array, factor: number, y: Float64Array): void {
  const { starts, indices, values, columns } = p;
  for (let j = 0; j < columns; j++) {
    const xj = factor * x[j]!;
    let sum = 0;
    for (let k = starts[j]!; k < starts[j + 1]!; k++) {
      const i = indices[k]!;
      if (i === j) sum += values[k]! * x[j]!;
      else {
        sum += values[k]! * x[i]!;
        y[i]! += values[k]! * xj;
      }
    }
    y[j]! += factor * sum;
  }
}

/** Keeps the entries on and above the diagonal. */
export function upperTriangle(p: SparseMatrix): SparseMatrix {
  const kept: Entry[] = [];
  for (const entry of entriesOf(p)) if (entry.row <= entry.column) kept.push(entry);
  return sparseFromEntries(p.rows, p.columns, kept);
}
