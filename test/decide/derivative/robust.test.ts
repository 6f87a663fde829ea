import { describe, expect, it } from "vitest";
import { robustCone } from "../../../runtime/decide/ambiguity/cone-form.ts";
import { outcomeSlopes } from "../../../runtime/decide/ambiguity/outcome-slopes.ts";
import { createRobustProgram, setSlopes } from "../../../runtime/decide/ambiguity/robust-program.ts";
import { solveCone } from "../../../runtime/decide/cone/index.ts";
import { createDecisionDerivatives, polishConeSolution } from "../../../runtime/decide/derivative/index.ts";
import type { DecisionGradient } from "../../../runtime/decide/derivative/index.ts";
import { createDecider } from "../../../runtime/decide/index.ts";
import type { DecisionAnswer, ScenarioSet } from "../../../runtime/decide/index.ts";
import { createDecisionLayer } from "../../../runtime/decide/layer/index.ts";
import { createProgramBuilder } from "../../../runtime/decide/scenario-program.ts";
import type { AmbiguitySet, DecisionProblem } from "../../../runtime/spec.ts";
import { balls, problemOf, randomInstances, scenariosOf, type RobustInstance } from "../ambiguity/instances.ts";
import { createNumbers, noContext } from "../problems.ts";

/** The problem with the way back of its biaffine pieces. */
function differentiable(instance: RobustInstance): DecisionProblem {
  const problem = problemOf(instance);
  const { n, d, pieces } = instance;
  return {
    ...problem,
    pieces: {
      ...problem.pieces,
      pull: (_s, _x, slopes, offsets, out) => {
        out.fill(0);
        pieces.forEach(({ a, e }, j) => {
          for (let i = 0; i < d; i++) {
            for (let k = 0; k < n; k++) out[i]! += slopes[j * n + k]! * a[i * n + k]!;
            out[i]! += offsets[j]! * e[i]!;
          }
        });
      },
    },
  };
}

/** The worst-case decision by the cone solver alone, to many digits. */
function preciseDecision(problem: DecisionProblem, scenarios: ScenarioSet): Float64Array {
  const builder = createProgramBuilder(problem);
  const robust = createRobustProgram(problem, problem.ambiguity!, builder.program);
  builder.fill(scenarios, noContext);
  if (problem.ambiguity!.kind === "wasserstein") setSlopes(robust, outcomeSlopes(problem, scenarios, noContext));
  const form = robustCone(robust, problem.feasible);
  const answer = solveCone(form.problem, { tolerance: 1e-12 });
  const { x } = polishConeSolution(form.problem, answer);
  return form.units.decision.map((unit, i) => unit * x[i]!);
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** `d/dε` at 0 by central differences of order four. */
const slopeOf = (at: (epsilon: number) => number, step: number): number =>
  (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);

async function take(
  problem: DecisionProblem,
  scenarios: ScenarioSet,
  seed: number,
): Promise<{ readonly answer: DecisionAnswer; readonly gradient: DecisionGradient; readonly zBar: Float64Array }> {
  const answer = (await createDecider(problem)).decide(scenarios, noContext);
  const numbers = createNumbers(seed);
  const zBar = Float64Array.from(answer.z, () => numbers.normal());
  return { answer, zBar, gradient: createDecisionDerivatives(problem).at(scenarios, noContext, answer).pull(zBar) };
}

const titleOf = (set: AmbiguitySet): string =>
  set.kind === "kl" ? `KL ${set.radius}` : `W${set.order} ${set.norm} ${set.radius}`;

describe("derivatives of worst-case decisions", () => {
  it.each(balls.map((set, at) => ({ set, at, title: titleOf(set) })))(
    "agree with central differences in scenarios, weights and radius: $title",
    async ({ set, at }) => {
      let compared = 0;
      let moved = 0;
      for (const [k, drawn] of randomInstances(41, 160).entries()) {
        if (k % balls.length !== at) continue;
        const instance = { ...drawn, ridge: 0.5 };
        const problem = differentiable(instance);
        const scenarios = scenariosOf(instance);
        const { answer, gradient, zBar } = await take(problem, scenarios, k);
        expect(answer.status).toBe("optimal");
        if (gradient.differentiability === "chosen") continue;
        const numbers = createNumbers(k + 500);
        const along = scenarios.outcomes.map(() => numbers.normal());
        const weights = scenarios.weights ?? new Float64Array(scenarios.count).fill(1);
        const weightsAlong = weights.map((value) => 0.3 * value * numbers.normal());
        const radiusAlong = set.radius * numbers.normal();
        const moveBy = (epsilon: number): number =>
          dot(
            zBar,
            preciseDecision(
              { ...problem, ambiguity: { ...set, radius: set.radius + epsilon * radiusAlong } },
              {
                count: scenarios.count,
                outcomes: scenarios.outcomes.map((value, i) => value + epsilon * along[i]!),
                weights: weights.map((value, i) => value + epsilon * weightsAlong[i]!),
              },
            ),
          );
        const expected =
          dot(gradient.outcomes, along) + dot(gradient.weights, weightsAlong) + gradient.radius! * radiusAlong;
        // A difference over a change of the active set says nothing of the derivative: two steps must agree.
        const [wide, narrow] = [slopeOf(moveBy, 1e-3), slopeOf(moveBy, 2e-4)];
        const size = Math.abs(expected) + 1e-2;
        if (Math.abs(wide - narrow) > 1e-5 * size) continue;
        compared++;
        if (Math.abs(expected) > 1e-3) moved++;
        expect(Math.abs(narrow - expected), `${instance.name}: ${narrow} against ${expected}`).toBeLessThanOrEqual(
          1e-4 * size,
        );
      }
      expect(compared).toBeGreaterThanOrEqual(4);
      expect(moved).toBeGreaterThanOrEqual(3);
    },
  );
});
