import { RuntimeError } from "../errors/runtime-error.ts";
import type { DecisionProblem } from "../spec.ts";
import { createRobustDecider } from "./ambiguity/index.ts";
import { decideCatalogue } from "./catalogue.ts";
import { dualBound } from "./certificate.ts";
import { boundPlace, checkFeasible } from "./feasible-set.ts";
import { getGlpk, solveWithGlpk } from "./glpk.ts";
import { getHighs, solveWithHighs } from "./highs.ts";
import { impliedBounds } from "./implied-bounds.ts";
import { solveEpigraph } from "./library-solver.ts";
import type { Proposal } from "./library-solver.ts";
import { createStructuredSolver } from "./structured/structured-solver.ts";
import { relativeInterior } from "./structured/relative-interior.ts";
import type { LinearModel } from "./linear-model.ts";
import type { LinearSolution } from "./linear-solution.ts";
import { findUnboundedDirection } from "./recession.ts";
import { createProgramBuilder } from "./scenario-program.ts";
import type { Decider, DecideOptions, DecisionAnswer } from "./types.ts";
import { violation } from "./violation.ts";

/** A gap wider than this, relative to the objective's scale, makes an answer `inaccurate`. */
export const OPTIMAL_GAP = 1e-6;
/** A wider gap than this, relative to the objective's scale, sends a problem from `structured` on to `highs`. */
const STRUCTURED_GAP = 1e-8;

/**
 * Prepares a solver for one decision problem; its answers are those of `decide(scenarios, context)` at any number of
 * contexts:
 *
 * `min over z ∈ feasible of mean·E[L] + Σ_k weight_k CVaR_k[L] + linear·z + zᵀQz + constant`, `L = max_j slope_j·z + offset_j`.
 *
 * With `problem.ambiguity` of a positive radius the risk is that of the worst law in the set (`createRobustDecider`).
 *
 * An infeasible set and an unbounded objective are answers (`status`, `blame`), not errors.
 *
 * @throws RuntimeError a code of `decideCatalogue`: a malformed or non-convex problem, or a solver that cannot take it
 */
export async function createDecider(problem: DecisionProblem, options: DecideOptions = {}): Promise<Decider> {
  const { feasible: set, ambiguity } = problem;
  // A set of radius 0 holds the scenarios alone.
  if (ambiguity !== undefined && ambiguity.radius !== 0) return createRobustDecider(problem, ambiguity, options);
  const { blame } = await checkFeasible(set);
  const builder = createProgramBuilder(problem);
  const solver = chooseSolver(problem, options.solver ?? "auto");
  const highs = await getHighs();
  const library = solver === "glpk" ? await loadGlpk() : (model: LinearModel) => solveWithHighs(highs, model);
  const reach = impliedBounds(set);
  const { program } = builder;
  const interior = solver === "structured" && blame.length === 0 ? relativeInterior(highs, set, reach) : null;
  const structured = interior === null ? null : createStructuredSolver(program, interior, reach);

  /** Evaluates a proposal on the problem itself and proves how far from the minimum it can be. */
  function assess(proposal: Proposal, by: string): Assessed {
    const t = new Float64Array(problem.risk.cvar.length);
    const { objective, scale } = builder.evaluate(proposal.z, t);
    const bound =
      proposal.multipliers === null
        ? { value: proposal.bound, residual: 0 }
        : dualBound(program, proposal.z, proposal.multipliers, reach);
    const gap = objective - bound.value;
    return {
      scale,
      answer: {
        z: proposal.z,
        t,
        objective,
        status: gap <= OPTIMAL_GAP * scale ? "optimal" : "inaccurate",
        primalResidual: violation(set, proposal.z),
        dualResidual: bound.residual,
        gap,
        blame: [],
        solver: by,
        multipliers: proposal.multipliers,
      },
    };
  }

  function withoutAnswer(reason: Pick<DecisionAnswer, "status" | "blame" | "missing" | "solver">): Answer {
    return {
      z: new Float64Array(program.size).fill(NaN),
      t: new Float64Array(problem.risk.cvar.length).fill(NaN),
      objective: NaN,
      primalResidual: NaN,
      dualResidual: NaN,
      gap: NaN,
      ...reason,
    };
  }

  function solve(guess: Float64Array | undefined): Answer {
    let best: Assessed | null = null;
    if (structured !== null) {
      const proposal = structured.solve(guess);
      if (proposal.z.every(Number.isFinite)) best = assess(proposal, "structured");
      if (best !== null && best.answer.gap <= STRUCTURED_GAP * best.scale) return best.answer;
    }
    const by = solver === "structured" ? "highs" : solver;
    const proposal = solveEpigraph(program, set, library);
    if (proposal.status === "optimal" || proposal.status === "stopped") {
      const second = assess(proposal, by);
      if (best === null || second.answer.gap < best.answer.gap) best = second;
      if (best.answer.status === "optimal") return best.answer;
    }
    const missing = findUnboundedDirection(highs, program, set);
    if (missing !== null) {
      const places = [...new Set(missing.map(({ component, side }) => boundPlace(set, component, side)))];
      return withoutAnswer({ status: "unbounded", blame: places, missing, solver: by });
    }
    if (best !== null && Number.isFinite(best.answer.gap)) return best.answer;
    throw new RuntimeError(decideCatalogue, "solver-failed", { solver: by, status: proposal.detail });
  }

  return {
    decide(scenarios, context, warm = options.warmStart) {
      const start = performance.now();
      builder.fill(scenarios, context);
      const answer =
        blame.length > 0 ? withoutAnswer({ status: "infeasible", blame, solver: "highs" }) : solve(warm?.z);
      return { ...answer, milliseconds: performance.now() - start };
    },
  };
}

type Answer = Omit<DecisionAnswer, "milliseconds">;

interface Assessed {
  readonly answer: Answer;
  /** What the gap is small or large against. */
  readonly scale: number;
}

async function loadGlpk(): Promise<(model: LinearModel) => LinearSolution> {
  const glpk = await getGlpk();
  return (model) => solveWithGlpk(glpk, model);
}

type SolverName = "structured" | "highs" | "glpk";

/** @throws RuntimeError `integer-quadratic`, `solver-does-not-fit` */
function chooseSolver(problem: DecisionProblem, wanted: NonNullable<DecideOptions["solver"]>): SolverName {
  const integer = problem.feasible.integer.length > 0;
  const quadratic = problem.risk.quadratic !== null && problem.risk.quadratic.some((value) => value !== 0);
  const misfit = (feature: string, instead: string): RuntimeError =>
    new RuntimeError(decideCatalogue, "solver-does-not-fit", { solver: wanted, feature, instead });
  if (wanted === "cone") throw misfit("a problem without an ambiguity set", "auto");
  if (integer && quadratic) throw new RuntimeError(decideCatalogue, "integer-quadratic", {});
  if (wanted === "glpk" && quadratic) throw misfit("a quadratic term", "highs");
  if (wanted === "structured" && integer) throw misfit("integer components", "highs or glpk");
  if (wanted === "auto") return integer ? "highs" : "structured";
  return wanted;
}
