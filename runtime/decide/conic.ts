import { RuntimeError } from "../errors/runtime-error.ts";
import { cvar, deterministicRisk } from "../risk/index.ts";
import type { ConicForm, DecisionProblem } from "../spec.ts";
import { decideCatalogue } from "./catalogue.ts";
import { createRepeatedCone, solveMixedCone } from "./cone/index.ts";
import { infeasiblePlaces, missingBounds } from "./conic-blame.ts";
import { conicBound, type ConicBound } from "./conic-bound.ts";
import { conicProgram, type ConicProgram } from "./conic-program.ts";
import { boundPlace, checkFeasible } from "./feasible-set.ts";
import { impliedBounds } from "./implied-bounds.ts";
import { gapOf, secondsOf } from "./routes.ts";
import { createSeparableDecider, suitsSeparable } from "./separable.ts";
import { checkInput, NUMBERS_SHARE, type Evaluation } from "./scenario-program.ts";
import type { Decider, DecideOptions, ScenarioSet } from "./types.ts";
import { violation } from "./violation.ts";
import { withoutAnswer, type UntimedAnswer } from "./without-answer.ts";

/** Violation of a bound, row or curved constraint beyond which a decision is not called optimal. */
const FEASIBLE = 1e-6;

/**
 * A decider for a problem that bends in the decision (`problem.conic`): the primal–dual interior-point method over cones,
 * branch and bound over it where components are integer. The KKT system is analysed once for each number of scenarios
 * and pattern of non-zeros. An answer does not depend on a warm start, which an interior-point method cannot use.
 *
 * The objective is the risk of the loss itself at z, not that of the form; the gap is its distance from the form's dual
 * bound, so that it also proves the two equal. A mean in which no two components of the decision meet needs no cones
 * (`createSeparableDecider`).
 *
 * @throws RuntimeError `set-malformed`, `solver-does-not-fit` for a named solver other than `cone`
 */
