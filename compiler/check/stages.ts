import type { Decl, NextDecl, StageDecl, StagesDecl, StateDecl } from "../../grammar/ast.ts";
import { didYouMean, suggestName } from "../diagnostics/index.ts";
import type { Module, PlacedDecl } from "../resolve/module.ts";
import type { Location } from "../source/source-text.ts";
import { sameAxes, showAxes } from "./axes.ts";
import { needNumber, stretch } from "./combine.ts";
import { constantNumber, constantTerm } from "./constants.ts";
import { quantityNamed } from "./constraints.ts";
import { envOf, isSuspect, locate, notRunnable, type CheckContext, type Env } from "./context.ts";
import type { CheckedData } from "./data.ts";
import { checkDecision, type CheckedDecision } from "./decision.ts";
import { elaborateType } from "./declared.ts";
import { checkLoss, type CheckedLoss } from "./loss.ts";
import { fitConstant } from "./params.ts";
import type { Quantity } from "./quantity.ts";
import type { Term, ValueType } from "./term.ts";
import { inUnit, plain, sameUnit } from "./unit.ts";

/** What is carried from stage to stage, with its value at the first one. */
export interface CheckedState {
  readonly quantity: Quantity;
  readonly initially: readonly number[];
  readonly range: { readonly lower: readonly number[]; readonly upper: readonly number[] } | null;
}

/** The problem of each stage, the same at all of them. */
export interface CheckedStages {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly states: readonly (CheckedState & { readonly next: Term })[];
  readonly observing: readonly string[];
  readonly decision: CheckedDecision;
  readonly loss: CheckedLoss;
  readonly at: Location;
}

/** Checks `stages`, every `state` and the `stage`; `null` after reporting. */
export function checkStages(
  ctx: CheckContext,
  placed: readonly PlacedDecl[],
  data: CheckedData | null,
): CheckedStages | null {
  const envFor = (module: Module): Env => envOf(module.source, ctx.model.scopeOf(module));
  let range: { readonly decl: StagesDecl; readonly from: number; readonly to: number } | null = null;
  let stage: { readonly decl: StageDecl; readonly module: Module } | null = null;
  const states: (CheckedState | null)[] = [];
  for (const { decl, module } of placed) {
    if (decl.kind === "stages") range = checkRange(ctx, decl, envFor(module));
    if (decl.kind === "state") states.push(checkState(ctx, decl, envFor(module)));
    if (decl.kind === "stage") stage = { decl, module };
  }
  if (stage === null) return null;
  const env = envFor(stage.module);
  const observing = checkObserving(ctx, stage.decl, data, env);
  // Where that is wrong, nothing is said about what it would make known.
  for (const name of observing ?? data?.trajectories ?? []) ctx.observed.add(name);
  const body = checkBody(ctx, stage.decl, stage.module, env, states);
  if (range === null || observing === null || body === null || states.includes(null)) return null;
  notRunnable(ctx, locate(env, range.decl.name), "a problem of several stages");
  return {
    name: range.decl.name.name,
    from: range.from,
    to: range.to,
    observing,
    ...body,
    at: locate(env, stage.decl),
  };
}

/** `1..7` */
function checkRange(
  ctx: CheckContext,
  decl: StagesDecl,
  env: Env,
): { readonly decl: StagesDecl; readonly from: number; readonly to: number } | null {
  const { value } = decl;
  if (value.kind === "error") return null;
  const name = decl.name.name;
  if (value.kind === "range") {
    const from = constantNumber(ctx, value.from, env, name);
    const to = constantNumber(ctx, value.to, env, name);
    if (from === null || to === null) return null;
    if (Number.isInteger(from) && Number.isInteger(to) && from < to && to - from < mostStages)
      return { decl, from, to };
  }
  ctx.reporter.report("stages-range", locate(env, value), { name });
  return null;
}

const mostStages = 10_000;

