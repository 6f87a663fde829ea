import type { DataDecl, SplitDecl } from "../../grammar/ast.ts";
import type { Setting, SplitIR } from "../../runtime/ir/model.ts";
import { didYouMean } from "../diagnostics/index.ts";
import { splitRules } from "../registry/index.ts";
import { checkSplitBy } from "./split-by.ts";
import { isSuspect, locate, originOf, type CheckContext, type Env } from "./context.ts";
import { constantNumber } from "./constants.ts";
import type { Quantity } from "./quantity.ts";

const parts = ["train", "validation", "test"] as const;

/** How the rows of a file are divided; `null` after reporting. */
export function checkFileSplit(
  ctx: CheckContext,
  decl: DataDecl,
  index: Quantity | null,
  env: Env,
): Setting<SplitIR> | null {
  const split = decl.splits[0];
  if (split === undefined && ctx.problem === "generation" && index === null) {
    // Rows without an order, and no decision that could see the test rows: nothing can leak.
    return { value: { kind: "random", train: 0.8, validation: 0, test: 0.2 }, origin: "implicit" };
  }
  if (split === undefined) {
    if (!ctx.model.incomplete) ctx.reporter.report("split-missing", locate(env, decl.name), { name: decl.name.name });
    return null;
  }
  const second = decl.splits[1];
  if (second !== undefined) {
    const args = { name: decl.name.name, what: "split" };
    ctx.reporter.report("duplicate-declaration", locate(env, second), args);
    return null;
  }
  if (split.rule.name === "by" && split.column !== undefined) return checkSplitBy(ctx, split, split.column, env);
  const rule = splitRules.find((known) => known === split.rule.name);
  if (rule === undefined) {
    reportRule(ctx, split, env);
    return null;
  }
  const sizes = checkParts(ctx, split, env);
  if (rule === "chronological" && index === null && decl.fields.every((field) => field.role.name !== "index")) {
    ctx.reporter.report("split-without-order", locate(env, split), { name: decl.name.name });
    return null;
  }
  if (rule === "random" && (index?.type.name === "date" || index?.type.name === "datetime")) {
    ctx.usedWaivers.add("random_split");
    if (!ctx.waived.has("random_split")) {
      ctx.reporter.report("split-random-time", locate(env, split), { name: decl.name.name });
      return null;
    }
  }
  if (sizes === null) return null;
  const at = originOf(ctx, locate(env, split));
  const [train, validation, test] = sizes;
  return { value: { kind: rule, train, validation, test, at }, origin: "explicit", at };
}

function reportRule(ctx: CheckContext, split: SplitDecl, env: Env): void {
  const name = split.rule.name;
  if (!isSuspect(ctx, name)) {
    ctx.reporter.report("split-rule", locate(env, split.rule), { name, suggestion: didYouMean(name, splitRules) });
  }
}

/** Shares of train, validation and test, which add up to one. */
function checkParts(ctx: CheckContext, split: SplitDecl, env: Env): readonly [number, number, number] | null {
  const shares = new Map<string, number>();
  let failed = false;
  for (const { key, value } of split.parts.entries) {
    const at = locate(env, key);
    if (!parts.some((part) => part === key.name)) {
      const suggestion = didYouMean(key.name, parts);
      ctx.reporter.report("option-unknown", at, {
        owner: "split",
        name: key.name,
        suggestion,
        names: parts.join(", "),
      });
      failed = true;
      continue;
    }
    if (shares.has(key.name)) {
      ctx.reporter.report("option-twice", at, { name: key.name });
      failed = true;
      continue;
    }
    const share = constantNumber(ctx, value, env, key.name);
    shares.set(key.name, share ?? 0);
    if (share === null) {
      failed = true;
    } else if (share < 0 || share > 1) {
      ctx.reporter.report("option-range", locate(env, value), {
        name: key.name,
        owner: "split",
        range: "from 0% to 100%",
        value: share,
        doc: "a part is a share of the rows",
        example: "70%",
      });
      failed = true;
    }
  }
  if (failed) return null;
  const share = (part: string): number => shares.get(part) ?? 0;
  const [train, validation, test] = [share("train"), share("validation"), share("test")];
  const at = locate(env, split);
  const sum = train + validation + test;
  if (Math.abs(sum - 1) > 1e-9) {
    ctx.reporter.report("split-sum", at, { sum: `${Number((100 * sum).toPrecision(10))}%` });
    return null;
  }
  if (train === 0) ctx.reporter.report("split-empty", at, { part: "train", reason: "there is nothing to learn from" });
  if (test === 0)
    ctx.reporter.report("split-empty", at, { part: "test", reason: "nothing would tell how good the decisions are" });
  return train === 0 || test === 0 ? null : [train, validation, test];
}
