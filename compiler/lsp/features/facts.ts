/** Curvature, sign, form and size: what the analysis proves of a model and of its expressions. */
import type { Span } from "../../../grammar/ast.ts";
import type { ExprGraph } from "../../../runtime/ir/expr.ts";
import type { AnyModelIR } from "../../../runtime/ir/model.ts";
import {
  analyseModel,
  modelFacts,
  type CanonicalProblem,
  type ExpressionFacts,
  type ModelFacts,
} from "../../analyse/index.ts";
import { isAnalysed } from "../../compile.ts";
import { numberText } from "../../cli/explain/text-of.ts";
import { problemNames } from "../../registry/index.ts";
import type { Program } from "../program.ts";

type NodeFacts = ExpressionFacts["nodes"][number];

const factsOf = new WeakMap<AnyModelIR, ModelFacts>();
const canonicalOf = new WeakMap<AnyModelIR, CanonicalProblem | null>();

/** Of the smallest value that the compiler made of exactly this text; `null` where it is in no loss, risk or constraint. */
export function expressionFacts(program: Program, span: Span): NodeFacts | null {
  for (const ir of program.compilation.allModels) {
    if (!isAnalysed(ir)) continue;
    const graphs: readonly (ExprGraph | undefined)[] = [
      ir.loss.graph,
      ir.risk.deterministic,
      ...ir.decision.constraints.map((constraint) => constraint.graph),
    ];
    if (!graphs.some((graph) => graph !== undefined && nodeAt(graph, span) >= 0)) continue;
    const facts = knownFacts(ir);
    const analysed = [facts.loss.inDecision, facts.deterministic, ...facts.constraints.map((one) => one.facts)];
    for (const [i, graph] of graphs.entries()) {
      const node = graph === undefined ? -1 : nodeAt(graph, span);
      const found = node < 0 ? undefined : analysed[i]?.nodes[node];
      if (found !== undefined) return found;
    }
  }
  return null;
}

function knownFacts(
  ir: Extract<AnyModelIR, { readonly loss: unknown }> & Parameters<typeof modelFacts>[0],
): ModelFacts {
  let facts = factsOf.get(ir);
  if (facts === undefined) factsOf.set(ir, (facts = modelFacts(ir)));
  return facts;
}

/** The last node of that place: what an expression's parts are made into comes before it. */
function nodeAt(graph: ExprGraph, { start, end }: Span): number {
  return graph.nodes.findLastIndex(({ at }) => at?.file === 0 && at.start === start && at.end === end);
}

/** `affine in the decision, non-negative, between 0 and 3`. */
export function factsText(facts: NodeFacts): string {
  const { curvature, sign, range, pieces } = facts;
  const parts = [
    curvature === "unknown" ? "neither convex nor concave by the rules" : `${curvature} in the decision`,
    sign === "unknown" ? "of either sign" : sign === "zero" ? "zero" : sign,
  ];
  if (pieces !== null && pieces > 1) parts.push(`at most ${pieces} affine pieces`);
  if (range.lower === range.upper) parts.push(`always ${numberText(range.lower)}`);
  else if (facts.bounded) parts.push(`between ${numberText(range.lower)} and ${numberText(range.upper)}`);
  if (facts.differentiability === "almost-everywhere") parts.push("with kinks");
  if (facts.differentiability === "jumps") parts.push("with jumps");
  return parts.join(", ");
}

/** What kind of problem a model is, or what its loss is like; `null` while the model has errors. */
export function modelText(program: Program, name: string | undefined, of: "model" | "loss"): string | null {
  const ir = program.compilation.allModels.find((one) => one.name === name) ?? null;
  if (ir === null) return null;
  if (!isAnalysed(ir)) return of === "model" ? problemNames[ir.kind ?? "single_stage"] : null;
  if (of === "loss") {
    const { inDecision, inOutcome } = knownFacts(ir).loss;
    const steep = Number.isFinite(inOutcome.lipschitz)
      ? `; Lipschitz in the outcome with ${numberText(inOutcome.lipschitz)}`
      : "";
    return `${factsText(inDecision)}${steep}`;
  }
  let canonical = canonicalOf.get(ir);
  if (canonical === undefined) canonicalOf.set(ir, (canonical = analyseModel(ir).canonical));
  if (canonical === null) return null;
  const { form } = canonical;
  return `${problemNames.single_stage}: ${form.name} with ${size(form.variables)} variables and ${size(form.rows)} rows over K scenarios`;
}

function size(part: { readonly fixed: number; readonly perScenario: number }): string {
  return part.perScenario === 0 ? String(part.fixed) : `${part.fixed} + ${part.perScenario}·K`;
}
