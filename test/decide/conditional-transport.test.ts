import { describe, expect, it } from "vitest";
import { solveCone } from "../../runtime/decide/cone/index.ts";
import { createConditionalTransportDecider, leastTransport } from "../../runtime/decide/conditional-transport/index.ts";
import { createDecider } from "../../runtime/decide/index.ts";
import { sparseFromDense } from "../../runtime/decide/sparse/matrix.ts";
import type { ContextTransport, ScenarioSet } from "../../runtime/decide/types.ts";
import type { DecisionProblem } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { smallPortfolio } from "../runs/pipelines.ts";
import { newsvendor, noContext, risk } from "./problems.ts";

/** Rows and what their contexts cost: two inside the neighbourhood, three outside. */
const rows: ScenarioSet & { readonly transport: ContextTransport } = {
  count: 5,
  outcomes: Float64Array.of(2, 5, 4, 9, 1),
  transport: { costs: Float64Array.of(-0.4, -1.1, 0.6, 2, 7), probability: 0.5 },
};

/**
 * The worst conditional mean of a loss by a linear program over masses of outcomes on a grid: nothing in it is dual, and it
 * knows nothing of pieces. `mass[i, g]` is what row i has at grid point g within the neighbourhood, over the
 * neighbourhood's mass; θ is one over that.
 */
function worstMean(loss: (s: number) => number, set: typeof rows, radius: number): number {
  const { costs, probability } = set.transport;
  const n = set.count;
  const grid = Array.from({ length: 241 }, (_, g) => -6 + g * 0.1);
  const columns = n * grid.length + 1;
  const theta = columns - 1;
  const { budget, inside } = leastTransport(set.transport);
  const rho = budget + probability * radius ** 2;
  const lines: { readonly row: Float64Array; readonly bound: number }[] = [];
  const line = (bound: number, fill: (row: Float64Array) => void): void => {
    const row = new Float64Array(columns);
    fill(row);
    lines.push({ row, bound });
  };
  line(1, (row) => row.fill(1, 0, theta));
  line(0, (row) => {
    for (let i = 0; i < n; i++) {
      grid.forEach((s, g) => (row[i * grid.length + g] = (s - set.outcomes[i]!) ** 2 + costs[i]!));
    }
    row[theta] = inside - rho;
  });
  for (let i = 0; i < n; i++) {
    line(0, (row) => {
      row.fill(1, i * grid.length, (i + 1) * grid.length);
      row[theta] = -1 / n;
    });
  }
  line(1 / probability, (row) => (row[theta] = 1));
  line(-1, (row) => (row[theta] = -1));
  for (let j = 0; j < theta; j++) line(0, (row) => (row[j] = -1));
  const dense = new Float64Array(lines.length * columns);
  lines.forEach(({ row }, k) => dense.set(row, k * columns));
  const q = new Float64Array(columns);
  for (let i = 0; i < n; i++) grid.forEach((s, g) => (q[i * grid.length + g] = -loss(s)));
  const answer = solveCone({
    p: null,
    q,
    a: sparseFromDense(lines.length, columns, dense),
    b: Float64Array.from(lines, ({ bound }) => bound),
    cones: [
      { kind: "zero", size: 1 },
      { kind: "nonnegative", size: lines.length - 1 },
    ],
  });
  expect(answer.status).toBe("optimal");
  return -answer.objective;
}

function leastOver(points: readonly number[], value: (point: number) => number): number {
  return Math.min(...points.map(value));
}

