import type { CallExpr, RiskDecl } from "../../grammar/ast.ts";
import { relatedPlace } from "../diagnostics/index.ts";
import type { PlacedDecl } from "../resolve/module.ts";
import { textAt, type Location } from "../source/source-text.ts";
import { showAxes } from "./axes.ts";
import { combine, needNumber, shorten } from "./combine.ts";
import { constantNumber } from "./constants.ts";
import { quantityNamed } from "./constraints.ts";
import { locate, place, type CheckContext, type Env } from "./context.ts";
import type { CheckedLoss } from "./loss.ts";
import type { Term, ValueType } from "./term.ts";
import { plain } from "./unit.ts";

/** `mean·E[L] + Σ weight·CVaR_level[L] + deterministic(z)`, weights non-negative. */
export interface CheckedRisk {
  readonly mean: number;
  readonly cvar: readonly { readonly weight: number; readonly level: number; readonly at: Location }[];
  readonly deterministic: Term | null;
  /** Level of the first CVaR as written, even where its weight is zero: what `cvar_loss` reports by default. */
  readonly level: number | null;
  readonly text: string;
  readonly at: Location;
}

/** A measure of the loss as it occurs in the risk: level 0 is the mean. */
interface Measure {
  readonly level: number;
  readonly at: Location;
}

/** Risk measures that the language names and droc cannot run yet. */
const laterMeasures = [
  "entropic",
  "worst_case",
  "value_at_risk",
  "semideviation",
  "chance",
  "expectile",
  "spectral",
  "quantile",
];

/** Checks `risk` as an expression in which each measure of the loss is a value of its own, then reads its weights off. */
export function checkRisk(
  ctx: CheckContext,
  decl: RiskDecl,
  placed: PlacedDecl,
  loss: CheckedLoss,
  env: Env,
): CheckedRisk | null {
  const measures = new Map<string, Measure>();
  const names = new Set([loss.name, ...(placed.from === null ? [] : ctx.model.replacedLosses)]);
  ctx.measure = (expr, at) => measureCall(ctx, expr, at, loss, names, measures);
  const total = ctx.elaborate(decl.value, env);
  ctx.measure = null;
  if (total === null || !needNumber(ctx, total, "risk")) return null;
  const at = locate(env, decl.value);
  if (total.type.axes.length > 0) {
    const args = { name: "risk", expected: "a single number", found: showAxes(total.type.axes) };
    ctx.reporter.report("shape-mismatch", at, args);
    return null;
  }
  const terms: WeightedTerm[] = [];
  if (!collect(ctx, total, 1, measures, terms)) return null;
  return assemble(ctx, terms, measures, loss, at);
}

interface WeightedTerm {
  readonly weight: number;
  readonly term: Term;
  readonly measure: Measure | null;
}

function measureCall(
  ctx: CheckContext,
  expr: CallExpr,
  env: Env,
  loss: CheckedLoss,
  names: ReadonlySet<string>,
  measures: Map<string, Measure>,
): Term | null | undefined {
  const name = expr.callee.name;
  const [first] = expr.arguments;
  const argument = first?.value;
  if (laterMeasures.includes(name) && env.scope.lookup(name) === null) {
    const args = { what: `the risk measure \`${name}\``, instead: "; droc has mean and cvar" };
    ctx.reporter.report("not-yet-supported", locate(env, expr), args);
    return null;
  }
  if (name !== "cvar" && (name !== "mean" || !meansLoss(argument, env, names))) return undefined;
  if (argument?.kind === "error") return null;
  if (argument?.kind !== "name" || !names.has(argument.name) || first?.name !== undefined) {
    const found = argument === undefined ? "missing" : `\`${shorten(textAt(locate(env, argument)), 40)}\``;
    const rest = name === "cvar" ? ", level = 90%" : "";
    ctx.reporter.report("risk-loss-name", locate(env, argument ?? expr), {
      measure: name,
      loss: loss.name,
      found,
      rest,
    });
    return null;
  }
  const level = name === "mean" ? meanLevel(ctx, expr, env) : cvarLevel(ctx, expr, env, loss.name);
  if (level === null) return null;
  const at = place(env, expr);
  let key = shorten(textAt(locate(env, expr)));
  while (measures.has(key)) key += " ";
  measures.set(key, { level, at: locate(env, expr) });
  const type: ValueType = { base: "real", axes: [], unit: loss.term.type.unit, anyUnit: false };
  return ctx.build.input(key, type, at);
}

/** `mean(u)` of an ordinary value is a term of the decision; of a name that is no value it is meant for the loss. */
function meansLoss(
  argument: CallExpr["arguments"][number]["value"] | undefined,
  env: Env,
  names: ReadonlySet<string>,
): boolean {
  if (argument?.kind !== "name") return false;
  if (env.locals.has(argument.name)) return false;
  return names.has(argument.name) || env.scope.lookup(argument.name) === null;
}

function meanLevel(ctx: CheckContext, expr: CallExpr, env: Env): number | null {
  if (expr.arguments.length === 1) return 0;
  const args = { name: "mean", expected: "1 argument", found: expr.arguments.length, signature: "mean(L)" };
  ctx.reporter.report("argument-count", locate(env, expr), args);
  return null;
}

