import type { NumericForm, SparseRows } from "../ir/instantiate.ts";
import type { Cone, ConeProblem } from "./cone/types.ts";
import { sparseFromEntries, type Entry } from "./sparse/matrix.ts";

/**
 * A canonical form with numbers as a cone program: equalities, then inequalities and the bounds that are finite, then the
 * cones. Its minimum and the form's differ by `form.offset`.
 *
 * @throws Error where the form has smooth rows, which no cone expresses
 */
export function coneProblemOf(form: NumericForm): ConeProblem {
  if (form.smooth.length > 0) throw new Error("a form with smooth rows is no cone program");
  const entries: Entry[] = [];
  const b: number[] = [];
  const cones: Cone[] = [];
  const add = (matrix: SparseRows, bounds: Float64Array, sign: 1 | -1): void => {
    for (let r = 0; r < matrix.rows; r++) {
      for (let k = matrix.starts[r]!; k < matrix.starts[r + 1]!; k++) {
        entries.push({ row: b.length, column: matrix.indices[k]!, value: sign * matrix.values[k]! });
      }
      b.push(bounds[r]!);
    }
  };
  add(form.equalities.matrix, form.equalities.bounds, 1);
  if (b.length > 0) cones.push({ kind: "zero", size: b.length });
  const linear = b.length;
  add(form.inequalities.matrix, form.inequalities.bounds, 1);
  for (let column = 0; column < form.columns; column++) {
    const [lower, upper] = [form.lower[column]!, form.upper[column]!];
    if (Number.isFinite(upper)) {
      entries.push({ row: b.length, column, value: 1 });
      b.push(upper);
    }
    if (Number.isFinite(lower)) {
      entries.push({ row: b.length, column, value: -1 });
      b.push(0 - lower);
    }
  }
  if (b.length > linear) cones.push({ kind: "nonnegative", size: b.length - linear });
  // s = b − Ax is the cone row itself.
  add(form.coneRows.matrix, form.coneRows.offsets, -1);
  for (const { kind, size } of form.cones) {
    cones.push(kind === "exp" ? { kind: "exponential" } : { kind: "second-order", size });
  }
  return {
    p: form.hessian === null ? null : upperTriangle(form.hessian),
    q: form.cost,
    a: sparseFromEntries(b.length, form.columns, entries),
    b: Float64Array.from(b),
    cones,
  };
}

function upperTriangle(matrix: SparseRows): ConeProblem["a"] {
  const entries: Entry[] = [];
  for (let row = 0; row < matrix.rows; row++) {
    for (let k = matrix.starts[row]!; k < matrix.starts[row + 1]!; k++) {
      const column = matrix.indices[k]!;
      if (column >= row) entries.push({ row, column, value: matrix.values[k]! });
    }
  }
  return sparseFromEntries(matrix.rows, matrix.columns, entries);
}
