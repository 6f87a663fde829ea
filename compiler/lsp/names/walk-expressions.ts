import type { Argument, Expr, Ident, Options, Parameter, Span, TypeExpr } from "../../../grammar/ast.ts";
import {
  columnFunctions,
  columnMaps,
  findGroup,
  fittedStages,
  functions,
  type ColumnSchema,
  type FunctionSchema,
  type GroupSchema,
  type OptionSchema,
} from "../../registry/index.ts";
import type { Entity, EntityOf } from "../../resolve/entity.ts";
import type { Module } from "../../resolve/module.ts";
import type { Scope } from "../../resolve/scope.ts";
import { presetGroups } from "../kinds.ts";
import type { NameUse, Target } from "./targets.ts";

/** What a name is looked up in: the scope, and the parameters of the function or set around it. */
export interface NameEnv {
  readonly scope: Scope;
  readonly locals: ReadonlyMap<string, Target>;
}

/** Functions that are not in the registry of expressions, with how they are written. */
export const furtherFunctions: readonly ColumnSchema[] = [
  {
    name: "cvar",
    signature: "cvar(L, level = 90%) or cvar(L, tail = 10%)",
    doc: "mean of the worst losses: of the worst 1 − level, which is the tail",
  },
  { name: "one_of", signature: "one_of(a, b, …)", doc: "values to choose from; the run chooses one of them" },
  { name: "csv", signature: 'csv("file.csv")', doc: "rows of a CSV file" },
  { name: "parquet", signature: 'parquet("file.parquet")', doc: "rows of a Parquet file" },
  { name: "json", signature: 'json("file.json")', doc: "rows of a JSON file" },
  { name: "grid", signature: "grid(rows, columns)", doc: "nodes in rows and columns; edges lead right and down" },
  { name: "path", signature: "path(G, from = first, to = last)", doc: "edges that lead from one node to another" },
  { name: "normal", signature: "normal(mean, sd)", doc: "Gaussian noise of an observation" },
  ...columnMaps.map((name) => ({ name, signature: `${name}(source)`, doc: "of each value of the columns" })),
  ...fittedStages.map((name) => ({
    name,
    signature: `source |> ${name}`,
    doc: "fitted on the training rows only, applied to all",
  })),
];

const builtins: ReadonlyMap<string, FunctionSchema | ColumnSchema> = new Map(
  [...furtherFunctions, ...columnFunctions, ...functions].map((schema) => [schema.name, schema]),
);

/** The function of the language of that name. */
export function builtinFunction(name: string): FunctionSchema | ColumnSchema | null {
  return builtins.get(name) ?? null;
}

/** Walks expressions and types, and notes what each name in them stands for. */
export class ExpressionNames {
  readonly uses: NameUse[] = [];
  readonly module: Module;
  /** A module of the standard library: its sets and tasks need no import. */
  readonly standard: (name: string) => Module;

  constructor(module: Module, standard: (name: string) => Module) {
    this.module = module;
    this.standard = standard;
  }

  note(at: { readonly span: Span }, name: string, target: Target, declares = false): void {
    if (name === "" || at.span.end === at.span.start) return;
    this.uses.push({ span: at.span, name, target, declares });
  }

  /** A name of the scope, the prime of `w'` left out of its span. */
  ident(ident: Ident, env: NameEnv, otherwise: Target = { kind: "unknown" }): void {
    const span = { start: ident.span.start, end: ident.span.start + ident.name.length };
    this.note({ span }, ident.name, this.lookup(ident.name, env) ?? otherwise);
  }

  lookup(name: string, env: NameEnv): Target | null {
    const local = env.locals.get(name);
    if (local !== undefined) return local;
    const entity = env.scope.lookup(name);
    return entity === null ? null : { kind: "entity", entity };
  }

