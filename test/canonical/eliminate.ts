import type { Cone, ConeProblem } from "../../runtime/decide/cone/index.ts";
import { entriesOf, sparseFromEntries } from "../../runtime/decide/sparse/matrix.ts";

/** How far a row that has become a number may be from its cone. */
const SLACK = 1e-9;

/**
 * A cone program without some columns, at fixed values: rows that are left without variables are checked and dropped, so
 * that what remains has an interior where the whole had one. Without a quadratic term.
 *
 * @returns `null` where a fixed row is outside its cone
 */
export function eliminate(
  problem: ConeProblem,
  fixed: ReadonlyMap<number, number>,
): { readonly problem: ConeProblem; readonly offset: number } | null {
  if (problem.p !== null) throw new Error("a quadratic term is not eliminated");
  const kept = Array.from(problem.q, (_, j) => j).filter((j) => !fixed.has(j));
  const column = new Map(kept.map((j, i) => [j, i]));
  const b = Float64Array.from(problem.b);
  const live = new Set<number>();
  for (const { row, column: j, value } of entriesOf(problem.a)) {
    const v = fixed.get(j);
    if (v === undefined) {
      if (value !== 0) live.add(row);
    } else b[row] = b[row]! - value * v;
  }
  const rows: number[] = [];
  const cones: Cone[] = [];
  let start = 0;
  for (const cone of problem.cones) {
    const size = "size" in cone ? cone.size : 3;
    const own = Array.from({ length: size }, (_, i) => start + i);
    start += size;
    if (cone.kind === "zero" || cone.kind === "nonnegative") {
      const open = own.filter((row) => live.has(row));
      const lacking = (row: number): boolean => (cone.kind === "zero" ? Math.abs(b[row]!) > SLACK : b[row]! < -SLACK);
      if (own.some((row) => !live.has(row) && lacking(row))) return null;
      rows.push(...open);
      if (open.length > 0) cones.push({ kind: cone.kind, size: open.length });
    } else if (own.some((row) => live.has(row))) {
      rows.push(...own);
      cones.push(cone);
    } else if (cone.kind !== "second-order") {
      throw new Error(`a fixed cone of kind ${cone.kind}`);
    } else if (Math.hypot(...own.slice(1).map((row) => b[row]!)) > b[own[0]!]! + SLACK) {
      return null;
    }
  }
  const place = new Map(rows.map((row, i) => [row, i]));
  const entries = [...entriesOf(problem.a)].flatMap(({ row, column: j, value }) =>
    place.has(row) && column.has(j) ? [{ row: place.get(row)!, column: column.get(j)!, value }] : [],
  );
  let offset = 0;
  for (const [j, v] of fixed) offset += problem.q[j]! * v;
  return {
    problem: {
      p: null,
      q: Float64Array.from(kept, (j) => problem.q[j]!),
      a: sparseFromEntries(rows.length, kept.length, entries),
      b: Float64Array.from(rows, (row) => b[row]!),
      cones,
    },
    offset,
  };
}
