import type { Decl } from "../../grammar/ast.ts";
import type {
  AmbiguityIR,
  DimIR,
  EvaluateIR,
  OptionsIR,
  Setting,
  StressIR,
  UncertaintyIR,
  WaiverIR,
} from "../../runtime/ir/model.ts";
import { didYouMean } from "../diagnostics/index.ts";
import { assumptions, fit, generators, likelihoodGenerators, solvers, uniformFm } from "../registry/index.ts";
import type { PlacedDecl } from "../resolve/module.ts";
import type { Location } from "../source/source-text.ts";
import { checkAmbiguity } from "./ambiguity.ts";
import { checkBodies } from "./bodies.ts";
import { constantNumber } from "./constants.ts";
import { envOf, isSuspect, locate, originOf, type CheckContext, type CheckedParam, type Env } from "./context.ts";
import { checkData, type CheckedData } from "./data.ts";
import { checkDecision, type CheckedDecision } from "./decision.ts";
import { checkEvaluate, defaultEvaluate } from "./evaluate.ts";
import type { CheckedGraph } from "./graph.ts";
import { checkLoss, type CheckedLoss } from "./loss.ts";
import { defaultGroup } from "./options.ts";
import { checkInference, checkObservation, type CheckedInference, type CheckedObservation } from "./posterior.ts";
import { checkPredictor, lossFits, type CheckedPredictor } from "./predictor.ts";
import { declarationsApply } from "./problem-kind.ts";
import { hasRequired } from "./required.ts";
import { checkRisk, type CheckedRisk } from "./risk.ts";
import { checkStages, type CheckedStages } from "./stages.ts";
import { checkStress } from "./stress.ts";
import { checkCompare, checkTrain } from "./training.ts";
import { checkUncertainty } from "./uncertainty.ts";

interface CheckedBase {
  readonly seed: Setting<number>;
  readonly dims: readonly DimIR[];
  readonly graphs: readonly (CheckedGraph & { readonly at: Location })[];
  readonly params: readonly CheckedParam[];
  readonly data: CheckedData;
  readonly uncertainty: UncertaintyIR;
  readonly evaluate: EvaluateIR;
  readonly waivers: readonly WaiverIR[];
}

interface CheckedLearning {
  readonly train: OptionsIR;
  readonly compare: readonly OptionsIR[];
}

interface CheckedLosses extends CheckedLearning {
  readonly loss: CheckedLoss;
  readonly risk: CheckedRisk;
  readonly ambiguity: AmbiguityIR | null;
  readonly stress: StressIR | null;
}

/** What each kind of problem has. */
type CheckedParts =
  | (CheckedLosses & {
      readonly problem: "single_stage";
      readonly decision: CheckedDecision;
      readonly solve: OptionsIR | null;
    })
  | (CheckedLosses & { readonly problem: "forecast"; readonly predictor: CheckedPredictor })
  | (CheckedLearning & { readonly problem: "generation" })
  | {
      readonly problem: "posterior";
      readonly train: OptionsIR;
      readonly observation: CheckedObservation;
      readonly inference: CheckedInference;
    }
  | {
      readonly problem: "multi_stage";
      readonly stages: CheckedStages;
      readonly ambiguity: AmbiguityIR | null;
      readonly solve: OptionsIR;
      readonly compare: readonly OptionsIR[];
    };

/** A model whose every part was found sound. */
export type CheckedModel = CheckedBase & CheckedParts;