describe("the worst conditional law within a transport budget", () => {
  it.each([
    ["half the rows, some budget", 0.5, 0.7],
    ["few rows, so that those inside need not stay", 0.2, 1.5],
    ["more rows than are inside", 0.7, 0.3],
    ["all rows", 1, 0.5],
  ])("is that of a linear program over masses: %s", async (_, probability, radius) => {
    const problem = newsvendor(1, 4);
    const set = { ...rows, transport: { ...rows.transport, probability } };
    const decider = await createConditionalTransportDecider(problem, radius);
    const answer = decider.decide(set, noContext);
    expect(answer.status).toBe("optimal");
    const worst = (z: number): number => worstMean((s) => Math.max(z - s, 4 * (s - z)), set, radius);
    const own = worst(answer.z[0]!);
    // The grid has outcomes a tenth apart: it loses at most the square of half of that.
    expect(answer.objective).toBeGreaterThanOrEqual(own - 1e-5);
    expect(answer.objective).toBeLessThanOrEqual(own + 0.02);
    expect(leastOver([answer.z[0]! - 0.3, answer.z[0]! + 0.3], worst)).toBeGreaterThan(own - 1e-6);
  });

  it("takes a mean with a CVaR", async () => {
    const problem = newsvendor(1, 4, risk(1, { mean: 0.5, cvar: [{ weight: 1, level: 0.6 }] }));
    const decider = await createConditionalTransportDecider(problem, 0.5);
    const answer = decider.decide(rows, noContext);
    const worst = (z: number, t: number): number => {
      const extended = (s: number): number => {
        const loss = Math.max(z - s, 4 * (s - z));
        return 0.5 * loss + t + Math.max(0, loss - t) / 0.4;
      };
      return worstMean(extended, rows, 0.5);
    };
    const [z, t] = [answer.z[0]!, answer.t[0]!];
    const own = worst(z, t);
    expect(answer.objective).toBeGreaterThanOrEqual(own - 1e-5);
    expect(answer.objective).toBeLessThanOrEqual(own + 0.03);
    for (const [a, b] of [
      [z + 0.3, t],
      [z - 0.3, t],
      [z, t + 0.5],
      [z, t - 0.5],
    ] as const)
      expect(worst(a, b)).toBeGreaterThan(own - 1e-6);
  });

  it("is the nominal problem at the cheapest rows with radius 0", async () => {
    const problem = newsvendor(1, 4);
    const decider = await createConditionalTransportDecider(problem, 0);
    const set = { ...rows, transport: { ...rows.transport, probability: 0.7 } };
    const { weights, budget } = leastTransport(set.transport);
    // 3.5 of the five rows: the two inside, the third in full, the fourth by half.
    expect(Array.from(weights, (weight) => 3.5 * weight)).toEqual([1, 1, 1, 0.5, 0]);
    expect(budget).toBeCloseTo((0.6 + 0.5 * 2) / 5, 12);
    const nominal = (await createDecider(problem)).decide(
      { count: set.count, outcomes: set.outcomes, weights },
      noContext,
    );
    expect(decider.decide(set, noContext).objective).toBeCloseTo(nominal.objective, 9);
  });

  it("is a Wasserstein ball around the nearest rows where no other can be reached", async () => {
    const problem = portfolio();
    const set = returns(60, 1);
    const own = { costs: Float64Array.from({ length: 60 }, (_, i) => (i < 20 ? 0 : 1e3)), probability: 20 / 60 };
    const ball = await createDecider({
      ...problem,
      ambiguity: { kind: "wasserstein", order: 2, norm: "l2", radius: 0.3 },
    });
    const d = problem.sizes.outcome;
    const expected = ball.decide({ count: 20, outcomes: set.outcomes.subarray(0, 20 * d) }, noContextOf(problem));
    const decider = await createConditionalTransportDecider(problem, 0.3);
    const answer = decider.decide({ ...set, transport: own }, noContextOf(problem));
    expect(answer.status).toBe("optimal");
    expect(answer.objective).toBeCloseTo(expected.objective, 5);
    answer.z.forEach((value, i) => expect(value).toBeCloseTo(expected.z[i]!, 3));
  });

  it("leaves out rows that are not worth their cost, and counts them in the gap", async () => {
    const problem = portfolio();
    const set = returns(400, 2);
    const spread = new Float64Array(400);
    randomStream(3, "costs").uniform(spread);
    for (const [probability, radius] of [
      [0.05, 0.2],
      [0.05, 2],
      [0.3, 0.5],
    ] as const) {
      const decider = await createConditionalTransportDecider(problem, radius);
      const answer = decider.decide({ ...set, transport: { costs: spread, probability } }, noContextOf(problem));
      expect(answer.status).toBe("optimal");
      expect(answer.gap).toBeLessThan(1e-5);
    }
  });

  it("costs more the larger the radius and the less the probability", async () => {
    const problem = portfolio();
    const set = returns(80, 4);
    const costs = new Float64Array(80);
    randomStream(5, "costs").uniform(costs);
    const at = async (radius: number, probability: number): Promise<number> => {
      const decider = await createConditionalTransportDecider(problem, radius);
      return decider.decide({ ...set, transport: { costs, probability } }, noContextOf(problem)).objective;
    };
    const [small, middle, large] = [await at(0, 0.3), await at(0.2, 0.3), await at(0.8, 0.3)];
    expect(middle).toBeGreaterThan(small);
    expect(large).toBeGreaterThan(middle);
  });
});

function portfolio(): DecisionProblem {
  return smallPortfolio().problem;
}

function noContextOf({ sizes }: DecisionProblem): Float64Array {
  return new Float64Array(sizes.context);
}

function returns(count: number, seed: number): ScenarioSet {
  const outcomes = new Float64Array(count * portfolio().sizes.outcome);
  randomStream(seed, "returns").normal(outcomes);
  return { count, outcomes };
}
