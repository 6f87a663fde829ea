import { relatedPlace } from "../diagnostics/index.ts";
import type { Columns, ColumnLeaf } from "./columns.ts";
import type { CheckContext } from "./context.ts";
import { globsMeet, matchesGlob } from "./glob.ts";
import type { Quantity } from "./quantity.ts";

/** A field with the columns that it reads. */
export interface FieldColumns {
  readonly quantity: Quantity;
  readonly columns: Columns;
}

/** Reports contexts that read the outcome of their own row: the decision would be made with the answer in hand. */
export function checkLeakage(ctx: CheckContext, fields: readonly FieldColumns[]): void {
  const outcomes = fields.filter((field) => field.quantity.role === "outcome");
  for (const context of fields.filter((field) => field.quantity.role === "context")) {
    for (const outcome of outcomes) {
      const shared = strongest(context.columns.leaves, outcome.columns.leaves);
      if (shared === "no") continue;
      const args = { context: context.quantity.name, outcome: outcome.quantity.name };
      const related = [relatedPlace("declared", outcome.quantity.at, { name: outcome.quantity.name })];
      ctx.reporter.report(shared === "yes" ? "leak-same-row" : "leak-possible", context.quantity.at, args, related);
    }
  }
}

type Shared = "yes" | "maybe" | "no";

function strongest(context: readonly ColumnLeaf[], outcome: readonly ColumnLeaf[]): Shared {
  let result: Shared = "no";
  for (const a of context) {
    for (const b of outcome) {
      // An outcome made of earlier rows is known once those rows are.
      if (a.lag > b.lag) continue;
      const shared = sharedColumns(a, b);
      if (shared === "yes") return "yes";
      if (shared === "maybe") result = "maybe";
    }
  }
  return result;
}

/** Whether two leaves name a common column: certain where one includes the other. */
function sharedColumns(a: ColumnLeaf, b: ColumnLeaf): Shared {
  if (!a.glob && !b.glob) return a.pattern === b.pattern ? "yes" : "no";
  if (a.glob && matchesGlob(a.pattern, b.pattern)) return "yes";
  if (b.glob && matchesGlob(b.pattern, a.pattern)) return "yes";
  return a.glob && b.glob && globsMeet(a.pattern, b.pattern) ? "maybe" : "no";
}
