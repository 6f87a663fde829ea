import { describe, expect, it } from "vitest";
import {
  box,
  cappedSimplex,
  createDecider,
  subjectTo,
  type DecisionAnswer,
  type ScenarioSet,
} from "../../runtime/decide/index.ts";
import type { DecisionProblem } from "../../runtime/spec.ts";
import { createNumbers, newsvendor, noContext, rawProblem, ridge, risk, scenarioSet } from "./problems.ts";

const N = 4;
const TAIL = [{ weight: 2, level: 0.9 }];

/** Mean + 2 CVaR of four assets' losses, the last number of a scenario being 0. */
function portfolio(eta = 1e-3, cap = 0.5): DecisionProblem {
  const terms = { cvar: TAIL, quadratic: ridge(N, eta) };
  return rawProblem(1, cappedSimplex(N, cap, "faults.dro:3:1"), risk(N, terms));
}

/** Losses −s of normal returns; `shape` changes a scenario's. */
function losses(
  count: number,
  shape: (returns: number[], k: number) => number[] = (returns) => returns,
): (readonly number[])[] {
  const { normal } = createNumbers(count + 5);
  return Array.from({ length: count }, (_, k) => [
    ...shape(
      Array.from({ length: N }, () => 0.01 + 0.1 * normal()),
      k,
    ).map((value) => -value),
    0,
  ]);
}

async function decide(problem: DecisionProblem, set: ScenarioSet): Promise<DecisionAnswer> {
  return (await createDecider(problem)).decide(set, noContext);
}

/** The risk by its definition: every scenario by itself, the tail by sorting. */
function riskAt(rows: readonly (readonly number[])[], z: Float64Array, eta: number): number {
  const values = rows.map((row) => row.slice(0, N).reduce((sum, slope, i) => sum + slope * z[i]!, row[N]!));
  const sorted = values.toSorted((a, b) => b - a);
  let mass = 0.1 * rows.length;
  let tail = 0;
  for (const value of sorted) {
    tail += Math.min(1, mass) * value;
    mass -= Math.min(1, mass);
    if (mass <= 0) break;
  }
  const mean = values.reduce((a, b) => a + b, 0) / rows.length;
  return mean + (2 * tail) / (0.1 * rows.length) + eta * z.reduce((sum, value) => sum + value * value, 0);
}

/** Decisions near and far from z in the capped simplex. */
function neighbours(z: Float64Array, cap: number): Float64Array[] {
  const found: Float64Array[] = [];
  for (let i = 0; i < N; i++)
    for (let j = 0; j < N; j++)
      for (const share of [1e-4, 1e-2, 1]) {
        const step = share * Math.min(z[i]!, cap - z[j]!);
        if (i === j || step <= 0) continue;
        const other = z.slice();
        other[i]! -= step;
        other[j]! += step;
        found.push(other);
      }
  return found;
}

/** A certificate that holds: no decision nearby is better by more than the gap, and the objective is the risk itself. */
function expectCertified(
  rows: readonly (readonly number[])[],
  answer: DecisionAnswer,
  { eta = 1e-3, cap = 0.5, scale = 1 } = {},
): void {
  expect(answer.status).toBe("optimal");
  const total = answer.z.reduce((a, b) => a + b, 0);
  expect(Math.abs(total - 1)).toBeLessThan(1e-9);
  expect(answer.gap).toBeGreaterThanOrEqual(-1e-12 * scale);
  expect(answer.gap).toBeLessThan(1e-6 * (Math.abs(answer.objective) + scale));
  expect(Math.abs(answer.objective - riskAt(rows, answer.z, eta))).toBeLessThan(1e-9 * scale);
  for (const other of neighbours(answer.z, cap))
    expect(riskAt(rows, other, eta)).toBeGreaterThan(answer.objective - answer.gap - 1e-9 * scale);
}

