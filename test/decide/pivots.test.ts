import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { getHighs } from "../../runtime/decide/highs.ts";
import { impliedBounds } from "../../runtime/decide/implied-bounds.ts";
import { cappedSimplex, createDecider } from "../../runtime/decide/index.ts";
import { createProgramBuilder } from "../../runtime/decide/scenario-program.ts";
import { createActiveSetSolver } from "../../runtime/decide/structured/active-set-solver.ts";
import { KINK } from "../../runtime/decide/structured/active-set.ts";
import { createBreakpoints } from "../../runtime/decide/structured/pivots/breakpoints.ts";
import { addProducts, createEntries, takeEntries, takeNonzero } from "../../runtime/decide/structured/dense.ts";
import { createPivots } from "../../runtime/decide/structured/pivots/pivots.ts";
import { relativeInterior } from "../../runtime/decide/structured/relative-interior.ts";
import type { RelativeInterior } from "../../runtime/decide/structured/relative-interior.ts";
import { createNumbers, noContext, rawProblem, ridge, risk, scenarioSet } from "./problems.ts";
import { drawInstance, FORMS } from "./random-problems.ts";
import type { Form } from "./random-problems.ts";

const taken = ({ pieces, cvar, quadratic, set }: Form): boolean =>
  pieces === 1 && cvar.length > 0 && quadratic !== "low rank" && set !== "thin";

async function prepare(form: Form, seed: number) {
  const { problem, scenarios } = drawInstance(form, seed);
  const builder = createProgramBuilder(problem);
  builder.fill(scenarios, noContext);
  const set = relativeInterior(await getHighs(), problem.feasible, impliedBounds(problem.feasible));
  const pivots = set === null ? null : createPivots(builder.program, set);
  return { problem, scenarios, builder, set, pivots };
}

/** A decision in the set: from its point a random way, as far as the inequalities allow, so that one of them touches. */
function drawDecision(set: RelativeInterior, numbers: ReturnType<typeof createNumbers>): Float64Array {
  const along = Float64Array.from(set.point, () => numbers.normal());
  set.equalities.rotate(along);
  along.fill(0, 0, set.equalities.rank);
  set.equalities.rotateBack(along);
  let longest = 10;
  along.forEach((move, i) => {
    const end = move < 0 ? set.lower[i]! : set.upper[i]!;
    if (move !== 0) longest = Math.min(longest, (end - set.point[i]!) / move);
  });
  set.rows.forEach((row, r) => {
    const dot = (x: Float64Array): number => row.reduce((sum, value, i) => sum + value * x[i]!, 0);
    if (dot(along) > 0) longest = Math.min(longest, (set.rowBounds[r]! - dot(set.point)) / dot(along));
  });
  return set.point.map((value, i) => value + longest * along[i]!);
}

