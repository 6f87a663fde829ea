import type { ExprNode, Origin } from "../../../runtime/ir/expr.ts";
import type { Interval } from "../interval.ts";

/** Of every element, jointly in all variables; `constant` does not read them, `affine` is convex and concave. */
export type Curvature = "constant" | "affine" | "convex" | "concave" | "unknown";
export type Sign = "zero" | "non-negative" | "non-positive" | "unknown";
export type Direction = "constant" | "non-decreasing" | "non-increasing" | "unknown";
/** `almost-everywhere`: kinks, but continuous; `jumps`: may be discontinuous. On the interior of the domain. */
export type Differentiability = "everywhere" | "almost-everywhere" | "jumps";

export interface InputMonotonicity {
  readonly name: string;
  /** In every component of the input. */
  readonly direction: Direction;
  /** In each component, row-major. */
  readonly components: readonly Direction[];
}

/**
 * What composition rules prove of one value: of all its elements at once. The domain is where the value and all that
 * it is made of are finite, with every input within its range; a convex or concave value has a convex domain. Every
 * claim holds for each value of the inputs that are no variables.
 */
export interface NodeFacts {
  readonly curvature: Curvature;
  readonly sign: Sign;
  readonly range: Interval;
  /** Both ends of the range are finite. */
  readonly bounded: boolean;
  /** In the variables, in the order of their declaration. */
  readonly monotonicity: readonly InputMonotonicity[];
  /** At most so many affine functions agree with an element, each on a polyhedron; `null` where it is not piecewise affine. */
  readonly pieces: number | null;
  readonly differentiability: Differentiability;
  /** Of the flattened value, from the Euclidean norm to the Euclidean norm; `Infinity` where none is proved. */
  readonly lipschitz: number;
  /** Lipschitz constant, in Euclidean norms, of the gradient of each element; `Infinity` where none is proved. */
  readonly smoothness: number;
}

/** `vᵀQv + linear·v + constant`, Q symmetric, row-major, over the variables one after another. */
export interface QuadraticFacts {
  readonly matrix: readonly number[];
  readonly linear: readonly number[];
  readonly constant: number;
  readonly definiteness: "positive-semidefinite" | "negative-semidefinite" | "indefinite";
  /** Of Q; certified bounds, exact up to 64 variables. */
  readonly leastEigenvalue: number;
  readonly greatestEigenvalue: number;
}

/** A rule that the innermost sub-expression without curvature breaks. */
export type CurvatureRule =
  | "product"
  | "quotient"
  | "sign"
  | "sum"
  | "extreme"
  | "composition"
  | "neither"
  | "domain"
  | "exponent"
  | "condition"
  | "jump"
  | "unsupported";

export interface CurvatureBlame {
  readonly node: ExprNode;
  /** Its place, or that of the nearest expression around it that has one. */
  readonly at: Origin | null;
  readonly rule: CurvatureRule;
  /** A phrase that says what breaks the rule, for a message. */
  readonly reason: string;
  /** What to write instead, where something is known. */
  readonly suggestion: string | null;
}

export interface ExpressionFacts extends NodeFacts {
  /** By id of the analysed graph. */
  readonly nodes: readonly NodeFacts[];
  /** `null`: not a scalar that is quadratic in the variables with known coefficients. */
  readonly quadratic: QuadraticFacts | null;
  /** Largest m proved such that the scalar minus `m/2·‖v‖²` is convex; 0 where none is proved. */
  readonly strongConvexity: number;
  /** `null` where the curvature is known. */
  readonly blame: CurvatureBlame | null;
}
