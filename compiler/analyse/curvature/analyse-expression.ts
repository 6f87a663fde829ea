import { GraphBuilder } from "../../../runtime/ir/builder.ts";
import type { ExprGraph } from "../../../runtime/ir/expr.ts";
import { degreeIn } from "../degree.ts";
import { intervalsOf, type Interval } from "../interval.ts";
import { layoutOf } from "../layout.ts";
import { blameOf } from "./blame.ts";
import { curvaturesOf } from "./curvature.ts";
import { closedIn, exactAffineOf } from "./exact-affine.ts";
import type { Curvature, ExpressionFacts, NodeFacts, Sign } from "./facts.ts";
import { dependsOn, type Scope } from "./forward.ts";
import { describeMoves, movesOf } from "./monotonicity.ts";
import { distinctPieces, piecesOf } from "./pieces-count.ts";
import { quadraticsOf } from "./quadratics.ts";
import { normsOf, ratesOf } from "./rates.ts";
import { differentiabilityOf } from "./smoothness.ts";
import { strongConvexityOf } from "./strong-convexity.ts";

/** What an expression is analysed in, and what is known of its inputs. */
export interface AnalysisScope {
  /** Inputs that vary, jointly; those that the expression does not read are ignored. */
  readonly variables: readonly string[];
  /** Every element of an input lies in its range. */
  readonly ranges?: ReadonlyMap<string, Interval>;
  /** Bounds of the Euclidean norm of inputs. */
  readonly norms?: ReadonlyMap<string, number>;
}

/** Beyond so many pieces by composition no attempt is made to count them apart. */
const COUNTED_PIECES = 4096;

/**
 * Curvature, sign, monotonicity, form and constants of an expression and of all that it is made of, in the given
 * variables, by composition rules alone: what is claimed is proved, what is not claimed may still hold. Parameters
 * count as the numbers that they are.
 */
export function analyseExpression(graph: ExprGraph, given: AnalysisScope): ExpressionFacts {
  const b = new GraphBuilder();
  const ids = b.graft(graph, { keepParams: false });
  const output = ids[graph.output]!;
  const scope = createScope(b, graph, output, given);
  const quadratic = quadraticsOf(scope);
  const exact = exactAffineOf(scope);
  const bend = curvaturesOf(scope, quadratic);
  const moves = movesOf(scope, exact);
  const pieces = piecesOf(scope);
  const rate = ratesOf(scope, normsOf(scope, given.norms ?? new Map()), exact, quadratic);
  const differentiability = differentiabilityOf(scope);

  const facts = (id: number): NodeFacts => {
    const curvature = curvatureOf(id);
    const { lower, upper } = scope.interval(id);
    const range = { lower: quadratic(id)?.sumOfSquares ? Math.max(lower, 0) : lower, upper };
    const { whole, bend: smoothness } = rate(id);
    return {
      curvature,
      sign: signOf(range),
      range,
      bounded: Number.isFinite(range.lower) && Number.isFinite(range.upper),
      monotonicity: describeMoves(scope, id === output ? (exact(id)?.moves ?? moves(id)) : moves(id)),
      pieces: curvature === "affine" || curvature === "constant" ? 1 : pieces(id),
      differentiability: differentiability(id),
      lipschitz: whole,
      smoothness,
    };
  };
  const nodes = ids.map(facts);
  const modulus = strongConvexityOf(scope, bend, exact, quadratic);
  const composed = facts(output);
  // A sum may be convex though a term of it is not.
  const whole: NodeFacts =
    composed.curvature === "unknown" && modulus !== null ? { ...composed, curvature: "convex" } : composed;
  const sense = whole.curvature === "convex" ? 1 : whole.curvature === "concave" ? -1 : null;
  const split =
    sense !== null && whole.pieces !== null && whole.pieces <= COUNTED_PIECES
      ? distinctPieces(scope, output, sense)
      : null;
  const form = quadratic(output);
  return {
    ...whole,
    pieces: split === null ? whole.pieces : Math.min(split.length, whole.pieces!),
    // The largest of affine pieces is as steep as the steepest of them.
    lipschitz: split === null ? whole.lipschitz : Math.min(whole.lipschitz, steepest(split)),
    nodes,
    quadratic: form,
    strongConvexity: modulus ?? 0,
    blame: whole.curvature === "unknown" ? blameOf(scope, bend) : null,
  };

  function curvatureOf(id: number): Curvature {
    if (!dependsOn(scope, id)) return "constant";
    const { convex, concave } = bend(id);
    return convex && concave ? "affine" : convex ? "convex" : concave ? "concave" : "unknown";
  }

  function steepest(split: readonly number[]): number {
    return split.reduce((most, id) => Math.max(most, rate(id).whole), 0);
  }
}

function createScope(b: GraphBuilder, graph: ExprGraph, output: number, given: AnalysisScope): Scope {
  const shapes = new Map(graph.nodes.flatMap((node) => (node.op === "input" ? [[node.name, node.shape]] : [])));
  const variables = layoutOf(
    given.variables.flatMap((name) => {
      const shape = shapes.get(name);
      return shape === undefined ? [] : [{ name, axes: shape.map((size) => ({ dim: null, size })), unit: {} }];
    }),
  );
  const names = new Set(variables.parts.map((part) => part.name));
  return {
    b,
    output,
    variables,
    interval: intervalsOf(b, given.ranges ?? new Map()),
    degree: degreeIn(b, names),
    closed: closedIn(b, names),
  };
}

function signOf({ lower, upper }: Interval): Sign {
  if (lower === 0 && upper === 0) return "zero";
  return lower >= 0 ? "non-negative" : upper <= 0 ? "non-positive" : "unknown";
}