/** `state level: real<MWh>[Store] in 0..capacity, initially capacity` */
function checkState(ctx: CheckContext, decl: StateDecl, env: Env): CheckedState | null {
  const name = decl.name.name;
  const entity = ctx.model.entities.values.get(name);
  const own = entity?.kind === "state" && entity.decl === decl;
  const type = elaborateType(ctx, decl.type, env, name);
  const at = locate(env, decl.name);
  if (type !== null && type.name !== "real" && type.name !== "int" && type.name !== "bool") {
    ctx.reporter.report("decision-type", locate(env, decl.type), { name, found: type.name });
    if (own) ctx.quantities.set(entity, null);
    return null;
  }
  const quantity: Quantity | null = type === null ? null : { name, type, role: "state", at, doc: decl.doc };
  if (own) ctx.quantities.set(entity, quantity);
  if (decl.initially === undefined) {
    ctx.reporter.report("state-initially", at, { name });
    return null;
  }
  if (quantity === null) return null;
  const valueOf = (expr: NonNullable<StateDecl["initially"]>, what: string): readonly number[] | null => {
    const term = constantTerm(ctx, expr, env, what);
    return term === null ? null : fitConstant(ctx, term, quantity.type, name, locate(env, expr));
  };
  const initially = valueOf(decl.initially, `the initial value of ${name}`);
  if (decl.range === undefined) return initially === null ? null : { quantity, initially, range: null };
  if (decl.range.kind !== "range") {
    const advice = "write the lowest and the highest value: `in 0..capacity`";
    ctx.reporter.report("not-an-expression", locate(env, decl.range), { what: "anything but a range", advice });
    return null;
  }
  const lower = valueOf(decl.range.from, `the range of ${name}`);
  const upper = valueOf(decl.range.to, `the range of ${name}`);
  if (initially === null || lower === null || upper === null) return null;
  const empty = lower.findIndex((low, i) => low > upper[i]!);
  const outside = initially.findIndex((value, i) => value < lower[i]! || value > upper[i]!);
  if (empty >= 0) {
    const args = { name, lower: lower[empty]!, upper: upper[empty]! };
    ctx.reporter.report("decision-range", locate(env, decl.range), args);
    return null;
  }
  if (outside < 0) return { quantity, initially, range: { lower, upper } };
  ctx.reporter.report("option-range", locate(env, decl.initially), {
    name: "initially",
    owner: name,
    range: `from ${lower[outside]!} to ${upper[outside]!}`,
    value: initially[outside]!,
    doc: "the state starts within its own range",
    example: String(lower[outside]!),
  });
  return null;
}

function checkObserving(
  ctx: CheckContext,
  decl: StageDecl,
  data: CheckedData | null,
  env: Env,
): readonly string[] | null {
  const { name } = decl.name;
  if (ctx.stages !== null && name !== ctx.stages && !isSuspect(ctx, name)) {
    const suggestion = didYouMean(name, [ctx.stages]);
    const args = { name, suggestion, expected: `stage ${ctx.stages}` };
    ctx.reporter.report("stage-name", locate(env, decl.name), args);
    return null;
  }
  if (data === null) return null;
  for (const ident of decl.observing) {
    if (data.trajectories.includes(ident.name) && !ident.primed) continue;
    if (isSuspect(ctx, ident.name)) return null;
    const suggestion = suggestName(ident.name, data.trajectories, "observe a trajectory of the data");
    ctx.reporter.report("unknown-name", locate(env, ident), { name: ident.name, suggestion });
    return null;
  }
  return decl.observing.map((ident) => ident.name);
}

type Body = Pick<CheckedStages, "states" | "decision" | "loss">;

function checkBody(
  ctx: CheckContext,
  stage: StageDecl,
  module: Module,
  env: Env,
  states: readonly (CheckedState | null)[],
): Body | null {
  const inner = stage.declarations.map((decl): PlacedDecl => ({ decl, module, from: null }));
  let sound = true;
  const once = new Map<string, Decl>();
  for (const { decl } of inner) {
    if (decl.kind !== "decision" && decl.kind !== "subject-to" && decl.kind !== "next" && decl.kind !== "loss") {
      ctx.reporter.report("stage-part", locate(env, decl), { what: decl.kind });
      sound = false;
    }
    const key = decl.kind === "next" ? `next ${decl.name.name}` : decl.kind;
    if ((decl.kind === "next" || decl.kind === "loss") && once.has(key)) {
      ctx.reporter.report("stage-twice", locate(env, decl), { name: key });
      sound = false;
    }
    once.set(key, decl);
  }
  const decision = checkDecision(ctx, inner);
  const lossDecl = inner.find(({ decl }) => decl.kind === "loss")?.decl;
  const missing = (what: string, reason: string, example: string): null => {
    if (!ctx.model.incomplete) ctx.reporter.report("stage-missing", locate(env, stage.name), { what, reason, example });
    return null;
  };
  if (!once.has("decision")) return missing("decision", "there is nothing to decide", "decision u: real >= 0");
  if (lossDecl?.kind !== "loss") return missing("loss", "decisions cannot be told apart", "loss = sum(u)");
  const loss = checkLoss(ctx, lossDecl, env);
  const known = loss !== null && observesAll(ctx, loss.term, stage);
  const nexts = checkNexts(ctx, inner, states, stage, env);
  return sound && known && nexts !== null ? { states: nexts, decision, loss } : null;
}

