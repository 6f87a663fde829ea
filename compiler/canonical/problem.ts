import type { Repeat } from "../../runtime/ir/canonical.ts";
import type { ExprGraph, Origin } from "../../runtime/ir/expr.ts";
import type { Shape } from "../../runtime/ir/shape.ts";
import type { Interval } from "../analyse/interval.ts";

/** A block of the decision. Bounds are one an element; ±Infinity where there is none. */
export interface DecisionVariable {
  readonly name: string;
  readonly shape: Shape;
  readonly type: "real" | "int" | "bool";
  readonly lower?: readonly number[];
  readonly upper?: readonly number[];
  readonly at?: Origin;
}

/** A named input that is no decision, with the range of its elements where it is known. */
export interface DataInput {
  readonly name: string;
  readonly shape: Shape;
  readonly repeat: Repeat;
  readonly range?: Interval;
}

/** `graph ≤ 0` or `graph == 0`, element by element; for every scenario where it reads one. */
export interface ProblemConstraint {
  readonly relation: "<=" | "==";
  readonly graph: ExprGraph;
  readonly label: string;
  readonly at?: Origin;
}

/**
 * Laws within a Wasserstein distance of the scenarios, all of R^d as support. Order 2 has the Euclidean ground metric;
 * order 1 that of `norm` (Euclidean where absent).
 */
export interface WassersteinBall {
  readonly order: 1 | 2;
  readonly radius: number;
  readonly norm?: "l1" | "l2" | "linf";
}

/** `mean · E[loss] + Σ weight · CVaR_level[loss]`, of the worst law in the ball where there is one. */
export interface ProblemRisk {
  readonly loss: ExprGraph;
  readonly mean: number;
  readonly cvar: readonly { readonly weight: number; readonly level: number; readonly at?: Origin }[];
  readonly ambiguity?: WassersteinBall;
}

/**
 * Minimise `objective + risk` over the variables. Without a risk the objective must not read scenarios; its graph and
 * the constraints' are over variables and data by name.
 */
export interface ConvexProblem {
  readonly variables: readonly DecisionVariable[];
  readonly data: readonly DataInput[];
  readonly objective?: ExprGraph;
  readonly risk?: ProblemRisk;
  readonly constraints: readonly ProblemConstraint[];
}
