import type { WassersteinBall } from "../canonical/problem.ts";
import type { AmbiguityIR } from "../../runtime/ir/model.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { ExprGraph } from "../../runtime/ir/expr.ts";
import { degreeIn } from "./degree.ts";
import { namesOf, type Layouts } from "./layout.ts";
import type { Piece } from "./loss.ts";

/** What the solver of worst cases does not take, as "… of the set"; `null` where it takes the problem. */
export function robustObstacle(
  ambiguity: AmbiguityIR,
  { pieces, layouts }: { readonly pieces: readonly Piece[]; readonly layouts: Layouts },
): string | null {
  const { name } = ambiguity.set;
  if (pieces.length === 0) return `the ambiguity set \`${name}\` around a loss that bends in the decision`;
  if (name !== "wasserstein") return null;
  const outcomes = namesOf(layouts.outcome);
  const affine = pieces.every(({ slope, offset }) => degreeOf(slope, outcomes) <= 1 && degreeOf(offset, outcomes) <= 1);
  return affine ? null : `the ambiguity set \`wasserstein\` around a loss whose pieces bend in the outcome`;
}

/**
 * The ball that the canonical form of the problem is written for: one radius of order 1 or 2, the latter with Euclidean
 * distances. Of other sets the form is the nominal one.
 */
export function ballOf(ambiguity: AmbiguityIR | undefined): { readonly ambiguity?: WassersteinBall } {
  if (ambiguity?.set.name !== "wasserstein" || ambiguity.via !== undefined) return {};
  const [order, radius, norm] = ["order", "radius", "norm"].map((key) => ambiguity.set.options[key]?.value);
  if ((order !== 1 && order !== 2) || typeof radius !== "number") return {};
  if (norm !== "l1" && norm !== "l2" && norm !== "linf") return {};
  return order === 2 && norm !== "l2" ? {} : { ambiguity: { order, radius, norm } };
}

function degreeOf(graph: ExprGraph, names: ReadonlySet<string>): number {
  const b = new GraphBuilder();
  return degreeIn(b, names)(b.graft(graph)[graph.output]!);
}
