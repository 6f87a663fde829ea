import { RuntimeError } from "../../errors/runtime-error.ts";
import type { DecisionProblem } from "../../spec.ts";
import { decideCatalogue } from "../catalogue.ts";
import { createProgramBuilder } from "../scenario-program.ts";
import type { DecisionAnswer, ScenarioSet } from "../types.ts";
import { createPiecePullback } from "./piece-pullback.ts";
import { createSensitivity } from "./sensitivity.ts";
import type { DecisionSensitivity, Differentiability, ProgramGradient } from "./types.ts";

/** `∂L/∂·` of what a decision was taken on, from `∂L/∂z*`. */
export interface DecisionGradient {
  /** count × d: of the scenarios' outcomes, through the slopes and offsets of the loss. */
  readonly outcomes: Float64Array;
  /** count: of the scenarios' weights, before they are divided by their sum. */
  readonly weights: Float64Array;
  /** Of the problem's numbers. Scenarios of weight 0 are left out of the first three fields. */
  readonly program: ProgramGradient;
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
 * implicit differentiation (see `createSensitivity`) and the chain rule through the loss's pieces.
 *
 * @throws RuntimeError as `createDecider`; `no-derivative` where components are integer, or with an ambiguity set
 */
export function createDecisionDerivatives(problem: DecisionProblem): DecisionDerivatives {
  if (problem.feasible.integer.length > 0) throw noDerivative("it has integer components, which move in jumps");
  if ((problem.ambiguity?.radius ?? 0) > 0) throw noDerivative("it is taken against the worst law of an ambiguity set");
  const builder = createProgramBuilder(problem);
  const { program } = builder;
  const { risk, sizes, feasible: set } = problem;
  const { outcome: d } = sizes;
  const pullback = createPiecePullback(problem);
  const levelZero = risk.cvar.reduce((sum, { weight, level }) => sum + (level === 0 ? weight : 0), 0);
  const foldedMean = problem.pieces.count === 1 ? risk.mean + levelZero : 0;

  function at(scenarios: ScenarioSet, context: Float64Array, answer: DecisionAnswer): DecisionDerivative {
    const { z, status, multipliers } = answer;
    if (multipliers === undefined || multipliers === null) throw noDerivative(`its status is ${status}`);
    builder.fill(scenarios, context);
    const sensitivity: DecisionSensitivity = createSensitivity({ program, set, foldedMean, z, multipliers });
    return {
      differentiability: sensitivity.differentiability,
      pull: (zBar) => spread(sensitivity.pull(zBar), scenarios, context, sensitivity.differentiability),
    };
  }

  /** From the program's numbers to outcomes and weights. */
  function spread(
    gradient: ProgramGradient,
    { count, outcomes, weights }: ScenarioSet,
    context: Float64Array,
    differentiability: Differentiability,
  ): DecisionGradient {
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
    return { outcomes: outcomesBar, weights: weightsBar, program: gradient, differentiability };
  }

  return { at };
}

function noDerivative(reason: string): RuntimeError {
  return new RuntimeError(decideCatalogue, "no-derivative", { reason });
}