/** Checks one model in the order in which its parts depend on each other; `null` where any of them is missing or wrong. */
export function checkModel(ctx: CheckContext): CheckedModel | null {
  const required = declarationsApply(ctx) && hasRequired(ctx);
  const names = checkNames(ctx);
  const dataDecl = only(ctx, "data");
  const data = dataDecl === null ? null : checkData(ctx, dataDecl.placed, dataDecl.decl);
  const uncertaintyDecl = only(ctx, "uncertainty");
  const checkLaw = (): UncertaintyIR | null =>
    uncertaintyDecl === null
      ? undeclaredLaw(ctx, data)
      : checkUncertainty(ctx, uncertaintyDecl.decl, data, uncertaintyDecl.env);
  const { parts, uncertainty, risk } = checkParts(ctx, data, checkLaw);
  const evaluateDecl = only(ctx, "evaluate");
  const evaluate =
    evaluateDecl === null
      ? defaultEvaluate(ctx.problem, risk, data)
      : checkEvaluate(ctx, evaluateDecl.decl, { data, risk }, evaluateDecl.env);
  const seed = checkSeed(ctx);
  checkBodies(ctx);
  const waivers = checkWaivers(ctx);
  if (!required || data?.ir == null || uncertainty === null || parts === null) return null;
  if (evaluate === null || seed === null) return null;
  return { seed, ...names, data, uncertainty, evaluate, waivers, ...parts };
}

/** A predictor may be trained on the rows alone: then their own law is the model's. */
function undeclaredLaw(ctx: CheckContext, data: CheckedData | null): UncertaintyIR | null {
  if (ctx.problem !== "forecast" || data === null || ctx.model.incomplete) return null;
  const targets =
    data.windows.length === 0
      ? [...data.contexts, ...data.outcomes]
      : data.windows.flatMap(({ name, horizon }) => [name, horizon]);
  const empirical = generators.groups.find(({ name }) => name === "empirical");
  if (empirical === undefined) throw new Error("the empirical law is missing from the registry");
  return { targets, given: [], generator: defaultGroup(empirical) };
}

/** What the kind of problem adds; `uncertainty` and `risk` are known to the checks that follow even where it failed. */
interface Parts {
  readonly parts: CheckedParts | null;
  readonly uncertainty: UncertaintyIR | null;
  readonly risk: CheckedRisk | null;
}

function checkParts(ctx: CheckContext, data: CheckedData | null, checkLaw: () => UncertaintyIR | null): Parts {
  switch (ctx.problem) {
    case "single_stage":
    case "forecast":
      return checkLosses(ctx, data, checkLaw);
    case "generation": {
      const uncertainty = checkLaw();
      const { train, compare } = checkLearning(ctx, uncertainty, data);
      const parts = train === null || compare === null ? null : { problem: "generation" as const, train, compare };
      return { parts, uncertainty, risk: null };
    }
    case "posterior": {
      const uncertainty = checkLaw();
      const observe = only(ctx, "observe");
      const infer = only(ctx, "infer");
      const observation = observe === null ? null : checkObservation(ctx, observe.decl, observe.env);
      const inference = infer === null ? null : checkInference(ctx, infer.decl, data, infer.env);
      const { train } = checkLearning(ctx, uncertainty, data);
      if (observation === null || inference === null || train === null) {
        return { parts: null, uncertainty, risk: null };
      }
      return { parts: { problem: "posterior", train, observation, inference }, uncertainty, risk: null };
    }
    case "multi_stage": {
      const stages = checkStages(ctx, ctx.model.declarations, data);
      const uncertainty = checkLaw();
      const ambiguity = checkOptional(ctx, "ambiguity", (one) => checkAmbiguity(ctx, one.decl, uncertainty, one.env));
      const written = checkOptional(
        ctx,
        "solve",
        (one) => ctx.checkGroup(one.decl.value, solvers, one.env)?.ir ?? null,
      );
      const solve = written.value ?? defaultGroup(solvers.groups[0]!);
      const { compare } = checkLearning(ctx, uncertainty, data);
      if (stages === null || !ambiguity.sound || !written.sound || compare === null) {
        return { parts: null, uncertainty, risk: null };
      }
      const parts = { problem: "multi_stage" as const, stages, ambiguity: ambiguity.value, solve, compare };
      return { parts, uncertainty, risk: null };
    }
  }
}

