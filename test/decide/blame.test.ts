import { describe, expect, it } from "vitest";
import {
  box,
  cappedSimplex,
  checkFeasible,
  createDecider,
  nonnegative,
  subjectTo,
} from "../../runtime/decide/index.ts";
import type { FeasibleSet, LinearRow } from "../../runtime/spec.ts";
import { createNumbers, noContext, rawProblem, risk, ridge, scenarioSet } from "./problems.ts";

const row = (coefficients: readonly number[], bound: number, at: string): LinearRow => ({ coefficients, bound, at });

describe("infeasible sets", () => {
  it("blames the cap and the total of a simplex", async () => {
    const set = { ...cappedSimplex(3, 0.3, "model.dro:4:3"), boundsAt: ["model.dro:4:12"] };
    expect(await checkFeasible(set)).toEqual({ feasible: false, blame: ["model.dro:4:12", "model.dro:4:3"] });
    expect(await checkFeasible(cappedSimplex(4, 0.25, "model.dro:4:3"))).toEqual({ feasible: true, blame: [] });
  });

  it("leaves out rows that have no part in it", async () => {
    const set = subjectTo(box([0, 0, 0], [9, 9, 9], "bounds"), {
      inequalities: [row([1, 1, 0], 4, "a"), row([0, 1, 1], 20, "idle"), row([-1, -1, 0], -5, "b")],
      equalities: [row([0, 0, 1], 3, "also idle")],
    });
    expect((await checkFeasible(set)).blame).toEqual(["a", "b"]);
  });

  it("names single bounds by component where they have places of their own", async () => {
    const set: FeasibleSet = {
      ...box([0, 2, 0], [1, 3, 1], ""),
      boundsAt: ["first", "second", "third"],
      inequalities: [row([1, 1, 0], 1.5, "budget")],
    };
    expect((await checkFeasible(set)).blame.toSorted()).toEqual(["budget", "first", "second"]);
  });

  it("blames crossed bounds alone, and says which bound it is where it has no place", async () => {
    const crossed = { ...box([0, 5], [1, 4], "x"), inequalities: [row([1, 1], -9, "row")] };
    const { boundsAt: _, ...unplaced } = crossed;
    expect((await checkFeasible(unplaced)).blame).toEqual(["z[1] >= 5", "z[1] <= 4"]);
  });

  it("finds that no integer lies between the bounds", async () => {
    expect(await checkFeasible({ ...box([0.2], [0.8], "b"), integer: [0] })).toEqual({ feasible: false, blame: ["b"] });
  });

  it("is irreducible on random systems: without any one of the blamed, the rest can be met", async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const numbers = createNumbers(seed);
      const n = 2 + (seed % 3);
      const rows = Array.from({ length: 10 }, (_, r) =>
        row(
          Array.from({ length: n }, () => numbers.normal()),
          -0.4 + 0.5 * numbers.normal(),
          `row ${r}`,
        ),
      );
      const bounds = Array.from({ length: n }, (_, i) => `bound ${i}`);
      const set: FeasibleSet = { ...nonnegative(n, ""), boundsAt: bounds, inequalities: rows };
      const { feasible, blame } = await checkFeasible(set);
      if (feasible) continue;
      const only = (kept: readonly string[]): FeasibleSet => ({
        ...set,
        lower: set.lower.map((value, i) => (kept.includes(bounds[i]!) ? value : -Infinity)),
        inequalities: rows.filter(({ at }) => kept.includes(at)),
      });
      expect((await checkFeasible(only(blame))).feasible, `seed ${seed}`).toBe(false);
      for (const left of blame) {
        const rest = blame.filter((at) => at !== left);
        expect((await checkFeasible(only(rest))).feasible, `seed ${seed} without ${left}`).toBe(true);
      }
    }
  });

  it("is an answer, not an error, at every context", async () => {
    const problem = rawProblem(1, cappedSimplex(2, 0.4, "set"), risk(2, { cvar: [{ weight: 1, level: 0.5 }] }));
    const decider = await createDecider(problem);
    const answer = decider.decide(scenarioSet([[1, 2, 0]]), noContext);
    expect(answer.status).toBe("infeasible");
    expect(answer.blame).toEqual(["set"]);
    expect([...answer.z, ...answer.t]).toEqual([NaN, NaN, NaN]);
  });
});

describe("unbounded problems", () => {
  const set: FeasibleSet = { ...box([0, -Infinity], [Infinity, 5], ""), boundsAt: ["first", "second"] };

  it.each(["auto", "highs", "glpk"] as const)("names the missing bound (%s)", async (solver) => {
    const decider = await createDecider(rawProblem(1, set, risk(2, {})), { solver });
    const up = decider.decide(
      scenarioSet([
        [-1, 0, 0],
        [-2, 0, 0],
      ]),
      noContext,
    );
    expect(up).toMatchObject({ status: "unbounded", blame: ["first"], missing: [{ component: 0, side: "upper" }] });
    const down = decider.decide(
      scenarioSet([
        [1, 3, 0],
        [2, 1, 0],
      ]),
      noContext,
    );
    expect(down).toMatchObject({ status: "unbounded", blame: ["second"], missing: [{ component: 1, side: "lower" }] });
  });

  it("is bounded where the tail outweighs the mean", async () => {
    const problem = rawProblem(1, nonnegative(1, "z"), risk(1, { cvar: [{ weight: 2, level: 0.5 }] }));
    const decider = await createDecider(problem);
    expect(
      decider.decide(
        scenarioSet([
          [-3, 0],
          [1, 0],
        ]),
        noContext,
      ),
    ).toMatchObject({ status: "optimal", solver: "structured" });
    expect(
      decider.decide(
        scenarioSet([
          [-3, 0],
          [-1, 0],
        ]),
        noContext,
      ).status,
    ).toBe("unbounded");
  });

  it("is bounded where the quadratic closes every direction", async () => {
    const open = box([-Infinity, -Infinity], [Infinity, Infinity], "z");
    const closed = await createDecider(rawProblem(1, open, risk(2, { quadratic: ridge(2, 0.5) })));
    const answer = closed.decide(scenarioSet([[-1, 2, 0]]), noContext);
    expect(answer).toMatchObject({ status: "optimal", solver: "structured" });
    expect(answer.z[0]).toBeCloseTo(1, 9);
    expect(answer.z[1]).toBeCloseTo(-2, 9);
    // Curved along the first component only.
    const half = await createDecider(rawProblem(1, open, risk(2, { quadratic: [1, 0, 0, 0] })));
    expect(half.decide(scenarioSet([[-1, 2, 0]]), noContext)).toMatchObject({
      status: "unbounded",
      missing: [{ component: 1, side: "lower" }],
    });
  });
});
