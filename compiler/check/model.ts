import type { Decl } from "../../grammar/ast.ts";
import type { DimIR, EvaluateIR, OptionsIR, Setting, UncertaintyIR, WaiverIR } from "../../runtime/ir/model.ts";
import { didYouMean } from "../diagnostics/index.ts";
import { assumptions } from "../registry/index.ts";
import type { PlacedDecl } from "../resolve/module.ts";
import type { Confinement } from "../source/confine.ts";
import { envOf, isSuspect, locate, originOf, type CheckContext, type CheckedParam, type Env } from "./context.ts";
import { constantNumber } from "./constants.ts";
import { checkData, type CheckedData } from "./data.ts";
import { checkDecision, type CheckedDecision } from "./decision.ts";
import { checkEvaluate, defaultEvaluate } from "./evaluate.ts";
import { reportLater } from "./later.ts";
import { checkLoss, type CheckedLoss } from "./loss.ts";
import { checkBodies } from "./bodies.ts";
import { checkRisk, type CheckedRisk } from "./risk.ts";
import { checkCompare, checkTrain } from "./training.ts";
import { checkUncertainty } from "./uncertainty.ts";

/** A model whose every part was found sound. */
export interface CheckedModel {
  readonly seed: Setting<number>;
  readonly dims: readonly DimIR[];
  readonly params: readonly CheckedParam[];
  readonly data: CheckedData;
  readonly decision: CheckedDecision;
  readonly loss: CheckedLoss;
  readonly risk: CheckedRisk;
  readonly uncertainty: UncertaintyIR;
  readonly train: OptionsIR;
  readonly compare: readonly OptionsIR[];
  readonly evaluate: EvaluateIR;
  readonly waivers: readonly WaiverIR[];
}

/** Checks one model in the order in which its parts depend on each other; `null` where any of them is missing or wrong. */
export function checkModel(ctx: CheckContext, confinement: Confinement): CheckedModel | null {
  reportLater(ctx);
  const required = checkRequired(ctx);
  const { dims, params } = checkNames(ctx);
  const dataDecl = only(ctx, "data");
  const data = dataDecl === null ? null : checkData(ctx, dataDecl.placed, dataDecl.decl, confinement);
  const decision = checkDecision(ctx, ctx.model.declarations);
  const lossDecl = only(ctx, "loss");
  const loss = lossDecl === null ? null : checkLoss(ctx, lossDecl.decl, lossDecl.env);
  const riskDecl = only(ctx, "risk");
  const risk =
    riskDecl === null || loss === null ? null : checkRisk(ctx, riskDecl.decl, riskDecl.placed, loss, riskDecl.env);
  const uncertaintyDecl = only(ctx, "uncertainty");
  const uncertainty =
    uncertaintyDecl === null ? null : checkUncertainty(ctx, uncertaintyDecl.decl, data, uncertaintyDecl.env);
  const trainDecl = only(ctx, "train");
  const train =
    trainDecl === null
      ? { name: "fit", options: {} }
      : checkTrain(ctx, trainDecl.decl, uncertainty, data, trainDecl.env);
  const compareDecl = only(ctx, "compare");
  const compare =
    compareDecl === null ? [] : checkCompare(ctx, compareDecl.decl, { uncertainty, train, data }, compareDecl.env);
  const evaluateDecl = only(ctx, "evaluate");
  const evaluate =
    evaluateDecl === null
      ? defaultEvaluate(risk, data)
      : checkEvaluate(ctx, evaluateDecl.decl, { data, risk }, evaluateDecl.env);
  const seed = checkSeed(ctx);
  checkBodies(ctx);
  const waivers = checkWaivers(ctx);
  if (!required || data?.ir == null || loss === null || risk === null || uncertainty === null) return null;
  if (train === null || compare === null || evaluate === null || seed === null) return null;
  return { seed, dims, params, data, decision, loss, risk, uncertainty, train, compare, evaluate, waivers };
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

const requirements: readonly {
  readonly kind: Decl["kind"];
  readonly what: string;
  readonly reason: string;
  readonly example: string;
}[] = [
  {
    kind: "data",
    what: "data",
    reason: "there is nothing to learn the uncertainty from",
    example: 'data market = csv("market.csv") { … }',
  },
  {
    kind: "decision",
    what: "decision",
    reason: "there is nothing to decide",
    example: "decision z: real[Asset] in simplex",
  },
  { kind: "loss", what: "loss", reason: "decisions cannot be told apart", example: "loss L(z, s) = -dot(s, z)" },
  {
    kind: "risk",
    what: "risk",
    reason: "how uncertain losses are weighed is the heart of the decision, so droc assumes nothing",
    example: "risk mean(L)",
  },
  {
    kind: "uncertainty",
    what: "uncertainty",
    reason: "how the outcome is modelled given the context must be said",
    example: "uncertainty s | x ~ flow_matching",
  },
];

function checkRequired(ctx: CheckContext): boolean {
  const has = (kind: Decl["kind"]): boolean => ctx.model.declarations.some(({ decl }) => decl.kind === kind);
  const missing = requirements.filter(({ kind }) => !has(kind));
  const later = ctx.model.declarations.some(
    ({ decl }) => decl.kind === "stages" || decl.kind === "stage" || decl.kind === "observe" || decl.kind === "infer",
  );
  const uncertainty = only(ctx, "uncertainty");
  const name = ctx.model.decl.name.name;
  if (ctx.model.incomplete || later) return missing.length === 0;
  if (uncertainty !== null && !has("decision") && !has("loss") && !has("risk")) {
    const args = { what: "a model without a decision", instead: ", or add `decision`, `loss` and `risk`" };
    ctx.reporter.report("not-yet-supported", ctx.model.at, args);
    return false;
  }
  for (const { what, reason, example } of missing) {
    ctx.reporter.report("missing-declaration", ctx.model.at, { model: name, what, reason, example });
  }
  if (missing.length > 0) return false;
  const generator = uncertainty?.decl.generator;
  const generatorName =
    generator?.kind === "name" ? generator.name : generator?.kind === "configured" ? generator.callee.name : "";
  if (has("train") || generatorName !== "flow_matching") return true;
  ctx.reporter.report("missing-declaration", ctx.model.at, {
    model: name,
    what: "train",
    reason: "flow matching can be trained with or without weights for the decision, which changes what is decided",
    example: "train dw_fm",
  });
  return false;
}

function checkNames(ctx: CheckContext): { readonly dims: readonly DimIR[]; readonly params: readonly CheckedParam[] } {
  const dims: DimIR[] = [];
  const params: CheckedParam[] = [];
  for (const entity of [...ctx.model.entities.units.values(), ...ctx.model.entities.values.values()]) {
    if (entity.kind === "unit") ctx.meaning.unit(entity);
    if (entity.kind === "dim") {
      const axis = ctx.meaning.dim(entity);
      if (axis === null) continue;
      dims.push({ name: entity.name, size: axis.size, ...(axis.labels === null ? {} : { labels: axis.labels }) });
    }
    if (entity.kind === "param") {
      const param = ctx.meaning.param(entity);
      if (param !== null) params.push(param);
    }
  }
  return { dims, params };
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
