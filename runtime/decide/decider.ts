import { RuntimeError } from "../errors/runtime-error.ts";
import type { DecisionProblem } from "../spec.ts";
import { createRobustDecider } from "./ambiguity/index.ts";
import { decideCatalogue } from "./catalogue.ts";
import { dualBound } from "./certificate.ts";
import { createMeanTourDecider } from "./classical/mean-decider.ts";
import { createConicDecider } from "./conic.ts";
import { createCostSearch } from "./cost-search.ts";
import { boundPlace, checkFeasible } from "./feasible-set.ts";
import { getHighs } from "./highs.ts";
import { impliedBounds } from "./implied-bounds.ts";
import { solveEpigraph } from "./library-solver.ts";
import type { Proposal } from "./library-solver.ts";
import { createStructuredSolver } from "./structured/structured-solver.ts";
import { relativeInterior } from "./structured/relative-interior.ts";
import { gapOf, loadLibraries, routeOf, secondsOf } from "./routes.ts";
import type { Library, Route } from "./routes.ts";
import { findUnboundedDirection } from "./recession.ts";
import { createProgramBuilder } from "./scenario-program.ts";
import type { Decider, DecideOptions } from "./types.ts";
import { violation } from "./violation.ts";
import { withoutAnswer, type UntimedAnswer } from "./without-answer.ts";

/** A wider gap than this, relative to the objective's scale, sends a problem on from `structured` (`routeOf`). */
const STRUCTURED_GAP = 1e-8;

/**
 * Prepares a solver for one decision problem; its answers are those of `decide(scenarios, context)` at any number of
 * contexts:
 *
 * `min over z ∈ feasible of mean·E[L] + Σ_k weight_k CVaR_k[L] + linear·z + zᵀQz + constant`, `L = max_j slope_j·z + offset_j`.
 *
 * With `problem.ambiguity` of a positive radius the risk is that of the worst law in the set (`createRobustDecider`);
 * a problem with a `conic` form goes to the solver of cones (`createConicDecider`), the mean of linear costs of a tour to
 * dynamic programming (`createMeanTourDecider`).
 *
 * An infeasible set and an unbounded objective are answers (`status`, `blame`), not errors.
 *
 * @throws RuntimeError a code of `decideCatalogue`: a malformed or non-convex problem, or a solver that cannot take it
 */
