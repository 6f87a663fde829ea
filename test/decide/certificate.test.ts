import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dualBound } from "../../runtime/decide/certificate.ts";
import { impliedBounds } from "../../runtime/decide/implied-bounds.ts";
import { createDecider } from "../../runtime/decide/index.ts";
import { createProgramBuilder } from "../../runtime/decide/scenario-program.ts";
import { convexityConstants } from "../../runtime/decide/strong-convexity.ts";
import { createNumbers, noContext } from "./problems.ts";
import { drawInstance, FORMS } from "./random-problems.ts";

/** Forms whose every component is bounded: there the dual bound is rigorous for any multipliers. */
const BOUNDED = FORMS.filter(({ set }) => set === "simplex" || set === "box" || set === "thin");

describe("the dual bound", () => {
  it("lies under the minimum for any multipliers, however wrong", async () => {
    for (const [f, form] of BOUNDED.entries()) {
      const { name, problem, scenarios } = drawInstance(form, 3);
      const best = (await createDecider(problem)).decide(scenarios, noContext).objective;
      const builder = createProgramBuilder(problem);
      builder.fill(scenarios, noContext);
      const { program } = builder;
      const numbers = createNumbers(f);
      const blockCount = (program.meanWeight > 0 ? 1 : 0) + program.tails.length;
      for (let trial = 0; trial < 20; trial++) {
        const noise = (count: number): Float64Array =>
          Float64Array.from({ length: count }, () => numbers.normal() ** 3);
        const blocks = Array.from({ length: blockCount }, () => noise(program.count * program.pieces));
        const z = problem.feasible.lower.map(
          (lower, i) => lower + numbers.uniform() * (problem.feasible.upper[i]! - lower),
        );
        // No force of the rows: λ = 0 is always allowed.
        const multipliers = { blocks, rowForce: new Float64Array(program.size), rowSlack: 0 };
        const { value } = dualBound(program, Float64Array.from(z), multipliers, impliedBounds(problem.feasible));
        expect(value, name).toBeLessThanOrEqual(best + 1e-9 * Math.abs(best));
      }
    }
  });
});

describe("bounds that rows imply", () => {
  it("hold for every point of the set", () => {
    const simplexOf = {
      size: 3,
      lower: [0, 0, 0],
      upper: [Infinity, Infinity, Infinity],
      integer: [],
      inequalities: [],
    };
    const reach = impliedBounds({ ...simplexOf, equalities: [{ coefficients: [1, 2, 4], bound: 8, at: "" }] });
    for (const [i, upper] of [8, 4, 2].entries()) expect(reach.upper[i]).toBeCloseTo(upper, 6);
    // Chained: z0 ≤ 3 and z1 ≤ z0 bound z1; nothing bounds z2.
    const chained = impliedBounds({
      ...simplexOf,
      equalities: [],
      inequalities: [
        { coefficients: [-1, 1, 0], bound: 0, at: "" },
        { coefficients: [1, 0, 0], bound: 3, at: "" },
      ],
    });
    expect(chained.upper[0]).toBeCloseTo(3, 6);
    expect(chained.upper[1]).toBeCloseTo(3, 6);
    expect(chained.upper[2]).toBe(Infinity);
  });
});

describe("convexity constants", () => {
  it("bound the quadratic form from below, tightly for a diagonal", () => {
    const diagonal = convexityConstants(Float64Array.of(4, 0, 0, 1e-6), 2);
    expect(diagonal[0]).toBeCloseTo(4, 5);
    expect(diagonal[1]! / 1e-6).toBeCloseTo(1, 5);
    expect([...convexityConstants(Float64Array.of(1, 1, 1, 1), 2)].every((value) => value < 1e-6)).toBe(true);
    const vector = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(vector, { minLength: 3, maxLength: 5 }), vector, (factors, delta) => {
        const q = new Float64Array(9);
        for (const a of factors) for (let i = 0; i < 9; i++) q[i]! += a[Math.floor(i / 3)]! * a[i % 3]!;
        const constants = convexityConstants(q, 3);
        const form = delta.reduce((sum, x, i) => sum + delta.reduce((row, y, j) => row + q[3 * i + j]! * x * y, 0), 0);
        const below = delta.reduce((sum, x, i) => sum + constants[i]! * x * x, 0);
        expect(form).toBeGreaterThanOrEqual(below - 1e-9 * (1 + Math.abs(form)));
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});
