import { describe, expect, it } from "vitest";
import { createCostSearch, type CostSearch } from "../../runtime/decide/cost-search.ts";
import { getHighs } from "../../runtime/decide/highs.ts";
import { box, createDecider } from "../../runtime/decide/index.ts";
import { violation } from "../../runtime/decide/violation.ts";
import type { FeasibleSet } from "../../runtime/spec.ts";
import { createNumbers, noContext, rawProblem, risk, scenarioSet } from "./problems.ts";

const highs = await getHighs();
const all = (length: number): number[] => Array.from({ length }, (_, i) => i);
const zeros = (n: number): number[] => Array.from({ length: n }, () => 0);

interface Jobs {
  readonly set: FeasibleSet;
  readonly machines: number;
  readonly starts: number;
  readonly jobs: number;
}

/** Jobs that start once each, at one of several times on one of some machines of their own size, for two slots. */
function schedule(seed: number, { machines = 2, jobs = 3, starts = 3 } = {}): Jobs {
  const numbers = createNumbers(seed);
  const size = machines * jobs * starts;
  const at = (machine: number, job: number, start: number): number => (machine * jobs + job) * starts + start;
  const needs = all(jobs).map(() => 2 + 2 * numbers.uniform());
  const once = all(jobs).map((job) => {
    const coefficients = zeros(size);
    for (const machine of all(machines)) for (const start of all(starts)) coefficients[at(machine, job, start)] = 1;
    return { coefficients, bound: 1, at: `once ${job}` };
  });
  const room = all(machines).flatMap((machine) =>
    all(starts + 1).map((slot) => {
      const coefficients = zeros(size);
      for (const job of all(jobs)) {
        for (const start of all(starts)) {
          if (start <= slot && slot < start + 2) coefficients[at(machine, job, start)] = needs[job]!;
        }
      }
      return { coefficients, bound: 5.5 + machine, at: `room ${machine} ${slot}` };
    }),
  );
  const bounds = box(
    zeros(size),
    zeros(size).map(() => 1),
    "begins",
  );
  return {
    set: { ...bounds, integer: zeros(size).map((_, i) => i), equalities: once, inequalities: room },
    machines,
    starts,
    jobs,
  };
}

/** The least cost over every choice of machine and start for each job. */
function enumerate({ set, machines, starts, jobs }: Jobs, cost: Float64Array): number {
  const options = machines * starts;
  let best = Infinity;
  for (let code = 0; code < options ** jobs; code++) {
    const z = new Float64Array(set.size);
    for (let job = 0, rest = code; job < jobs; job++, rest = Math.floor(rest / options)) {
      const option = rest % options;
      z[(Math.floor(option / starts) * jobs + job) * starts + (option % starts)] = 1;
    }
    if (violation(set, z) < 1e-9) best = Math.min(best, value(cost, z));
  }
  return best;
}

function value(cost: Float64Array, z: Float64Array): number {
  return z.reduce((sum, one, i) => sum + one * cost[i]!, 0);
}

/** Costs by job and start alone, so that machines are alike, or by everything. */
function costsOf({ set, starts, jobs }: Jobs, seed: number, alike: boolean): Float64Array {
  const numbers = createNumbers(1000 + seed);
  const own = Float64Array.from({ length: jobs * starts }, () => 10 * numbers.normal());
  return Float64Array.from({ length: set.size }, (_, i) => (alike ? own[i % own.length]! : 10 * numbers.normal()));
}

function searchOf(set: FeasibleSet, gap?: number): CostSearch {
  const search = createCostSearch(highs, set, gap === undefined ? {} : { gap });
  expect(search).not.toBeNull();
  return search!;
}

