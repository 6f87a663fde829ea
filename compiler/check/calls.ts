import type { Argument, CallExpr, Parameter } from "../../grammar/ast.ts";
import { didYouMean, listNames, suggestName } from "../diagnostics/index.ts";
import { functions, type FunctionSchema } from "../registry/index.ts";
import type { EntityOf } from "../resolve/entity.ts";
import { limits } from "../source/limits.ts";
import type { Location } from "../source/source-text.ts";
import { showAxes } from "./axes.ts";
import { callBuiltin } from "./builtins.ts";
import { predictionTerm } from "./predictor.ts";
import { isSuspect, locate, place, type CheckContext, type Env } from "./context.ts";
import { elaborateAxis, elaborateUnit, reportWrongKind } from "./declared.ts";
import { sameAxis } from "./axes.ts";
import type { Term } from "./term.ts";
import { inUnit, sameUnit } from "./unit.ts";

const builtins: ReadonlyMap<string, FunctionSchema> = new Map(functions.map((schema) => [schema.name, schema]));

/** A call of a built-in function, or of a declared one, which is written out in place. */
export function elaborateCall(ctx: CheckContext, expr: CallExpr, env: Env): Term | null {
  const measured = ctx.measure?.(expr, env);
  if (measured !== undefined) return measured;
  const name = expr.callee.name;
  const at = locate(env, expr.callee);
  const entity = env.scope.lookup(name);
  const predictor = entity === null ? undefined : ctx.predictors.get(entity);
  if (predictor !== undefined) return predictionTerm(ctx, predictor, expr, env);
  if (entity?.kind === "fn") return inlineFunction(ctx, entity, expr, env);
  const builtin = builtins.get(name);
  if (builtin !== undefined) return callBuiltin(ctx, builtin, expr, env);
  if (name === "cvar") {
    const advice = "a risk measure of the loss belongs in the `risk` declaration";
    ctx.reporter.report("not-an-expression", at, { what: "`cvar`", advice });
    return null;
  }
  if (entity !== null) {
    if (entity.kind !== "poison") reportWrongKind(ctx, entity, at, "function");
    return null;
  }
  if (!isSuspect(ctx, name)) {
    const declared = env.scope.names().filter((known) => env.scope.lookup(known)?.kind === "fn");
    const otherwise = `declare it with \`fn ${name}(…) = …\`, or import it; built in are ${listNames(builtins.keys(), 8)}`;
    const suggestion = suggestName(name, [...declared, ...builtins.keys()], otherwise);
    ctx.reporter.report("unknown-function", at, { name, suggestion });
  }
  return null;
}

function inlineFunction(ctx: CheckContext, entity: EntityOf<"fn">, expr: CallExpr, env: Env): Term | null {
  const at = locate(env, expr);
  if (ctx.calls.includes(entity)) {
    ctx.reporter.report("function-recursion", at, { name: entity.name });
    return null;
  }
  if (ctx.calls.length >= limits.callDepth) {
    ctx.reporter.report("expression-too-large", at, {
      what: `functions call each other more than ${limits.callDepth} deep`,
    });
    return null;
  }
  const callee = { name: entity.name, parameters: entity.decl.parameters };
  const given = bindArguments(ctx, callee, expr.arguments, env, at);
  if (given === null) return null;
  const body = bodyEnv(env, expr, entity);
  ctx.calls.push(entity);
  const locals = bindLocals(ctx, callee.parameters, given, body);
  const term = locals === null ? null : ctx.elaborate(entity.decl.body, { ...body, locals });
  ctx.calls.pop();
  if (term === null) return null;
  const result = entity.decl.result;
  if (result !== undefined && !fitsParameter(ctx, entity.name, result, term, body)) return null;
  return term;
}

/** The environment of a body that is written out at `call`: its own names, and the user's place for library code. */
export function bodyEnv(env: Env, call: { readonly span: CallExpr["span"] }, entity: EntityOf<"fn" | "set">): Env {
  const foreign = entity.at.source !== env.source;
  return {
    source: entity.at.source,
    scope: entity.scope,
    locals: new Map(),
    call: foreign ? place(env, call) : env.call,
  };
}

/** Checks given arguments against parameters and adds defaults, in the order of the parameters. */
export function bindLocals(
  ctx: CheckContext,
  parameters: readonly Parameter[],
  given: ReadonlyMap<string, Term>,
  body: Env,
): ReadonlyMap<string, Term> | null {
  const locals = new Map<string, Term>();
  let failed = false;
  for (const parameter of parameters) {
    const name = parameter.name.name;
    const term =
      given.get(name) ?? (parameter.value === undefined ? null : ctx.elaborate(parameter.value, { ...body, locals }));
    if (term === null) failed = true;
    else if (parameter.type !== undefined && !fitsParameter(ctx, name, parameter.type, term, body)) failed = true;
    else locals.set(name, term);
  }
  return failed ? null : locals;
}

