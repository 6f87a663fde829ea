import type { AnyModelIR, QuantityIR } from "../../../../runtime/ir/model.ts";
import { componentName } from "../../../analyse/feasibility/text.ts";
import { symmetricEigenvalues } from "../../../analyse/quadratic.ts";
import { isSingleStage } from "../../../compile.ts";
import type { Decl, TypeExpr } from "../../../../grammar/ast.ts";
import { numberText } from "../../diff/text.ts";
import type { LintRule } from "../context.ts";

/** Rules about the decision problem itself, from what the analyses proved. */

export const fixedComponents: LintRule = (context) => {
  for (const { ir, canonical } of context.models) {
    if (canonical === null || !isSingleStage(ir)) continue;
    for (const { component, value } of canonical.feasibility.fixed) {
      const part = canonical.layouts.decision.parts.find(
        ({ offset, size }) => component >= offset && component < offset + size,
      );
      const at = part?.quantity.at;
      if (at?.file !== 0) continue;
      const name = componentName(ir, canonical.layouts.decision, component);
      context.report("fixed-component", at, { component: `\`${name}\``, value: numberText(value) });
    }
  }
};

/** Strong convexity makes the best decision unique; nothing else here is proved to. */
export const uniqueness: LintRule = (context) => {
  for (const { decl, ir, canonical } of context.models) {
    if (canonical === null || canonical.conic !== null || !isSingleStage(ir) || ir.decision.blocks.length === 0)
      continue;
    const { quadratic } = canonical.deterministic;
    const size = canonical.feasible.size;
    const least =
      quadratic === null ? 0 : symmetricEigenvalues(quadratic, size).reduce((a, v) => Math.min(a, v), Infinity);
    const risk = decl.declarations.find((one) => one.kind === "risk");
    // Of a single number the kinks of a newsvendor decide; it is the vectors that drift along a face.
    if (least <= 0 && size > 1 && risk !== undefined) context.report("decision-not-unique", risk.span, {});
  }
};

/** Quantities without a unit in a model where others have one. Contexts are features: they seldom have any. */
export const units: LintRule = (context) => {
  for (const { decl, ir } of context.models) {
    if (!statesUnits(ir)) continue;
    for (const one of decl.declarations) {
      for (const { name, type, span } of quantitiesOf(one)) {
        if (type?.kind === "predictor-type" || (type?.kind === "scalar-type" && type.unit !== undefined)) continue;
        const word = type?.kind === "scalar-type" ? type.name.name : "real";
        if (word === "real") context.report("unit-unstated", span, { name, type: word });
      }
    }
  }
};

function statesUnits(ir: AnyModelIR): boolean {
  return ir.params.some(stated) || ir.data.fields.some(stated) || ("decision" in ir && ir.decision.blocks.some(stated));
}

interface Written {
  readonly name: string;
  readonly type: TypeExpr | undefined;
  readonly span: { readonly start: number; readonly end: number };
}

function quantitiesOf(decl: Decl): readonly Written[] {
  switch (decl.kind) {
    case "param":
      return [{ name: decl.name.name, type: decl.type, span: decl.name.span }];
    case "decision":
      return decl.groups.flatMap(({ names, type, value }) =>
        value === undefined ? names.map(({ name, span }) => ({ name, type, span })) : [],
      );
    case "data":
      return decl.fields
        .filter(({ role }) => role.name === "outcome" || role.name === "trajectory" || role.name === "price")
        .map(({ name, type }) => ({ name: name.name, type, span: name.span }));
    default:
      return [];
  }
}

const stated = (one: QuantityIR): boolean => Object.keys(one.unit).length > 0;
