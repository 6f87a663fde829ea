import type {
  Constraint,
  DataDecl,
  Decl,
  DecisionDecl,
  EvaluateDecl,
  FieldDecl,
  Ident,
  ImportDecl,
  Parameter,
} from "../../../grammar/ast.ts";
import {
  adversaries,
  anySet,
  assumptions,
  baselines,
  corruptions,
  evaluateOptions,
  findGroup,
  generators,
  metrics,
  predictors,
  samplers,
  solvers,
  trainers,
} from "../../registry/index.ts";
import type { Entity } from "../../resolve/entity.ts";
import { entitiesOf } from "../../resolve/entity.ts";
import type { Module } from "../../resolve/module.ts";
import type { Scope } from "../../resolve/scope.ts";
import { presetGroups } from "../kinds.ts";
import type { ModuleNames, Target } from "./targets.ts";
import { calleeOf, ExpressionNames, parameterOf, type NameEnv } from "./walk-expressions.ts";

/** How names of a file are looked up. */
export interface NameSources {
  /** The scope of a model's own declarations. */
  scopeOfModel(name: string): Scope | null;
  standard(name: string): Module;
}

/** What every name of a file stands for, in order of place. */
export function namesOf(module: Module, sources: NameSources): ModuleNames {
  const walk = new DeclarationNames(module, (name) => sources.standard(name));
  for (const decl of module.file.imports) walk.import(decl);
  for (const decl of module.file.declarations) walk.decl(decl, module.scope);
  for (const model of module.file.models) {
    const entity = module.exports.models.get(model.name.name);
    if (entity !== undefined) walk.note(model.name, model.name.name, { kind: "entity", entity }, true);
    const scope = sources.scopeOfModel(model.name.name) ?? module.scope;
    if (model.extends !== undefined) {
      const name = model.extends.name;
      const base = module.exports.models.get(name) ?? module.imported.lookup(name);
      walk.note(model.extends, name, base === null ? { kind: "unknown" } : { kind: "entity", entity: base });
    }
    for (const decl of model.declarations) walk.decl(decl, scope);
  }
  return { module, uses: walk.uses.toSorted((a, b) => a.span.start - b.span.start || a.span.end - b.span.end) };
}

const noLocals: ReadonlyMap<string, Target> = new Map();

class DeclarationNames extends ExpressionNames {
  import(decl: ImportDecl): void {
    for (const { name, alias } of decl.names) {
      const used = (alias ?? name).name;
      const found = [this.module.imported.lookup(used), this.module.imported.lookupUnit(used)];
      const entity = found.find((one) => one !== null && one.kind !== "poison");
      const target: Target = entity === undefined || entity === null ? { kind: "unknown" } : { kind: "entity", entity };
      this.note(name, name.name, target);
      if (alias !== undefined && alias.name !== "") {
        this.uses.push({ span: alias.span, name: alias.name, target, declares: false, alias: true });
      }
    }
  }

