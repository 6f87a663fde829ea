import { dirname, resolve } from "node:path";
import type { Expr } from "../grammar/ast.ts";
import type { Origin } from "../runtime/ir/expr.ts";
import type { AnyModelIR, ForecastModelIR, GenerationModelIR, ModelIR } from "../runtime/ir/model.ts";
import { analyseModel } from "./analyse/index.ts";
import { predictorSetProblems } from "./analyse/predictor-sets.ts";
import { robustObstacle } from "./analyse/robust.ts";
import type { CheckContext, Env } from "./check/context.ts";
import { createCheckContext } from "./check/create-context.ts";
import { checkModel } from "./check/model.ts";
import { reportUnknownOverrides } from "./check/params.ts";
import type { Term } from "./check/term.ts";
import {
  createReporter,
  didYouMean,
  hasErrors,
  relatedPlace,
  type Diagnostic,
  type Reporter,
} from "./diagnostics/index.ts";
import { lowerModel } from "./lower/lower-model.ts";
import { resolveModel } from "./resolve/effective-model.ts";
import { createModuleLoader, type LoaderHooks, type ModuleLoader } from "./resolve/load-modules.ts";
import type { Module } from "./resolve/module.ts";
import { createConfinement, realPath, type Confinement } from "./source/confine.ts";
import type { Location, SourceText } from "./source/source-text.ts";

export interface CompileInput {
  /** Path of the spec. */
  readonly file: string;
  /** Its text where it is not saved yet; else the file is read. */
  readonly source?: string;
  /** Folders besides the spec's own from which it may name files. */
  readonly allow?: readonly string[];
  /** Values for parameters, by name, as `--set` has them. */
  readonly set?: Readonly<Record<string, string>>;
}

/** What an editor hears and gives while a file is compiled: unsaved texts in, names and types out. */
export interface CompileHooks extends LoaderHooks {
  /** The spec, parsed, with what it imports. */
  readonly onModule?: (main: Module, loader: ModuleLoader) => void;
  /** A model whose names are resolved and whose parts have been checked, as far as that went. */
  readonly onModel?: (ctx: CheckContext) => void;
  /** The typed term of an expression; an expression of a function is met once for each call. */
  readonly onTerm?: (expr: Expr, env: Env, term: Term) => void;
}

export interface Compilation {
  /** The spec first, then what it imports; diagnostics and origins refer to these. */
  readonly sources: readonly SourceText[];
  /** Ordered by file and place. */
  readonly diagnostics: readonly Diagnostic[];
  /** Decisions of one stage, without errors, in the order of the file. */
  readonly models: readonly ModelIR[];
  /** Models of every kind of problem, without errors, in the order of the file. */
  readonly allModels: readonly AnyModelIR[];
  /** Why models without errors cannot be built or run yet: none for those that can. */
  readonly notRunnable: readonly NotRunnable[];
}

/** A sound declaration that keeps a model from being run. */
export interface NotRunnable {
  readonly model: string;
  readonly diagnostic: Diagnostic;
}

/**
 * A `.dro` file to the models that it states: parse → resolve → check → lower → analyse. Errors of the spec are
 * diagnostics, never exceptions. Opens the spec, the `.dro` files that it imports and the tables of edges that make its
 * graphs, nothing else; runs nothing.
 */
