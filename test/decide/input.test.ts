import { describe, expect, it } from "vitest";
import { box, createDecider, decideCatalogue, nonnegative, simplex } from "../../runtime/decide/index.ts";
import type { ScenarioSet } from "../../runtime/decide/index.ts";
import { RuntimeError } from "../../runtime/errors/runtime-error.ts";
import type { DecisionProblem, FeasibleSet } from "../../runtime/spec.ts";
import { newsvendor, noContext, rawProblem, risk, ridge, scenarioSet } from "./problems.ts";

async function reject(run: () => unknown): Promise<{ code: string; args: unknown; message: string; place?: string }> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    const { code, args, message, place } = error;
    return { code, args, message, ...(place === undefined ? {} : { place }) };
  }
  throw new Error("nothing was thrown");
}

const decide = async (problem: DecisionProblem, scenarios: ScenarioSet, context = noContext): Promise<unknown> =>
  (await createDecider(problem)).decide(scenarios, context);

describe("scenarios", () => {
  const two = rawProblem(1, simplex(2, "set"), risk(2, {}));
  it.each([
    ["NaN", NaN],
    ["Infinity", Infinity],
  ])("%s is reported with its row and component", async (_, value) => {
    const scenarios = scenarioSet([
      [1, 2, 0],
      [3, 4, 0],
      [5, value, 0],
    ]);
    const { code, args } = await reject(() => decide(two, scenarios));
    expect(code).toBe("scenario-not-finite");
    expect(args).toEqual({ row: 2, component: 1, value });
  });

  it("too few numbers, no scenario, wrong weights", async () => {
    const short = { count: 3, outcomes: new Float64Array(6) };
    expect((await reject(() => decide(two, short))).args).toEqual({ count: 3, size: 3, expected: 9, actual: 6 });
    const none = { count: 0, outcomes: new Float64Array(0) };
    expect((await reject(() => decide(two, none))).code).toBe("scenario-count");
    const rows = [
      [1, 2, 0],
      [3, 4, 0],
    ];
    expect((await reject(() => decide(two, scenarioSet(rows, [1])))).code).toBe("scenario-count");
    expect((await reject(() => decide(two, scenarioSet(rows, [1, -0.5])))).args).toEqual({ row: 1, value: -0.5 });
    expect((await reject(() => decide(two, scenarioSet(rows, [0, 0])))).code).toBe("scenario-weights-zero");
  });

  it("a loss that overflows", async () => {
    const { code, args } = await reject(() => decide(newsvendor(1, 9), scenarioSet([[1], [1e308]])));
    expect(code).toBe("piece-not-finite");
    expect(args).toMatchObject({ row: 1, piece: 1 });
  });

  it("a context that is not a number, or too long", async () => {
    const problem = { ...two, sizes: { ...two.sizes, context: 2 } };
    const scenarios = scenarioSet([[1, 2, 0]]);
    expect((await reject(() => decide(problem, scenarios, Float64Array.of(1, NaN)))).args).toEqual({
      component: 1,
      value: NaN,
    });
    expect((await reject(() => decide(problem, scenarios, Float64Array.of(1)))).code).toBe("problem-malformed");
  });
});

describe("problems", () => {
  const set = box([0, 0], [1, 1], "here");
  const make = (spec: Partial<DecisionProblem["risk"]>, feasible: FeasibleSet = set) =>
    rawProblem(1, feasible, risk(2, spec));
  it.each([
    ["risk-level-out-of-range", make({ cvar: [{ weight: 1, level: 1 }] })],
    ["risk-level-out-of-range", make({ cvar: [{ weight: 1, level: -0.1 }] })],
    ["risk-not-convex", make({ cvar: [{ weight: -1, level: 0.5 }] })],
    ["risk-not-convex", make({ mean: -1 })],
    ["quadratic-not-convex", make({ quadratic: [1, 0, 0, -1] })],
    ["quadratic-not-convex", make({ quadratic: [0, 1, 1, 0] })],
    ["quadratic-not-convex", make({ quadratic: [1, 2, 2, 1] })],
    ["problem-malformed", make({ quadratic: [1, 2, 3, 1] })],
    ["problem-malformed", make({ quadratic: [1] })],
    ["problem-malformed", make({ linear: [1] })],
    ["problem-malformed", make({ constant: NaN })],
    ["set-malformed", make({}, { ...set, lower: [0, NaN] })],
    ["set-malformed", make({}, { ...set, lower: [0, Infinity] })],
    ["set-malformed", make({}, { ...set, upper: [1] })],
    ["set-malformed", make({}, { ...set, integer: [2] })],
    ["set-malformed", make({}, { ...set, inequalities: [{ coefficients: [1], bound: 0, at: "row" }] })],
  ] as const)("%s", async (code, problem) => {
    expect((await reject(() => createDecider(problem))).code).toBe(code);
  });

  it("says where a malformed row is", async () => {
    const problem = make({}, { ...set, equalities: [{ coefficients: [1, NaN], bound: 0, at: "model.dro:7:5" }] });
    expect((await reject(() => createDecider(problem))).place).toBe("model.dro:7:5");
  });

  it("takes a singular quadratic and refuses one that is negative by more than rounding", async () => {
    expect(await createDecider(make({ quadratic: [1, 2, 2, 4] }))).toBeDefined();
    expect((await reject(() => createDecider(make({ quadratic: [1, 2, 2, 4 - 1e-6] })))).code).toBe(
      "quadratic-not-convex",
    );
  });

  it("refuses a solver that would ignore a part", async () => {
    const quadratic = make({ quadratic: ridge(2, 1) });
    expect((await reject(() => createDecider(quadratic, { solver: "glpk" }))).code).toBe("solver-does-not-fit");
    const integer = make({}, { ...nonnegative(2, "z"), integer: [1] });
    expect((await reject(() => createDecider(integer, { solver: "structured" }))).code).toBe("solver-does-not-fit");
  });
});

describe("the catalogue", () => {
  it("says what, why and what to do for every code", () => {
    for (const [code, { message, why, help }] of Object.entries(decideCatalogue)) {
      for (const text of [message, why, help]) expect(text.length, code).toBeGreaterThan(15);
    }
  });
});
