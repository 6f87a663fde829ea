import type { Expr, Option } from "../../grammar/ast.ts";
import type { OptionsIR, OptionValue, Setting } from "../../runtime/ir/model.ts";
import { didYouMean, listNames } from "../diagnostics/index.ts";
import {
  findGroup,
  isFor,
  ownersOf,
  problemNames,
  type GroupSchema,
  type Kind,
  type OptionSchema,
} from "../registry/index.ts";
import type { Entity } from "../resolve/entity.ts";
import { limits } from "../source/limits.ts";
import type { Location } from "../source/source-text.ts";
import { isSuspect, locate, notRunnable, originOf, type CheckContext, type Env } from "./context.ts";
import { reportWrongKind } from "./declared.ts";
import { envOf } from "./context.ts";
import { checkOptionValue } from "./option-values.ts";

/** An option as written, with the file it stands in: presets may come from another. */
export interface WrittenOption {
  readonly option: Option;
  readonly env: Env;
}

/** `name { options }` with presets resolved; `options` in order, later ones win over a preset's. */
export interface Configured<G extends GroupSchema> {
  readonly schema: G;
  readonly written: readonly WrittenOption[];
  readonly at: Location;
}

/** A generator, method, optimizer, … by its name or a preset's, with options checked and defaults filled in. */
export function checkGroup<G extends GroupSchema>(
  ctx: CheckContext,
  expr: Expr,
  kind: Kind<G>,
  env: Env,
): { readonly schema: G; readonly ir: OptionsIR } | null {
  const configured = resolveConfigured(ctx, expr, kind, env);
  if (configured === null || !appliesHere(ctx, configured, kind)) return null;
  const tunes = kind.tunes === true && configured.schema.tunes !== false && ctx.problem === "single_stage";
  const options = checkOptions(ctx, configured.schema, configured.written, configured.at, tunes);
  if (options === null) return null;
  const { name, runs } = configured.schema;
  if (runs === false) notRunnable(ctx, configured.at, `the ${kind.what} \`${name}\``);
  const ir: OptionsIR = { name, options, at: originOf(ctx, configured.at) };
  return { schema: configured.schema, ir };
}

/** Whether a method is for the model's kind of problem; reports it otherwise. */
export function appliesHere<G extends GroupSchema>(
  ctx: CheckContext,
  { schema, at }: { readonly schema: G; readonly at: Location },
  kind: Kind<G>,
): boolean {
  if (kind.byProblem !== true || isFor(schema, ctx.problem)) return true;
  const fitting = kind.groups.flatMap((group) => (isFor(group, ctx.problem) ? [`\`${group.name}\``] : []));
  ctx.reporter.report("wrong-problem", at, {
    name: schema.name,
    found: problemNames[ctx.problem],
    expected: (schema.problems ?? ["single_stage" as const]).map((problem) => problemNames[problem]).join(", or "),
    advice: fitting.length === 0 ? "remove it" : `use ${fitting.slice(0, 12).join(", ")}, or remove it`,
  });
  return false;
}

function resolveConfigured<G extends GroupSchema>(
  ctx: CheckContext,
  expr: Expr,
  kind: Kind<G>,
  env: Env,
  presets: readonly Entity[] = [],
): Configured<G> | null {
  const at = locate(env, expr);
  if (expr.kind === "error") return null;
  const callee =
    expr.kind === "configured" || expr.kind === "call" ? expr.callee.name : expr.kind === "name" ? expr.name : null;
  const called = (expr.kind === "configured" || expr.kind === "call") && expr.arguments.length > 0;
  if (callee === null || called || (expr.kind === "name" && expr.primed)) {
    ctx.reporter.report("method-form", at, { what: kind.what, example: kind.example });
    return null;
  }
  const own = expr.kind === "configured" ? expr.options.entries.map((option) => ({ option, env })) : [];
  const schema = findGroup(kind.groups, callee);
  if (schema !== null) return { schema, written: own, at };
  const entity = env.scope.lookup(callee);
  if (entity?.kind === "preset") {
    const home = envOf(entity.at.source, entity.scope);
    const { value } = entity.decl;
    const target =
      value.kind === "configured" || value.kind === "call"
        ? value.callee.name
        : value.kind === "name"
          ? value.name
          : "";
    if (presets.length >= limits.callDepth) {
      const what = `presets build on each other more than ${limits.callDepth} deep`;
      ctx.reporter.report("expression-too-large", at, { what });
      return null;
    }
    const met = presets.indexOf(entity);
    if (met >= 0) {
      const cycle = [...presets.slice(met), entity].map((preset) => preset.name).join(" → ");
      ctx.reporter.report("definition-cycle", entity.at, { name: callee, cycle });
      return null;
    }
    const known = findGroup(kind.groups, target) !== null || home.scope.lookup(target)?.kind === "preset";
    if (!known && target !== "" && !kind.planned.includes(target)) {
      ctx.reporter.report("preset-kind", at, { name: callee, found: target, what: kind.what });
      return null;
    }
    const base = resolveConfigured(ctx, value, kind, home, [...presets, entity]);
    return base === null ? null : { schema: base.schema, written: overrideOptions(base.written, own), at };
  }
  const nameAt =
    expr.kind === "name" ? at : locate(env, expr.kind === "configured" || expr.kind === "call" ? expr.callee : expr);
  if (kind.planned.includes(callee)) {
    ctx.reporter.report("not-yet-supported", nameAt, {
      what: `the ${kind.what} \`${callee}\``,
      instead: `; droc has ${names(kind)}`,
    });
    return null;
  }
  if (entity?.kind === "poison" || isSuspect(ctx, callee)) return null;
  if (entity !== null) {
    reportWrongKind(ctx, entity, nameAt, kind.what);
    return null;
  }
  const known = env.scope.names().filter((name) => env.scope.lookup(name)?.kind === "preset");
  const suggestion = didYouMean(callee, [...kind.groups.map((group) => group.name), ...known]);
  ctx.reporter.report("method-unknown", nameAt, { what: kind.what, name: callee, suggestion, names: names(kind) });
  return null;
}

