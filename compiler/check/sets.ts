import type { Expr } from "../../grammar/ast.ts";
import { didYouMean, listNames } from "../diagnostics/index.ts";
import type { EntityOf } from "../resolve/entity.ts";
import { textAt, type Location } from "../source/source-text.ts";
import { bindLocals, bodyEnv } from "./calls.ts";
import { shorten } from "./combine.ts";
import { checkConstraint, type CheckedConstraint } from "./constraints.ts";
import { isSuspect, locate, type CheckContext, type Env } from "./context.ts";
import { checkPath } from "./path.ts";
import { reportWrongKind } from "./declared.ts";
import { checkTour } from "./tour.ts";
import type { Quantity } from "./quantity.ts";
import type { Term } from "./term.ts";

/** `simplex { cap: 0.3 }` written out for a decision: its constraints, and how the user wrote it. */
export interface CheckedSet {
  readonly text: string;
  readonly at: Location;
  readonly constraints: readonly CheckedConstraint[];
}

/** Sets that the language has and droc cannot run yet. */
const laterSets = ["matching", "spanning_tree", "top_k", "knapsack", "assignment"];

/** A decision's domain by a set's name; sets of `std/sets` need no import. `null` after reporting. */
export function checkSet(
  ctx: CheckContext,
  domain: Expr,
  block: Term,
  { name, type }: Quantity,
  env: Env,
): CheckedSet | null {
  const at = locate(env, domain);
  const callee =
    domain.kind === "name" ? domain : domain.kind === "configured" || domain.kind === "call" ? domain.callee : null;
  if (callee === null) {
    const what = `\`${shorten(textAt(at), 40)}\``;
    ctx.reporter.report("decision-domain", at, { name, what, suggestion: "" });
    return null;
  }
  const entity = env.scope.lookup(callee.name) ?? ctx.standard("std/sets").exports.values.get(callee.name) ?? null;
  if (entity === null) {
    if (callee.name === "path") return checkPath(ctx, domain, block, env);
    if (callee.name === "tour") return checkTour(ctx, domain, block, type.name === "int" || type.name === "bool", env);
    if (laterSets.includes(callee.name)) {
      const args = { what: `the set \`${callee.name}\``, instead: "; write its constraints in `subject to`" };
      ctx.reporter.report("not-yet-supported", at, args);
    } else if (!isSuspect(ctx, callee.name)) {
      const sets = [...ctx.standard("std/sets").exports.values.values()].flatMap((one) =>
        one.kind === "set" ? [one.name] : [],
      );
      const suggestion = didYouMean(callee.name, sets);
      ctx.reporter.report("decision-domain", locate(env, callee), { name, what: `\`${callee.name}\``, suggestion });
    }
    return null;
  }
  if (entity.kind === "poison") return null;
  if (entity.kind !== "set") {
    reportWrongKind(ctx, entity, locate(env, callee), "set");
    return null;
  }
  if ((domain.kind === "configured" || domain.kind === "call") && domain.arguments.length > 0) {
    const args = { what: "a set with arguments in parentheses", advice: `write \`${entity.name} { option: value }\`` };
    ctx.reporter.report("not-an-expression", at, args);
    return null;
  }
  const given = setArguments(ctx, entity, domain, block, env);
  if (given === null || ctx.calls.includes(entity)) return null;
  const body = bodyEnv(env, domain, entity);
  ctx.calls.push(entity);
  const locals = bindLocals(ctx, entity.decl.parameters, given, body);
  const place = { name: entity.name, at };
  const constraints =
    locals === null
      ? null
      : entity.decl.constraints.flatMap((constraint) =>
          checkConstraint(ctx, constraint, { ...body, call: at, locals }, place),
        );
  ctx.calls.pop();
  return constraints === null ? null : { text: shorten(textAt(at), 200), at, constraints };
}

/** The block as first parameter, options as the others. */
function setArguments(
  ctx: CheckContext,
  entity: EntityOf<"set">,
  domain: Expr,
  block: Term,
  env: Env,
): ReadonlyMap<string, Term> | null {
  const [first, ...others] = entity.decl.parameters;
  const given = new Map<string, Term>();
  if (first === undefined) return null;
  given.set(first.name.name, block);
  let failed = false;
  const keys = others.map((parameter) => parameter.name.name);
  const entries = domain.kind === "configured" ? domain.options.entries : [];
  const seen = new Set<string>();
  for (const { key, value } of entries) {
    const at = locate(env, key);
    if (!keys.includes(key.name)) {
      const suggestion = didYouMean(key.name, keys);
      if (!isSuspect(ctx, key.name)) {
        ctx.reporter.report("option-unknown", at, {
          owner: entity.name,
          name: key.name,
          suggestion,
          names: listNames(keys),
        });
      }
      failed = true;
      continue;
    }
    if (seen.has(key.name)) {
      ctx.reporter.report("option-twice", at, { name: key.name });
      failed = true;
      continue;
    }
    seen.add(key.name);
    const term = ctx.elaborate(value, env);
    if (term === null) failed = true;
    else given.set(key.name, term);
  }
  for (const parameter of others) {
    const name = parameter.name.name;
    if (parameter.value !== undefined || seen.has(name)) continue;
    const doc = entity.decl.doc ?? "the set is not known without it";
    ctx.reporter.report("option-missing", locate(env, domain), { owner: entity.name, name, example: "1", doc });
    failed = true;
  }
  return failed ? null : given;
}