  type(type: TypeExpr | undefined, env: NameEnv): void {
    if (type === undefined || type.kind === "error-type") return;
    if (type.kind === "predictor-type") {
      for (const name of [...type.from, type.to]) this.ident(name, env);
      return;
    }
    this.note(type.name, type.name.name, { kind: "type" });
    if (type.unit !== undefined) this.unit(type.unit, env);
    for (const dim of type.dims) if (dim.kind !== "name" || dim.name !== "_") this.expr(dim, env);
  }

  unit(expr: Expr, env: NameEnv): void {
    if (expr.kind === "name") {
      const entity = env.scope.lookupUnit(expr.name);
      this.note(expr, expr.name, entity === null ? { kind: "unknown" } : { kind: "entity", entity });
    } else if (expr.kind === "binary") {
      this.unit(expr.left, env);
      this.unit(expr.right, env);
    }
  }

  expr(expr: Expr, env: NameEnv): void {
    switch (expr.kind) {
      case "number":
      case "string":
      case "bool":
      case "date":
      case "error":
        return;
      case "name": {
        const span = { start: expr.span.start, end: expr.span.start + expr.name.length };
        const builtin = builtinFunction(expr.name);
        const otherwise: Target = builtin === null ? { kind: "unknown" } : { kind: "function", schema: builtin };
        return this.note({ span }, expr.name, this.lookup(expr.name, env) ?? otherwise);
      }
      case "member": {
        this.expr(expr.object, env);
        const graph = expr.object.kind === "name" ? env.scope.lookup(expr.object.name) : null;
        if (graph?.kind !== "graph") return;
        return this.note(expr.member, expr.member.name, { kind: "graph-part", graph, part: expr.member.name });
      }
      case "index":
        this.expr(expr.object, env);
        for (const index of expr.indices) this.expr(index, env);
        return;
      case "list":
        for (const item of expr.items) this.expr(item, env);
        return;
      case "range":
        this.expr(expr.from, env);
        return this.expr(expr.to, env);
      case "call":
        return this.#call(expr.callee, expr.arguments, env);
      case "configured":
        return this.configured(expr, presetGroups, "method", env);
      case "unary":
        return this.expr(expr.operand, env);
      case "binary":
      case "compare-expr":
        this.expr(expr.left, env);
        return this.expr(expr.right, env);
      case "if":
        this.expr(expr.condition, env);
        this.expr(expr.then, env);
        return this.expr(expr.else, env);
      case "pipe":
        this.expr(expr.source, env);
        return this.expr(expr.stage, env);
      case "where":
        this.expr(expr.source, env);
        return this.expr(expr.condition, env);
      case "by":
        this.expr(expr.value, env);
        return this.note(expr.criterion, expr.criterion.name, { kind: "word", doc: null });
      case "over":
        this.expr(expr.value, env);
        return this.ident(expr.dim, env);
      case "counted":
        this.note(expr.word, expr.word.name, { kind: "word", doc: null });
        return this.expr(expr.quantity, env);
    }
  }

