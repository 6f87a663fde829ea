import type { Argument, CallExpr, Expr } from "../../grammar/ast.ts";
import type { ColumnIR } from "../../runtime/ir/model.ts";
import { didYouMean, listNames } from "../diagnostics/index.ts";
import { columnFunctions, columnMaps, fittedStages } from "../registry/index.ts";
import { textAt, type Location } from "../source/source-text.ts";
import { shorten } from "./combine.ts";
import { constantNumber } from "./constants.ts";
import { locate, type CheckContext, type Env } from "./context.ts";

/** A column of the file that a field reads, so many rows back. */
export interface ColumnLeaf {
  readonly pattern: string;
  readonly glob: boolean;
  readonly lag: number;
}

/** How a field's columns are made, and what is known of them before the file is read. */
export interface Columns {
  readonly ir: ColumnIR;
  readonly transforms: readonly ("standardize" | "minmax")[];
  /** Number of columns; `null` where a pattern decides. */
  readonly width: number | null;
  readonly leaves: readonly ColumnLeaf[];
  /** First use of the order of the rows, by its name. */
  readonly ordered: { readonly name: string; readonly at: Location } | null;
  readonly season: { readonly period: string; readonly at: Location } | null;
}

const statistics = {
  rolling_mean: "mean",
  rolling_sd: "sd",
  rolling_min: "min",
  rolling_max: "max",
  rolling_sum: "sum",
} as const;
const periods = ["year", "week", "day"] as const;
const mostLags = 1000;

const stageNames = [...fittedStages, ...columnMaps, "lag", ...Object.keys(statistics)];

/** The columns of a field; `null` after reporting. */
export function elaborateColumns(ctx: CheckContext, expr: Expr, env: Env): Columns | null {
  switch (expr.kind) {
    case "error":
      return null;
    case "call":
      return columnCall(ctx, expr, null, env);
    case "pipe": {
      const source = elaborateColumns(ctx, expr.source, env);
      return source === null ? null : applyStage(ctx, source, expr.stage, env);
    }
    case "unary":
      return expr.op === "-" ? scaled(elaborateColumns(ctx, expr.operand, env), -1) : wrongForm(ctx, expr, env);
    case "binary": {
      if (expr.op === "/") {
        const source = elaborateColumns(ctx, expr.left, env);
        const divisor = source === null ? null : constantNumber(ctx, expr.right, env, "the factor of a column");
        if (divisor !== 0) return divisor === null ? null : scaled(source, 1 / divisor);
        ctx.reporter.report("not-finite", locate(env, expr), { value: "Infinity" });
        return null;
      }
      if (expr.op !== "*") return wrongForm(ctx, expr, env);
      const [columns, factor] = makesColumns(expr.left) ? [expr.left, expr.right] : [expr.right, expr.left];
      if (!makesColumns(columns) || makesColumns(factor)) return wrongForm(ctx, expr, env);
      const value = constantNumber(ctx, factor, env, "the factor of a column");
      return value === null ? null : scaled(elaborateColumns(ctx, columns, env), value);
    }
    default:
      return wrongForm(ctx, expr, env);
  }
}

function makesColumns(expr: Expr): boolean {
  if (expr.kind === "pipe") return true;
  if (expr.kind === "unary") return makesColumns(expr.operand);
  if (expr.kind === "binary") return makesColumns(expr.left) || makesColumns(expr.right);
  if (expr.kind !== "call") return false;
  const name = expr.callee.name;
  if (columnFunctions.some((schema) => schema.name === name)) return true;
  return expr.arguments.some((argument) => makesColumns(argument.value));
}

function wrongForm(ctx: CheckContext, expr: Expr, env: Env, name = ""): null {
  const known = [...columnFunctions.map((schema) => schema.name), ...columnMaps];
  const suggestion = name === "" ? "" : didYouMean(name, known);
  const what = `\`${shorten(textAt(locate(env, expr)), 40)}\``;
  ctx.reporter.report("columns-form", locate(env, expr), { what, suggestion });
  return null;
}

