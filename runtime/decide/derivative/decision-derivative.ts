import { RuntimeError } from "../../errors/runtime-error.ts";
import type { DecisionProblem } from "../../spec.ts";
import { decideCatalogue } from "../catalogue.ts";
import { outcomeSlopes } from "../ambiguity/outcome-slopes.ts";
import { createRobustProgram, setRadius, setSlopes } from "../ambiguity/robust-program.ts";
import { createRepeatedCone } from "../cone/index.ts";
import { boundPlace } from "../feasible-set.ts";
import { createProgramBuilder } from "../scenario-program.ts";
import type { DecisionAnswer, ScenarioSet } from "../types.ts";
import { createPiecePullback } from "./piece-pullback.ts";
import { createRobustSensitivity, type RobustGradient } from "./robust-sensitivity.ts";
import { createSensitivity } from "./sensitivity.ts";
import type { DecisionSensitivity, Differentiability, ProgramGradient } from "./types.ts";

/** Of the cone form at which a robust decision is differentiated: active and inactive rows must be told apart. */
const TOLERANCE = 1e-11;

/** `∂L/∂·` of what a decision was taken on, from `∂L/∂z*`. */
export interface DecisionGradient {
  /** count × d: of the scenarios' outcomes, through the slopes and offsets of the loss. */
  readonly outcomes: Float64Array;
  /** count: of the scenarios' weights, before they are divided by their sum. */
  readonly weights: Float64Array;
  /** Of the problem's numbers. Scenarios of weight 0 are left out of the first three fields. */
  readonly program: ProgramGradient;
  /** Of the ambiguity set's radius at these scenarios; `null` without a set, or with one of radius 0. */
  readonly radius: number | null;
  readonly differentiability: Differentiability;
}

/** The derivative of one decision; valid until the next `at`. */
export interface DecisionDerivative {
  readonly differentiability: Differentiability;
  /** @param zBar `∂L/∂z*`, n values */
  pull(zBar: Float64Array): DecisionGradient;
}

/** Derivatives of a problem's decisions. Not reentrant: it owns its working memory. */
export interface DecisionDerivatives {
  /**
   * @param answer what a decider of the problem answered to the same scenarios and context
   * @throws RuntimeError `no-derivative`: there is no decision, or it has integer components
   */
  at(scenarios: ScenarioSet, context: Float64Array, answer: DecisionAnswer): DecisionDerivative;
}

/**
 * Vector–Jacobian products of `decide(scenarios, context)` with respect to the scenarios and the problem's numbers, by
 * implicit differentiation and the chain rule through the loss's pieces: of the scenario program (`createSensitivity`) or,
 * with an ambiguity set, of the worst-case problem's cone form (`createRobustSensitivity`), which `at` solves for that.
 *
 * @throws RuntimeError as `createDecider`; `no-derivative` where components are integer or what is solved is curved
 */
export function createDecisionDerivatives(problem: DecisionProblem): DecisionDerivatives {
  const { risk, sizes, feasible: set, ambiguity } = problem;
  const [whole] = set.integer;
  if (whole !== undefined) {
    throw noDerivative("it has integer components, which move in jumps", integerPlace(problem, whole));
  }
  if (problem.conic !== undefined)
    throw noDerivative("its loss, risk or constraints bend, and a cone program stands in");
  const builder = createProgramBuilder(problem);
  const { program } = builder;
  const { outcome: d } = sizes;
  const pullback = createPiecePullback(problem);
  const levelZero = risk.cvar.reduce((sum, { weight, level }) => sum + (level === 0 ? weight : 0), 0);
  const foldedMean = problem.pieces.count === 1 ? risk.mean + levelZero : 0;
  const robust = ambiguity === undefined ? null : createRobustProgram(problem, ambiguity, program);
  const solveCone = createRepeatedCone({ tolerance: TOLERANCE });

  function at(scenarios: ScenarioSet, context: Float64Array, answer: DecisionAnswer): DecisionDerivative {
    const { z, status, multipliers } = answer;
    builder.fill(scenarios, context);
    if (robust !== null && ambiguity !== undefined) {
      setRadius(robust, ambiguity, scenarios);
      if (robust.set.radius > 0) {
        if (status === "infeasible" || status === "unbounded") throw noDerivative(`its status is ${status}`);
        if (ambiguity.kind === "wasserstein") setSlopes(robust, outcomeSlopes(problem, scenarios, context));
        return derivativeOf(
          createRobustSensitivity(robust, set, (cone) => solveCone(cone, Infinity)),
          scenarios,
          context,
        );
      }
    }
    if (multipliers === undefined || multipliers === null) throw noDerivative(`its status is ${status}`);
    return derivativeOf(createSensitivity({ program, set, foldedMean, z, multipliers }), scenarios, context);
  }

  function derivativeOf(
    sensitivity: Pick<DecisionSensitivity, "differentiability"> & {
      pull(zBar: Float64Array): ProgramGradient & Partial<Pick<RobustGradient, "radius">>;
    },
    scenarios: ScenarioSet,
    context: Float64Array,
  ): DecisionDerivative {
    const { differentiability } = sensitivity;
    return {
      differentiability,
      pull(zBar) {
        const gradient = sensitivity.pull(zBar);
        const { radius = null } = gradient;
        return { ...spread(gradient, scenarios, context), radius, differentiability };
      },
    };
  }

  /** From the program's numbers to outcomes and weights. */
  function spread(
    gradient: ProgramGradient,
    { count, outcomes, weights }: ScenarioSet,
    context: Float64Array,
  ): Pick<DecisionGradient, "outcomes" | "weights" | "program"> {
    const { slopes, offsets, probabilities } = gradient;
    const perScenario = program.pieces * program.size;
    const outcomesBar = new Float64Array(count * d);
    const weightsBar = new Float64Array(count);
    let mass = 0;
    let average = 0;
    for (let row = 0, k = 0; row < count; row++) {
      const weight = weights === undefined ? 1 : weights[row]!;
      if (weight === 0) continue;
      for (let i = 0; i < d; i++) pullback.s[i] = outcomes[row * d + i]!;
      for (let i = 0; i < perScenario; i++) pullback.slopes[i] = slopes[k * perScenario + i]!;
      for (let j = 0; j < program.pieces; j++) pullback.offsets[j] = offsets[k * program.pieces + j]!;
      pullback.run(context);
      for (let i = 0; i < d; i++) outcomesBar[row * d + i] = pullback.out[i]!;
      weightsBar[row] = probabilities[k]!;
      average += weight * probabilities[k]!;
      mass += weight;
      k++;
    }
    average /= mass;
    for (let row = 0; row < count; row++) {
      const weight = weights === undefined ? 1 : weights[row]!;
      if (weight > 0) weightsBar[row] = (weightsBar[row]! - average) / mass;
    }
    return { outcomes: outcomesBar, weights: weightsBar, program: gradient };
  }

  return { at };
}

function noDerivative(reason: string, place?: string): RuntimeError {
  return new RuntimeError(decideCatalogue, "no-derivative", { reason }, place === undefined ? {} : { place });
}

/** Where the component is declared, if the set says so. */
function integerPlace({ feasible }: DecisionProblem, component: number): string | undefined {
  return feasible.boundsAt === undefined ? undefined : boundPlace(feasible, component, "lower");
}
