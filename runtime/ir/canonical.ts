import type { ExprGraph, Origin } from "./expr.ts";
import { sizeOf, type Shape } from "./shape.ts";

/** Version of the layout of `CanonicalForm`. */
export const CANONICAL_VERSION = 1;

/**
 * The smallest class of problems that holds a form, and so the solvers that answer it. `EXP`: exponential cones, second
 * order cones allowed beside them. `smooth`: a convex smooth row that no cone here expresses. `MISOCP`: integers beside
 * second-order cones; `mixed`: integers beside exponential cones or smooth rows. `none`: no convex form was found.
 */
export type CanonicalClass = "LP" | "MIP" | "QP" | "MIQP" | "SOCP" | "MISOCP" | "EXP" | "smooth" | "mixed" | "none";

/** Whether something stands once in the problem or once for each of its K scenarios. */
export type Repeat = "once" | "scenario";

/** What a variable was introduced for. */
export type VariableRole =
  | "decision"
  /** above a convex sub-expression, equal to it at a solution */
  | "epigraph"
  /** below a concave sub-expression, equal to it at a solution */
  | "hypograph"
  /** the value at risk of a CVaR term (Rockafellar–Uryasev) */
  | "value-at-risk"
  /** by how much a scenario's loss exceeds the value at risk */
  | "shortfall"
  /** the multiplier of a Wasserstein ball's radius */
  | "multiplier"
  /** between the cones that one atom needs */
  | "cone";

/** A block of the form's variables; `K` blocks where it repeats. */
export interface CanonicalVariable {
  readonly name: string;
  readonly shape: Shape;
  readonly repeat: Repeat;
  readonly role: VariableRole;
  /** What it stands for, in words. */
  readonly text: string;
  readonly type: "real" | "int" | "bool";
  /** One an element, `null` where there is none. */
  readonly lower: readonly (number | null)[];
  readonly upper: readonly (number | null)[];
  readonly at?: Origin;
}

/** A named input of the coefficients: a context field (once) or an outcome field (each scenario). */
export interface CanonicalDatum {
  readonly name: string;
  readonly shape: Shape;
  readonly repeat: Repeat;
}

interface RowBase {
  readonly repeat: Repeat;
  /** Why the row is there: a constraint's label or the atom that it expresses. */
  readonly label: string;
  readonly at?: Origin;
}

/**
 * A group of rows, one an element of its shape. All graphs are affine in the variables, with coefficients that are
 * graphs in the data; those of one row have one shape.
 */
export type CanonicalRow = RowBase &
  (
    | { readonly kind: "linear"; readonly relation: "<=" | "=="; readonly left: ExprGraph; readonly right: ExprGraph }
    /** `‖(parts)‖₂ ≤ bound`. A part has the shape of `bound`, or one axis more, along which it is a vector. */
    | { readonly kind: "soc"; readonly parts: readonly ExprGraph[]; readonly bound: ExprGraph }
    /** `scale · exp(exponent / scale) ≤ bound` with `scale ≥ 0`, closed at 0. */
    | { readonly kind: "exp"; readonly exponent: ExprGraph; readonly scale: ExprGraph; readonly bound: ExprGraph }
    /** `graph ≤ 0`, convex and smooth in the variables where it is defined, not affine. */
    | { readonly kind: "smooth"; readonly graph: ExprGraph }
  );

/**
 * `min fixed + Σ_k p_k · scenario_k` over the variables subject to the rows; `p` are the scenarios' probabilities. Both
 * scalars are affine in the variables, or convex quadratics where the class is QP or MIQP. Inputs of every graph are
 * variables and data by name. Plain JSON.
 */
export interface CanonicalForm {
  readonly version: typeof CANONICAL_VERSION;
  readonly class: CanonicalClass;
  /** What makes it this class, and for `none` what stands in the way. */
  readonly reason: string;
  /** For `none`: the sub-expression to blame. */
  readonly at?: Origin;
  readonly variables: readonly CanonicalVariable[];
  readonly data: readonly CanonicalDatum[];
  readonly objective: { readonly fixed: ExprGraph; readonly scenario: ExprGraph | null };
  readonly rows: readonly CanonicalRow[];
}

/** `fixed + perScenario · K` */
export interface Count {
  readonly fixed: number;
  readonly perScenario: number;
}

export interface CanonicalSizes {
  readonly variables: Count;
  readonly equalities: Count;
  readonly inequalities: Count;
  readonly secondOrderCones: Count;
  readonly exponentialCones: Count;
  readonly smooth: Count;
}

/** Sizes of a form for any number of scenarios. Bounds are no rows. */
export function canonicalSizes(form: CanonicalForm): CanonicalSizes {
  const rows = (test: (row: CanonicalRow) => boolean): Count =>
    count(form.rows.filter(test).map((row) => ({ repeat: row.repeat, size: sizeOf(rowShape(row)) })));
  return {
    variables: count(form.variables.map(({ repeat, shape }) => ({ repeat, size: sizeOf(shape) }))),
    equalities: rows((row) => row.kind === "linear" && row.relation === "=="),
    inequalities: rows((row) => row.kind === "linear" && row.relation === "<="),
    secondOrderCones: rows((row) => row.kind === "soc"),
    exponentialCones: rows((row) => row.kind === "exp"),
    smooth: rows((row) => row.kind === "smooth"),
  };
}

function count(items: readonly { readonly repeat: Repeat; readonly size: number }[]): Count {
  return {
    fixed: items.reduce((n, item) => n + (item.repeat === "once" ? item.size : 0), 0),
    perScenario: items.reduce((n, item) => n + (item.repeat === "scenario" ? item.size : 0), 0),
  };
}

/** Shape of a group of rows: one row, or cone, an element. */
export function rowShape(row: CanonicalRow): Shape {
  const graph = row.kind === "linear" ? row.left : row.kind === "smooth" ? row.graph : row.bound;
  return graph.nodes[graph.output]!.shape;
}