function scaled(source: Columns | null, factor: number): Columns | null {
  return source === null ? null : { ...source, ir: { kind: "scale", source: source.ir, factor } };
}

/** A stage after `|>`: a fitted transformation, or a function whose first argument is what comes before. */
function applyStage(ctx: CheckContext, source: Columns, stage: Expr, env: Env): Columns | null {
  if (stage.kind === "error") return null;
  const name = stage.kind === "name" ? stage.name : stage.kind === "call" ? stage.callee.name : null;
  const fitted = fittedStages.find((known) => known === name);
  const earlier = source.transforms.at(-1);
  if (fitted !== undefined && (stage.kind === "name" || (stage.kind === "call" && stage.arguments.length === 0))) {
    return { ...source, transforms: [...source.transforms, fitted] };
  }
  if (name === null || !stageNames.includes(name)) {
    const shown = name ?? shorten(textAt(locate(env, stage)), 40);
    const suggestion = didYouMean(shown, stageNames);
    ctx.reporter.report("pipe-stage", locate(env, stage), {
      name: shown,
      suggestion,
      names: listNames(stageNames, 20),
    });
    return null;
  }
  if (earlier !== undefined) {
    ctx.reporter.report("pipe-after-fit", locate(env, stage), { name, earlier });
    return null;
  }
  if (stage.kind === "call") return columnCall(ctx, stage, source, env);
  const map = columnMaps.find((known) => known === name);
  if (map !== undefined) return { ...source, ir: { kind: "map", source: source.ir, fn: map } };
  return badArgument(ctx, locate(env, stage), name, "its arguments", exampleOf(name));
}

function badArgument(ctx: CheckContext, at: Location, name: string, expected: string, example: string): null {
  ctx.reporter.report("columns-argument", at, { name, expected, example });
  return null;
}

function exampleOf(name: string): string {
  return columnFunctions.find((schema) => schema.name === name)?.signature ?? `${name}(columns("f_*"))`;
}

function columnCall(ctx: CheckContext, expr: CallExpr, piped: Columns | null, env: Env): Columns | null {
  const name = expr.callee.name;
  const args = expr.arguments;
  const wrong = (expected: string, at: Location = locate(env, expr)): null =>
    badArgument(ctx, at, name, expected, exampleOf(name));
  if (name === "column" || name === "columns") {
    const value = args[0]?.value;
    if (value?.kind === "error") return null;
    if (piped !== null || args.length !== 1 || value?.kind !== "string" || value.value === "")
      return wrong("one name in quotes");
    const leaf: ColumnLeaf = { pattern: value.value, glob: name === "columns", lag: 0 };
    const ir: ColumnIR =
      name === "column" ? { kind: "column", name: value.value } : { kind: "columns", pattern: value.value };
    return { ir, transforms: [], width: name === "column" ? 1 : null, leaves: [leaf], ordered: null, season: null };
  }
  if (name === "season") {
    const value = args[0]?.value;
    const period = value?.kind === "string" ? periods.find((known) => known === value.value) : undefined;
    if (piped !== null || args.length !== 1 || period === undefined) return wrong('"year", "week" or "day"');
    const at = locate(env, expr);
    return {
      ir: { kind: "season", period },
      transforms: [],
      width: 2,
      leaves: [],
      ordered: null,
      season: { period, at },
    };
  }
  if (name === "concat") {
    const parts = args.map((argument) => elaborateColumns(ctx, argument.value, env));
    if (parts.length === 0 || piped !== null) return wrong("columns to join");
    if (parts.some((part) => part === null)) return null;
    return joinColumns(
      parts.map((part) => part!),
      wrong,
    );
  }
  if (name === "one_hot") return oneHot(ctx, args, piped, wrong, env);
  const map = columnMaps.find((known) => known === name);
  const statistic = Object.entries(statistics).find(([known]) => known === name)?.[1];
  if (map === undefined && statistic === undefined && name !== "lag") return wrongForm(ctx, expr, env, name);
  const source =
    piped ??
    (args[0]?.name === undefined && args[0] !== undefined ? elaborateColumns(ctx, args[0].value, env) : undefined);
  if (source === undefined) return wrong("columns as its first argument");
  if (source === null) return null;
  if (source.transforms.length > 0) {
    ctx.reporter.report("pipe-after-fit", locate(env, expr), { name, earlier: source.transforms[0]! });
    return null;
  }
  const rest = piped === null ? args.slice(1) : args;
  if (map !== undefined) {
    return rest.length > 0 ? wrong("columns alone") : { ...source, ir: { kind: "map", source: source.ir, fn: map } };
  }
  const ordered = source.ordered ?? { name, at: locate(env, expr) };
  if (statistic !== undefined) {
    const window = windowOf(ctx, rest, env);
    if (window === null) return wrong("a window of at least 2 rows");
    return { ...source, ordered, ir: { kind: "rolling", source: source.ir, statistic, window } };
  }
  const steps = lagSteps(ctx, rest, env);
  if (steps === null) return wrong(`whole numbers of rows from 0 to ${mostLags}`);
  const least = Math.min(...steps);
  return {
    ...source,
    ordered,
    width: source.width === null ? null : source.width * steps.length,
    leaves: source.leaves.map((leaf) => ({ ...leaf, lag: leaf.lag + least })),
    ir: { kind: "lag", source: source.ir, steps },
  };
}

