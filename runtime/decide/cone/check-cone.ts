import { RuntimeError } from "../../errors/runtime-error.ts";
import { decideCatalogue } from "../catalogue.ts";
import type { SparseMatrix } from "../sparse/matrix.ts";
import type { Cone, ConeProblem } from "./types.ts";

function malformed(what: string): RuntimeError {
  return new RuntimeError(decideCatalogue, "problem-malformed", { what });
}

/** Rows of a cone. */
export function coneSize(cone: Cone): number {
  return "size" in cone ? cone.size : 3;
}

/**
 * Sizes that agree and numbers that are finite. Whether P is positive semidefinite is for the caller to know.
 *
 * @throws RuntimeError `problem-malformed`
 */
export function checkConeProblem({ p, q, a, b, cones }: ConeProblem): void {
  const n = q.length;
  const m = b.length;
  if (p !== null) checkMatrix("P", p, n, n);
  checkMatrix("A", a, m, n);
  let row = 0;
  cones.forEach((cone, c) => {
    const size = coneSize(cone);
    const least = cone.kind === "rotated" ? 2 : 0;
    if (!(Number.isInteger(size) && size >= least)) throw malformed(`cone ${c} (${cone.kind}) has ${size} rows`);
    for (let i = row; i < Math.min(row + size, m); i++) {
      const value = b[i]!;
      if (!Number.isFinite(value) && !(cone.kind === "nonnegative" && value === Infinity)) {
        throw malformed(`b is ${value} in row ${i}, of a ${cone.kind} cone`);
      }
    }
    row += size;
  });
  if (row !== m) throw malformed(`the cones have ${row} rows and b ${m}`);
  q.forEach((value, j) => {
    if (!Number.isFinite(value)) throw malformed(`q is ${value} in column ${j}`);
  });
}

function checkMatrix(name: string, matrix: SparseMatrix, rows: number, columns: number): void {
  if (matrix.rows !== rows || matrix.columns !== columns) {
    throw malformed(`${name} is ${matrix.rows} × ${matrix.columns} where ${rows} × ${columns} is needed`);
  }
  for (const value of matrix.values) if (!Number.isFinite(value)) throw malformed(`${name} has the entry ${value}`);
}
