import { describe, expect, it } from "vitest";
import { box, createDecider, nonnegative } from "../../runtime/decide/index.ts";
import { routeOf } from "../../runtime/decide/routes.ts";
import { riskOf } from "../../runtime/risk/index.ts";
import type { DecisionProblem, FeasibleSet } from "../../runtime/spec.ts";
import { createNumbers, newsvendor, noContext, rawProblem, ridge, risk, scenarioSet } from "./problems.ts";
import { drawInstance, FORMS } from "./random-problems.ts";

const zeros = (n: number): number[] => Array.from({ length: n }, () => 0);

describe("the route of a problem", () => {
  const set = box([0, 0], [1, 1], "here");
  const whole = { ...set, integer: [1] };
  const curved = risk(2, { quadratic: ridge(2, 1) });
  it.each([
    ["real, linear", rawProblem(1, set, risk(2, {})), true, ["highs", "cone"]],
    ["real, quadratic", rawProblem(1, set, curved), true, ["cone", "highs"]],
    ["real, a quadratic of zeros", rawProblem(1, set, risk(2, { quadratic: zeros(4) })), true, ["highs", "cone"]],
    ["integer, linear", rawProblem(1, whole, risk(2, {})), false, ["highs", "cone"]],
    ["integer, quadratic", rawProblem(1, whole, curved), false, ["cone"]],
  ])("%s", (_, problem, structured, libraries) => {
    expect(routeOf(problem, "auto")).toEqual({ structured, libraries });
    expect(routeOf(problem, "cone")).toEqual({ structured: false, libraries: ["cone"] });
  });

  it("refuses highs and glpk where they would ignore a part", () => {
    const problem = rawProblem(1, whole, curved);
    for (const solver of ["highs", "glpk"] as const) {
      expect(() => routeOf(problem, solver)).toThrow(/cannot take .*a quadratic term/);
    }
  });
});

describe("the cone solver on scenario problems", () => {
  it.each(FORMS)("agrees with the structured solver: $name", async (form) => {
    for (let seed = 1; seed <= 3; seed++) {
      const { name, problem, scenarios } = drawInstance(form, seed);
      const cone = (await createDecider(problem, { solver: "cone" })).decide(scenarios, noContext);
      const structured = (await createDecider(problem)).decide(scenarios, noContext);
      expect(cone.status, name).toBe(structured.status);
      expect(cone.solver).toBe("cone");
      if (structured.status === "unbounded") {
        expect(cone.missing).toEqual(structured.missing);
        continue;
      }
      const scale = Math.abs(structured.objective - problem.risk.constant);
      expect(Math.abs(cone.objective - structured.objective), name).toBeLessThan(1e-6 * scale);
      expect(cone.multipliers).not.toBeNull();
    }
  });

  it("solves contexts that follow each other as fresh ones", async () => {
    const { problem } = drawInstance(FORMS[4]!, 1);
    const decider = await createDecider(problem, { solver: "cone" });
    const numbers = createNumbers(3);
    for (const count of [20, 20, 31, 20]) {
      const rows = Array.from({ length: count }, () =>
        Array.from({ length: problem.sizes.outcome }, (_, i) => (i % 3 === 1 && count === 31 ? 0 : numbers.normal())),
      );
      const again = decider.decide(scenarioSet(rows), noContext);
      const fresh = (await createDecider(problem, { solver: "cone" })).decide(scenarioSet(rows), noContext);
      expect(again.objective).toBe(fresh.objective);
    }
  });
});

/** Whole numbers of −2 … 3 under a row, with every one's exact risk. */
function enumerate(problem: DecisionProblem, rows: readonly (readonly number[])[]): number {
  const n = problem.sizes.decision;
  const { inequalities } = problem.feasible;
  let best = Infinity;
  for (let code = 0; code < 6 ** n; code++) {
    const z = Float64Array.from({ length: n }, (_, i) => (Math.floor(code / 6 ** i) % 6) - 2);
    const keeps = inequalities.every(
      ({ coefficients, bound }) => coefficients.reduce((sum, a, i) => sum + a * z[i]!, 0) <= bound + 1e-12,
    );
    if (!keeps) continue;
    const losses = Float64Array.from(rows, (row) => problem.loss(z, Float64Array.from(row), noContext));
    best = Math.min(best, riskOf(problem.risk, z, losses));
  }
  return best;
}