describe("a scenario set that is out of the ordinary", () => {
  it.each([Number.NaN, Infinity, -Infinity])("with %s in it is refused, at its row and component", async (value) => {
    const rows = losses(30).map((row) => [...row]);
    rows[17]![2] = value;
    await expect(decide(portfolio(), scenarioSet(rows))).rejects.toMatchObject({
      code: "scenario-not-finite",
      args: { row: 17, component: 2, value },
    });
  });

  it("of no scenario at all is refused", async () => {
    await expect(decide(portfolio(), scenarioSet([]))).rejects.toMatchObject({ code: "scenario-count" });
  });

  it("with a singular covariance has a certified decision", async () => {
    // All on one line through the origin, all but one asset certain, and two assets that are one.
    const shapes: ((returns: number[], k: number) => number[])[] = [
      ([a]) => [a!, 2 * a!, -a!, 0.5 * a!],
      ([a]) => [a!, 0.01, 0.01, 0.01],
      ([a, b, c]) => [a!, a!, b!, c!],
    ];
    for (const shape of shapes)
      for (const count of [40, 600]) {
        const rows = losses(count, shape);
        expectCertified(rows, await decide(portfolio(), scenarioSet(rows)));
        // Without the ridge the minimum need not be unique; its value is.
        expectCertified(rows, await decide(portfolio(0), scenarioSet(rows)), { eta: 0 });
      }
  });

  it("of one scenario has the decision of that scenario", async () => {
    const rows = [[-0.1, -0.3, -0.2, 0, 0]];
    const answer = await decide(portfolio(0), scenarioSet(rows));
    expectCertified(rows, answer, { eta: 0 });
    expect(Array.from(answer.z, (value) => Math.round(value * 1e6) / 1e6)).toEqual([0, 0.5, 0.5, 0]);
    expect(answer.t[0]).toBeCloseTo(-0.25, 9);
    const order = await decide(newsvendor(1, 9, risk(1, { cvar: TAIL })), scenarioSet([[12]]));
    expect(order.status).toBe("optimal");
    expect(order.z[0]).toBeCloseTo(12, 5);
  });

  it("of duplicates has the decision of the scenarios that they are, as weights would", async () => {
    const rows = losses(120);
    const single = await decide(portfolio(), scenarioSet(rows));
    const fivefold = rows.flatMap((row) => [row, row, row, row, row]);
    const repeated = await decide(portfolio(), scenarioSet(fivefold));
    expectCertified(fivefold, repeated);
    expect(repeated.objective).toBeCloseTo(single.objective, 8);
    const all = Array.from({ length: 400 }, () => rows[0]!);
    expectCertified(all, await decide(portfolio(), scenarioSet(all)));
  });

  it.each([1e12, 1e6, 1e-6, 1e-12])("with losses scaled by %d has the same decision, certified", async (scale) => {
    const rows = losses(300);
    const scaled = rows.map((row) => row.map((value) => value * scale));
    const plain = await decide(portfolio(1e-3), scenarioSet(rows));
    const answer = await decide(portfolio(1e-3 * scale), scenarioSet(scaled));
    expectCertified(scaled, answer, { eta: 1e-3 * scale, scale });
    expect(Math.abs(answer.objective / scale - plain.objective)).toBeLessThan(1e-6);
    const order = await decide(newsvendor(1, 9), scenarioSet(Array.from({ length: 50 }, (_, k) => [scale * (1 + k)])));
    expect(order.status).toBe("optimal");
    expect(order.gap).toBeLessThanOrEqual(1e-6 * Math.abs(order.objective) + 1e-6 * scale);
    expect(order.z[0]! / scale).toBeGreaterThan(44.9);
    expect(order.z[0]! / scale).toBeLessThan(46.1);
  });

  it("with one asset 1e12 times the others has a certified decision, or says that it has none", async () => {
    const rows = losses(200, ([a, b, c, d]) => [1e12 * a!, b!, c!, d!]);
    const answer = await decide(portfolio(), scenarioSet(rows));
    expect(["optimal", "inaccurate"]).toContain(answer.status);
    expect(answer.z.every(Number.isFinite)).toBe(true);
    expect(answer.z[0]).toBeLessThan(1e-6);
  });
});

describe("a set that is out of the ordinary", () => {
  it("whose bounds cross has no decision, and the bound to blame", async () => {
    const feasible = { ...cappedSimplex(N, 0.5, "faults.dro:3:1"), lower: [0, 0.7, 0, 0] };
    const answer = await decide({ ...portfolio(), feasible }, scenarioSet(losses(20)));
    expect(answer.status).toBe("infeasible");
    expect(answer.blame).toEqual(["faults.dro:3:1"]);
    expect(answer.z.every(Number.isNaN)).toBe(true);
  });

  it("of a single point has that point", async () => {
    const rows = losses(50);
    expectCertified(rows, await decide(portfolio(1e-3, 0.25), scenarioSet(rows)), { cap: 0.25 });
  });

  it.each([-3.9e-309, -1.1e-308, 1e-300])(
    "whose row's coefficient is %d has the decision without that row",
    async (tiny) => {
      // 0.7 over this coefficient is near the largest number that there is.
      const row = { coefficients: [0, tiny], bound: 0.7, at: "row" };
      const feasible = subjectTo(box([-1, -1], [1, 1], "box"), { inequalities: [row] });
      const problem = rawProblem(2, feasible, risk(2, { cvar: [{ weight: 1, level: 0.5 }] }));
      const rows = [
        [1, 2, 0, -1, 1, 0],
        [0, -3, 1, 2, 0, 0],
      ];
      const without = { ...problem, feasible: { ...feasible, inequalities: [] } };
      const plain = await decide(without, scenarioSet(rows));
      const solvers = ["auto", "cone", "highs"] as const;
      for (const solver of solvers) {
        const answer = (await createDecider(problem, { solver })).decide(scenarioSet(rows), noContext);
        expect(answer.status).toBe("optimal");
        expect(answer.objective).toBeCloseTo(plain.objective, 6);
      }
    },
  );
});