  #call(callee: Ident, args: readonly Argument[], env: NameEnv): void {
    const target = this.lookup(callee.name, env);
    const builtin = builtinFunction(callee.name);
    this.note(
      callee,
      callee.name,
      target ?? (builtin === null ? { kind: "unknown" } : { kind: "function", schema: builtin }),
    );
    const entity = target?.kind === "entity" ? target.entity : null;
    for (const argument of args) {
      if (argument.name !== undefined) {
        // `softmax(theta: real[Industry])` declares nothing that another line can name.
        const found = entity === null ? null : parameterOf(entity, argument.name.name);
        this.note(argument.name, argument.name.name, found ?? { kind: "key", doc: null });
      }
      this.type(argument.type, env);
      if (argument.type === undefined) this.#argument(argument.value, env, builtin?.name ?? "");
    }
  }

  /** `from = first`: words that are values of one function only. */
  #argument(value: Expr, env: NameEnv, callee: string): void {
    if (callee === "path" && value.kind === "name" && (value.name === "first" || value.name === "last")) {
      return this.note(value, value.name, { kind: "word", doc: `the ${value.name} node of the graph` });
    }
    this.expr(value, env);
  }

  /** `name { options }` of one of these groups, or of a preset of one. */
  configured(expr: Expr, groups: readonly GroupSchema[], what: string, env: NameEnv): void {
    const callee = calleeOf(expr);
    if (callee === null) return this.expr(expr, env);
    const own = findGroup(groups, callee.name);
    const entity = own === null ? env.scope.lookup(callee.name) : null;
    const target: Target =
      own !== null
        ? { kind: "group", schema: own, what }
        : entity === null
          ? { kind: "unknown" }
          : { kind: "entity", entity };
    this.note(callee, callee.name, target);
    const schema = own ?? (entity?.kind === "preset" ? presetGroup(entity, groups) : null);
    if (expr.kind !== "configured") return;
    if (schema === null && (entity?.kind === "set" || entity?.kind === "task")) {
      return this.parameters(expr.options, entity, env);
    }
    this.options(expr.options, schema, env);
  }

  /** Options of a set or a task are its parameters. */
  parameters(options: Options, entity: EntityOf<"set" | "task">, env: NameEnv): void {
    for (const { key, value } of options.entries) {
      this.note(key, key.name, parameterOf(entity, key.name) ?? { kind: "key", doc: null });
      this.expr(value, env);
    }
  }

  options(options: Options, schema: GroupSchema | null, env: NameEnv): void {
    for (const { key, value } of options.entries) {
      const option = schema?.options.find((one) => one.name === key.name) ?? null;
      const target: Target =
        option === null || schema === null ? { kind: "key", doc: null } : { kind: "option", option, of: schema.name };
      this.note(key, key.name, target);
      this.#optionValue(value, option, env);
    }
  }

  #optionValue(value: Expr, option: OptionSchema | null, env: NameEnv): void {
    const schema = option?.value;
    if (schema === undefined || option === null) return this.expr(value, env);
    const doc = option.doc;
    if (schema.type === "group") return this.configured(value, schema.groups, `value of \`${option.name}\``, env);
    if (schema.type === "word" && value.kind === "name" && schema.words.includes(value.name)) {
      return this.note(value, value.name, { kind: "word", doc });
    }
    if (schema.type === "selection" && value.kind === "by" && value.value.kind === "name") {
      this.note(value.value, value.value.name, { kind: "word", doc });
      return this.note(value.criterion, value.criterion.name, { kind: "word", doc: null });
    }
    this.expr(value, env);
  }
}

/** The name that is configured: of a name, a call or a name with options. */
export function calleeOf(expr: Expr): Ident | null {
  if (expr.kind === "configured" || expr.kind === "call") return expr.callee;
  return expr.kind === "name" ? { kind: "ident", span: expr.span, name: expr.name, primed: expr.primed } : null;
}

/** A parameter of a function, set or task by its name. */
export function parameterOf(entity: Entity, name: string): Target | null {
  if (entity.kind !== "fn" && entity.kind !== "set" && entity.kind !== "task") return null;
  const found = entity.decl.parameters.find((one: Parameter) => one.name.name === name);
  if (found === undefined) return null;
  return { kind: "parameter", parameter: found, of: entity, at: { source: entity.at.source, span: found.name.span } };
}

/** The group that a preset sets options of, through presets of presets; `null` for another kind's. */
export function presetGroup(
  preset: EntityOf<"preset">,
  groups: readonly GroupSchema[],
  seen: readonly Entity[] = [],
): GroupSchema | null {
  const callee = calleeOf(preset.decl.value);
  if (callee === null || seen.includes(preset)) return null;
  const own = findGroup(groups, callee.name);
  if (own !== null) return own;
  const base = preset.scope.lookup(callee.name);
  return base?.kind === "preset" ? presetGroup(base, groups, [...seen, preset]) : null;
}
