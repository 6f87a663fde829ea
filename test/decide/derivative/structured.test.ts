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

/** The way back of the pieces of `newsvendor(1, 3)`. */
function pullNewsvendor(_s: unknown, _x: unknown, _slopes: unknown, offsets: Float64Array, out: Float64Array): void {
  out[0] = 3 * offsets[1]! - offsets[0]!;
}

const plus = (values: readonly number[], by: readonly number[], epsilon: number): number[] =>
  values.map((value, i) => value + epsilon * by[i]!);

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
      const weightDirection = Float64Array.from(
        { length: scenarios.count },
        (_, k) => (scenarios.weights?.[k] ?? 1) * 0.3 * numbers.normal(),
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

  it("follow the bounds, rows, weights and costs of the problem: central differences", async () => {
    let compared = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const form = FORMS.find(({ name }) => name === "cvar with a low-rank quadratic")!;
      const drawn = drawInstance(form, seed);
      const problem = withPull(drawn.problem);
      const { gradient, zBar, answer } = await take(problem, drawn.scenarios, seed);
      if (answer.status !== "optimal" || gradient.differentiability !== "exact") continue;
      const { risk: spec, feasible } = problem;
      const numbers = createNumbers(seed + 7);
      const draw = (values: readonly number[]): number[] => values.map(() => 0.1 * numbers.normal());
      const move = {
        linear: draw(spec.linear),
        lower: draw(feasible.lower),
        upper: draw(feasible.upper),
        rows: feasible.inequalities.map((row) => [...draw(row.coefficients), 0.1 * numbers.normal()]),
        mean: 0.1,
        tails: spec.cvar.map(() => 0.2),
        quadratic: 0.3,
      };
      const decide = (epsilon: number): Float64Array =>
        preciseDecision(
          {
            ...problem,
            risk: {
              ...spec,
              mean: spec.mean + epsilon * move.mean,
              cvar: spec.cvar.map((term, c) => ({ ...term, weight: term.weight + epsilon * move.tails[c]! })),
              linear: plus(spec.linear, move.linear, epsilon),
              quadratic: spec.quadratic!.map((value) => (1 + epsilon * move.quadratic) * value),
            },
            feasible: {
              ...feasible,
              lower: plus(feasible.lower, move.lower, epsilon),
              upper: plus(feasible.upper, move.upper, epsilon),
              inequalities: feasible.inequalities.map((row, r) => ({
                ...row,
                coefficients: plus(row.coefficients, move.rows[r]!, epsilon),
                bound: row.bound + epsilon * move.rows[r]!.at(-1)!,
              })),
            },
          },
          drawn.scenarios,
        );
      const { program } = gradient;
      const expected =
        dot(program.linear, move.linear) +
        dot(program.lower, move.lower) +
        dot(program.upper, move.upper) +
        dot(
          program.inequalityBounds,
          move.rows.map((row) => row.at(-1)!),
        ) +
        dot(
          program.inequalityRows,
          move.rows.flatMap((row) => row.slice(0, -1)),
        ) +
        program.meanWeight * move.mean +
        dot(program.tailWeights, move.tails) +
        move.quadratic * dot(program.quadratic!, spec.quadratic!);
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

  it("are zero almost everywhere where the decision is a vertex of the set, and say so", async () => {
    const problem = withPull(rawProblem(1, simplex(3, "p.dro:3:1"), risk(3, {})));
    const rows = [
      [1, 2, 3, 0],
      [2, 2.5, 4, 1],
    ];
    const { answer, gradient } = await take(problem, scenarioSet(rows));
    [1, 0, 0].forEach((value, i) => expect(answer.z[i]).toBeCloseTo(value, 7));
    expect(gradient.differentiability).toBe("zero almost everywhere");
    expect([...gradient.outcomes, ...gradient.weights].every((value) => Object.is(Math.abs(value), 0))).toBe(true);
  });

  it("move the newsvendor's order with the scenario that is the quantile", async () => {
    const base = newsvendor(1, 3);
    const problem: DecisionProblem = {
      ...base,
      pieces: {
        ...base.pieces,
        pull: (_s, _x, _slopes, offsets, out) => {
          out[0] = 3 * offsets[1]! - offsets[0]!;
        },
      },
    };
    // The order is the 75 % quantile: the fourth of five.
    const { answer, gradient } = await take(problem, scenarioSet([[1], [2], [3], [4], [5]]));
    expect(answer.z[0]).toBeCloseTo(4, 7);
    const derivatives = createDecisionDerivatives(problem).at(
      scenarioSet([[1], [2], [3], [4], [5]]),
      noContext,
      answer,
    );
    const pulled = derivatives.pull(Float64Array.of(1));
    expect(gradient.differentiability).toBe("exact");
    [0, 0, 0, 1, 0].forEach((value, k) => expect(pulled.outcomes[k]).toBeCloseTo(value, 7));
  });

  it("share the derivative among scenarios that repeat each other: the derivative when they move together", async () => {
    const base = newsvendor(1, 3);
    const problem: DecisionProblem = { ...base, pieces: { ...base.pieces, pull: pullNewsvendor } };
    const scenarios = scenarioSet([[1], [2], [3], [4], [4], [4], [5]]);
    const decider = await createDecider(problem);
    const answer = decider.decide(scenarios, noContext);
    const derivative = createDecisionDerivatives(problem).at(scenarios, noContext, answer);
    expect(derivative.differentiability).toBe("chosen");
    const { outcomes } = derivative.pull(Float64Array.of(1));
    expect(outcomes.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
    expect([outcomes[0], outcomes[1], outcomes[2], outcomes[6]]).toEqual([0, 0, 0, 0].map((v) => expect.closeTo(v, 7)));
  });

  it("take a bound that pushes with no force as inactive: one of the two directional derivatives", async () => {
    // min (z − s)² over z ≤ 1 at s = 1: dz/ds is 1 from the left, 0 from the right.
    const problem = withPull(
      rawProblem(1, { ...simplex(1, "p.dro:3:1"), upper: [1], equalities: [] }, risk(1, { quadratic: ridge(1, 1) })),
    );
    const { answer, gradient, zBar } = await take(problem, scenarioSet([[-2, 0]]));
    expect(answer.z[0]).toBeCloseTo(1, 3);
    expect(gradient.differentiability).toBe("chosen");
    expect(gradient.outcomes[0]! / zBar[0]!).toBeCloseTo(-0.5, 6);
  });

  it("refuse integer components, answers without a decision, and pieces without a way back to the outcome", async () => {
    const whole = rawProblem(1, { ...simplex(2, "p.dro:3:1"), integer: [0] }, risk(2, {}));
    const code = { code: "no-derivative" };
    expect(() => createDecisionDerivatives(whole)).toThrow(expect.objectContaining(code));
    expect(() => createDecisionDerivatives(newsvendor(1, 3))).toThrow(expect.objectContaining(code));
    const open = withPull(rawProblem(1, { ...simplex(1, "p.dro:3:1"), equalities: [] }, risk(1, {})));
    const decider = await createDecider(open);
    const scenarios = scenarioSet([[-1, 0]]);
    const answer = decider.decide(scenarios, noContext);
    expect(answer.status).toBe("unbounded");
    expect(() => createDecisionDerivatives(open).at(scenarios, noContext, answer)).toThrow(
      expect.objectContaining({ ...code, message: expect.stringContaining("unbounded") }),
    );
  });
});