export async function createConicDecider(
  problem: DecisionProblem,
  conic: ConicForm,
  options: DecideOptions = {},
): Promise<Decider> {
  const { feasible: set, risk, sizes } = problem;
  const shape = { decision: sizes.decision, levels: risk.cvar.length };
  const wanted = options.solver ?? "auto";
  if (wanted !== "auto" && wanted !== "cone") {
    const feature = "a loss, risk or constraint that curves in the decision";
    throw new RuntimeError(decideCatalogue, "solver-does-not-fit", { solver: wanted, feature, instead: "cone" });
  }
  const seconds = secondsOf(problem, options);
  const enough = gapOf(problem);
  const mixedGap = problem.search === undefined ? {} : { gap: problem.search.gap };
  const separable = wanted === "auto" && suitsSeparable(problem, conic) ? createSeparableDecider(problem) : null;
  const { blame } = await checkFeasible(set, seconds);
  const reach = impliedBounds(set);
  const constraintSizes = constraintUnits(conic, sizes.decision);
  const isInteger = new Set(set.integer);
  const solveRelaxed = createRepeatedCone();

  /** The decision in the columns, within its bounds to the last digit and whole where it must be. */
  function decisionOf(x: Float64Array, { columns }: ConicProgram): Float64Array {
    return Float64Array.from(columns, (column, i) => {
      const value = isInteger.has(i) ? Math.round(x[column]!) : x[column]!;
      return Math.min(Math.max(value, set.lower[i]!), set.upper[i]!);
    });
  }

  /** The risk of the loss itself; `t` receives the values at risk. */
  function evaluate(z: Float64Array, t: Float64Array, scenarios: ScenarioSet, context: Float64Array): Evaluation {
    const { count, outcomes, weights } = scenarios;
    const d = sizes.outcome;
    const losses = new Float64Array(count);
    const masses = weights ?? new Float64Array(count).fill(1);
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    let mean = 0;
    let meanSize = 0;
    for (let k = 0; k < count; k++) {
      // An outcome of weight zero may be one at which the loss is not defined.
      if (masses[k] === 0) continue;
      const loss = problem.loss(z, outcomes.slice(k * d, (k + 1) * d), context);
      losses[k] = loss;
      mean += (masses[k]! / total) * loss;
      meanSize += (masses[k]! / total) * Math.abs(loss);
    }
    const deterministic = deterministicRisk(risk, z);
    let objective = deterministic + risk.mean * mean;
    let scale = Math.abs(deterministic - risk.constant) + risk.mean * meanSize;
    risk.cvar.forEach(({ weight, level }, c) => {
      const tail = cvar(losses, level, masses);
      t[c] = tail.var;
      objective += weight * tail.value;
      scale += weight * Math.abs(tail.value);
    });
    return { objective, scale };
  }

  function primalResidual(z: Float64Array): number {
    return conic.constraints.reduce(
      (worst, { value }, i) => Math.max(worst, value(z) / constraintSizes[i]!),
      violation(set, z),
    );
  }

  function answerAt(
    x: Float64Array,
    bound: ConicBound,
    program: ConicProgram,
    scenarios: ScenarioSet,
    context: Float64Array,
  ): UntimedAnswer {
    const z = decisionOf(x, program);
    const t = new Float64Array(risk.cvar.length);
    const { objective, scale } = evaluate(z, t, scenarios, context);
    const gap = objective - bound.value;
    const residual = primalResidual(z);
    const closed = Math.abs(gap) <= enough * (scale + NUMBERS_SHARE * bound.terms);
    return {
      z,
      t,
      objective,
      status: closed && residual <= FEASIBLE ? "optimal" : "inaccurate",
      primalResidual: residual,
      dualResidual: bound.residual,
      gap,
      blame: [],
      solver: "cone",
      multipliers: null,
    };
  }

  function solve(scenarios: ScenarioSet, context: Float64Array, until: number): UntimedAnswer {
    const secondsLeft = (): number => Math.max(0, (until - performance.now()) / 1000);
    const program = conicProgram(conic, scenarios, context);
    const { numbers } = program;
    const relaxed = solveRelaxed(program.problem, secondsLeft());
    if (relaxed.status === "unbounded") {
      const missing = missingBounds(problem, program, relaxed.certificate!);
      const places = new Set(missing.map(({ component, side }) => boundPlace(set, component, side)));
      return withoutAnswer(shape, { status: "unbounded", blame: [...places], missing, solver: "cone" });
    }
    const infeasible = (certificate: Float64Array | null): UntimedAnswer => {
      const places = infeasiblePlaces(problem, conic, program, certificate);
      return withoutAnswer(shape, { status: "infeasible", blame: places, solver: "cone" });
    };
    if (relaxed.status === "infeasible") return infeasible(relaxed.certificate);
    const bound = conicBound(program, relaxed, reach);
    if (numbers.integer.length === 0) return finite(answerAt(relaxed.x, bound, program, scenarios, context), relaxed);
    const mixed = solveMixedCone(program.problem, numbers.integer, { ...mixedGap, timeLimit: secondsLeft() });
    if (mixed.status === "infeasible") return infeasible(null);
    const value = Math.max(mixed.bound + numbers.offset, bound.value);
    return finite(answerAt(mixed.x, { ...bound, value }, program, scenarios, context), mixed);
  }

  return {
    decide(scenarios, context) {
      const start = performance.now();
      const apart = separable?.decide(scenarios, context);
      if (apart?.status === "optimal") return apart;
      checkInput(scenarios, context, sizes.outcome, sizes.context);
      const answer =
        blame.length > 0
          ? withoutAnswer(shape, { status: "infeasible", blame, solver: "highs" })
          : solve(scenarios, context, start + 1000 * seconds);
      return { ...answer, milliseconds: performance.now() - start };
    },
  };
}

/** @throws RuntimeError `solver-failed` where the best point found is no decision */
function finite(answer: UntimedAnswer, { status }: { readonly status: string }): UntimedAnswer {
  if (Number.isFinite(answer.objective) && Number.isFinite(answer.gap)) return answer;
  throw new RuntimeError(decideCatalogue, "solver-failed", { solver: "cone", status });
}

/** What the value of each curved constraint is small or large against: 1 + its size at the origin. */
function constraintUnits({ constraints }: ConicForm, n: number): readonly number[] {
  return constraints.map(({ value }) => {
    const size = Math.abs(value(new Float64Array(n)));
    return Number.isFinite(size) ? 1 + size : 1;
  });
}
