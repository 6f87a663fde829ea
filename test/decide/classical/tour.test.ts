import { describe, expect, it } from "vitest";
import { createCombinatorialSolver, solveCombinatorial } from "../../../runtime/decide/classical/index.ts";
import { recogniseCombinatorial } from "../../../runtime/decide/classical/recognise.ts";
import { heldKarp, pairIndex, partTours, tourProgram } from "../../../runtime/decide/classical/tour.ts";
import { createDecider } from "../../../runtime/decide/index.ts";
import { getHighs } from "../../../runtime/decide/highs.ts";
import type { DecisionProblem, FeasibleSet } from "../../../runtime/spec.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";

/** Costs of a complete graph, some below zero. */
function costsOf(nodes: number, seed: number): Float64Array {
  const costs = new Float64Array((nodes * (nodes - 1)) / 2);
  randomStream(seed, `tour/${nodes}`).uniform(costs);
  return costs.map((value) => 10 * value - 2);
}

/** The least length of all (n − 1)! tours from node 0. */
function byEnumeration(nodes: number, costs: Float64Array): number {
  let best = Infinity;
  const walk = (at: number, left: readonly number[], length: number): void => {
    if (left.length === 0) best = Math.min(best, length + costs[pairIndex(nodes, at, 0)]!);
    for (const next of left) {
      walk(
        next,
        left.filter((node) => node !== next),
        length + costs[pairIndex(nodes, at, next)]!,
      );
    }
  };
  walk(
    0,
    Array.from({ length: nodes - 1 }, (_, k) => k + 1),
    0,
  );
  return best;
}

function expectTour(nodes: number, z: Float64Array): void {
  const degrees = Array.from({ length: nodes }, () => 0);
  for (let a = 0; a < nodes; a++)
    for (let b = 0; b < nodes; b++) if (a !== b) degrees[a]! += z[pairIndex(nodes, a, b)]!;
  expect(degrees).toEqual(Array.from({ length: nodes }, () => 2));
  expect(partTours(nodes, z)).toHaveLength(1);
}

describe("the shortest tour", () => {
  it.each([3, 4, 5, 6, 7])("of %i nodes is that of an enumeration", async (nodes) => {
    const highs = await getHighs();
    for (const seed of [1, 2, 3]) {
      const costs = costsOf(nodes, seed);
      const least = byEnumeration(nodes, costs);
      for (const answer of [heldKarp(nodes, costs), tourProgram(highs, nodes, costs)]) {
        expectTour(nodes, answer.z);
        expect(answer.status).toBe("optimal");
        expect(answer.objective).toBeCloseTo(least, 9);
      }
    }
  });

  it("is the same by the table and by rows for part tours", async () => {
    const highs = await getHighs();
    // Two clusters far apart: each node's two nearest edges are two tours.
    const nodes = 10;
    const apart = costsOf(nodes, 4).map((value) => value + 3);
    for (let a = 0; a < 5; a++) for (let b = 5; b < nodes; b++) apart[pairIndex(nodes, a, b)]! += 100;
    for (const costs of [apart, costsOf(nodes, 5)]) {
      const [table, rows] = [heldKarp(nodes, costs), tourProgram(highs, nodes, costs)];
      expectTour(nodes, rows.z);
      expect(rows.objective).toBeCloseTo(table.objective, 6);
      expect(table.certificate).toEqual({ kind: "bound", value: expect.closeTo(table.objective, 9) });
    }
  });

  it("of more nodes is had by rows, and by the nearest neighbour when time is up", async () => {
    const nodes = 14;
    const costs = costsOf(nodes, 6);
    const set = { kind: "tour", nodes } as const;
    const answer = await solveCombinatorial(set, costs);
    expectTour(nodes, answer.z);
    expect(answer.status).toBe("optimal");
    const hasty = (await createCombinatorialSolver(set, { timeLimit: 1e-9 })).solve(costs);
    expectTour(nodes, hasty.z);
    expect(hasty.status).toBe("stopped");
    expect(hasty.objective).toBeGreaterThanOrEqual(answer.objective);
    const { certificate } = hasty;
    expect(certificate.kind === "bound" && certificate.value <= answer.objective).toBe(true);
  });

  it("needs three nodes", async () => {
    await expect(createCombinatorialSolver({ kind: "tour", nodes: 2 })).rejects.toMatchObject({
      code: "problem-malformed",
    });
  });
});

