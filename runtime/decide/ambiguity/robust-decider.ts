import { RuntimeError } from "../../errors/runtime-error.ts";
import type { AmbiguitySet, DecisionProblem } from "../../spec.ts";
import { decideCatalogue } from "../catalogue.ts";
import { boundPlace, checkFeasible } from "../feasible-set.ts";
import { getHighs } from "../highs.ts";
import { impliedBounds } from "../implied-bounds.ts";
import { findUnboundedDirection } from "../recession.ts";
import { createProgramBuilder } from "../scenario-program.ts";
import { gapOf, secondsOf } from "../routes.ts";
import { relativeInterior } from "../structured/relative-interior.ts";
import type { Decider, DecideOptions, ScenarioSet } from "../types.ts";
import { violation } from "../violation.ts";
import { withoutAnswer, type UntimedAnswer } from "../without-answer.ts";
import { createConeSolver } from "./cone-solver.ts";
import { createLineSolver } from "./line-solver.ts";
import { solveWithNorm } from "./norm-solver.ts";
import { outcomeSlopes } from "./outcome-slopes.ts";
import {
  createRobustProgram,
  evaluateRobust,
  setRadius,
  setSlopes,
  slopeNorms,
  type RobustValue,
} from "./robust-program.ts";
import { spectrumNorm, spectrumOf } from "./spectrum.ts";
import { worstCase } from "./worst-case.ts";

/** A wider gap than this sends a problem from the structured solver on to the cone solver. */
const STRUCTURED_GAP = 1e-8;

/** An answer before it is dressed up, with how good it is. */
interface Found {
  readonly answer: UntimedAnswer;
  readonly scale: number;
}

/**
 * Prepares the solver of a decision problem with an ambiguity set: `decide` minimises the risk of the worst law in the
 * set around the scenarios it is given. The radius, with what the scenarios add to it, must be positive (`createDecider`
 * answers radius 0 as the nominal problem).
 *
 * A loss of one piece under a Euclidean Wasserstein ball is the nominal risk plus `r‖φ‖_q ‖A z + e‖₂`, φ the spectrum of
 * the risk, and goes to the structured solver (`solveWithNorm`); the mean of a loss of one component whose pieces have
 * fixed slopes in the outcome is searched along the line (`createLineSolver`); everything else goes to the cone solver
 * (`robustCone`).
 *
 * @throws RuntimeError a code of `decideCatalogue`
 */
