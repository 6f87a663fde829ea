import type { Origin } from "../../runtime/ir/expr.ts";
import {
  IR_VERSION,
  type AnyModelIR,
  type DecisionIR,
  type LossIR,
  type ModelBaseIR,
  type RiskIR,
  type StagesIR,
} from "../../runtime/ir/model.ts";
import { originOf, type CheckContext } from "../check/context.ts";
import type { CheckedDecision } from "../check/decision.ts";
import type { CheckedLoss } from "../check/loss.ts";
import type { CheckedModel } from "../check/model.ts";
import { quantityIR } from "../check/quantity-ir.ts";
import type { CheckedRisk } from "../check/risk.ts";
import type { CheckedStages } from "../check/stages.ts";
import { unitIR } from "../check/unit.ts";
import type { Location } from "../source/source-text.ts";
import { lowerTerm } from "./lower-term.ts";

/** A checked model as plain JSON: named dims made explicit shapes, every expression a graph, every default filled in. */
export function lowerModel(ctx: CheckContext, model: CheckedModel, files: readonly string[]): AnyModelIR {
  const origin = (at: Location): Origin => originOf(ctx, at);
  const data = model.data.ir;
  if (data === null) throw new Error("data without an IR cannot be lowered");
  const common = { ...lowerBase(ctx, model, files, origin), data, uncertainty: model.uncertainty };
  const { evaluate } = model;
  switch (model.problem) {
    case "single_stage":
      return {
        ...common,
        decision: lowerDecision(ctx, model.decision, origin),
        ...lowerLosses(model, origin),
        train: model.train,
        ...(model.solve === null ? {} : { solve: model.solve }),
        compare: model.compare,
        evaluate,
      };
    case "forecast": {
      const { name, from, to, network, at } = model.predictor;
      const predictor = { name, from, to: to.name, network, at: origin(at) };
      const { train, compare } = model;
      return { kind: "forecast", ...common, predictor, ...lowerLosses(model, origin), train, compare, evaluate };
    }
    case "generation":
      return { kind: "generation", ...common, train: model.train, compare: model.compare, evaluate };
    case "posterior": {
      const { quantity, mean, noise } = model.observation;
      const { target, given, by, at } = model.inference;
      return {
        kind: "posterior",
        ...common,
        train: model.train,
        observation: { ...quantityIR(ctx, quantity), mean: lowerTerm(mean, origin), noise },
        inference: { target, given, by, at: origin(at) },
        evaluate,
      };
    }
    case "multi_stage":
      return {
        kind: "multi_stage",
        ...common,
        stages: lowerStages(ctx, model.stages, origin),
        ...(model.ambiguity === null ? {} : { ambiguity: model.ambiguity }),
        solve: model.solve,
        compare: model.compare,
        evaluate,
      };
  }
}

type OriginOf = (at: Location) => Origin;

function lowerBase(ctx: CheckContext, model: CheckedModel, files: readonly string[], origin: OriginOf): ModelBaseIR {
  const { decl } = ctx.model;
  return {
    version: IR_VERSION,
    name: decl.name.name,
    ...(decl.doc === undefined ? {} : { doc: decl.doc }),
    files,
    seed: model.seed,
    dims: model.dims,
    params: model.params.map(({ quantity, value, overridden }) => ({
      ...quantityIR(ctx, quantity),
      value,
      overridden,
    })),
    ...(model.graphs.length === 0
      ? {}
      : { graphs: model.graphs.map(({ name, nodes, edges, at }) => ({ name, nodes, edges, at: origin(at) })) }),
    ...(model.waivers.length === 0 ? {} : { waivers: model.waivers }),
  };
}

function lowerDecision(ctx: CheckContext, decision: CheckedDecision, origin: OriginOf): DecisionIR {
  const maps = decision.maps.map(({ block, parameters, term, at }) => ({
    block,
    parameters: parameters.map((parameter) => quantityIR(ctx, parameter)),
    graph: lowerTerm(term, origin),
    at: origin(at),
  }));
  return {
    blocks: decision.blockIRs,
    ...(maps.length === 0 ? {} : { maps }),
    constraints: decision.constraints.map(({ difference, relation, label, at }) => ({
      relation,
      graph: lowerTerm(difference, origin),
      label,
      at: origin(at),
    })),
    sets: decision.sets.map(({ block, text, at }) => ({ block, text, at: origin(at) })),
  };
}

function lowerLoss(loss: CheckedLoss, origin: OriginOf): LossIR {
  return {
    name: loss.name,
    graph: lowerTerm(loss.term, origin),
    unit: unitIR(loss.term.type.unit),
    at: origin(loss.at),
  };
}

function lowerRisk(risk: CheckedRisk, origin: OriginOf): RiskIR {
  return {
    mean: risk.mean,
    cvar: risk.cvar.map(({ weight, level, at }) => ({ weight, level, at: origin(at) })),
    ...(risk.deterministic === null ? {} : { deterministic: lowerTerm(risk.deterministic, origin) }),
    text: risk.text,
    at: origin(risk.at),
  };
}

type Losses = Pick<Extract<CheckedModel, { readonly loss: CheckedLoss }>, "loss" | "risk" | "ambiguity" | "stress">;

function lowerLosses({ loss, risk, ambiguity, stress }: Losses, origin: OriginOf) {
  return {
    loss: lowerLoss(loss, origin),
    risk: lowerRisk(risk, origin),
    ...(ambiguity === null ? {} : { ambiguity }),
    ...(stress === null ? {} : { stress }),
  };
}

function lowerStages(ctx: CheckContext, stages: CheckedStages, origin: OriginOf): StagesIR {
  const { name, from, to, observing, at } = stages;
  return {
    name,
    from,
    to,
    states: stages.states.map(({ quantity, initially, range, next }) => ({
      ...quantityIR(ctx, quantity),
      initially,
      ...(range === null ? {} : { range }),
      next: lowerTerm(next, origin),
    })),
    observing,
    decision: lowerDecision(ctx, stages.decision, origin),
    loss: lowerLoss(stages.loss, origin),
    at: origin(at),
  };
}