/** A decision or a predictor with its loss and risk. */
function checkLosses(ctx: CheckContext, data: CheckedData | null, checkLaw: () => UncertaintyIR | null): Parts {
  const decisionDecl = only(ctx, "decision");
  const single = ctx.problem === "single_stage";
  const decision = single ? checkDecision(ctx, ctx.model.declarations) : null;
  const predictor =
    single || decisionDecl === null ? null : checkPredictor(ctx, decisionDecl.decl, data, decisionDecl.env);
  // Without its predictor, calls of it would be reported as unknown functions.
  const decided = single || predictor !== null;
  const lossDecl = only(ctx, "loss");
  const loss = lossDecl === null || !decided ? null : checkLoss(ctx, lossDecl.decl, lossDecl.env);
  const riskDecl = only(ctx, "risk");
  const risk =
    riskDecl === null || loss === null ? null : checkRisk(ctx, riskDecl.decl, riskDecl.placed, loss, riskDecl.env);
  const uncertainty = checkLaw();
  const ambiguity = checkOptional(ctx, "ambiguity", (one) => checkAmbiguity(ctx, one.decl, uncertainty, one.env));
  const { train, compare } = checkLearning(ctx, uncertainty, data);
  const solve = checkOptional(ctx, "solve", (one) => ctx.checkGroup(one.decl.value, solvers, one.env)?.ir ?? null);
  const stress = checkOptional(ctx, "stress", (one) => checkStress(ctx, one.decl, one.env));
  const none: Parts = { parts: null, uncertainty, risk };
  if (loss === null || risk === null || train === null || compare === null) return none;
  if (!ambiguity.sound || !solve.sound || !stress.sound) return none;
  const losses = { loss, risk, ambiguity: ambiguity.value, train, compare, stress: stress.value };
  if (decision !== null) {
    return { ...none, parts: { problem: "single_stage", ...losses, decision, solve: solve.value } };
  }
  if (predictor === null || !lossFits(ctx, predictor, loss)) return none;
  return { ...none, parts: { problem: "forecast", ...losses, predictor } };
}

function checkLearning(
  ctx: CheckContext,
  uncertainty: UncertaintyIR | null,
  data: CheckedData | null,
): { readonly train: OptionsIR | null; readonly compare: readonly OptionsIR[] | null } {
  // Where nothing is trained, a `train` is reported as misplaced already.
  const trainDecl = ctx.problem === "multi_stage" ? null : only(ctx, "train");
  const train =
    trainDecl === null
      ? fittedByDefault(ctx, uncertainty)
      : checkTrain(ctx, trainDecl.decl, uncertainty, data, trainDecl.env);
  const compareDecl = only(ctx, "compare");
  const compare =
    compareDecl === null ? [] : checkCompare(ctx, compareDecl.decl, { uncertainty, train, data }, compareDecl.env);
  return { train, compare };
}

/** Training where the model says nothing: the generator's own loss, with its steps where it is trained by steps. */
function fittedByDefault({ problem }: CheckContext, uncertainty: UncertaintyIR | null): OptionsIR {
  // Beside a decision the weights of a flow's rows are a choice that a model must make.
  if (problem === "generation" && uncertainty?.generator.name === "flow_matching") return defaultGroup(uniformFm);
  return uncertainty !== null && likelihoodGenerators.includes(uncertainty.generator.name)
    ? defaultGroup(fit)
    : { name: "fit", options: {} };
}

/** A declaration that may be left out; not `sound` where it is there and wrong. */
function checkOptional<K extends Decl["kind"], T>(
  ctx: CheckContext,
  kind: K,
  check: (one: { readonly decl: DeclOf<K>; readonly env: Env }) => T | null,
): { readonly value: T | null; readonly sound: boolean } {
  const declared = only(ctx, kind);
  if (declared === null) return { value: null, sound: true };
  const value = check(declared);
  return { value, sound: value !== null };
}

type DeclOf<K extends Decl["kind"]> = Extract<Decl, { readonly kind: K }>;

