import type { Shape } from "../../../runtime/ir/shape.ts";
import type { Interval } from "../interval.ts";
import { layoutOf } from "../layout.ts";
import type { GraphBuilder } from "../../../runtime/ir/builder.ts";
import { blameOf } from "./blame.ts";
import { curvaturesOf } from "./curvature.ts";
import { closedIn } from "./exact-affine.ts";
import type { CurvatureBlame } from "./facts.ts";
import { addConsumers, type Scope } from "./forward.ts";
import { fitsQuadratic, isWhole, readQuadratic, type Quadratic } from "./quadratics.ts";
import { differentiabilityOf } from "./smoothness.ts";
import { continuousSwitch } from "./switches.ts";

/** The same rules as `analyseExpression`, asked of single values of a graph that grows while they are asked. */
export interface GrowingFacts {
  /** Whether every element is convex (`1`) or concave (`-1`), jointly in all variables. */
  bends(id: number, sense: 1 | -1): boolean;
  /** The quadratic that a scalar is, where its coefficients are known numbers. */
  quadratic(id: number): Quadratic | null;
  /** Whether it has a derivative everywhere inside its domain. */
  smooth(id: number): boolean;
  /** The innermost sub-expression without curvature, of a value that bends neither way. */
  blame(id: number): CurvatureBlame;
  /** Whether an `if` on the variables is the larger (`max`) or smaller (`min`) of its branches. */
  switchOf(id: number): "max" | "min" | null;
}

/** What the rules read of the graph. */
export interface GrowingScope {
  /** Every input that varies, with its shape; inputs that `degree` counts beside these are affine and unbounded. */
  readonly variables: readonly { readonly name: string; readonly shape: Shape }[];
  readonly degree: (id: number) => number;
  readonly interval: (id: number) => Interval;
}

export function growingFacts(b: GraphBuilder, { variables, degree, interval }: GrowingScope): GrowingFacts {
  const layout = layoutOf(
    variables.map(({ name, shape }) => ({ name, axes: shape.map((size) => ({ dim: null, size })), unit: {} })),
  );
  const closed = closedIn(b, new Set(variables.map(({ name }) => name)));
  const scope: Omit<Scope, "output"> = { b, variables: layout, interval, degree, closed };
  const consumers = new Map<number, number[]>();
  const matrices = new Map<number, Quadratic | null>();

  const quadratic = (id: number): Quadratic | null => {
    if (!matrices.has(id)) matrices.set(id, fitsQuadratic(scope, id) ? readQuadratic(scope, id) : null);
    return matrices.get(id)!;
  };
  // Inside a larger quadratic a smaller one decides nothing by itself.
  const inside = (id: number): Quadratic | null => (isWhole(scope, consumers.get(id) ?? []) ? quadratic(id) : null);
  const bend = curvaturesOf({ ...scope, output: 0 }, inside);
  const differentiability = differentiabilityOf({ ...scope, output: 0 });

  return {
    bends(id, sense) {
      addConsumers(b, id, consumers);
      const { convex, concave } = bend(id);
      if (sense === 1 ? convex : concave) return true;
      if (convex || concave) return false;
      const definiteness = quadratic(id)?.definiteness;
      return definiteness === (sense === 1 ? "positive-semidefinite" : "negative-semidefinite");
    },
    quadratic,
    smooth: (id) => differentiability(id) === "everywhere",
    blame: (id) => blameOf({ ...scope, output: id }, bend),
    switchOf: (id) => continuousSwitch({ ...scope, output: id }, id),
  };
}