/** Whether a part, a bit a node, holds the node. */
const inside = (part: number, node: number): boolean => (part >> node) % 2 === 1;

/** The rows of `tour(G)` over `complete(nodes)`, as they are emitted. */
function rowsOf(nodes: number): FeasibleSet {
  const pairs = Array.from({ length: nodes }, (_, a) =>
    Array.from({ length: nodes - a - 1 }, (__, k) => [a, a + k + 1]),
  ).flat();
  const row = (part: number, sign: number) => ({
    coefficients: pairs.map(([a, b]) => (inside(part, a!) === inside(part, b!) ? 0 : sign)),
    bound: 2 * sign,
    at: "m.dro:1:1",
  });
  const sizes = Array.from(
    { length: 2 ** nodes },
    (_, part) => Array.from({ length: nodes }, (__, node) => node).filter((node) => inside(part, node)).length,
  );
  return {
    size: pairs.length,
    lower: pairs.map(() => 0),
    upper: pairs.map(() => 1),
    integer: pairs.map((_, i) => i),
    equalities: Array.from({ length: nodes }, (_, node) => row(2 ** node, 1)),
    inequalities: sizes.flatMap((size, part) =>
      part % 2 === 0 && size >= 3 && nodes - size >= 3 ? [row(part, -1)] : [],
    ),
  };
}

describe("the rows of a tour", () => {
  it.each([4, 6, 7])("of %i nodes are seen for what they are, and not when one is missing", (nodes) => {
    const set = rowsOf(nodes);
    expect(recogniseCombinatorial(set)).toEqual({ kind: "tour", nodes, at: "m.dro:1:1" });
    expect(recogniseCombinatorial({ ...set, integer: [] })).toBeNull();
    expect(recogniseCombinatorial({ ...set, equalities: set.equalities.slice(1) })?.kind).not.toBe("tour");
    if (nodes > 5) expect(recogniseCombinatorial({ ...set, inequalities: set.inequalities.slice(1) })).toBeNull();
  });

  it("decide the mean of linear costs as branch and bound does", async () => {
    const nodes = 6;
    const feasible = rowsOf(nodes);
    const n = feasible.size;
    const problem: DecisionProblem = {
      sizes: { context: 0, outcome: n, decision: n },
      feasible,
      loss: (z, s) => z.reduce((sum, value, i) => sum + value * s[i]!, 1),
      lossGradientZ: (_z, s, _x, out) => out.set(s),
      lossGradientS: (z, _s, _x, out) => out.set(z),
      extendedGradientS: (z, _t, _s, _x, out) => out.set(z),
      pieces: {
        count: 1,
        fill(s, _x, slopes, offsets) {
          slopes.set(s);
          offsets[0] = 1;
        },
      },
      risk: { mean: 2, cvar: [], linear: Array.from({ length: n }, (_, i) => i / 10), quadratic: null, constant: 3 },
    };
    const outcomes = new Float64Array(5 * n);
    randomStream(8, "tour/scenarios").normal(outcomes);
    const scenarios = { count: 5, outcomes, weights: Float64Array.of(1, 2, 0, 1, 3) };
    const [own, search] = [await createDecider(problem), await createDecider(problem, { solver: "highs" })];
    const [answer, proved] = [own, search].map((decider) => decider.decide(scenarios, new Float64Array(0)));
    expect([answer!.solver, answer!.status, proved!.solver]).toEqual(["tour", "optimal", "highs"]);
    expect(answer!.objective).toBeCloseTo(proved!.objective, 6);
    expect([...answer!.z]).toEqual([...proved!.z].map(Math.round));
  });
});