describe("a search over costs", () => {
  it.each([true, false])("equals enumeration at every cost of a set, with machines alike: %s", (alike) => {
    for (let seed = 1; seed <= 6; seed++) {
      const jobs = schedule(seed);
      const search = searchOf(jobs.set);
      for (let k = 0; k < 6; k++) {
        const cost = costsOf(jobs, 10 * seed + k, alike);
        const { status, z, bound } = search.solve(cost, undefined, 10);
        expect(status).toBe("optimal");
        expect(violation(jobs.set, z)).toBeLessThan(1e-9);
        expect(value(cost, z)).toBeCloseTo(enumerate(jobs, cost), 7);
        expect(bound).toBeLessThanOrEqual(value(cost, z) + 1e-7);
        expect(bound).toBeCloseTo(value(cost, z), 6);
      }
    }
  });

  it("hands what a few relaxations do not settle to HiGHS, which proves the same minimum", () => {
    const numbers = createNumbers(3);
    const n = 40;
    const weights = Array.from({ length: n }, () => 20 + Math.floor(30 * numbers.uniform()));
    // Values next to weights: the relaxation is almost tight, and thousands of nodes are within its gap.
    const cost = Float64Array.from(weights, (weight) => -weight - 5 - 0.01 * Math.floor(10 * numbers.uniform()));
    const set: FeasibleSet = {
      ...box(
        zeros(n),
        weights.map(() => 1),
        "items",
      ),
      integer: zeros(n).map((_, i) => i),
      inequalities: [0, 1, 2].map((row) => ({
        coefficients: weights.map((weight, i) => weight + ((i * 7 + row * 5) % 11)),
        bound: 500 + 3 * row,
        at: `row ${row}`,
      })),
    };
    const { status, z, bound } = searchOf(set).solve(cost, undefined, 60);
    expect(status).toBe("optimal");
    expect(violation(set, z)).toBeLessThan(1e-9);
    expect(value(cost, z) - bound).toBeLessThan(1e-5);
  });

  it("gives one answer to a cost, whatever was solved before it", () => {
    const jobs = schedule(4);
    const costs = Array.from({ length: 12 }, (_, k) => costsOf(jobs, k, k % 2 === 0));
    const [one, other] = [searchOf(jobs.set), searchOf(jobs.set)];
    const forwards = costs.map((cost) => one.solve(cost, undefined, 10).z);
    const backwards = costs.toReversed().map((cost) => other.solve(cost, undefined, 10).z);
    expect(backwards.toReversed()).toEqual(forwards);
  });

  it("starts from a decision nearby without a worse answer, and from no other", () => {
    const jobs = schedule(5);
    const search = searchOf(jobs.set);
    for (let k = 0; k < 8; k++) {
      const cost = costsOf(jobs, k, false);
      const best = search.solve(cost, undefined, 10);
      const near = search.solve(
        cost.map((one) => one + 3 * Math.sin(one)),
        undefined,
        10,
      ).z;
      const nothing = new Float64Array(jobs.set.size);
      const half = new Float64Array(jobs.set.size).fill(0.5);
      for (const guess of [best.z, near, nothing, half]) {
        const { status, z } = search.solve(cost, guess, 10);
        expect(status).toBe("optimal");
        expect(violation(jobs.set, z)).toBeLessThan(1e-9);
        expect(value(cost, z)).toBeCloseTo(value(cost, best.z), 7);
      }
    }
  });

  it("ends at a stated gap with a decision inside it, and an honest bound", () => {
    let wider = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const jobs = schedule(seed);
      // Far from zero, so that a gap of a tenth leaves decisions that are not best.
      const cost = costsOf(jobs, seed, false).map((one) => 40 + one);
      const best = enumerate(jobs, cost);
      const nearby = cost.map((one, i) => one + 6 * Math.sin(i));
      const near = searchOf(jobs.set).solve(nearby, undefined, 10).z;
      const { status, z, bound } = searchOf(jobs.set, 0.1).solve(cost, near, 10);
      expect(status).toBe("optimal");
      expect(violation(jobs.set, z)).toBeLessThan(1e-9);
      expect(bound).toBeLessThanOrEqual(best + 1e-7);
      expect(value(cost, z) - bound).toBeLessThanOrEqual(0.1 * value(cost, z) + 1e-7);
      if (value(cost, z) > best + 1e-6) wider++;
    }
    expect(wider).toBeGreaterThan(0);
  });

  it("returns real components beside whole ones, and those of a set without whole ones", () => {
    // Seven units, one by one or in packs of three.
    const set: FeasibleSet = {
      ...box([0, 0], [10, 4], "amounts"),
      integer: [1],
      inequalities: [{ coefficients: [-1, -3], bound: -7, at: "demand" }],
    };
    const solved = (cost: readonly number[], of = set): number[] => {
      const { z } = searchOf(of).solve(Float64Array.from(cost), undefined, 10);
      return Array.from(z, (one) => Number(one.toFixed(9)));
    };
    expect(solved([1, 2])).toEqual([1, 2]);
    expect(solved([1, 0.5])).toEqual([0, 3]);
    expect(solved([1, 4])).toEqual([7, 0]);
    expect(solved([1, 2], { ...set, integer: [] })).toEqual([0, 2.333333333]);
  });

  it("says what has no minimum", () => {
    const set: FeasibleSet = { ...box([0], [Infinity], "q"), integer: [0] };
    expect(["unbounded", "infeasible-or-unbounded"]).toContain(
      searchOf(set).solve(Float64Array.of(-1), undefined, 10).status,
    );
    const contradiction = { coefficients: [1], bound: -1, at: "below" };
    expect(createCostSearch(highs, { ...set, inequalities: [contradiction] })).toBeNull();
  });
});

describe("the stated end of a search", () => {
  it("makes a decision within the gap optimal, and is carried by the problem", async () => {
    const jobs = schedule(2);
    const cost = costsOf(jobs, 2, false).map((one) => 40 + one);
    const problem = rawProblem(1, jobs.set, risk(jobs.set.size, {}));
    const scenarios = scenarioSet([[...cost, 3]]);
    const exact = (await createDecider(problem)).decide(scenarios, noContext);
    expect(exact).toMatchObject({ status: "optimal", solver: "highs" });
    expect(exact.objective).toBeCloseTo(3 + enumerate(jobs, cost), 7);
    const search = { gap: 0.2, timeLimit: 10 };
    const decider = await createDecider({ ...problem, search });
    const negative = scenarioSet([[...cost.map((one) => -one), 3]]);
    const worst = decider.decide(negative, noContext);
    const loose = decider.decide(scenarios, noContext, worst);
    expect(loose.status).toBe("optimal");
    expect(loose.gap).toBeLessThanOrEqual(0.2 * loose.objective + 1e-7);
    expect(loose.objective).toBeGreaterThanOrEqual(exact.objective - 1e-7);
  });
});
