import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { Highs } from "highs";
import { solveCombinatorial, type Arc, type CombinatorialAnswer } from "../../../runtime/decide/classical/index.ts";
import { getHighs, solveWithHighs } from "../../../runtime/decide/highs.ts";
import { createModelWriter } from "../../../runtime/decide/linear-model.ts";

let highs: Highs;
beforeAll(async () => {
  highs = await getHighs();
});

interface Row {
  readonly values: readonly number[];
  readonly lower: number;
  readonly upper: number;
}

/** Minimum of a linear or 0/1 program by HiGHS; `null` where it is infeasible. */
function minimum(costs: readonly number[], rows: readonly Row[], integer: boolean): number | null {
  const writer = createModelWriter();
  for (const cost of costs) writer.addColumn(cost, 0, 1);
  for (const { values, lower, upper } of rows) {
    writer.addRow(lower, upper);
    values.forEach((value, i) => {
      if (value !== 0) writer.addEntry(i, value);
    });
  }
  const { status, objective } = solveWithHighs(
    highs,
    writer.finish({ integer: integer ? costs.map((_, i) => i) : [] }),
  );
  return status === "optimal" ? objective : null;
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** Each node's arcs out minus arcs in. */
function balance(nodes: number, arcs: readonly Arc[], source: number, target: number): Row[] {
  return Array.from({ length: nodes }, (_, node) => {
    const need = (node === source ? 1 : 0) - (node === target ? 1 : 0);
    const values = arcs.map(({ from, to }) => (from === node ? 1 : 0) - (to === node ? 1 : 0));
    return { values, lower: need, upper: need };
  });
}

const graphs = (acyclic: boolean, least: number) =>
  fc
    .record({
      nodes: fc.integer({ min: 2, max: 8 }),
      pairs: fc.array(fc.tuple(fc.nat(7), fc.nat(7), fc.double({ min: least, max: 5, noNaN: true })), {
        maxLength: 24,
      }),
    })
    .map(({ nodes, pairs }) => {
      const inside = pairs.map(([from, to, cost]) => [from % nodes, to % nodes, cost] as const);
      const kept = inside.filter(([from, to]) => (acyclic ? from < to : from !== to));
      return { nodes, arcs: kept.map(([from, to]) => ({ from, to })), costs: kept.map(([, , cost]) => cost) };
    });

/** The potentials prove the path: no path that passes its nodes can cost less. */
function expectPotentials(answer: CombinatorialAnswer, arcs: readonly Arc[], costs: readonly number[], nodes: number) {
  expect(answer.certificate.kind).toBe("potentials");
  if (answer.certificate.kind !== "potentials") return;
  const u = answer.certificate.nodes;
  arcs.forEach(({ from, to }, a) => {
    const slack = costs[a]! - (u[to]! - u[from]!);
    if (!Number.isNaN(slack)) expect(slack).toBeGreaterThanOrEqual(-1e-9);
  });
  expect(u[nodes - 1]! - u[0]!).toBeCloseTo(answer.objective, 9);
}

describe("shortest paths", () => {
  it.each([
    { name: "without cycles, any costs", acyclic: true, least: -5 },
    { name: "with cycles, costs of at least 0", acyclic: false, least: 0 },
    { name: "with cycles, any costs", acyclic: false, least: -1 },
  ])("equal the linear program's minimum: $name", async ({ acyclic, least }) => {
    let optimal = 0;
    let unbounded = 0;
    await fc.assert(
      fc.asyncProperty(graphs(acyclic, least), async ({ nodes, arcs, costs }) => {
        const set = { kind: "path", nodes, arcs, source: 0, target: nodes - 1 } as const;
        const answer = await solveCombinatorial(set, costs);
        const rows = balance(nodes, arcs, 0, nodes - 1);
        if (answer.status === "infeasible") {
          expect(minimum(costs, rows, false)).toBeNull();
          if (answer.certificate.kind !== "cut") throw new Error("no cut");
          const inside = new Set(answer.certificate.nodes);
          expect([inside.has(0), inside.has(nodes - 1)]).toEqual([true, false]);
          expect(arcs.some(({ from, to }) => inside.has(from) && !inside.has(to))).toBe(false);
          return;
        }
        if (answer.status === "unbounded") {
          unbounded++;
          if (answer.certificate.kind !== "negative-cycle") throw new Error("no cycle");
          const cycle = answer.certificate.arcs;
          expect(cycle.reduce((sum, a) => sum + costs[a]!, 0)).toBeLessThan(0);
          cycle.forEach((a, i) => expect(arcs[a]!.to).toBe(arcs[cycle[(i + 1) % cycle.length]!]!.from));
          return;
        }
        optimal++;
        expect(dot(answer.z, costs)).toBeCloseTo(answer.objective, 9);
        rows.forEach(({ values, lower }) => expect(dot(values, answer.z)).toBe(lower));
        expectPotentials(answer, arcs, costs, nodes);
        // A negative cycle off the way lowers the linear program, never the path.
        const least0 = minimum(costs, rows, false)!;
        if (costs.every((cost) => cost >= 0) || acyclic) expect(answer.objective).toBeCloseTo(least0, 8);
        else expect(answer.objective).toBeGreaterThanOrEqual(least0 - 1e-8);
      }),
      { seed: 11, numRuns: 150 },
    );
    expect(optimal).toBeGreaterThan(15);
    if (!acyclic && least < 0) expect(unbounded).toBeGreaterThan(10);
  });
});

describe("spanning trees", () => {
  it("equal the 0/1 program's minimum", async () => {
    let optimal = 0;
    await fc.assert(
      fc.asyncProperty(graphs(false, -5), async ({ nodes: drawn, arcs: drawnArcs, costs: drawnCosts }) => {
        const nodes = Math.min(drawn, 5);
        const kept = drawnArcs.map(({ from, to }, a) => [from % nodes, to % nodes, drawnCosts[a]!] as const);
        const edges = kept.filter(([from, to]) => from !== to).slice(0, 12);
        const arcs = edges.map(([from, to]) => ({ from, to }));
        const costs = edges.map(([, , cost]) => cost);
        const answer = await solveCombinatorial({ kind: "spanning-tree", nodes, arcs }, costs);
        // n − 1 edges, and one at least out of every set of nodes (cuts are enough for whole decisions of that size).
        const rows: Row[] = [{ values: arcs.map(() => 1), lower: nodes - 1, upper: nodes - 1 }];
        for (let mask = 1; mask < 2 ** nodes - 1; mask++) {
          const crosses = ({ from, to }: Arc): number => ((mask >> from) ^ (mask >> to)) & 1;
          rows.push({ values: arcs.map(crosses), lower: 1, upper: Infinity });
        }
        const least = arcs.length === 0 ? null : minimum(costs, rows, true);
        if (answer.status === "infeasible") {
          expect(least === null || nodes === 1).toBe(true);
          return;
        }
        optimal++;
        expect(answer.z.reduce((sum, value) => sum + value, 0)).toBe(nodes - 1);
        expect(answer.objective).toBeCloseTo(least ?? 0, 8);
      }),
      { seed: 12, numRuns: 100 },
    );
    expect(optimal).toBeGreaterThan(20);
  });
});

describe("assignments", () => {
  it("equal the linear program's minimum, with potentials that prove it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 3 }),
        fc.infiniteStream(fc.double({ min: -4, max: 4, noNaN: true })),
        async (rows, more, stream) => {
          const columns = rows + more;
          const costs = Array.from({ length: rows * columns }, () => stream.next().value);
          const answer = await solveCombinatorial({ kind: "assignment", rows, columns }, costs);
          const limits: Row[] = [];
          for (let i = 0; i < rows; i++) {
            limits.push({ values: costs.map((_, at) => (Math.floor(at / columns) === i ? 1 : 0)), lower: 1, upper: 1 });
          }
          for (let j = 0; j < columns; j++) {
            limits.push({ values: costs.map((_, at) => (at % columns === j ? 1 : 0)), lower: 0, upper: 1 });
          }
          for (const { values, lower, upper } of limits) {
            const used = dot(values, answer.z);
            expect(used >= lower && used <= upper).toBe(true);
          }
          expect(answer.objective).toBeCloseTo(minimum(costs, limits, false)!, 8);
          if (answer.certificate.kind !== "assignment") throw new Error("no potentials");
          const { rows: u, columns: v } = answer.certificate;
          costs.forEach((cost, at) => {
            expect(cost - u[Math.floor(at / columns)]! - v[at % columns]!).toBeGreaterThanOrEqual(-1e-9);
          });
          expect(Math.max(...v)).toBeLessThanOrEqual(0);
          expect([...u, ...v].reduce((sum, value) => sum + value, 0)).toBeCloseTo(answer.objective, 8);
        },
      ),
      { seed: 13, numRuns: 100 },
    );
  });

  it("says that forbidden pairs leave no assignment", async () => {
    const costs = [1, Infinity, Infinity, 2, Infinity, Infinity, 3, 4, 5];
    const answer = await solveCombinatorial({ kind: "assignment", rows: 3, columns: 3 }, costs);
    expect(answer.status).toBe("infeasible");
    // Rows 0 and 1 both know column 0 alone.
    expect(answer.certificate).toMatchObject({ kind: "cut" });
    if (answer.certificate.kind === "cut") expect([...answer.certificate.nodes].sort()).toEqual([0, 1]);
  });
});