export function compile(input: CompileInput): Compilation {
  const steps = compileInSteps(input);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * `compile` with a rest after the checks and before the analysis of curvature, form and feasible set: yields what is
 * known by then, returns the whole.
 */
export function* compileInSteps(input: CompileInput, hooks: CompileHooks = {}): Generator<Compilation, Compilation> {
  const reporter = createReporter();
  const path = realPath(resolve(input.file));
  const confinement = createConfinement(dirname(path), input.allow ?? []);

  // Parse the spec and all that it imports; names that imports bring in are entered into each file's scope.
  const loader = createModuleLoader(confinement, reporter, hooks);
  const main = loader.loadMain(path, input.source);
  const notRunnable: NotRunnable[] = [];
  const result = (allModels: readonly AnyModelIR[]): Compilation => ({
    sources: loader.sources,
    diagnostics: sortDiagnostics(reporter.diagnostics, loader.sources),
    models: allModels.filter(isSingleStage),
    allModels,
    notRunnable,
  });
  if (main === null) return result([]);
  hooks.onModule?.(main, loader);
  const set = new Map(Object.entries(input.set ?? {}));
  const sound = checkModels(main, loader, confinement, set, reporter, hooks);
  yield result([]);
  return result(analyseModels(sound, main, loader, reporter, notRunnable));
}

/** Models that can be built and run, unless something in them is in the way. */
export type RunnableIR = ModelIR | GenerationModelIR | ForecastModelIR;

export function isRunnable(ir: AnyModelIR): ir is RunnableIR {
  return isSingleStage(ir) || ir.kind === "generation" || ir.kind === "forecast";
}

/** Whether a model is a decision of one stage. */
export function isSingleStage(ir: AnyModelIR): ir is ModelIR {
  return ir.kind === undefined || ir.kind === "single_stage";
}

/** A model that passed its checks. */
interface CheckedModel {
  /** Its expressions as graphs, dims as sizes. Reports nothing, and is not needed to say what the checks found. */
  readonly lower: () => AnyModelIR;
  /** Whether a syntax error may have lost a declaration of it. */
  readonly incomplete: boolean;
  /** Takes what is sound, but cannot be run yet. */
  readonly later: Reporter;
}

function checkModels(
  main: Module,
  loader: ModuleLoader,
  confinement: Confinement,
  overrides: ReadonlyMap<string, string>,
  reporter: Reporter,
  hooks: CompileHooks,
): readonly CheckedModel[] {
  const { source, file } = main;
  if (file.models.length === 0 && file.declarations.length === 0 && !reporter.failed) {
    reporter.report("empty-file", { source, span: { start: 0, end: 0 } }, {});
  }
  const sound: CheckedModel[] = [];
  const params = new Set<string>();
  for (const decl of file.models) {
    // A second model of one name is reported already.
    const first = main.exports.models.get(decl.name.name);
    if (first !== undefined && first.at.span !== decl.name.span) continue;

    // Resolve: the model with what it inherits, and the scope of its names.
    const model = resolveModel(decl, main, reporter);
    if (model === null) continue;
    for (const entity of model.entities.values.values()) if (entity.kind === "param") params.add(entity.name);

    // Check: types, dims, units, options, data, risk; every default filled in.
    const before = reporter.diagnostics.length;
    const later = createReporter();
    const ctx = createCheckContext({
      reporter,
      later,
      model,
      overrides,
      confinement,
      fileIndex: (one) => loader.sources.indexOf(one),
      standard: loader.loadStandard,
      ...(hooks.onTerm === undefined ? {} : { onTerm: hooks.onTerm }),
    });
    const checked = checkModel(ctx);
    hooks.onModel?.(ctx);
    if (checked === null && !reporter.failed) throw new Error(`model ${decl.name.name} was refused without a reason`);
    if (checked === null || hasErrors(reporter.diagnostics.slice(before))) continue;

    // Lower: expressions to graphs, dims to sizes.
    const files = loader.sources.map((one) => one.name);
    sound.push({ lower: () => lowerModel(ctx, checked, files), incomplete: model.incomplete, later });
  }
  const unknown = { source, span: { start: 0, end: 0 } };
  reportUnknownOverrides(reporter, unknown, overrides, params, (name) => didYouMean(name, params));
  return sound;
}

/** Analyse: curvature, pieces, and the canonical form that a solver needs. */
function analyseModels(
  sound: readonly CheckedModel[],
  main: Module,
  loader: ModuleLoader,
  reporter: Reporter,
  notRunnable: NotRunnable[],
): readonly AnyModelIR[] {
  const compiled: AnyModelIR[] = [];
  for (const { lower, incomplete, later } of sound) {
    const ir = lower();
    const before = reporter.diagnostics.length;
    // Of a whole problem alone, since a set or a loss that a syntax error cut short is another one.
    const analysis = isAnalysed(ir) && !incomplete ? analyseModel(ir) : null;
    const locate = (at: Origin): Location => ({
      source: loader.sources[at.file] ?? main.source,
      span: { start: at.start, end: at.end },
    });
    for (const { code, args, at, related = [] } of analysis?.problems ?? []) {
      const places = related.map((one) => relatedPlace("takes-part", locate(one.at), { label: one.label }));
      reporter.reportFound(code, locate(at), args, places);
    }
    if (analysis?.canonical && isSingleStage(ir) && ir.ambiguity?.at !== undefined) {
      const what = robustObstacle(ir.ambiguity, analysis.canonical);
      if (what !== null) later.report("not-yet-runnable", locate(ir.ambiguity.at), { what, instead: "" });
    }
    if (ir.kind === "forecast") {
      for (const { code, args, at } of predictorSetProblems(ir)) reporter.reportFound(code, locate(at), args);
    }
    for (const { assumption, at } of analysis?.unusedWaivers ?? []) {
      if (at !== undefined) reporter.report("waive-unused", locate(at), { name: assumption });
    }
    if (hasErrors(reporter.diagnostics.slice(before))) continue;
    compiled.push(ir);
    const reasons = sortDiagnostics(later.diagnostics, loader.sources);
    notRunnable.push(...reasons.map((diagnostic) => ({ model: ir.name, diagnostic })));
  }
  return reporter.failed && main.syntaxErrors ? [] : compiled;
}

/**
 * The analyses are of a decision of one stage in its own variables: they do not apply to predictors, generators and
 * stages, nor to a decision that is a smooth function of free parameters, which is never convex in them by rule.
 */
export function isAnalysed(ir: AnyModelIR): ir is ModelIR {
  return isSingleStage(ir) && ir.decision.maps === undefined;
}

function sortDiagnostics(diagnostics: readonly Diagnostic[], sources: readonly SourceText[]): readonly Diagnostic[] {
  const order = new Map(sources.map((source, i) => [source.name, i]));
  const file = (d: Diagnostic): number => order.get(d.file) ?? sources.length;
  return diagnostics.toSorted((a, b) => file(a) - file(b) || a.span.start - b.span.start || a.span.end - b.span.end);
}