describe("integer decisions with a quadratic term", () => {
  it("equal enumeration, with a proven gap", async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const numbers = createNumbers(seed);
      const n = 2 + (seed % 3);
      const factor = Array.from({ length: n * n }, () => numbers.normal());
      const quadratic = Array.from({ length: n * n }, (_, at) => {
        let sum = Math.floor(at / n) === at % n ? 0.1 : 0;
        for (let r = 0; r < n; r++) sum += 0.3 * factor[r * n + Math.floor(at / n)]! * factor[r * n + (at % n)]!;
        return sum;
      });
      const range = box(
        zeros(n).map(() => -2),
        zeros(n).map(() => 3),
        "z",
      );
      const set: FeasibleSet = {
        ...range,
        integer: range.lower.map((_, i) => i),
        inequalities: [{ coefficients: zeros(n).map(() => 1 + numbers.uniform()), bound: 3.5, at: "row" }],
      };
      const problem = rawProblem(
        1 + (seed % 2),
        set,
        risk(n, { cvar: [{ weight: 1, level: 0.8 }], quadratic, constant: 5 }),
      );
      const rows = Array.from({ length: 12 }, () =>
        Array.from({ length: problem.sizes.outcome }, () => 2 * numbers.normal()),
      );
      const answer = (await createDecider(problem)).decide(scenarioSet(rows), noContext);
      expect(answer).toMatchObject({ status: "optimal", solver: "cone" });
      expect(answer.z.every(Number.isInteger)).toBe(true);
      const best = enumerate(problem, rows);
      expect(Math.abs(answer.objective - best)).toBeLessThan(1e-9 * Math.abs(best));
      expect(answer.objective - answer.gap).toBeLessThan(best + 1e-9);
    }
  });

  it("that contradict each other are infeasible, with the rows to blame", async () => {
    const set: FeasibleSet = {
      ...nonnegative(2, "sign"),
      integer: [0, 1],
      equalities: [{ coefficients: [2, 2], bound: 3, at: "odd" }],
    };
    const problem = rawProblem(1, set, risk(2, { quadratic: ridge(2, 1) }));
    const answer = (await createDecider(problem)).decide(scenarioSet([[1, 2, 0]]), noContext);
    expect(answer).toMatchObject({ status: "infeasible", blame: ["odd"] });
  });
});

describe("the time limit", () => {
  const numbers = createNumbers(5);
  const n = 40;
  const range = box(
    zeros(n).map(() => 0),
    zeros(n).map(() => 1),
    "z",
  );
  const rows = Array.from({ length: 60 }, () => Array.from({ length: n + 1 }, () => numbers.normal() - 0.1));
  const curved = risk(n, { cvar: [{ weight: 1, level: 0.8 }], quadratic: ridge(n, 0.3) });
  const relaxed = rawProblem(1, range, curved);
  const minimum = async (): Promise<number> =>
    (await createDecider(relaxed)).decide(scenarioSet(rows), noContext).objective;

  it("ends the structured solver with a decision and an honest gap", async () => {
    const decider = await createDecider(relaxed, { timeLimit: 1e-9 });
    const limited = decider.decide(scenarioSet(rows), noContext);
    expect(limited).toMatchObject({ status: "inaccurate", solver: "structured", primalResidual: 0 });
    expect(limited.objective - limited.gap).toBeLessThan((await minimum()) + 1e-9);
    expect(limited.objective).toBeGreaterThan(await minimum());
  });

  it("ends branch and bound, which would take 2⁴⁰ nodes, with the best decision so far", async () => {
    const whole = { ...relaxed, feasible: { ...range, integer: zeros(n).map((_, i) => i) } };
    const limited = (await createDecider(whole, { timeLimit: 2 })).decide(scenarioSet(rows), noContext);
    expect(limited).toMatchObject({ status: "inaccurate", solver: "cone" });
    expect(limited.z.every((value) => value === 0 || value === 1)).toBe(true);
    expect(limited.gap).toBeGreaterThan(0);
    expect(limited.objective - limited.gap).toBeGreaterThan((await minimum()) - 1e-6);
  });

  it.each(["structured", "cone"] as const)("ends %s under the worst law of a ball", async (solver) => {
    const ambiguity = { kind: "wasserstein", order: 2, norm: "l2", radius: 0.1 } as const;
    const linear = rawProblem(1, range, risk(n, { cvar: [{ weight: 1, level: 0.8 }], quadratic: ridge(n, 0.3) }));
    const robust = { ...linear, ambiguity };
    const best = (await createDecider(robust)).decide(scenarioSet(rows), noContext);
    expect(best.status).toBe("optimal");
    const limited = (await createDecider(robust, { timeLimit: 1e-9, solver })).decide(scenarioSet(rows), noContext);
    expect(limited.status).toBe("inaccurate");
    expect(limited.objective).toBeGreaterThan(best.objective);
    expect(limited.objective - limited.gap).toBeLessThan(best.objective + 1e-9);
  });

  it("ends the search of highs among integers without bounds", async () => {
    const set: FeasibleSet = {
      ...nonnegative(12, "z"),
      integer: zeros(12).map((_, i) => i),
      inequalities: [1, 2, 3].map((row) => ({
        coefficients: zeros(12).map(() => 1e3 + Math.floor(1e6 * numbers.uniform())),
        bound: 1e9 * row + 0.5,
        at: `row ${row}`,
      })),
    };
    const problem = rawProblem(1, set, risk(12, { cvar: [{ weight: 3, level: 0.9 }] }));
    const losses = Array.from({ length: 20 }, () =>
      Array.from({ length: 13 }, (_, i) => (i < 12 ? -1e3 - Math.floor(1e6 * numbers.uniform()) : 0)),
    );
    const limited = (await createDecider(problem, { timeLimit: 1 })).decide(scenarioSet(losses), noContext);
    expect(["optimal", "inaccurate"]).toContain(limited.status);
    expect(Number.isFinite(limited.gap)).toBe(true);
    expect(limited.z.every(Number.isInteger)).toBe(true);
  });

  it("must be a positive number of seconds", async () => {
    for (const timeLimit of [0, -1, NaN]) {
      await expect(createDecider(newsvendor(1, 9), { timeLimit })).rejects.toMatchObject({ code: "problem-malformed" });
    }
  });
});