function names(kind: Kind): string {
  return listNames(
    kind.groups.map((group) => group.name),
    20,
  );
}

function overrideOptions(base: readonly WrittenOption[], own: readonly WrittenOption[]): readonly WrittenOption[] {
  const replaced = new Set(own.map(({ option }) => option.key.name));
  return [...base.filter(({ option }) => !replaced.has(option.key.name)), ...own];
}

/** Where an option of that name belongs, if not in too many places to help. */
function takenElsewhere(key: string, { problem }: CheckContext): string {
  const owners = ownersOf(key, problem);
  return owners.length === 0 || owners.length > 2
    ? ""
    : `${owners.join(" and ")} ${owners.length === 1 ? "has" : "have"} an option of that name; `;
}

/** Checks written options against a schema and fills every default; `null` after reporting. */
export function checkOptions(
  ctx: CheckContext,
  schema: GroupSchema,
  written: readonly WrittenOption[],
  at: Location,
  tunes = false,
): Readonly<Record<string, Setting<OptionValue>>> | null {
  const settings = new Map<string, Setting<OptionValue>>();
  const first = new Map<string, Location>();
  let failed = false;
  for (const { option, env } of written) {
    const key = option.key.name;
    const keyAt = locate(env, option.key);
    const known = schema.options.find((one) => one.name === key);
    if (known === undefined) {
      const keys = schema.options.map((one) => one.name);
      const suggestion = didYouMean(key, keys) || takenElsewhere(key, ctx);
      const args = { owner: schema.name, name: key, suggestion, names: listNames(keys, 20) };
      if (!isSuspect(ctx, key)) ctx.reporter.report("option-unknown", keyAt, args);
      failed = true;
      continue;
    }
    if (first.has(key)) {
      ctx.reporter.report("option-twice", keyAt, { name: key });
      failed = true;
      continue;
    }
    first.set(key, keyAt);
    if (known.notRun !== undefined)
      notRunnable(ctx, keyAt, `the option \`${key}\` of \`${schema.name}\``, known.notRun);
    const value = checkOptionValue(ctx, known, option.value, schema.name, env, tunes);
    if (value === null) failed = true;
    else settings.set(key, { value, origin: "explicit", at: originOf(ctx, locate(env, option.value)) });
  }
  for (const [a, b] of schema.exclusive ?? []) {
    const second = first.get(b);
    if (!first.has(a) || second === undefined) continue;
    ctx.reporter.report("option-conflict", second, { owner: schema.name, first: a, second: b });
    failed = true;
  }
  for (const option of schema.options) {
    if (first.has(option.name) || settings.has(option.name)) continue;
    if ((schema.exclusive ?? []).some((pair) => pair.includes(option.name) && pair.some((name) => first.has(name))))
      continue;
    if (option.required === true) {
      const args = { owner: schema.name, name: option.name, example: option.example, doc: option.doc };
      ctx.reporter.report("option-missing", at, args);
      failed = true;
    } else if (option.default !== undefined) {
      settings.set(option.name, { value: defaultValue(option), origin: "implicit" });
    }
  }
  return failed ? null : Object.fromEntries(settings);
}

/** The default of an option as the IR has it: a group's default with all defaults of its own. */
export function defaultValue(option: OptionSchema): OptionValue {
  const { value: schema, default: value } = option;
  if (value === undefined) throw new Error(`option ${option.name} has no default`);
  if (schema.type === "group" && typeof value === "string") {
    const group = findGroup(schema.groups, value);
    if (group === null) throw new Error(`option ${option.name} has no group ${value}`);
    return defaultGroup(group);
  }
  if (schema.type === "counted" && typeof value === "string") {
    const [word, number] = value.split(" ");
    return { name: word!, options: { value: { value: Number(number), origin: "implicit" } } };
  }
  if (schema.type === "selection" && typeof value === "string") {
    const [metric, on] = value.split(" on ");
    return { name: metric!, options: { on: { value: on!, origin: "implicit" } } };
  }
  return value;
}

/** A group with nothing written: every option at its default. */
export function defaultGroup(group: GroupSchema): OptionsIR {
  const options = group.options.flatMap((option): [string, Setting<OptionValue>][] =>
    option.default === undefined ? [] : [[option.name, { value: defaultValue(option), origin: "implicit" }]],
  );
  return { name: group.name, options: Object.fromEntries(options) };
}
