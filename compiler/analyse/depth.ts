import type { ExprGraph, Origin } from "../../runtime/ir/expr.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { argsOf } from "../../runtime/ir/scalar-ops.ts";
import type { Problem } from "./problem.ts";

/** Most operations inside each other: analyses and emission recurse along an expression. */
const DEPTH_LIMIT = 1000;

/** Problems of expressions that are nested too deeply to be followed. */
export function depthProblems(ir: ModelIR, fallback: Origin): Problem[] {
  const expressions: readonly (readonly [string, ExprGraph | undefined, Origin | undefined])[] = [
    [`the loss \`${ir.loss.name}\``, ir.loss.graph, ir.loss.at],
    ["`risk`", ir.risk.deterministic, ir.risk.at],
    ...ir.decision.constraints.map(
      (constraint) => [`the constraint \`${constraint.label}\``, constraint.graph, constraint.at] as const,
    ),
  ];
  return expressions.flatMap(([what, graph, at]) => {
    const depth = graph === undefined ? 0 : depthOf(graph);
    if (depth <= DEPTH_LIMIT) return [];
    return [{ code: "expression-too-deep" as const, args: { what, depth, limit: DEPTH_LIMIT }, at: at ?? fallback }];
  });
}

function depthOf(graph: ExprGraph): number {
  const depths: number[] = [];
  for (const node of graph.nodes) depths.push(1 + argsOf(node).reduce((most, arg) => Math.max(most, depths[arg]!), 0));
  return depths[graph.output]!;
}