/** Terms by parameter name; `null` after reporting a missing, extra, unknown or repeated argument. */
function bindArguments(
  ctx: CheckContext,
  callee: { readonly name: string; readonly parameters: readonly Parameter[] },
  given: readonly Argument[],
  env: Env,
  at: Location,
): ReadonlyMap<string, Term> | null {
  const { name: calleeName, parameters } = callee;
  const signature = signatureOf(calleeName, parameters);
  const terms = new Map<string, Term>();
  const bound = new Set<string>();
  let failed = false;
  let position = 0;
  for (const argument of given) {
    const parameter =
      argument.name === undefined || argument.type !== undefined
        ? parameters[position++]
        : parameters.find((p) => p.name.name === argument.name?.name);
    if (parameter === undefined) {
      if (argument.name === undefined || argument.type !== undefined) break;
      const name = argument.name.name;
      const suggestion = didYouMean(
        name,
        parameters.map((p) => p.name.name),
      );
      ctx.reporter.report("argument-unknown", locate(env, argument.name), {
        callee: calleeName,
        name,
        suggestion,
        signature,
      });
      failed = true;
      continue;
    }
    if (bound.has(parameter.name.name)) {
      ctx.reporter.report("argument-twice", locate(env, argument), { callee: calleeName, name: parameter.name.name });
      failed = true;
      continue;
    }
    bound.add(parameter.name.name);
    const term = ctx.elaborate(argument.value, env);
    if (term === null) failed = true;
    else terms.set(parameter.name.name, term);
  }
  const missing = parameters.filter((p) => p.value === undefined && !bound.has(p.name.name));
  const positional = given.filter((argument) => argument.name === undefined || argument.type !== undefined).length;
  if (!failed && (positional > parameters.length || missing.length > 0)) {
    const least = parameters.filter((p) => p.value === undefined).length;
    ctx.reporter.report("argument-count", at, {
      name: calleeName,
      expected: `${least === parameters.length ? "" : `${least} to `}${parameters.length} argument${parameters.length === 1 ? "" : "s"}`,
      found: given.length,
      signature,
    });
    failed = true;
  }
  return failed ? null : terms;
}

function signatureOf(name: string, parameters: readonly Parameter[]): string {
  const parts = parameters.map((p) => (p.value === undefined ? p.name.name : `${p.name.name} = …`));
  return `${name}(${parts.join(", ")})`;
}

/**
 * Whether a term fits the declared type of a parameter or result. A type without a unit takes any unit, `real` alone a
 * single number, and `_` any dim: that is what lets one function serve every model.
 */
function fitsParameter(
  ctx: CheckContext,
  name: string,
  type: NonNullable<Parameter["type"]>,
  term: Term,
  env: Env,
): boolean {
  if (type.kind === "error-type") return false;
  if (type.kind === "predictor-type") {
    ctx.reporter.report("predictor-place", locate(env, type), {});
    return false;
  }
  const needsBool = type.name.name === "bool";
  if (needsBool !== (term.type.base === "bool")) {
    const kinds = ["a number", "a yes/no value"] as const;
    const [expected, found] = needsBool ? [kinds[1], kinds[0]] : kinds;
    ctx.reporter.report("type-mismatch", term.at, { name, expected, found, advice: `give ${expected}` });
    return false;
  }
  const expected = `[${type.dims.map((dim) => env.source.text.slice(dim.span.start, dim.span.end)).join(", ")}]`;
  let fits = type.dims.length === term.type.axes.length;
  for (const [i, dim] of type.dims.entries()) {
    if (dim.kind === "name" && dim.name === "_") continue;
    const axis = elaborateAxis(ctx, dim, env);
    if (axis === null) return false;
    const found = term.type.axes[i];
    if (found === undefined || !sameAxis(axis, found)) fits = false;
  }
  if (!fits) {
    const shape = type.dims.length === 0 ? "a single number" : expected;
    ctx.reporter.report("shape-mismatch", term.at, { name, expected: shape, found: showAxes(term.type.axes) });
    return false;
  }
  if (type.unit === undefined || term.type.anyUnit) return true;
  const unit = elaborateUnit(ctx, type.unit, env);
  if (unit === null) return false;
  if (sameUnit(unit.base, term.type.unit)) return true;
  const args = { name, expected: inUnit(unit.base), found: inUnit(term.type.unit) };
  ctx.reporter.report("unit-expected", term.at, args);
  return false;
}
