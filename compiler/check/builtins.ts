import type { CallExpr } from "../../grammar/ast.ts";
import type { ReduceOp, UnaryOp } from "../../runtime/ir/expr.ts";
import type { FunctionSchema } from "../registry/index.ts";
import type { Location } from "../source/source-text.ts";
import { elementsOf, sameAxes, sameAxis, showAxes, type Axes } from "./axes.ts";
import { combine, needNumber, needPlain, shorten, reportDims, stretch } from "./combine.ts";
import { locate, place, type CheckContext, type Env } from "./context.ts";
import { reportUnknownDim, reportWrongKind } from "./declared.ts";
import type { Term, ValueType } from "./term.ts";
import { plain, powerUnit, showUnit, timesUnit } from "./unit.ts";
import { textAt } from "../source/source-text.ts";

/** Arguments of a call, elaborated; `over` is the axis that `sum(u over Dim)` names. */
interface BuiltinCall {
  readonly ctx: CheckContext;
  readonly name: string;
  readonly args: readonly Term[];
  /** Axes to reduce: one named by `over`, else all. */
  readonly over: readonly number[];
  readonly at: Location;
}
type Rule = (call: BuiltinCall) => Term | null;

/** Type rule of every built-in function, by name. */
const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["abs", unary("abs", "same")],
  ["pos", unary("pos", "same")],
  ["square", unary("square", 2)],
  ["sqrt", unary("sqrt", 0.5)],
  ["exp", unary("exp", "plain")],
  ["log", unary("log", "plain")],
  ["log1p", unary("log1p", "plain")],
  ["softplus", unary("softplus", "plain")],
  ["softmax", softmax],
  ["max", extreme("max", "reduce_max")],
  ["min", extreme("min", "reduce_min")],
  ["sum", reduction("sum")],
  ["norm1", reduction("norm1")],
  ["norm2", reduction("norm2")],
  ["norm_inf", reduction("norm_inf")],
  ["log_sum_exp", reduction("log_sum_exp")],
  ["mean", mean],
  ["dot", dot],
  ["sum_squares", sumSquares],
  ["quad_form", quadraticForm],
]);

const reductions: ReadonlySet<string> = new Set(["sum", "mean", "max", "min", "log_sum_exp"]);

export function callBuiltin(ctx: CheckContext, schema: FunctionSchema, expr: CallExpr, env: Env): Term | null {
  const { name, signature } = schema;
  const args: Term[] = [];
  let over: readonly number[] | null = null;
  let failed = false;
  for (const argument of expr.arguments) {
    // `theta: real[Asset]` declares a free parameter in its place; it is not an argument by name.
    if (argument.name !== undefined && argument.type === undefined) {
      const at = locate(env, argument.name);
      ctx.reporter.report("argument-unknown", at, {
        callee: name,
        name: argument.name.name,
        suggestion: "",
        signature,
      });
      failed = true;
      continue;
    }
    const { value } = argument;
    const reduced = value.kind === "over" && reductions.has(name) && expr.arguments.length === 1;
    const term = ctx.elaborate(reduced ? value.value : value, env);
    if (term === null) failed = true;
    else args.push(term);
    if (reduced && term !== null) {
      const axis = axisNamed(ctx, term, value.dim, env);
      if (axis === null) failed = true;
      else over = [axis];
    }
  }
  if (failed) return null;
  if (args.length < schema.minArguments || args.length > schema.maxArguments) {
    const { minArguments: least, maxArguments: most } = schema;
    const count = least === most ? String(most) : `${least} or more`;
    const expected = `${count} argument${most === 1 ? "" : "s"}`;
    ctx.reporter.report("argument-count", locate(env, expr), { name, expected, found: args.length, signature });
    return null;
  }
  if (args.some((arg) => !needNumber(ctx, arg, name))) return null;
  const all = args[0]!.type.axes.map((_, i) => i);
  const rule = rules.get(name);
  if (rule === undefined) throw new Error(`the function ${name} has no type rule`);
  return rule({ ctx, name, args, over: over ?? all, at: place(env, expr) });
}

function axisNamed(
  ctx: CheckContext,
  term: Term,
  dim: { readonly name: string; readonly span: CallExpr["span"] },
  env: Env,
): number | null {
  const at = locate(env, dim);
  const entity = env.scope.lookup(dim.name);
  if (entity === null) {
    reportUnknownDim(ctx, dim.name, at, env);
    return null;
  }
  if (entity.kind === "poison") return null;
  if (entity.kind !== "dim") {
    reportWrongKind(ctx, entity, at, "dim");
    return null;
  }
  const axis = ctx.meaning.dim(entity);
  if (axis === null) return null;
  const found = term.type.axes.findIndex((own) => own.dim === axis.dim);
  if (found >= 0) return found;
  const dims = term.type.axes.length === 0 ? "it is a single number" : showAxes(term.type.axes);
  ctx.reporter.report("over-missing-dim", at, { value: `\`${shorten(textAt(term.at))}\``, dim: dim.name, dims });
  return null;
}

/** `unit`: kept, raised to a power, or required to be none. */
function unary(op: UnaryOp, unit: "same" | "plain" | number): Rule {
  return ({ ctx, name, args: [a], at }) => {
    const { type } = a!;
    if (unit === "plain") {
      if (!needPlain(ctx, a!, name)) return null;
      return ctx.build.unary(op, a!, { ...type, anyUnit: false }, at);
    }
    const result = unit === "same" ? type.unit : powerUnit(type.unit, unit);
    if (result === null) {
      ctx.reporter.report("unit-power", at, { unit: showUnit(type.unit), exponent: Number(unit) });
      return null;
    }
    return ctx.build.unary(op, a!, { ...type, unit: result }, at);
  };
}