/** Most classes that a column is spread over. */
const mostClasses = 1000;

function oneHot(
  ctx: CheckContext,
  args: readonly Argument[],
  piped: Columns | null,
  wrong: (expected: string) => null,
  env: Env,
): Columns | null {
  const [first, second] = args;
  if (piped !== null || args.length !== 2 || first === undefined || second === undefined)
    return wrong("one column and the number of its classes");
  const source = elaborateColumns(ctx, first.value, env);
  if (source === null) return null;
  const classes = constantNumber(ctx, second.value, env, "the number of classes");
  if (classes === null) return null;
  if (source.width !== 1 || source.transforms.length > 0 || !Number.isInteger(classes))
    return wrong("one column and the number of its classes");
  if (classes < 2 || classes > mostClasses) return wrong(`2 to ${mostClasses} classes`);
  return { ...source, width: classes, ir: { kind: "one_hot", source: source.ir, classes } };
}

function joinColumns(parts: readonly Columns[], wrong: (expected: string) => null): Columns | null {
  if (parts.some((part) => part.transforms.length > 0)) return wrong("columns before `standardize` or `minmax`");
  return {
    ir: { kind: "concat", sources: parts.map((part) => part.ir) },
    transforms: [],
    width: parts.reduce<number | null>(
      (sum, part) => (sum === null || part.width === null ? null : sum + part.width),
      0,
    ),
    leaves: parts.flatMap((part) => part.leaves),
    ordered: parts.find((part) => part.ordered !== null)?.ordered ?? null,
    season: parts.find((part) => part.season !== null)?.season ?? null,
  };
}

function windowOf(ctx: CheckContext, args: readonly Argument[], env: Env): number | null {
  const [argument] = args;
  if (args.length !== 1 || argument === undefined || (argument.name !== undefined && argument.name.name !== "window"))
    return null;
  const window = constantNumber(ctx, argument.value, env, "window");
  return window !== null && Number.isInteger(window) && window >= 2 && window <= 100_000 ? window : null;
}

function lagSteps(ctx: CheckContext, args: readonly Argument[], env: Env): readonly number[] | null {
  const [argument] = args;
  if (args.length !== 1 || argument === undefined || argument.name !== undefined) return null;
  const { value } = argument;
  const items = value.kind === "list" ? value.items : value.kind === "range" ? [value.from, value.to] : [value];
  const numbers = items.map((item) => constantNumber(ctx, item, env, "a lag"));
  if (numbers.length === 0 || numbers.some((n) => n === null || !Number.isInteger(n) || n < 0 || n > mostLags))
    return null;
  const steps = numbers.map((n) => n!);
  if (value.kind !== "range") return steps;
  const [from, to] = [steps[0]!, steps[1]!];
  return from > to ? null : Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
