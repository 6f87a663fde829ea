import { createModelWriter } from "../../../runtime/decide/linear-model.ts";
import type { LinearModel } from "../../../runtime/decide/linear-model.ts";
import { coneSize } from "../../../runtime/decide/cone/check-cone.ts";
import { entriesOf } from "../../../runtime/decide/sparse/matrix.ts";
import type { Entry } from "../../../runtime/decide/sparse/matrix.ts";
import type { OracleInstance } from "./instances.ts";

/** An instance over half-lines and equalities as the libraries take it. */
export function linearModelOf({ problem: { p, q, a, b, cones }, integer }: OracleInstance): LinearModel {
  const n = q.length;
  const writer = createModelWriter();
  for (const cost of q) writer.addColumn(cost, -Infinity, Infinity);
  const rows: Entry[][] = Array.from(b, () => []);
  for (const entry of entriesOf(a)) rows[entry.row]!.push(entry);
  let row = 0;
  for (const cone of cones) {
    if (cone.kind !== "zero" && cone.kind !== "nonnegative") throw new Error(`no linear model has a ${cone.kind} cone`);
    for (let end = row + coneSize(cone); row < end; row++) {
      writer.addRow(cone.kind === "zero" ? b[row]! : -Infinity, b[row]!);
      for (const { column, value } of rows[row]!) writer.addEntry(column, value);
    }
  }
  if (p === null) return writer.finish({ integer });
  const values = new Float64Array(n * n);
  for (const { row: i, column: j, value } of entriesOf(p)) {
    values[i * n + j] = value;
    values[j * n + i] = value;
  }
  return writer.finish({ hessian: { size: n, values }, integer });
}