describe("pivots", () => {
  it.each(FORMS.filter(taken))("reach the optimum from anywhere in the set: $name", async (form) => {
    let solved = 0;
    let tried = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const { problem, scenarios, builder, set, pivots } = await prepare(form, seed);
      const known = (await createDecider(problem, { solver: "cone" })).decide(scenarios, noContext);
      if (known.status !== "optimal" || set === null) continue;
      expect(pivots).not.toBeNull();
      const activeSet = createActiveSetSolver(builder.program, set);
      activeSet.reserve(builder.program.count);
      const numbers = createNumbers(seed);
      const t = new Float64Array(problem.risk.cvar.length);
      for (let trial = 0; trial < 6; trial++) {
        tried++;
        if (!pivots!.solve(trial === 0 ? set.point : drawDecision(set, numbers), activeSet.guess, Infinity)) continue;
        const result = activeSet.complete();
        if (result === null) continue;
        solved++;
        const { objective, scale } = builder.evaluate(result.z, t);
        expect(Math.abs(objective - known.objective)).toBeLessThan(2e-6 * scale);
        expect(objective).toBeLessThan(known.objective + 1e-9 * scale);
      }
    }
    // Duplicates on the kink, and offsets alone in a set of one point, leave multipliers that are not unique.
    if (form.duplicates !== true) expect(solved).toBeGreaterThan(0.9 * tried);
  });

  it("find scenarios that were not in the tail where they began", async () => {
    const form = FORMS.find(({ name }) => name === "enough scenarios to trim")!;
    const { scenarios, builder, set, pivots } = await prepare({ ...form, scenarios: 2000 }, 3);
    const activeSet = createActiveSetSolver(builder.program, set!);
    activeSet.reserve(scenarios.count);
    const numbers = createNumbers(5);
    const objectives = Array.from({ length: 20 }, () => {
      expect(pivots!.solve(drawDecision(set!, numbers), activeSet.guess, Infinity)).toBe(true);
      return builder.evaluate(activeSet.complete()!.z, new Float64Array(1)).objective;
    });
    expect(Math.max(...objectives) - Math.min(...objectives)).toBeLessThan(1e-12 * Math.abs(objectives[0]!));
  });

  it("step as they let go, with few systems factored", async () => {
    const n = 12;
    const { normal } = createNumbers(8);
    const rows = Array.from({ length: 400 }, () => [...Array.from({ length: n }, () => normal()), 0]);
    const terms = risk(n, { mean: 1, cvar: [{ weight: 2, level: 0.95 }], quadratic: ridge(n, 1e-3) });
    const problem = rawProblem(1, cappedSimplex(n, 0.3, "set"), terms);
    const builder = createProgramBuilder(problem);
    builder.fill(scenarioSet(rows), noContext);
    const set = relativeInterior(await getHighs(), problem.feasible, impliedBounds(problem.feasible))!;
    const activeSet = createActiveSetSolver(builder.program, set);
    activeSet.reserve(rows.length);
    const pivots = createPivots(builder.program, set)!;
    expect(pivots.solve(set.point, activeSet.guess, Infinity)).toBe(true);
    // One for each change of what is held; without, letting go and stepping would be one each.
    const { components, scenarios } = activeSet.guess;
    const held =
      components.filter((side) => side !== 0).length + scenarios[0]!.filter((state) => state === KINK).length;
    expect(pivots.iterations).toBeLessThan(3.5 * held);
  });

  it.each(FORMS.filter((form) => !taken(form) && form.set !== "thin"))("leave alone: $name", async (form) => {
    const { set, pivots } = await prepare(form, 1);
    if (form.quadratic === "low rank" && set!.point.length === 1) return;
    expect(pivots).toBeNull();
  });

  it("give up when the time is over", async () => {
    const { builder, set, pivots } = await prepare(
      FORMS.find(({ name }) => name === "cvar with a ridge")!,
      2,
    );
    const activeSet = createActiveSetSolver(builder.program, set!);
    activeSet.reserve(builder.program.count);
    expect(pivots!.solve(set!.point, activeSet.guess, 0)).toBe(false);
    expect(pivots!.solve(set!.point, activeSet.guess, Infinity)).toBe(true);
  });
});

describe("breakpoints", () => {
  it("come nearest first", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { maxLength: 40 }), (steps) => {
        const heap = createBreakpoints(steps.length);
        heap.clear();
        steps.forEach((step, item) => heap.add(step, item));
        heap.arrange();
        const order: number[] = [];
        while (heap.count > 0) {
          const nearest = heap.nearest();
          const item = heap.takeNearest();
          expect(steps[item]).toBe(nearest);
          order.push(nearest);
        }
        expect(order).toEqual(steps.toSorted((a, b) => a - b));
      }),
      { seed: 3 },
    );
  });
});

describe("products with few entries", () => {
  it("are those with the whole vector", () => {
    const numbers = createNumbers(9);
    for (const size of [1, 3, 4, 7, 12]) {
      const count = 9;
      const v = Float64Array.from({ length: size * count }, () => numbers.normal());
      const x = Float64Array.from({ length: size }, (_, i) => (i % 3 === 1 ? 0 : numbers.normal()));
      const product = (k: number): number => x.reduce((sum, value, i) => sum + v[k * size + i]! * value, 2);
      const entries = createEntries(size);
      takeNonzero(x, entries);
      const all = new Float64Array(count).fill(2);
      addProducts(v, size, null, count, entries, all);
      all.forEach((value, k) => expect(value).toBeCloseTo(product(k), 13));
      const list = Int32Array.from({ length: size }, (_, i) => i).filter((i) => i % 3 !== 1);
      takeEntries(x, list, list.length, entries);
      const some = new Float64Array(2).fill(2);
      addProducts(v, size, Int32Array.of(7, 2), 2, entries, some);
      expect(some[0]).toBeCloseTo(product(7), 13);
      expect(some[1]).toBeCloseTo(product(2), 13);
    }
  });
});