  decl(decl: Decl, scope: Scope): void {
    const env: NameEnv = { scope, locals: noLocals };
    this.#declared(decl, scope);
    switch (decl.kind) {
      case "dim":
      case "graph":
      case "stages":
        return this.expr(decl.value, env);
      case "seed":
        return this.expr(decl.value, env);
      case "unit":
        return decl.value === undefined ? undefined : this.unit(decl.value, env);
      case "param":
        this.type(decl.type, env);
        return this.expr(decl.value, env);
      case "fn": {
        const inner = this.#parameters(decl, scope);
        this.type(decl.result, inner);
        return this.expr(decl.body, inner);
      }
      case "set":
        return this.#constraints(decl.constraints, this.#parameters(decl, scope));
      case "task": {
        const inner = this.#parameters(decl, scope);
        for (const field of decl.fields) this.#field(field, inner);
        return;
      }
      case "preset":
        return this.configured(decl.value, presetGroups, "method", env);
      case "data":
        return this.#data(decl, env);
      case "state":
        this.type(decl.type, env);
        if (decl.range !== undefined) this.expr(decl.range, env);
        return decl.initially === undefined ? undefined : this.expr(decl.initially, env);
      case "stage":
        this.ident(decl.name, env);
        for (const name of decl.observing) this.ident(name, env);
        for (const inner of decl.declarations) this.decl(inner, scope);
        return;
      case "decision":
        return this.#decision(decl, env);
      case "subject-to":
        return this.#constraints(decl.constraints, env);
      case "next":
        this.ident(decl.name, env);
        return this.expr(decl.value, env);
      case "loss":
        for (const name of [...decl.parameters, ...decl.dataParameters]) this.ident(name, env);
        return this.expr(decl.value, env);
      case "risk":
        return this.expr(decl.value, env);
      case "uncertainty":
        for (const name of [...decl.targets, ...decl.given]) this.ident(name, env);
        return this.configured(decl.generator, generators.groups, generators.what, env);
      case "ambiguity":
        this.configured(decl.value, anySet.groups, anySet.what, env);
        if (decl.via !== undefined) this.configured(decl.via, adversaries.groups, adversaries.what, env);
        if (decl.lift !== undefined) this.configured(decl.lift, generators.groups, generators.what, env);
        return;
      case "observe":
        return this.expr(decl.value, env);
      case "infer":
        for (const name of [decl.target, ...decl.given]) this.ident(name, env);
        return this.configured(decl.by, samplers.groups, samplers.what, env);
      case "train":
        return this.configured(decl.value, trainers.groups, trainers.what, env);
      case "solve":
        return this.configured(decl.value, solvers.groups, solvers.what, env);
      case "compare":
        for (const method of decl.methods) {
          // What solves a problem of several stages is compared with other settings of it.
          const callee = calleeOf(method)?.name ?? "";
          const kind = findGroup(baselines.groups, callee) === null && findGroup(solvers.groups, callee) !== null;
          const { groups, what } = kind ? solvers : baselines;
          this.configured(method, groups, what, env);
        }
        return;
      case "stress":
        this.note(decl.target, decl.target.name, { kind: "word", doc: "the part of the data" });
        for (const one of decl.corruptions) this.configured(one, corruptions.groups, corruptions.what, env);
        return;
      case "evaluate":
        return this.#evaluate(decl, env);
      case "waive": {
        const name = decl.assumption.name;
        const doc = assumptions.get(name);
        return this.note(decl.assumption, name, doc === undefined ? { kind: "unknown" } : { kind: "assumption", doc });
      }
    }
  }

