import type { Expr, Ident, SplitDecl } from "../../grammar/ast.ts";
import type { PartIR, Setting, SplitIR } from "../../runtime/ir/model.ts";
import { didYouMean } from "../diagnostics/index.ts";
import { constantNumber } from "./constants.ts";
import { locate, notRunnable, originOf, type CheckContext, type Env } from "./context.ts";

const parts = ["train", "validation", "test"] as const;
type Part = (typeof parts)[number];

/** `split by zone { train: ["A", "B"], test: each }`: rows of equal values stay together. `null` after reporting. */
export function checkSplitBy(ctx: CheckContext, split: SplitDecl, column: Ident, env: Env): Setting<SplitIR> | null {
  const found = new Map<Part, PartIR>();
  let failed = false;
  for (const { key, value } of split.parts.entries) {
    const part = parts.find((known) => known === key.name);
    if (part === undefined) {
      const args = { owner: "split", name: key.name, suggestion: didYouMean(key.name, parts), names: parts.join(", ") };
      ctx.reporter.report("option-unknown", locate(env, key), args);
      failed = true;
      continue;
    }
    if (found.has(part)) {
      ctx.reporter.report("option-twice", locate(env, key), { name: part });
      failed = true;
      continue;
    }
    const rule = partOf(ctx, value, part, column.name, env);
    if (rule === null) failed = true;
    else found.set(part, rule);
  }
  if (!failed && !found.has("train")) {
    const reason = "there is nothing to learn from";
    ctx.reporter.report("split-empty", locate(env, split), { part: "train", reason });
    failed = true;
  }
  if (failed || !areApart(ctx, found, split, env)) return null;
  const at = originOf(ctx, locate(env, split));
  const validation = found.get("validation");
  // Rows that no part takes are tested on.
  const test = found.get("test") ?? { kind: "rest" };
  if (ctx.problem === "single_stage") notRunnable(ctx, locate(env, split), "a split by the values of a column");
  const value: SplitIR = {
    kind: "by",
    column: column.name,
    train: found.get("train")!,
    ...(validation === undefined ? {} : { validation }),
    test,
    at,
  };
  return { value, origin: "explicit", at };
}

function partOf(ctx: CheckContext, expr: Expr, part: Part, column: string, env: Env): PartIR | null {
  const at = locate(env, expr);
  const wrong = (reason: string): null => {
    if (expr.kind !== "error") ctx.reporter.report("split-part", at, { column, part, reason });
    return null;
  };
  if (expr.kind === "name" && expr.name === "each") {
    return part === "test" ? { kind: "each" } : wrong("only test parts can be one for each value");
  }
  if (expr.kind === "counted" && (expr.word.name === "first" || expr.word.name === "last")) {
    const count = constantNumber(ctx, expr.quantity, env, part);
    if (count === null) return null;
    if (Number.isInteger(count) && count >= 1) return { kind: expr.word.name, count };
    return wrong("a number of values is whole and at least 1");
  }
  if (expr.kind !== "list") return wrong("a part is a list of values, or the first or last of them");
  const values: (string | number)[] = [];
  for (const item of expr.items) {
    const value = item.kind === "string" ? item.value : item.kind === "number" ? item.value : null;
    if (value === null) return wrong("the values of a column are texts or numbers");
    values.push(value);
  }
  return values.length === 0 ? wrong("an empty list makes an empty part") : { kind: "values", values };
}

/** Reports a value that two parts name. */
function areApart(ctx: CheckContext, found: ReadonlyMap<Part, PartIR>, split: SplitDecl, env: Env): boolean {
  const owner = new Map<string | number, Part>();
  for (const { key, value } of split.parts.entries) {
    const part = parts.find((known) => known === key.name);
    const rule = part === undefined ? undefined : found.get(part);
    if (part === undefined || rule?.kind !== "values") continue;
    for (const one of rule.values) {
      const first = owner.get(one);
      if (first !== undefined) {
        ctx.reporter.report("split-shared", locate(env, value), { value: one, first, second: part });
        return false;
      }
      owner.set(one, part);
    }
  }
  return true;
}
