import { reverse } from "../derive/index.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { ExprGraph, ExprNode, Origin } from "../../runtime/ir/expr.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { argsOf } from "../../runtime/ir/scalar-ops.ts";
import { degreeIn } from "./degree.ts";
import { intervalsOf, type Interval } from "./interval.ts";
import { namesOf, type Layout, type Layouts } from "./layout.ts";
import { maxAffinePieces, PIECE_LIMIT } from "./pieces.ts";
import { FormFailure, type Problem } from "./problem.ts";

/** `slope(s, x) · z + offset(s, x)`; the slope has one element for each component of the decision vector. */
export interface Piece {
  readonly slope: ExprGraph;
  readonly offset: ExprGraph;
}

/** The loss as the largest of affine pieces in the decision; empty where a problem was reported. */
export function lossPieces(ir: ModelIR, layouts: Layouts, fallback: Origin, problems: Problem[]): readonly Piece[] {
  const b = new GraphBuilder();
  const output = b.graft(ir.loss.graph)[ir.loss.graph.output]!;
  const read = new Set(b.finish(output).nodes.flatMap((node) => (node.op === "input" ? [node.name] : [])));
  const at = ir.loss.at ?? fallback;
  const ignores = (layout: Layout): boolean => layout.parts.every((part) => !read.has(part.name));
  if (ignores(layouts.decision)) {
    problems.push({
      code: "loss-ignores-decision",
      args: { loss: ir.loss.name, decisions: list(layouts.decision) },
      at,
    });
  }
  if (ignores(layouts.outcome)) {
    problems.push({ code: "loss-ignores-outcome", args: { loss: ir.loss.name, outcomes: list(layouts.outcome) }, at });
  }
  try {
    const degree = degreeIn(b, namesOf(layouts.decision));
    const pieces = maxAffinePieces(b, output, degree, intervalsOf(b, dataRanges(ir)));
    return pieces.map((id) => splitPiece(b, id, layouts.decision));
  } catch (failure) {
    if (!(failure instanceof FormFailure)) throw failure;
    problems.push(lossProblem(ir, failure, at));
    return [];
  }
}

function list(layout: Layout): string {
  return layout.parts.map((part) => `\`${part.name}\``).join(", ");
}

function lossProblem(ir: ModelIR, failure: FormFailure, fallback: Origin): Problem {
  const at = failure.node.at ?? fallback;
  const args = { loss: ir.loss.name, reason: failure.message };
  if (failure.reason === "pieces") return { code: "loss-too-many-pieces", args: { ...args, limit: PIECE_LIMIT }, at };
  const bent = failure.reason === "bends" || failure.reason === "sign";
  return { code: bent ? "loss-not-convex-in-decision" : "loss-not-piecewise-affine", args, at };
}

/** The slope is the piece's gradient, its offset the piece at the decision zero. */
function splitPiece(b: GraphBuilder, id: number, decision: Layout): Piece {
  const inputs = decision.parts.map((part) => b.input(part.name, part.shape));
  const slope = b.finish(b.concat(reverse(b, id, inputs)));
  const atZero = new GraphBuilder();
  const graph = b.finish(id);
  const names = namesOf(decision);
  const replace = (name: string, shape: readonly number[]): number | undefined =>
    names.has(name) ? atZero.const(0, shape) : undefined;
  return { slope, offset: atZero.finish(atZero.graft(graph, { replace })[graph.output]!) };
}

/** Declared ranges of the data as the loss sees it: a field that is transformed has lost its own. */
export function dataRanges(ir: ModelIR): ReadonlyMap<string, Interval> {
  return new Map(
    ir.data.fields.flatMap((field) =>
      field.range !== undefined && field.transforms.length === 0 ? [[field.name, field.range]] : [],
    ),
  );
}

/**
 * The first operation through which the loss may jump in the outcome: a comparison, `sign`, `not` or the condition of
 * an `if` that reads it. `null`: differentiable almost everywhere with nothing lost.
 */
export function jumpInOutcome(graph: ExprGraph, outcome: Layout): ExprNode | null {
  const names = namesOf(outcome);
  const reads: boolean[] = [];
  for (const node of graph.nodes) {
    const fromArgs = argsOf(node).map((arg) => reads[arg]!);
    reads.push(node.op === "input" ? names.has(node.name) : fromArgs.some(Boolean));
    const jumps = ["sign", "not", "lt", "le", "gt", "ge", "eq", "ne", "and", "or"].includes(node.op);
    if (jumps && fromArgs.some(Boolean)) return node;
  }
  return null;
}