  /** The names that a declaration gives; a stage's inner declarations give theirs themselves. */
  #declared(decl: Decl, scope: Scope): void {
    if (decl.kind === "stage") return;
    for (const entity of entitiesOf(decl, this.module, scope)) {
      const known = entity.kind === "unit" ? scope.lookupUnit(entity.name) : scope.lookup(entity.name);
      // The scope's own entity carries the scope that its declaration is read in.
      const same = known !== null && known.at.span === entity.at.span ? known : entity;
      this.note(entity.at, entity.name, { kind: "entity", entity: same }, true);
    }
  }

  #parameters(decl: { readonly name: Ident; readonly parameters: readonly Parameter[] }, scope: Scope): NameEnv {
    const owner = scope.lookup(decl.name.name) ?? this.module.exports.values.get(decl.name.name) ?? null;
    const locals = new Map<string, Target>();
    for (const parameter of decl.parameters) {
      const env = { scope, locals };
      this.type(parameter.type, env);
      if (parameter.value !== undefined) this.expr(parameter.value, env);
      const target = this.#ownParameter(owner, parameter);
      this.note(parameter.name, parameter.name.name, target, true);
      locals.set(parameter.name.name, target);
    }
    return { scope, locals };
  }

  #ownParameter(owner: Entity | null, parameter: Parameter): Target {
    const found = owner === null ? null : parameterOf(owner, parameter.name.name);
    // A second declaration of the name is not the one that the scope has.
    return found?.kind === "parameter" && found.parameter === parameter ? found : { kind: "unknown" };
  }

  #constraints(constraints: readonly Constraint[], env: NameEnv): void {
    for (const { label, first, relations } of constraints) {
      if (label !== undefined) this.note(label, label.name, { kind: "label" });
      this.expr(first, env);
      for (const { right } of relations) this.expr(right, env);
    }
  }

  #data(decl: DataDecl, env: NameEnv): void {
    const { synthetic, value } = decl.source;
    const callee = calleeOf(value);
    if (synthetic && callee !== null) {
      const entity = env.scope.lookup(callee.name) ?? this.standard("std/tasks").exports.values.get(callee.name);
      const task = entity?.kind === "task" ? entity : null;
      this.note(callee, callee.name, task === null ? { kind: "unknown" } : { kind: "entity", entity: task });
      if (value.kind === "configured" && task !== null) this.parameters(value.options, task, env);
    } else this.expr(value, env);
    for (const field of decl.fields) this.#field(field, env);
    for (const { rule, column, parts } of decl.splits) {
      this.note(rule, rule.name, { kind: "word", doc: "how rows are divided" });
      if (column !== undefined) this.ident(column, env, { kind: "word", doc: "a column of the data" });
      for (const { key, value } of parts.entries) {
        this.note(key, key.name, { kind: "key", doc: "a part of the data" });
        if (value.kind === "name") this.note(value, value.name, { kind: "word", doc: null });
        else this.expr(value, env);
      }
    }
  }

  #field(field: FieldDecl, env: NameEnv): void {
    this.note(field.role, field.role.name, { kind: "role" });
    this.type(field.type, env);
    if (field.range !== undefined) this.expr(field.range, env);
    if (field.horizon !== undefined) this.type(field.horizon.type, env);
    if (field.per !== undefined) this.ident(field.per, env);
    if (field.value !== undefined) this.expr(field.value, env);
  }

  #decision(decl: DecisionDecl, env: NameEnv): void {
    for (const group of decl.groups) {
      this.type(group.type, env);
      if (group.domain !== undefined) this.#domain(group.domain, env);
      for (const bound of group.bounds) this.expr(bound.value, env);
      if (group.value === undefined) continue;
      const callee = calleeOf(group.value);
      if (callee !== null && findGroup(predictors.groups, callee.name) !== null) {
        this.configured(group.value, predictors.groups, predictors.what, env);
      } else this.expr(group.value, env);
    }
  }

  /** `in simplex { cap: 0.3 }`: sets of `std/sets` need no import. */
  #domain(domain: NonNullable<DecisionDecl["groups"][number]["domain"]>, env: NameEnv): void {
    const callee = calleeOf(domain);
    const entity =
      callee === null
        ? null
        : (env.scope.lookup(callee.name) ?? this.standard("std/sets").exports.values.get(callee.name));
    if (callee === null || entity?.kind !== "set") return this.expr(domain, env);
    this.note(callee, callee.name, { kind: "entity", entity });
    if (domain.kind === "configured") this.parameters(domain.options, entity, env);
  }

  #evaluate(decl: EvaluateDecl, env: NameEnv): void {
    if (decl.on !== undefined) this.note(decl.on, decl.on.name, { kind: "word", doc: "the part of the data" });
    for (const item of decl.items) {
      if (item.kind === "option") {
        this.options({ kind: "options", span: item.span, entries: [item] }, evaluateOptions, env);
        continue;
      }
      const schema = findGroup(metrics.groups, item.name.name);
      const target: Target = schema === null ? { kind: "unknown" } : { kind: "group", schema, what: metrics.what };
      this.note(item.name, item.name.name, target);
      if (item.qualifier !== undefined) this.note(item.qualifier, item.qualifier.name, { kind: "word", doc: null });
      if (item.value !== undefined) this.expr(item.value, env);
      if (item.options !== undefined) this.options(item.options, schema, env);
    }
  }
}