function softmax({ ctx, name, args: [a], at }: BuiltinCall): Term | null {
  if (!needPlain(ctx, a!, name)) return null;
  if (a!.type.axes.length > 0) return ctx.build.softmax(a!, { ...a!.type, anyUnit: false }, at);
  ctx.reporter.report("shape-mismatch", a!.at, { name, expected: "a vector", found: showAxes(a!.type.axes) });
  return null;
}

function reduction(op: ReduceOp): Rule {
  return (call) => {
    const {
      ctx,
      name,
      args: [a],
      over,
      at,
    } = call;
    if (op === "log_sum_exp" && !needPlain(ctx, a!, name)) return null;
    if (over.length === 0)
      return op.startsWith("norm") ? ctx.build.unary("abs", a!, a!.type, at) : ctx.build.movedTo(a!, at);
    return ctx.build.reduce(op, a!, over, reducedType(a!, over), at);
  };
}

function reducedType(term: Term, over: readonly number[]): ValueType {
  return { ...term.type, axes: term.type.axes.filter((_, i) => !over.includes(i)) };
}

function extreme(op: "max" | "min", reduce: "reduce_max" | "reduce_min"): Rule {
  return (call) => {
    const [first, ...others] = call.args;
    if (others.length === 0) return reduction(reduce)(call);
    let result: Term | null = first!;
    for (const next of others) {
      result = combine(call.ctx, op, call.name, result, next, call.at);
      if (result === null) return null;
    }
    return result;
  };
}

function mean({ ctx, args: [a], over, at }: BuiltinCall): Term | null {
  const count = over.reduce((product, axis) => product * a!.type.axes[axis]!.size, 1);
  const total = ctx.build.reduce("sum", a!, over, reducedType(a!, over), at);
  if (total === null || count === 1) return total;
  const scalar: ValueType = { base: "real", axes: [], unit: plain, anyUnit: false };
  const divisor = ctx.build.const([count], scalar, at);
  return divisor === null ? null : combine(ctx, "div", "mean", total, divisor, at);
}

function dot({ ctx, name, args: [a, b], at }: BuiltinCall): Term | null {
  const [many, few] = a!.type.axes.length >= b!.type.axes.length ? [a!, b!] : [b!, a!];
  const lead = many.type.axes.length - few.type.axes.length;
  if (few.type.axes.length === 0 && lead > 0) {
    const args = { name, expected: "two values over the same dims", found: showAxes(few.type.axes) };
    ctx.reporter.report("shape-mismatch", few.at, args);
    return null;
  }
  if (sameAxes(many.type.axes.slice(lead), few.type.axes)) {
    // The last dims of both: sum of products, or a matrix times a vector.
    const axes: Axes = many.type.axes.map((axis, i) => (axis.loose ? (few.type.axes[i - lead] ?? axis) : axis));
    const over = few.type.axes.map((_, i) => lead + i);
    const aligned = stretch(ctx, few, axes, over, at);
    if (aligned === null) return null;
    const unit = timesUnit(a!.type.unit, b!.type.unit);
    const type: ValueType = { base: "real", axes, unit, anyUnit: false };
    const [left, right] = many === a ? [many, aligned] : [aligned, many];
    const product = ctx.build.binary("mul", left!, right!, type, at);
    return product === null ? null : ctx.build.reduce("sum", product, over, reducedType(product, over), at);
  }
  const product = combine(ctx, "mul", "dot", a!, b!, at);
  if (product === null) return null;
  const over = product.type.axes.flatMap((axis, i) => (few.type.axes.some((own) => sameAxis(own, axis)) ? [i] : []));
  return ctx.build.reduce("sum", product, over, reducedType(product, over), at);
}

function sumSquares({ ctx, args: [a], over, at }: BuiltinCall): Term | null {
  const unit = powerUnit(a!.type.unit, 2);
  if (unit === null) {
    ctx.reporter.report("unit-power", at, { unit: showUnit(a!.type.unit), exponent: 2 });
    return null;
  }
  const squares = ctx.build.unary("square", a!, { ...a!.type, unit }, at);
  return squares === null ? null : ctx.build.reduce("sum", squares, over, reducedType(squares, over), at);
}

function quadraticForm({ ctx, name, args: [z, matrix], at }: BuiltinCall): Term | null {
  const [axis, ...more] = z!.type.axes;
  if (axis === undefined || more.length > 0) {
    ctx.reporter.report("shape-mismatch", z!.at, { name, expected: "a vector first", found: showAxes(z!.type.axes) });
    return null;
  }
  if (!sameAxes(matrix!.type.axes, [axis, axis])) {
    reportDims(ctx, z!, matrix!, at);
    return null;
  }
  const axes: Axes = [axis, axis];
  const rows = stretch(ctx, z!, axes, [0], at);
  const columns = stretch(ctx, z!, axes, [1], at);
  if (rows === null || columns === null || elementsOf(axes) === 0) return null;
  const weighted = timesUnit(z!.type.unit, matrix!.type.unit);
  const type: ValueType = { base: "real", axes, unit: weighted, anyUnit: false };
  const inner = ctx.build.binary("mul", matrix!, columns, type, at);
  const outerType = { ...type, unit: timesUnit(weighted, z!.type.unit) };
  const outer = inner === null ? null : ctx.build.binary("mul", rows, inner, outerType, at);
  return outer === null ? null : ctx.build.reduce("sum", outer, [0, 1], { ...outerType, axes: [] }, at);
}