export async function createDecider(problem: DecisionProblem, options: DecideOptions = {}): Promise<Decider> {
  const { feasible: set, ambiguity } = problem;
  if (ambiguity?.kind === "wasserstein" && ambiguity.widened === true) {
    const { ambiguity: _set, ...plain } = problem;
    const nominal = await createDecider(plain, options);
    const robust = await createRobustDecider(problem, ambiguity, options);
    return {
      decide: (scenarios, context, warm) =>
        (ambiguity.radius + (scenarios.widening ?? 0) > 0 ? robust : nominal).decide(scenarios, context, warm),
    };
  }
  // A set of radius 0 holds the scenarios alone.
  if (ambiguity !== undefined && ambiguity.radius !== 0) return createRobustDecider(problem, ambiguity, options);
  if (problem.conic !== undefined) return createConicDecider(problem, problem.conic, options);
  const tours =
    (options.solver ?? "auto") === "auto"
      ? await createMeanTourDecider(problem, options.timeLimit ?? problem.search?.timeLimit)
      : null;
  if (tours !== null) return tours;
  const seconds = secondsOf(problem, options);
  const { blame } = await checkFeasible(set, seconds);
  const builder = createProgramBuilder(problem);
  const route = routeOf(problem, options.solver ?? "auto");
  const highs = await getHighs();
  const libraries = await loadLibraries(route, highs, problem.search);
  const reach = impliedBounds(set);
  const { program } = builder;
  const shape = { decision: program.size, levels: problem.risk.cvar.length };
  const interior = route.structured && blame.length === 0 ? relativeInterior(highs, set, reach) : null;
  const structured = interior === null ? null : createStructuredSolver(program, interior, reach);

  const search = searchesCosts(problem, route) ? createCostSearch(highs, set, problem.search) : null;
  const enough = gapOf(problem);

  /** Evaluates a proposal on the problem itself and proves how far from the minimum it can be. */
  function assess(proposal: Proposal, by: string, thresholds: Float64Array | null = null): Assessed {
    const t = new Float64Array(problem.risk.cvar.length);
    const { objective, scale } = builder.evaluate(proposal.z, t, thresholds);
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
        status: gap <= enough * scale ? "optimal" : "inaccurate",
        primalResidual: violation(set, proposal.z),
        dualResidual: bound.residual,
        gap,
        blame: [],
        solver: by,
        multipliers: proposal.multipliers,
      },
    };
  }

  /** A lower bound on a mixed-integer minimum, from the problem without integrality, where the search has none yet. */
  function relaxedBound(library: Library): number {
    const relaxed = { ...set, integer: [] };
    const proposal = solveEpigraph(program, relaxed, (model) => library.solve(model, Infinity));
    if (proposal.multipliers === null) return -Infinity;
    return dualBound(program, proposal.z, proposal.multipliers, reach).value;
  }

  function solve(guess: Float64Array | undefined, until: number): UntimedAnswer {
    const secondsLeft = (): number => Math.max(0, (until - performance.now()) / 1000);
    let best: Assessed | null = null;
    let last = "the time limit struck";
    let by: string = "structured";
    if (structured !== null) {
      const proposal = structured.solve(guess, until);
      if (proposal.z.every(Number.isFinite)) best = assess(proposal, "structured", proposal.thresholds ?? null);
      if (best !== null && isProved(best, STRUCTURED_GAP)) return best.answer;
      last = proposal.detail;
    }
    let bounded = false;
    for (const library of libraries) {
      if (best !== null && secondsLeft() === 0) break;
      by = library.name;
      const proposal =
        search !== null && library.name === "highs"
          ? withConstant(search.solve(program.linear, guess, secondsLeft()), program.constant)
          : solveEpigraph(program, set, (model) => library.solve(model, secondsLeft()));
      last = proposal.detail;
      if (proposal.status === "optimal" || proposal.status === "stopped") {
        const unproved = set.integer.length > 0 && proposal.bound === -Infinity;
        const next = assess(unproved ? { ...proposal, bound: relaxedBound(library) } : proposal, by);
        if (best === null || next.answer.gap < best.answer.gap) best = next;
      }
      if (best !== null && isProved(best, enough)) return best.answer;
      if (bounded) continue;
      const missing = findUnboundedDirection(highs, program, set);
      if (missing !== null) {
        const places = [...new Set(missing.map(({ component, side }) => boundPlace(set, component, side)))];
        return withoutAnswer(shape, { status: "unbounded", blame: places, missing, solver: by });
      }
      bounded = true;
    }
    if (best !== null && Number.isFinite(best.answer.gap)) return best.answer;
    throw new RuntimeError(decideCatalogue, "solver-failed", { solver: by, status: last });
  }

  return {
    decide(scenarios, context, warm = options.warmStart) {
      const start = performance.now();
      builder.fill(scenarios, context);
      const answer =
        blame.length > 0
          ? withoutAnswer(shape, { status: "infeasible", blame, solver: "highs" })
          : solve(warm?.z, start + 1000 * seconds);
      return { ...answer, milliseconds: performance.now() - start };
    },
  };
}

/** Whether nothing but the costs of whole components changes from context to context. */
function searchesCosts({ feasible, pieces, risk }: DecisionProblem, { libraries }: Route): boolean {
  const flat = risk.quadratic?.every((value) => value === 0) ?? true;
  const certain = risk.cvar.every(({ weight, level }) => weight === 0 || level === 0);
  return feasible.integer.length > 0 && libraries[0] === "highs" && pieces.count === 1 && flat && certain;
}

function withConstant(proposal: Proposal, constant: number): Proposal {
  return { ...proposal, bound: proposal.bound + constant };
}

interface Assessed {
  readonly answer: UntimedAnswer;
  /** What the gap is small or large against. */
  readonly scale: number;
}

function isProved({ answer, scale }: Assessed, gap: number): boolean {
  return answer.gap <= gap * scale;
}