describe("top-k and knapsacks", () => {
  const items = fc.array(fc.tuple(fc.double({ min: -5, max: 2, noNaN: true }), fc.integer({ min: 0, max: 9 })), {
    minLength: 1,
    maxLength: 9,
  });

  it("pick the cheapest", async () => {
    await fc.assert(
      fc.asyncProperty(items, fc.nat(9), fc.boolean(), async (drawn, wanted, exactly) => {
        const costs = drawn.map(([cost]) => cost);
        const k = Math.min(wanted, costs.length);
        const answer = await solveCombinatorial({ kind: "top-k", size: costs.length, k, exactly }, costs);
        const rows = [{ values: costs.map(() => 1), lower: exactly ? k : 0, upper: k }];
        expect(answer.objective).toBeCloseTo(minimum(costs, rows, true)!, 8);
      }),
      { seed: 14, numRuns: 60 },
    );
    const none = await solveCombinatorial({ kind: "top-k", size: 2, k: 3 }, [1, 2]);
    expect(none.status).toBe("infeasible");
  });

  it.each([
    { name: "whole weights, one capacity", dimensions: 1, fractional: false, unit: 1 },
    { name: "other weights, one capacity", dimensions: 1, fractional: false, unit: 0.37 },
    { name: "parts of items", dimensions: 1, fractional: true, unit: 1 },
    { name: "two capacities", dimensions: 2, fractional: false, unit: 1 },
    { name: "two capacities, parts of items", dimensions: 2, fractional: true, unit: 1 },
  ])("equal the program's minimum: $name", async ({ dimensions, fractional, unit }) => {
    await fc.assert(
      fc.asyncProperty(items, fc.array(fc.nat(20), { minLength: 2, maxLength: 2 }), async (drawn, rooms) => {
        const costs = drawn.map(([cost]) => cost);
        const weights = Array.from({ length: dimensions }, (_, r) =>
          drawn.map(([, weight], i) => unit * (r === 0 ? weight : (weight * 3 + i) % 7)),
        );
        const capacities = rooms.slice(0, dimensions);
        const answer = await solveCombinatorial({ kind: "knapsack", weights, capacities, fractional }, costs);
        const rows = weights.map((values, r) => ({ values, lower: -Infinity, upper: capacities[r]! }));
        expect(answer.objective).toBeCloseTo(minimum(costs, rows, !fractional)!, 7);
        rows.forEach(({ values, upper }) => expect(dot(values, answer.z)).toBeLessThanOrEqual(upper + 1e-7));
        if (answer.certificate.kind === "threshold") {
          const { price } = answer.certificate;
          const dual = costs.reduce((sum, cost, i) => sum + Math.min(0, cost - price * weights[0]![i]!), 0);
          expect(price * capacities[0]! + dual).toBeCloseTo(answer.objective, 9);
        } else if (answer.certificate.kind === "bound") {
          expect(answer.certificate.value).toBeCloseTo(answer.objective, 5);
        }
      }),
      { seed: 15, numRuns: 60 },
    );
  });
});

describe("combinatorial sets", () => {
  it("refuse what is malformed, at its place", async () => {
    const at = "m.dro:4:2";
    const error = (message: string) =>
      expect.objectContaining({ code: "problem-malformed", place: at, message: expect.stringContaining(message) });
    await expect(
      solveCombinatorial({ kind: "path", nodes: 2, arcs: [{ from: 0, to: 2 }], source: 0, target: 1, at }, [1]),
    ).rejects.toThrow(error("arc 0 has node 2"));
    await expect(solveCombinatorial({ kind: "assignment", rows: 2, columns: 1, at }, [1, 2])).rejects.toThrow(
      error("2 rows"),
    );
    await expect(solveCombinatorial({ kind: "top-k", size: 2, k: 1, at }, [1, NaN])).rejects.toThrow(
      error("cost 1 is NaN"),
    );
    await expect(solveCombinatorial({ kind: "top-k", size: 2, k: 1, at }, [1])).rejects.toThrow(error("1 costs for 2"));
    await expect(
      solveCombinatorial({ kind: "knapsack", weights: [[1, -1]], capacities: [2], at }, [1, 2]),
    ).rejects.toThrow(error("negative weight"));
  });
});