/** The model's declaration of a kind that it has once. */
function only<K extends Decl["kind"]>(
  ctx: CheckContext,
  kind: K,
): { readonly decl: DeclOf<K>; readonly placed: PlacedDecl; readonly env: Env } | null {
  for (const placed of ctx.model.declarations) {
    const { decl, module } = placed;
    if (isKind(decl, kind)) return { decl, placed, env: envOf(module.source, ctx.model.scopeOf(module)) };
  }
  return null;
}

function isKind<K extends Decl["kind"]>(decl: Decl, kind: K): decl is DeclOf<K> {
  return decl.kind === kind;
}

function checkNames(ctx: CheckContext): Pick<CheckedBase, "dims" | "graphs" | "params"> {
  const dims: DimIR[] = [];
  const graphs: (CheckedGraph & { readonly at: Location })[] = [];
  const params: CheckedParam[] = [];
  for (const entity of [...ctx.model.entities.units.values(), ...ctx.model.entities.values.values()]) {
    if (entity.kind === "unit") ctx.meaning.unit(entity);
    if (entity.kind === "dim") {
      const axis = ctx.meaning.dim(entity);
      if (axis === null) continue;
      dims.push({ name: entity.name, size: axis.size, ...(axis.labels === null ? {} : { labels: axis.labels }) });
    }
    if (entity.kind === "graph") {
      const graph = ctx.meaning.graph(entity);
      if (graph === null) continue;
      graphs.push({ ...graph, at: entity.at });
      const { edgesAxis, nodesAxis } = graph;
      // Edges are named by their ends; nodes by a file, or by their numbers alone, which need no labels.
      dims.push({ name: edgesAxis.dim!, size: edgesAxis.size, labels: edgesAxis.labels! });
      const names = graph.named ? { labels: nodesAxis.labels! } : {};
      dims.push({ name: nodesAxis.dim!, size: nodesAxis.size, ...names });
    }
    if (entity.kind === "param") {
      const param = ctx.meaning.param(entity);
      if (param !== null) params.push(param);
    }
  }
  return { dims, graphs, params };
}

function checkSeed(ctx: CheckContext): Setting<number> | null {
  const seed = only(ctx, "seed");
  if (seed === null) return { value: 0, origin: "implicit" };
  const { decl, env } = seed;
  const value = constantNumber(ctx, decl.value, env, "seed");
  if (value === null) return null;
  const at = locate(env, decl.value);
  if (Number.isInteger(value) && value >= 0 && value <= 4_294_967_295) {
    return { value, origin: "explicit", at: originOf(ctx, at) };
  }
  const range = "a whole number from 0 to 4294967295";
  const args = { name: "seed", owner: "the model", range, value, doc: "it starts every random stream", example: "7" };
  ctx.reporter.report("option-range", at, args);
  return null;
}

/** Assumptions set aside with a reason; reports waivers that waive nothing. */
function checkWaivers(ctx: CheckContext): readonly WaiverIR[] {
  const waivers: WaiverIR[] = [];
  for (const { decl, module } of ctx.model.declarations) {
    if (decl.kind !== "waive") continue;
    const name = decl.assumption.name;
    const at = { source: module.source, span: decl.assumption.span };
    if (!assumptions.has(name)) {
      const names = [...assumptions.keys()].join(", ");
      const suggestion = didYouMean(name, assumptions.keys());
      if (!isSuspect(ctx, name)) ctx.reporter.report("waive-unknown", at, { name, suggestion, names });
    } else if (decl.because.value.trim() === "") {
      ctx.reporter.report("waive-without-reason", { source: module.source, span: decl.because.span }, { name });
    } else if (!ctx.usedWaivers.has(name)) {
      ctx.reporter.report("waive-unused", at, { name });
    } else {
      waivers.push({ assumption: name, because: decl.because.value, at: originOf(ctx, at) });
    }
  }
  return waivers;
}
