import { canonicalSizes, type CanonicalForm as Reformulation } from "../../runtime/ir/canonical.ts";
import type { Origin } from "../../runtime/ir/expr.ts";
import type { ModelIR, WaiverIR } from "../../runtime/ir/model.ts";
import { checkAssumptions, factsOf, unusedWaivers, type Judgement } from "./assumptions/index.ts";
import { reformulateModel } from "../canonical/model.ts";
import { leakageProblems } from "./assumptions/leakage.ts";
import { bentForm, isCurved } from "./conic.ts";
import { depthProblems } from "./depth.ts";
import { examineFeasibleSet, examineObjective, type FeasibilityFacts } from "./feasibility/index.ts";
import { feasibleForm, type FeasibleForm } from "./feasible.ts";
import { layoutsOf, type Layouts } from "./layout.ts";
import { lossPieces, type Piece } from "./loss.ts";
import { ballOf } from "./robust.ts";
import type { Problem } from "./problem.ts";
import { quadraticForm, type QuadraticForm } from "./quadratic.ts";
import { analyseCatalogue } from "./catalogue.ts";

export { waivableAssumptions } from "./assumptions/index.ts";
export { analyseCatalogue, type AnalyseCode } from "./catalogue.ts";
export {
  analyseExpression,
  modelFacts,
  type AnalysisScope,
  type ConstraintFacts,
  type CurvatureBlame,
  type ExpressionFacts,
  type ModelFacts,
} from "./curvature/index.ts";
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
  /** Linear, quadratic, over second-order or exponential cones; `MI…`: with integers; `mixed`: `EXP` with integers. */
  readonly name: "LP" | "QP" | "MIP" | "MIQP" | "SOCP" | "MISOCP" | "EXP" | "mixed";
  readonly variables: { readonly fixed: number; readonly perScenario: number };
  /** Cones count as one row each. */
  readonly rows: { readonly fixed: number; readonly perScenario: number };
}

/** What the decision problem is, proved by composition rules. */
export interface CanonicalProblem {
  readonly layouts: Layouts;
  readonly feasible: FeasibleForm;
  readonly feasibility: FeasibilityFacts;
  /** `ℓ(z, s) = max_j slope_j(s, x)·z + offset_j(s, x)`; none where the loss bends otherwise. */
  readonly pieces: readonly Piece[];
  /** Zero where that part of the risk is no quadratic. */
  readonly deterministic: QuadraticForm;
  /** What is solved where loss, risk or constraints bend other than by maxima and that quadratic; else `null`. */
  readonly conic: Reformulation | null;
  /** Whether the deterministic part of the risk bends other than by a quadratic. */
  readonly curvedRisk: boolean;
  readonly form: CanonicalForm;
  /** False where the loss may jump in the outcome, so that its gradient misses part of the change. */
  readonly differentiableInOutcome: boolean;
  /** What the model's methods assume, each with whether it holds and the waiver that accepts it. */
  readonly judgements: readonly Judgement[];
  /** The decision problem in canonical conic form, computed when asked for: a check does not need it. */
  readonly reformulation: () => Reformulation;
}

export interface Analysis {
  readonly problems: readonly Problem[];
  /** Waivers of assumptions that no method of this model violates. */
  readonly unusedWaivers: readonly WaiverIR[];
  /** `null` where an error was reported. */
  readonly canonical: CanonicalProblem | null;
}

/**
 * Proves the structure that the decision's solver needs: affine constraints as rows, the loss as the largest of affine
 * pieces in the decision, a convex quadratic deterministic term; or, where something bends otherwise, a convex form over
 * cones. What cannot be proved is reported with the sub-expression to blame. Synchronous, loads no solver.
 */
export function analyseModel(ir: ModelIR): Analysis {
  const problems: Problem[] = [];
  const layouts = layoutsOf(ir);
  const nowhere: Origin = { file: 0, start: 0, end: 0 };
  const lossAt = ir.loss.at ?? nowhere;
  problems.push(...depthProblems(ir, lossAt));
  const refused = { problems, unusedWaivers: [], canonical: null };
  if (problems.length > 0) return refused;
  const inSet: Problem[] = [];
  const inObjective: Problem[] = [];
  const feasible = feasibleForm(ir, layouts.decision, lossAt, inSet);
  const pieces = lossPieces(ir, layouts, lossAt, inObjective);
  const deterministic = quadraticForm(ir.risk.deterministic, layouts.decision, ir.risk.at ?? lossAt, inObjective);
  const bent = [...inSet, ...inObjective].some(isCurved) ? bentForm(ir, layouts) : null;
  const conic = bent?.conic ?? null;
  const reported = (found: readonly Problem[]): readonly Problem[] =>
    found.flatMap((problem) => (bent === null || !isCurved(problem) ? [problem] : bent.report(problem)));
  problems.push(...reported(inSet));
  const set =
    problems.length === 0
      ? examineFeasibleSet(ir, feasible, layouts.decision, ir.decision.blocks[0]?.at ?? lossAt, problems)
      : null;
  problems.push(...reported(inObjective));
  if (hasErrors(problems) || set === null) return refused;
  const feasibility = examineObjective(
    ir,
    feasible,
    layouts.decision,
    conic === null ? { pieces, deterministic } : null,
    set,
    lossAt,
    problems,
  );
  if (ir.solve !== undefined && feasible.integer.length === 0) {
    problems.push({ code: "search-of-nothing", args: { name: ir.solve.name }, at: ir.solve.at ?? lossAt });
  }
  problems.push(...leakageProblems(ir, lossAt));
  const facts = factsOf({ ir, layouts, feasible, pieces, deterministic });
  const judgements = checkAssumptions(facts, lossAt, problems);
  if (hasErrors(problems)) return refused;
  const form =
    conic === null ? canonicalForm(feasible, pieces.length, deterministic, ir.risk.cvar.length) : sizesOf(conic);
  const differentiableInOutcome = facts.jump === null;
  return {
    problems,
    unusedWaivers: unusedWaivers(ir, judgements),
    canonical: {
      layouts,
      feasible,
      feasibility,
      pieces,
      deterministic,
      conic,
      curvedRisk: inObjective.some(({ code }) => code === "risk-term-not-quadratic"),
      form,
      differentiableInOutcome,
      judgements,
      reformulation: () => conic ?? reformulateModel(ir, ballOf(ir.ambiguity)),
    },
  };
}

function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => analyseCatalogue[problem.code].severity === "error");
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

function sizesOf(conic: Reformulation): CanonicalForm {
  const { variables, ...rows } = canonicalSizes(conic);
  const { class: name } = conic;
  if (name === "smooth" || name === "none") throw new Error(`a form of class ${name} is not solved`);
  const total = (part: "fixed" | "perScenario"): number =>
    Object.values(rows).reduce((sum, count) => sum + count[part], 0);
  return { name, variables, rows: { fixed: total("fixed"), perScenario: total("perScenario") } };
}