/** Confidence level β of `cvar(L, level = β)` or `cvar(L, tail = 1 − β)`; `null` after reporting. */
function cvarLevel(ctx: CheckContext, expr: CallExpr, env: Env, loss: string): number | null {
  const named = expr.arguments.slice(1);
  const signature = "cvar(L, level = 90%)";
  const [argument] = named;
  for (const one of named) {
    if (one.name === undefined || one.name.name === "level" || one.name.name === "tail") continue;
    const args = { callee: "cvar", name: one.name.name, suggestion: "", signature };
    ctx.reporter.report("argument-unknown", locate(env, one.name), args);
    return null;
  }
  if (named.length !== 1 || argument?.name === undefined) {
    // A bare number is already reported by the grammar.
    const bare = named.length === 1 && argument?.value.kind === "number";
    if (!bare) ctx.reporter.report("cvar-level-missing", locate(env, expr), { loss });
    return null;
  }
  if (argument.value.kind === "error") return null;
  const name = argument.name.name;
  const value = constantNumber(ctx, argument.value, env, name);
  if (value === null) return null;
  const tail = name === "tail";
  if (value > 0 && (value < 1 || (tail && value === 1))) return tail ? 1 - value : value;
  ctx.reporter.report("cvar-level-range", locate(env, argument), {
    name,
    value: argument.value.kind === "number" ? argument.value.text : value,
    range: tail ? "0% < tail <= 100%" : "0% < level < 100%",
    reason: tail
      ? "the tail is the share of the worst outcomes that is averaged"
      : "the level is the share of the outcomes that is left out, so some must be left out and some must remain",
  });
  return null;
}

/** Reads the weights of a term off; `false` after reporting that it is not linear in the measures. */
function collect(
  ctx: CheckContext,
  term: Term,
  weight: number,
  measures: ReadonlyMap<string, Measure>,
  out: WeightedTerm[],
): boolean {
  if (![...term.inputs].some((name) => measures.has(name))) {
    out.push({ weight, term, measure: null });
    return true;
  }
  const go = (part: Term, factor: number): boolean => collect(ctx, part, factor, measures, out);
  switch (term.op) {
    case "input":
      out.push({ weight, term, measure: measures.get(term.name)! });
      return true;
    case "neg":
      return go(term.args[0], -weight);
    case "add":
      return go(term.args[0], weight) && go(term.args[1], weight);
    case "sub":
      return go(term.args[0], weight) && go(term.args[1], -weight);
    case "mul": {
      const [a, b] = term.args;
      if (a.constant !== null) return go(b, weight * a.constant[0]!);
      if (b.constant !== null) return go(a, weight * b.constant[0]!);
      break;
    }
    case "div": {
      const [a, b] = term.args;
      if (b.constant !== null) return go(a, weight / b.constant[0]!);
      break;
    }
    default:
  }
  ctx.reporter.report("risk-not-linear", term.at, { what: shorten(textAt(term.at)) });
  return false;
}

function assemble(
  ctx: CheckContext,
  terms: readonly WeightedTerm[],
  measures: ReadonlyMap<string, Measure>,
  loss: CheckedLoss,
  at: Location,
): CheckedRisk | null {
  let mean = 0;
  const cvar = new Map<number, { weight: number; level: number; at: Location }>();
  let deterministic: Term | null = null;
  for (const { weight, term, measure } of terms) {
    if (measure === null) {
      if (term.constant?.[0] === 0) continue;
      const next = scaledBy(ctx, term, weight);
      if (next === null || !decisionsOnly(ctx, term)) return null;
      deterministic = deterministic === null ? next : combine(ctx, "add", "+", deterministic, next, at);
      if (deterministic === null) return null;
    } else if (!Number.isFinite(weight)) {
      ctx.reporter.report("not-finite", measure.at, { value: String(weight) });
      return null;
    } else if (weight < 0) {
      ctx.reporter.report("risk-negative-weight", measure.at, { term: shorten(textAt(measure.at)), weight });
      return null;
    } else if (measure.level === 0) {
      mean += weight;
    } else if (weight > 0) {
      const known = cvar.get(measure.level);
      if (known === undefined) cvar.set(measure.level, { weight, level: measure.level, at: measure.at });
      else known.weight += weight;
    }
  }
  if (mean === 0 && cvar.size === 0) {
    ctx.reporter.report("risk-without-loss", at, { loss: loss.name });
    return null;
  }
  const level = [...measures.values()].find((measure) => measure.level > 0)?.level ?? null;
  return { mean, cvar: [...cvar.values()], deterministic, level, text: shorten(textAt(at), 500), at };
}

function scaledBy(ctx: CheckContext, term: Term, weight: number): Term | null {
  if (weight === 1) return term;
  if (weight === -1) return ctx.build.unary("neg", term, term.type, term.at);
  const scalar: ValueType = { base: "real", axes: [], unit: plain, anyUnit: false };
  const factor = ctx.build.const([weight], scalar, term.at);
  return factor === null ? null : combine(ctx, "mul", "*", factor, term, term.at);
}

function decisionsOnly(ctx: CheckContext, term: Term): boolean {
  for (const name of term.inputs) {
    const quantity = quantityNamed(ctx, name);
    if (quantity?.role === "decision") continue;
    const related = quantity === null ? [] : [relatedPlace("declared", quantity.at, { name })];
    ctx.reporter.report("risk-uses", term.at, { role: quantity?.role ?? "value", name }, related);
    return false;
  }
  return true;
}
