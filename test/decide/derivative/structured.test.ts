import { describe, expect, it } from "vitest";
import { createDecisionDerivatives } from "../../../runtime/decide/derivative/index.ts";
import type { DecisionGradient } from "../../../runtime/decide/derivative/index.ts";
import { createDecider, simplex } from "../../../runtime/decide/index.ts";
import type { Decider, DecisionAnswer, ScenarioSet } from "../../../runtime/decide/index.ts";
import type { DecisionProblem } from "../../../runtime/spec.ts";
import { createNumbers, newsvendor, noContext, rawProblem, risk, ridge, scenarioSet } from "../problems.ts";
import { preciseDecision } from "./reference.ts";
import { drawInstance, FORMS } from "../random-problems.ts";

/** A raw problem knows how its pieces read the outcome: it is the list of them. */
function withPull(problem: DecisionProblem): DecisionProblem {
  const n = problem.sizes.decision;
  return {
    ...problem,
    pieces: {
      ...problem.pieces,
      pull: (_s, _x, slopes, offsets, out) => {
        for (let j = 0; j < problem.pieces.count; j++) {
          for (let i = 0; i < n; i++) out[j * (n + 1) + i] = slopes[j * n + i]!;
          out[j * (n + 1) + n] = offsets[j]!;
        }
      },
    },
  };
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

interface Taken {
  readonly decider: Decider;
  readonly answer: DecisionAnswer;
  readonly gradient: DecisionGradient;
  readonly zBar: Float64Array;
}

async function take(problem: DecisionProblem, scenarios: ScenarioSet, seed = 1): Promise<Taken> {
  const decider = await createDecider(problem);
  const answer = decider.decide(scenarios, noContext);
  const numbers = createNumbers(seed);
  const zBar = Float64Array.from(answer.z, () => numbers.normal());
  const gradient = createDecisionDerivatives(problem).at(scenarios, noContext, answer).pull(zBar);
  return { decider, answer, gradient, zBar };
}

/** `d/dε zBar·z*(moved by ε)` by central differences of order four. */
async function slopeAlong(
  zBar: Float64Array,
  step: number,
  decide: (epsilon: number) => Promise<Float64Array> | Float64Array,
): Promise<number> {
  const at = async (epsilon: number): Promise<number> => dot(zBar, await decide(epsilon));
  return (8 * ((await at(step)) - (await at(-step))) - ((await at(2 * step)) - (await at(-2 * step)))) / (12 * step);
}

const smooth = FORMS.filter(
  ({ name, quadratic, duplicates, decisionScale, lossScale }) =>
    quadratic !== undefined &&
    duplicates !== true &&
    decisionScale === undefined &&
    lossScale === undefined &&
    name !== "a set without interior",
);

describe("derivatives of decisions", () => {
  it.each(smooth)("agree with central differences: $name", async (form) => {
    let compared = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const drawn = drawInstance(form, seed);
      const problem = withPull(drawn.problem);
      const { scenarios } = drawn;
      const { answer, gradient, zBar } = await take(problem, scenarios, seed);
      if (answer.status !== "optimal" || gradient.differentiability !== "exact") continue;
      const numbers = createNumbers(seed + 100);
      const direction = scenarios.outcomes.map(() => numbers.normal());
      const weightDirection = Float64Array.from({ length: scenarios.count }, (_, k) =>
        (scenarios.weights?.[k] ?? 1) * 0.3 * numbers.normal(),
      );
      const weights = scenarios.weights ?? new Float64Array(scenarios.count).fill(1);
      const decide = (epsilon: number): Float64Array =>
        preciseDecision(problem, {
          count: scenarios.count,
          outcomes: scenarios.outcomes.map((value, i) => value + epsilon * direction[i]!),
          weights: weights.map((value, k) => value + epsilon * weightDirection[k]!),
        });
      const expected = dot(gradient.outcomes, direction) + dot(gradient.weights, weightDirection);
      // A difference over a change of the active set says nothing of the derivative: two steps must agree.
      const [wide, narrow] = [await slopeAlong(zBar, 1e-3, decide), await slopeAlong(zBar, 2e-4, decide)];
      const size = Math.abs(expected) + 1e-2;
      if (Math.abs(wide - narrow) > 1e-6 * size) continue;
      compared++;
      expect(Math.abs(narrow - expected), `${drawn.name}: ${narrow} against ${expected}`).toBeLessThanOrEqual(
        1e-5 * size,
      );
    }
    expect(compared).toBeGreaterThanOrEqual(4);
  });
});

export { newsvendor, rawProblem, risk, ridge, scenarioSet, simplex };
