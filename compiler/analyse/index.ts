import type { Origin } from "../../runtime/ir/expr.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { depthProblems } from "./depth.ts";
import { examineFeasibleSet, examineObjective, type FeasibilityFacts } from "./feasibility/index.ts";
import { feasibleForm, type FeasibleForm } from "./feasible.ts";
import { layoutsOf, type Layouts } from "./layout.ts";
import { jumpInOutcome, jumpProblem, lossPieces, type Piece } from "./loss.ts";
import type { Problem } from "./problem.ts";
import { quadraticForm, type QuadraticForm } from "./quadratic.ts";
import { analyseCatalogue } from "./catalogue.ts";

export { analyseCatalogue, type AnalyseCode } from "./catalogue.ts";
export type { FeasibleForm, Row } from "./feasible.ts";
export type { FeasibilityFacts } from "./feasibility/index.ts";
export { layoutsOf, type Layout, type Layouts, type Part } from "./layout.ts";
export type { Piece } from "./loss.ts";
export type { Problem } from "./problem.ts";
export type { QuadraticForm } from "./quadratic.ts";

/**
 * The sample-average problem that each context's decision is the answer of, over K scenarios. Its size is
 * `fixed + perScenario · K`, counting one epigraph variable a scenario where the loss has several pieces and one
 * shortfall a scenario and CVaR term.
 */
export interface CanonicalForm {
  /** Linear, quadratic, or either with integers. */
  readonly name: "LP" | "QP" | "MIP" | "MIQP";
  readonly variables: { readonly fixed: number; readonly perScenario: number };
  readonly rows: { readonly fixed: number; readonly perScenario: number };
}

/** What the decision problem is, proved by composition rules. */
export interface CanonicalProblem {
  readonly layouts: Layouts;
  readonly feasible: FeasibleForm;
  readonly feasibility: FeasibilityFacts;
  /** `ℓ(z, s) = max_j slope_j(s, x)·z + offset_j(s, x)` */
  readonly pieces: readonly Piece[];
  readonly deterministic: QuadraticForm;
  readonly form: CanonicalForm;
  /** False where the loss may jump in the outcome, so that its gradient misses part of the change. */
  readonly differentiableInOutcome: boolean;
}

export interface Analysis {
  readonly problems: readonly Problem[];
  /** `null` where an error was reported. */
  readonly canonical: CanonicalProblem | null;
}

/**
 * Proves the structure that the decision's solver needs: affine constraints as rows, the loss as the largest of affine
 * pieces in the decision, a convex quadratic deterministic term. What cannot be proved is reported with the
 * sub-expression to blame. Synchronous, loads no solver.
 */
export function analyseModel(ir: ModelIR): Analysis {
  const problems: Problem[] = [];
  const layouts = layoutsOf(ir);
  const nowhere: Origin = { file: 0, start: 0, end: 0 };
  const lossAt = ir.loss.at ?? nowhere;
  problems.push(...depthProblems(ir, lossAt));
  if (problems.length > 0) return { problems, canonical: null };
  const feasible = feasibleForm(ir, layouts.decision, lossAt, problems);
  const affine = problems.length === 0;
  const set = affine
    ? examineFeasibleSet(ir, feasible, layouts.decision, ir.decision.blocks[0]?.at ?? lossAt, problems)
    : null;
  const pieces = lossPieces(ir, layouts, lossAt, problems);
  const deterministic = quadraticForm(ir.risk.deterministic, layouts.decision, ir.risk.at ?? lossAt, problems);
  problems.push(...jumpProblem(ir, layouts.outcome, lossAt));
  const failed = problems.some((problem) => analyseCatalogue[problem.code].severity === "error");
  if (failed || set === null) return { problems, canonical: null };
  const feasibility = examineObjective(
    ir,
    feasible,
    layouts.decision,
    { pieces, deterministic },
    set,
    lossAt,
    problems,
  );
  if (feasibility.unbounded === "certain") return { problems, canonical: null };
  const form = canonicalForm(feasible, pieces.length, deterministic, ir.risk.cvar.length);
  const differentiableInOutcome = jumpInOutcome(ir.loss.graph, layouts.outcome) === null;
  return {
    problems,
    canonical: { layouts, feasible, feasibility, pieces, deterministic, form, differentiableInOutcome },
  };
}

function canonicalForm(
  feasible: FeasibleForm,
  pieces: number,
  deterministic: QuadraticForm,
  cvars: number,
): CanonicalForm {
  const quadratic = deterministic.quadratic !== null;
  const integer = feasible.integer.length > 0;
  const epigraph = pieces > 1;
  return {
    name: integer ? (quadratic ? "MIQP" : "MIP") : quadratic ? "QP" : "LP",
    variables: { fixed: feasible.size + cvars, perScenario: (epigraph ? 1 : 0) + cvars },
    rows: {
      fixed: feasible.inequalities.length + feasible.equalities.length,
      perScenario: (epigraph ? pieces : 0) + cvars,
    },
  };
}
