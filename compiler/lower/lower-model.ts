import type { Origin } from "../../runtime/ir/expr.ts";
import { IR_VERSION, type ModelIR } from "../../runtime/ir/model.ts";
import { originOf, type CheckContext } from "../check/context.ts";
import type { CheckedModel } from "../check/model.ts";
import { quantityIR } from "../check/quantity-ir.ts";
import { unitIR } from "../check/unit.ts";
import type { Location } from "../source/source-text.ts";
import { lowerTerm } from "./lower-term.ts";

/** A checked model as plain JSON: named dims made explicit shapes, every expression a graph, every default filled in. */
export function lowerModel(ctx: CheckContext, model: CheckedModel, files: readonly string[]): ModelIR {
  const origin = (at: Location): Origin => originOf(ctx, at);
  const { decl } = ctx.model;
  if (model.data.ir === null) throw new Error("data without an IR cannot be lowered");
  const { decision, loss, risk } = model;
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
    data: model.data.ir,
    decision: {
      blocks: decision.blockIRs,
      constraints: decision.constraints.map(({ difference, relation, label, at }) => ({
        relation,
        graph: lowerTerm(difference, origin),
        label,
        at: origin(at),
      })),
      sets: decision.sets.map(({ block, text, at }) => ({ block, text, at: origin(at) })),
    },
    loss: {
      name: loss.name,
      graph: lowerTerm(loss.term, origin),
      unit: unitIR(loss.term.type.unit),
      at: origin(loss.at),
    },
    risk: {
      mean: risk.mean,
      cvar: risk.cvar.map(({ weight, level, at }) => ({ weight, level, at: origin(at) })),
      ...(risk.deterministic === null ? {} : { deterministic: lowerTerm(risk.deterministic, origin) }),
      text: risk.text,
      at: origin(risk.at),
    },
    uncertainty: model.uncertainty,
    train: model.train,
    compare: model.compare,
    evaluate: model.evaluate,
    ...(model.waivers.length === 0 ? {} : { waivers: model.waivers }),
  };
}
