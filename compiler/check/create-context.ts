import { dirname, isAbsolute, join, relative, sep } from "node:path";
import type { Expr } from "../../grammar/ast.ts";
import { waivableAssumptions } from "../analyse/assumptions/index.ts";
import { createReporter, type Reporter } from "../diagnostics/index.ts";
import type { EffectiveModel } from "../resolve/effective-model.ts";
import type { Module } from "../resolve/module.ts";
import type { Confinement } from "../source/confine.ts";
import type { SourceText } from "../source/source-text.ts";
import type { CheckContext, Env } from "./context.ts";
import { axisOfDim, unitOf } from "./declared.ts";
import { elaborate } from "./elaborate.ts";
import { checkGroup } from "./options.ts";
import { graphAxis, graphOf } from "./graph.ts";
import { problemOf } from "./problem-kind.ts";
import { evaluateParam } from "./params.ts";
import type { Term } from "./term.ts";
import { TermBuilder } from "./term-builder.ts";

/** What the checks of one model need from the compilation around them. */
export interface CheckInput {
  readonly reporter: Reporter;
  /** Takes what is sound, but cannot be run yet; dropped where it is left out. */
  readonly later?: Reporter;
  readonly model: EffectiveModel;
  readonly overrides: ReadonlyMap<string, string>;
  /** Folder of the spec, and what else may be read. */
  readonly confinement: Confinement;
  fileIndex(source: SourceText): number;
  standard(name: string): Module;
  /** Hears of every expression that has a type. */
  readonly onTerm?: (expr: Expr, env: Env, term: Term) => void;
}

export function createCheckContext(input: CheckInput): CheckContext {
  const { reporter, later = createReporter(), model, overrides, confinement } = input;
  const stages = model.declarations.flatMap(({ decl }) => (decl.kind === "stages" ? [decl.name.name] : []));
  const ctx: CheckContext = {
    reporter,
    build: new TermBuilder(reporter),
    later,
    model,
    problem: problemOf(model),
    stages: stages[0] ?? null,
    overrides,
    confinement,
    fileIndex: (source) => input.fileIndex(source),
    standard: (name) => input.standard(name),
    pathFromRoot: (source, path) =>
      isAbsolute(path)
        ? path
        : relative(confinement.root, join(dirname(source.path), path))
            .split(sep)
            .join("/"),
    elaborate: (expr, env) => {
      const term = elaborate(ctx, expr, env);
      if (term !== null) input.onTerm?.(expr, env, term);
      return term;
    },
    checkGroup: (expr, kind, env) => checkGroup(ctx, expr, kind, env),
    meaning: {
      dim: (entity) => axisOfDim(ctx, entity),
      unit: (entity) => unitOf(ctx, entity),
      param: (entity) => evaluateParam(ctx, entity),
      graph: (entity) => graphOf(ctx, entity),
      member: (expr, env) => graphAxis(ctx, expr, env),
    },
    dims: new Map(),
    units: new Map(),
    params: new Map(),
    graphs: new Map(),
    quantities: new Map(),
    predictors: new Map(),
    measure: null,
    scaledUnits: new Set(),
    observed: new Set(),
    opening: [],
    calls: [],
    waived: new Set(model.declarations.flatMap(({ decl }) => (decl.kind === "waive" ? [decl.assumption.name] : []))),
    // Whether a method's assumption is violated shows once the model is lowered; the analysis tells unused waivers then.
    usedWaivers: new Set<string>(waivableAssumptions.keys()),
    depth: 0,
  };
  return ctx;
}