/** Every state has its next value, of its own shape and unit. */
function checkNexts(
  ctx: CheckContext,
  inner: readonly PlacedDecl[],
  states: readonly (CheckedState | null)[],
  stage: StageDecl,
  env: Env,
): CheckedStages["states"] | null {
  const checked = new Map<string, Term | null>();
  let failed = false;
  const names = ctx.model.declarations.flatMap(({ decl }) => (decl.kind === "state" ? [decl.name.name] : []));
  for (const { decl } of inner) {
    if (decl.kind !== "next") continue;
    const { name } = decl.name;
    const state = states.find((one) => one?.quantity.name === name);
    if (!names.includes(name)) {
      const suggestion = didYouMean(name, names);
      if (!isSuspect(ctx, name)) ctx.reporter.report("next-unknown", locate(env, decl.name), { name, suggestion });
      failed = true;
    } else if (state !== undefined && state !== null) {
      checked.set(name, checkNext(ctx, decl, state.quantity, stage, env));
    }
  }
  const complete: (CheckedState & { readonly next: Term })[] = [];
  for (const state of states) {
    if (state === null) continue;
    const { name } = state.quantity;
    const next = checked.get(name);
    if (next === undefined && !ctx.model.incomplete) {
      const reason = `the state \`${name}\` would have no value at the next stage`;
      const args = { what: `next value of \`${name}\``, reason, example: `next ${name} = ${name}` };
      ctx.reporter.report("stage-missing", locate(env, stage.name), args);
    }
    if (next === undefined || next === null) failed = true;
    else complete.push({ ...state, next });
  }
  return failed ? null : complete;
}

/** The next value in the unit of the state as it is declared; `null` after reporting. */
function checkNext(ctx: CheckContext, decl: NextDecl, state: Quantity, stage: StageDecl, env: Env): Term | null {
  const term = ctx.elaborate(decl.value, env);
  if (term === null || !needNumber(ctx, term, state.name) || !observesAll(ctx, term, stage)) return null;
  const at = locate(env, decl.value);
  const { axes, unit } = state.type;
  if (term.type.axes.length > 0 && !sameAxes(term.type.axes, axes)) {
    const args = { name: `next ${state.name}`, expected: showAxes(axes), found: showAxes(term.type.axes) };
    ctx.reporter.report("shape-mismatch", at, args);
    return null;
  }
  if (!term.type.anyUnit && !sameUnit(term.type.unit, unit.base)) {
    const args = { name: `next ${state.name}`, expected: inUnit(unit.base), found: inUnit(term.type.unit) };
    ctx.reporter.report("unit-expected", at, args);
    return null;
  }
  const full = term.type.axes.length === axes.length ? term : stretch(ctx, term, axes, [], at);
  if (full === null || unit.factor === 1) return full;
  const scalar: ValueType = { base: "real", axes: [], unit: plain, anyUnit: false };
  const factor = ctx.build.const([1 / unit.factor], scalar, at);
  const repeated = factor === null ? null : ctx.build.broadcast(factor, axes, [], at);
  return repeated === null ? null : ctx.build.binary("mul", repeated, full, full.type, at);
}

/** Reports the first trajectory in a term that the stage does not observe. */
function observesAll(ctx: CheckContext, term: Term, stage: StageDecl): boolean {
  for (const name of term.inputs) {
    const quantity = quantityNamed(ctx, name);
    if (quantity?.role !== "trajectory" || ctx.observed.has(name)) continue;
    ctx.reporter.report("stage-observes", term.at, { name, stage: stage.name.name });
    return false;
  }
  return true;
}
