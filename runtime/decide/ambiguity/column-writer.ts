import type { SparseMatrix } from "../sparse/matrix.ts";

/** Builds `Ax + s = b` row after row, straight into columns. Zeros are stored, so that one pattern serves every context. */
export interface ColumnWriter {
  /** Starts a row. */
  row(bound: number): void;
  /** Into the last row, each column at most once. */
  entry(column: number, value: number): void;
  readonly rows: number;
  finish(): { readonly a: SparseMatrix; readonly b: Float64Array };
}

export function createColumnWriter(columns: number): ColumnWriter {
  const indices: number[][] = Array.from({ length: columns }, () => []);
  const values: number[][] = Array.from({ length: columns }, () => []);
  const bounds: number[] = [];
  return {
    row(bound) {
      bounds.push(bound);
    },
    entry(column, value) {
      indices[column]!.push(bounds.length - 1);
      values[column]!.push(value);
    },
    get rows() {
      return bounds.length;
    },
    finish() {
      const starts = new Int32Array(columns + 1);
      indices.forEach((cells, j) => {
        starts[j + 1] = starts[j]! + cells.length;
      });
      const a: SparseMatrix = {
        rows: bounds.length,
        columns,
        starts,
        indices: new Int32Array(starts[columns]!),
        values: new Float64Array(starts[columns]!),
      };
      for (let j = 0; j < columns; j++) {
        a.indices.set(indices[j]!, starts[j]!);
        a.values.set(values[j]!, starts[j]!);
      }
      return { a, b: Float64Array.from(bounds) };
    },
  };
}
