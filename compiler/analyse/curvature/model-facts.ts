import type { Origin } from "../../../runtime/ir/expr.ts";
import type { ModelIR } from "../../../runtime/ir/model.ts";
import { feasibleForm, type FeasibleForm } from "../feasible.ts";
import type { Interval } from "../interval.ts";
import { layoutsOf, type Layout } from "../layout.ts";
import type { Curvature, ExpressionFacts } from "./facts.ts";
import { analyseExpression } from "./analyse-expression.ts";

/** What is proved of a model's expressions, over the decision's bounds and the declared ranges of the data. */
export interface ModelFacts {
  /** Its Lipschitz constant in the outcome holds for every feasible decision. */
  readonly loss: { readonly inDecision: ExpressionFacts; readonly inOutcome: ExpressionFacts };
  /** The part of `risk` that does not read the loss, in the decision; `null` where there is none. */
  readonly deterministic: ExpressionFacts | null;
  /** `mean·E[L] + Σ weight·CVaR[L] + deterministic`, in the decision, whatever the scenarios. */
  readonly objective: { readonly curvature: Curvature; readonly strongConvexity: number };
  readonly constraints: readonly ConstraintFacts[];
}

export interface ConstraintFacts {
  readonly label: string;
  readonly at: Origin | null;
  /** Of left minus right, in the decision. */
  readonly facts: ExpressionFacts;
  /** The decisions that satisfy it are a convex set. */
  readonly convex: boolean;
}

/**
 * Curvature, constants and form of the loss, the risk and the constraints of a model. Works where the model is refused
 * for its form, so that the refusal can be explained. Expressions must be within the depth limit.
 */
export function modelFacts(ir: ModelIR): ModelFacts {
  const layouts = layoutsOf(ir);
  const feasible = feasibleForm(ir, layouts.decision, { file: 0, start: 0, end: 0 }, []);
  const decisionNames = layouts.decision.parts.map((part) => part.name);
  const outcomeNames = layouts.outcome.parts.map((part) => part.name);
  const ranges = new Map([...declaredRanges(ir), ...decisionRanges(layouts.decision, feasible)]);
  const norms = decisionNorms(layouts.decision, feasible);
  const inDecision = { variables: decisionNames, ranges, norms };

  const loss = {
    inDecision: analyseExpression(ir.loss.graph, inDecision),
    inOutcome: analyseExpression(ir.loss.graph, { variables: outcomeNames, ranges, norms }),
  };
  const deterministic =
    ir.risk.deterministic === undefined ? null : analyseExpression(ir.risk.deterministic, inDecision);
  // Constraints cut the ranges out, so they may not lean on them.
  const constraints = ir.decision.constraints.map((constraint): ConstraintFacts => {
    const facts = analyseExpression(constraint.graph, { variables: decisionNames });
    const { curvature } = facts;
    const affine = curvature === "affine" || curvature === "constant";
    const convex = affine || (constraint.relation === "<=" && curvature === "convex");
    return { label: constraint.label, at: constraint.at ?? null, facts, convex };
  });
  return { loss, deterministic, objective: objectiveFacts(ir, loss.inDecision, deterministic), constraints };
}

/** Expectation and CVaR are monotone and shift with constants: they keep convexity and the modulus of strong convexity. */
function objectiveFacts(
  { risk }: ModelIR,
  loss: ExpressionFacts,
  deterministic: ExpressionFacts | null,
): ModelFacts["objective"] {
  const tail = risk.cvar.reduce((total, term) => total + term.weight, 0);
  const weight = risk.mean + tail;
  const parts: Curvature[] = [];
  // CVaR bends even what is affine; concavity survives the mean alone.
  if (weight > 0) parts.push(tail === 0 || loss.curvature === "constant" ? loss.curvature : overTail(loss.curvature));
  if (deterministic !== null) parts.push(deterministic.curvature);
  const curvature = parts.reduce(addCurvature, "constant");
  const convex = curvature === "convex" || curvature === "affine" || curvature === "constant";
  const modulus = weight * loss.strongConvexity + (deterministic?.strongConvexity ?? 0);
  return { curvature, strongConvexity: convex ? modulus : 0 };
}

function overTail(curvature: Curvature): Curvature {
  return curvature === "affine" || curvature === "convex" ? "convex" : "unknown";
}

function addCurvature(a: Curvature, b: Curvature): Curvature {
  if (a === "constant" || a === b) return b;
  if (b === "constant") return a;
  if (a === "affine") return b;
  return b === "affine" ? a : "unknown";
}

/** Of data that the expressions see as it is declared: a transformed field has lost its range. */
function declaredRanges(ir: ModelIR): ReadonlyMap<string, Interval> {
  return new Map(
    ir.data.fields.flatMap((field) =>
      field.range !== undefined && field.transforms.length === 0 ? [[field.name, field.range]] : [],
    ),
  );
}

function decisionRanges({ parts }: Layout, { lower, upper }: FeasibleForm): ReadonlyMap<string, Interval> {
  return new Map(
    parts.map(({ name, offset, size }) => {
      const own = (bounds: readonly number[]): readonly number[] => bounds.slice(offset, offset + size);
      return [name, { lower: Math.min(...own(lower)), upper: Math.max(...own(upper)) }];
    }),
  );
}

/**
 * Bounds of the Euclidean norms of the decision's blocks. For `z ≥ 0` with `c·z ≤ b`, `c > 0`:
 * `‖z‖² ≤ max_i z_i · Σ z_i ≤ max_i min(upper_i, b/c_i) · b / min_i c_i`.
 */
function decisionNorms(
  { parts, size }: Layout,
  { lower, upper, inequalities, equalities }: FeasibleForm,
): ReadonlyMap<string, number> {
  const norms = new Map<string, number>();
  if (lower.some((bound) => bound < 0)) return norms;
  for (const { coefficients, bound } of [...inequalities, ...equalities]) {
    if (coefficients.length !== size || coefficients.some((c) => c < 0)) continue;
    for (const { name, offset, size: count } of parts) {
      const own = coefficients.slice(offset, offset + count);
      if (!own.every((c) => c > 0)) continue;
      const most = Math.max(...own.map((c, i) => Math.min(upper[offset + i]!, bound / c)));
      const norm = Math.sqrt(Math.max(0, (most * bound) / Math.min(...own)));
      norms.set(name, Math.min(norms.get(name) ?? Infinity, norm));
    }
  }
  return norms;
}
