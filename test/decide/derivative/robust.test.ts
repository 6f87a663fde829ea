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
      for (const [k, drawn] of randomInstances(41, 100).entries()) {
        if (k % balls.length !== at) continue;
        // Equal weights may leave a tail's mass just between two scenarios: a kink in the weights, if in nothing else.
        const uneven = drawn.scenarios.map((_, i) => 1 + ((i * 0.618) % 1));
        const instance = { ...drawn, weights: drawn.weights ?? uneven, ridge: 0.5 };
        const problem = differentiable(instance);
        const scenarios = scenariosOf(instance);
        const { answer, gradient, zBar } = await take(problem, scenarios, k);
        expect(answer.status).toBe("optimal");
        if (gradient.differentiability === "chosen") continue;
        const numbers = createNumbers(k + 500);
        const along = scenarios.outcomes.map(() => numbers.normal());
        const weights = scenarios.weights!;
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
        if (Math.abs(wide - narrow) > 1e-6 * size) continue;
        compared++;
        if (Math.abs(expected) > 1e-3) moved++;
        expect(Math.abs(narrow - expected), `${instance.name}: ${narrow} against ${expected}`).toBeLessThanOrEqual(
          1e-5 * size,
        );
      }
      expect(compared).toBeGreaterThanOrEqual(4);
      expect(moved).toBeGreaterThanOrEqual(2);
    },
  );

  it("follow the costs, bounds, rows and weights of the problem: central differences", async () => {
    let compared = 0;
    for (const [k, drawn] of randomInstances(43, 24).entries()) {
      const instance = { ...drawn, ridge: 0.5 };
      const base = differentiable(instance);
      const scenarios = scenariosOf(instance);
      const { feasible, risk } = base;
      const row = {
        coefficients: feasible.lower.map((_, i) => 1 + i),
        bound: feasible.equalities.length > 0 ? 1.6 : 0.5,
        at: "m.dro:2:1",
      };
      const problem = { ...base, feasible: { ...feasible, inequalities: [...feasible.inequalities, row] } };
      const { gradient, zBar } = await take(problem, scenarios, k);
      if (gradient.differentiability !== "exact") continue;
      const { normal } = createNumbers(k + 900);
      const n = feasible.size;
      const draw = (size: number): Float64Array => Float64Array.from({ length: size }, () => 0.2 * normal());
      const [linear, lower, upper, coefficients] = [draw(n), draw(n), draw(n), draw(n)];
      const [bound, mean, own] = [0.2 * normal(), 0.2 * normal() * risk.mean, draw(risk.cvar.length)];
      const half = draw(n * n);
      const quadratic = half.map((value, at) => value + half[(at % n) * n + Math.floor(at / n)]!);
      const equal = draw(feasible.equalities.length);
      const moved = (epsilon: number): DecisionProblem => {
        const plus = (values: readonly number[], by: Float64Array): number[] =>
          values.map((value, i) => value + epsilon * by[i]!);
        return {
          ...problem,
          risk: {
            ...risk,
            mean: risk.mean + epsilon * mean,
            cvar: risk.cvar.map(({ level, weight }, c) => ({ level, weight: weight + epsilon * own[c]! })),
            linear: plus(risk.linear, linear),
            quadratic: plus(risk.quadratic!, quadratic),
          },
          feasible: {
            ...problem.feasible,
            lower: plus(feasible.lower, lower),
            upper: plus(feasible.upper, upper),
            equalities: feasible.equalities.map((one, r) => ({ ...one, bound: one.bound + epsilon * equal[r]! })),
            inequalities: [
              ...feasible.inequalities,
              { ...row, coefficients: plus(row.coefficients, coefficients), bound: row.bound + epsilon * bound },
            ],
          },
        };
      };
      const { program } = gradient;
      // NaN where the mean has no weight: which piece would count first is not in the form.
      const ofMean = mean === 0 ? 0 : mean * program.meanWeight;
      const last = feasible.inequalities.length;
      const expected =
        dot(program.linear, linear) +
        dot(program.quadratic!, quadratic) +
        dot(program.lower, lower) +
        dot(program.upper, upper) +
        dot(program.equalityBounds, equal) +
        program.inequalityBounds[last]! * bound +
        dot(program.inequalityRows.subarray(last * n), coefficients) +
        ofMean +
        dot(program.tailWeights, own);
      const at = (epsilon: number): number => dot(zBar, preciseDecision(moved(epsilon), scenarios));
      const [wide, narrow] = [slopeOf(at, 1e-3), slopeOf(at, 2e-4)];
      const size = Math.abs(expected) + 1e-2;
      if (Math.abs(wide - narrow) > 1e-6 * size) continue;
      compared++;
      expect(Math.abs(narrow - expected), `${instance.name}: ${narrow} against ${expected}`).toBeLessThanOrEqual(
        1e-5 * size,
      );
    }
    expect(compared).toBeGreaterThanOrEqual(8);
  });

  it("know the decision where a value at risk is any between two scenarios", async () => {
    // CVaR at 0.8 of five scenarios is the worst of them, and t anything between it and the next.
    const [drawn] = randomInstances(47, 1);
    const instance: RobustInstance = {
      ...drawn!,
      n: 1,
      d: 1,
      pieces: [{ a: [1], e: [0.5], c: [0], b: 0 }],
      scenarios: [[1], [2], [3], [4], [5]],
      weights: null,
      mean: 0,
      cvar: [{ weight: 1, level: 0.8 }],
      ridge: 10,
      set: "box",
      ambiguity: { kind: "wasserstein", order: 1, norm: "l2", radius: 0.1 },
    };
    // min 10z² + (z + ½) (5 + r / 0.2): z = −(5 + r / 0.2) / 20, and the worst scenario alone moves it.
    const problem = differentiable(instance);
    const { answer, gradient, zBar } = await take(problem, scenariosOf(instance), 3);
    expect(gradient.differentiability).toBe("exact");
    expect(answer.z[0]).toBeCloseTo(-5.5 / 20, 6);
    [0, 0, 0, 0, -1 / 20].forEach((value, k) => expect(gradient.outcomes[k]! / zBar[0]!).toBeCloseTo(value, 7));
    expect(gradient.radius! / zBar[0]!).toBeCloseTo(-5 / 20, 7);
  });

  it("share the derivative among scenarios that repeat each other, and say that it was chosen", async () => {
    const [drawn] = randomInstances(47, 1);
    const instance: RobustInstance = {
      ...drawn!,
      n: 1,
      d: 1,
      // The newsvendor on −1 … 1: its order is a quantile.
      pieces: [
        { a: [0], e: [-1], c: [1], b: 0 },
        { a: [0], e: [3], c: [-3], b: 0 },
      ],
      scenarios: [[-0.8], [-0.4], [0], [0.3], [0.3], [0.3], [0.6]],
      weights: null,
      mean: 1,
      cvar: [],
      ridge: 0,
      set: "box",
      ambiguity: { kind: "wasserstein", order: 1, norm: "l2", radius: 0.01 },
    };
    const { answer, gradient, zBar } = await take(differentiable(instance), scenariosOf(instance), 5);
    expect(answer.z[0]).toBeCloseTo(0.3, 6);
    expect(gradient.differentiability).toBe("chosen");
    const parts = gradient.outcomes.map((value) => value / zBar[0]!);
    expect([...parts]).toEqual([0, 0, 0, 1 / 3, 1 / 3, 1 / 3, 0].map((value) => expect.closeTo(value, 5)));
  });

  it("take a radius of 0 for the nominal problem, and a widened one with what the scenarios add", async () => {
    const instance = { ...randomInstances(41, 4)[3]!, ridge: 0.5 };
    const scenarios = scenariosOf(instance);
    const problem = differentiable(instance);
    const { gradient } = await take(problem, scenarios, 9);
    const set = { kind: "wasserstein", order: 2, norm: "l2" } as const;
    const widened = { ...problem, ambiguity: { ...set, radius: 0.1, widened: true as const } };
    const same = await take(widened, { ...scenarios, widening: 0.2 }, 9);
    expect(instance.ambiguity).toEqual({ ...set, radius: 0.3 });
    same.gradient.outcomes.forEach((value, i) => expect(value).toBeCloseTo(gradient.outcomes[i]!, 6));
    const { ambiguity: _set, ...plain } = problem;
    const nominal = await take(plain, scenarios, 9);
    const zero = await take({ ...problem, ambiguity: { ...set, radius: 0 } }, scenarios, 9);
    expect(zero.gradient.radius).toBeNull();
    expect([...zero.gradient.outcomes]).toEqual([...nominal.gradient.outcomes]);
  });

  it("are a layer's: forward decisions, backward to every context's scenarios", async () => {
    const instance = { ...randomInstances(41, 9)[8]!, ridge: 0.5 };
    const problem = differentiable(instance);
    const scenarios = scenariosOf({ ...instance, weights: null });
    const layer = await createDecisionLayer(problem);
    const outcomes = Float64Array.from([...scenarios.outcomes, ...scenarios.outcomes.map((value) => 0.5 * value)]);
    const batch = { contexts: 2, scenarios: scenarios.count, outcomes };
    const { decisions, answers, backward } = layer.forward(batch);
    const bar = Float64Array.from(decisions, (_, i) => Math.cos(1 + i));
    const gradient = backward(bar);
    expect(gradient.counts.exact + gradient.counts["zero almost everywhere"]).toBe(2);
    answers.forEach((answer, row) => {
      const own = {
        count: scenarios.count,
        outcomes: outcomes.subarray(row * scenarios.outcomes.length).slice(0, scenarios.outcomes.length),
      };
      const alone = createDecisionDerivatives(problem).at(own, noContext, answer);
      const expected = alone.pull(bar.slice(row * instance.n, (row + 1) * instance.n)).outcomes;
      expected.forEach((value, i) => expect(gradient.outcomes[row * expected.length + i]).toBeCloseTo(value, 6));
    });
  });

  it("refuse integer components, and say where they are declared and which losses still learn", () => {
    const instance = randomInstances(41, 1)[0]!;
    const problem = differentiable(instance);
    const { size } = problem.feasible;
    const whole = { ...problem, feasible: { ...problem.feasible, integer: [size - 1], boundsAt: ["m.dro:4:3"] } };
    expect(() => createDecisionDerivatives(whole)).toThrow(
      expect.objectContaining({
        code: "no-derivative",
        place: "m.dro:4:3",
        help: expect.stringMatching(/spo_plus.*contrastive/),
      }),
    );
  });
});
