import { rowShape, type CanonicalRow } from "../ir/canonical.ts";
import { instantiate, type NumericForm } from "../ir/instantiate.ts";
import { sizeOf } from "../ir/shape.ts";
import type { ConicForm, VectorPart } from "../spec.ts";
import type { Cone, ConeProblem } from "./cone/types.ts";
import { coneProblemOf } from "./cone-form.ts";
import { entriesOf, sparseFromEntries } from "./sparse/matrix.ts";
import type { ScenarioSet } from "./types.ts";

/** A conic form with the numbers of one context. */
export interface ConicProgram {
  /** K, scenarios of positive weight. */
  readonly scenarios: number;
  readonly numbers: NumericForm;
  readonly problem: ConeProblem;
  /** Column of each component of the decision. */
  readonly columns: Int32Array;
}

/** Where a row of the cone program comes from: a row of the form by its index, or a bound of a column. */
export type RowSource = { readonly row: number } | { readonly column: number; readonly side: "lower" | "upper" };

/** Puts a context and its scenarios in a form; scenarios of weight zero are left out. */
export function conicProgram(conic: ConicForm, scenarios: ScenarioSet, context: Float64Array): ConicProgram {
  const { outcomes, weights } = scenarios;
  const d = outcomes.length / scenarios.count;
  const kept = Array.from({ length: scenarios.count }, (_, k) => k).filter((k) => weights?.[k] !== 0);
  const values: Record<string, Float64Array> = {};
  for (const { name, offset, size } of conic.context) values[name] = context.slice(offset, offset + size);
  for (const { name, offset, size } of conic.outcome) {
    const column = new Float64Array(kept.length * size);
    kept.forEach((k, at) => {
      for (let i = 0; i < size; i++) column[at * size + i] = outcomes[k * d + offset + i]!;
    });
    values[name] = column;
  }
  const numbers = instantiate(conic.form, {
    scenarios: kept.length,
    values,
    ...(weights === undefined ? {} : { weights: kept.map((k) => weights[k]!) }),
  });
  const columns = decisionColumns(conic.decision, numbers);
  return { scenarios: kept.length, numbers, problem: coneProblemOf(numbers), columns };
}

function decisionColumns(decision: readonly VectorPart[], { starts }: NumericForm): Int32Array {
  const columns: number[] = [];
  for (const { name, offset, size } of decision) {
    const [start] = starts.get(name) ?? [];
    if (start === undefined) throw new Error(`the form has no variable ${name}`);
    for (let i = 0; i < size; i++) columns[offset + i] = start + i;
  }
  return Int32Array.from(columns);
}

/** The source of every row of the cone program, in the order in which `coneProblemOf` writes them. */
export function rowSources({ form }: ConicForm, { numbers, scenarios }: ConicProgram): readonly RowSource[] {
  const sources: RowSource[] = [];
  const times = (row: CanonicalRow): number => (row.repeat === "once" ? 1 : scenarios) * sizeOf(rowShape(row));
  const linear = (relation: "<=" | "=="): void =>
    form.rows.forEach((row, index) => {
      if (row.kind !== "linear" || row.relation !== relation) return;
      for (let i = 0; i < times(row); i++) sources.push({ row: index });
    });
  linear("==");
  linear("<=");
  for (let column = 0; column < numbers.columns; column++) {
    if (Number.isFinite(numbers.upper[column])) sources.push({ column, side: "upper" });
    if (Number.isFinite(numbers.lower[column])) sources.push({ column, side: "lower" });
  }
  let cone = 0;
  form.rows.forEach((row, index) => {
    if (row.kind !== "soc" && row.kind !== "exp") return;
    for (let i = 0; i < times(row); i++) {
      const { size } = numbers.cones[cone++]!;
      for (let j = 0; j < size; j++) sources.push({ row: index });
    }
  });
  return sources;
}

/** The same program without some of its rows; a cone goes as a whole. */
export function withoutRows(problem: ConeProblem, drops: (row: number) => boolean): ConeProblem {
  const place = new Int32Array(problem.b.length).fill(-1);
  const cones: Cone[] = [];
  let from = 0;
  let count = 0;
  for (const cone of problem.cones) {
    const size = "size" in cone ? cone.size : 3;
    const rows = Array.from({ length: size }, (_, i) => from + i);
    from += size;
    const single = cone.kind === "zero" || cone.kind === "nonnegative";
    const kept = single ? rows.filter((row) => !drops(row)) : rows.some(drops) ? [] : rows;
    for (const row of kept) place[row] = count++;
    if (kept.length > 0) cones.push("size" in cone ? { ...cone, size: kept.length } : cone);
  }
  const b = new Float64Array(count);
  problem.b.forEach((value, row) => {
    if (place[row]! >= 0) b[place[row]!] = value;
  });
  const entries = [...entriesOf(problem.a)]
    .filter(({ row }) => place[row]! >= 0)
    .map((entry) => ({ ...entry, row: place[entry.row]! }));
  return { ...problem, a: sparseFromEntries(count, problem.a.columns, entries), b, cones };
}