export async function createRobustDecider(
  problem: DecisionProblem,
  set: AmbiguitySet,
  options: DecideOptions = {},
): Promise<Decider> {
  const { feasible } = problem;
  const seconds = secondsOf(problem, options);
  const enough = gapOf(problem);
  const { blame } = await checkFeasible(feasible, seconds);
  const builder = createProgramBuilder(problem);
  const { program } = builder;
  const shape = { decision: program.size, levels: problem.risk.cvar.length };
  const robust = createRobustProgram(problem, set, program);
  const collapses = set.kind === "wasserstein" && set.norm === "l2" && program.pieces === 1;
  const wanted = options.solver ?? "auto";
  const integer = feasible.integer.length > 0;
  checkSolver(wanted, collapses && !integer);
  const structured = collapses && !integer && wanted !== "cone";
  const highs = await getHighs();
  const reach = impliedBounds(feasible);
  const onLine = feasible.size === 1 && set.kind === "wasserstein" && set.order === 2 && !integer && wanted === "auto";
  const inside = (structured || onLine) && blame.length === 0 ? relativeInterior(highs, feasible, reach) : null;
  const interior = structured ? inside : null;
  const solveLine = onLine && inside !== null ? createLineSolver(robust, inside, reach) : null;
  const solveCones = createConeSolver(robust, feasible, problem.search);
  const spectrum = spectrumOf(robust.mean, robust.tails);
  const norm = set.kind === "wasserstein" ? spectrumNorm(set.order, spectrum) : 0;
  const tailIndex = problem.risk.cvar.flatMap(({ level, weight }, c) => (weight > 0 && level > 0 ? [c] : []));

  /** A loss of one piece under a Wasserstein ball: the nominal risk plus the norm, t the nominal values at risk. */
  function evaluateClosed(z: Float64Array, t: Float64Array): RobustValue {
    const nominal = builder.evaluate(z, t);
    const [steepness] = slopeNorms(robust, z);
    const { radius } = robust.set;
    const cost = radius * norm * steepness!;
    const price = set.kind === "kl" || set.order === "infinity" ? 0 : set.order === 1 ? norm : 1 / (2 * radius);
    const multiplier = set.kind === "wasserstein" && set.order === 2 ? price * norm * steepness! : price * steepness!;
    return { objective: nominal.objective + cost, scale: nominal.scale + cost, multiplier, divergence: null };
  }

  function assess(
    z: Float64Array,
    programT: Float64Array | null,
    bound: number,
    residual: number,
    by: string,
    near: number,
  ): Found & { readonly value: RobustValue; readonly programT: Float64Array } {
    const t = new Float64Array(problem.risk.cvar.length);
    const closed = set.kind === "wasserstein" && program.pieces === 1;
    const value = closed
      ? evaluateClosed(z, t)
      : evaluateRobust(robust, problem, z, programT ?? new Float64Array(robust.tails.length), near);
    if (!closed) {
      builder.evaluate(z, t);
      tailIndex.forEach((c, k) => (t[c] = programT?.[k] ?? t[c]!));
    }
    const gap = value.objective - bound;
    return {
      value,
      programT: Float64Array.from(tailIndex, (c) => t[c]!),
      scale: value.scale,
      answer: {
        z,
        t,
        objective: value.objective,
        status: gap <= enough * value.scale ? "optimal" : "inaccurate",
        primalResidual: violation(feasible, z),
        dualResidual: residual,
        gap,
        blame: [],
        solver: by,
      },
    };
  }

  function solve(scenarios: ScenarioSet, guess: Float64Array | undefined, until: number): UntimedAnswer {
    const dressed = (
      found: ReturnType<typeof assess>,
      masses: Float64Array | null,
      scenarioRows: readonly { readonly regime: number; readonly piece: number }[],
    ): UntimedAnswer => {
      if (options.worstCase !== true) return found.answer;
      const { value, programT: t } = found;
      const law = worstCase({ robust, scenarios, z: found.answer.z, t, value, masses, scenarioRows });
      return { ...found.answer, worstCase: law };
    };
    let best: ReturnType<typeof assess> | null = null;
    const line = solveLine?.(guess) ?? null;
    if (line !== null) {
      best = assess(line.z, null, line.bound, line.residual, "structured", line.multiplier);
      const pieces = Array.from({ length: program.pieces }, (_, piece) => ({ regime: 0, piece }));
      if (best.answer.gap <= STRUCTURED_GAP * best.scale) return dressed(best, line.masses, pieces);
    }
    if (interior !== null && robust.slopes !== null) {
      const scratch = new Float64Array(problem.risk.cvar.length);
      const cost = robust.set.radius * norm;
      const proposal = solveWithNorm(program, robust.slopes, cost, interior, reach, guess, until, (z) =>
        evaluateClosed(z, scratch),
      );
      if (proposal !== null) best = assess(proposal.z, null, proposal.bound, proposal.residual, "structured", 0);
      if (best !== null && best.answer.gap <= STRUCTURED_GAP * best.scale) return dressed(best, null, []);
    }
    const secondsLeft = (until - performance.now()) / 1000;
    if (best !== null && secondsLeft <= 0) return dressed(best, null, []);
    const proposal = solveCones(Math.max(0, secondsLeft));
    if (proposal.z.every(Number.isFinite) && (proposal.status === "optimal" || proposal.status === "inaccurate")) {
      const second = assess(proposal.z, proposal.t, proposal.bound, proposal.residual, "cone", proposal.multiplier);
      if (best === null || second.answer.gap < best.answer.gap) {
        best = second;
        if (best.answer.status === "optimal") return dressed(best, proposal.masses, proposal.form.scenarioRows);
      }
      if (best.answer.status === "optimal") return dressed(best, null, []);
    }
    // A worst case that falls without end falls at the scenarios themselves too.
    const missing = proposal.status === "optimal" ? null : findUnboundedDirection(highs, program, feasible);
    if (proposal.status === "unbounded") {
      const places = [...new Set((missing ?? []).map(({ component, side }) => boundPlace(feasible, component, side)))];
      return withoutAnswer(shape, { status: "unbounded", blame: places, missing: missing ?? [], solver: "cone" });
    }
    if (best !== null && Number.isFinite(best.answer.gap)) return dressed(best, null, []);
    throw new RuntimeError(decideCatalogue, "solver-failed", { solver: "cone", status: proposal.status });
  }

  return {
    decide(scenarios, context, warm = options.warmStart) {
      const start = performance.now();
      builder.fill(scenarios, context);
      setRadius(robust, set, scenarios);
      if (set.kind === "wasserstein") setSlopes(robust, outcomeSlopes(problem, scenarios, context));
      const answer =
        blame.length > 0
          ? withoutAnswer(shape, { status: "infeasible", blame, solver: "highs" })
          : solve(scenarios, warm?.z.every(Number.isFinite) === true ? warm.z : undefined, start + 1000 * seconds);
      return { ...answer, milliseconds: performance.now() - start };
    },
  };
}

function checkSolver(wanted: NonNullable<DecideOptions["solver"]>, collapses: boolean): void {
  const misfit = (feature: string): RuntimeError =>
    new RuntimeError(decideCatalogue, "solver-does-not-fit", { solver: wanted, feature, instead: "cone" });
  if (wanted === "highs" || wanted === "glpk") throw misfit("an ambiguity set");
  if (wanted === "structured" && !collapses) {
    throw misfit(
      "an ambiguity set other than a Euclidean Wasserstein ball around a loss of one piece, without integers",
    );
  }
}
