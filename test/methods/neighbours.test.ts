import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearestRows, neighbourFinder } from "../../runtime/methods/neighbours.ts";

describe("nearest rows", () => {
  it("are those of a full sort, ties to the lower row, without the skipped block", () => {
    const cases = fc.record({
      rows: fc.integer({ min: 1, max: 30 }),
      count: fc.integer({ min: 1, max: 40 }),
      values: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 60, maxLength: 60 }),
      query: fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 })),
      skip: fc.tuple(fc.nat(30), fc.nat(10)),
    });
    fc.assert(
      fc.property(cases, ({ rows, count, values, query, skip: [start, length] }) => {
        const from = Math.min(start, rows);
        const to = Math.min(from + length, rows);
        const points = Float64Array.from(values);
        const distance = (row: number): number =>
          (points[2 * row]! - query[0]) ** 2 + (points[2 * row + 1]! - query[1]) ** 2;
        const expected = Array.from({ length: rows }, (_, row) => row)
          .filter((row) => row < from || row >= to)
          .sort((a, b) => distance(a) - distance(b) || a - b)
          .slice(0, count);
        const found = nearestRows(points, rows, Float64Array.from(query), count, { from, to });
        expect(Array.from(found)).toEqual(expected);
      }),
      { seed: 5, numRuns: 400 },
    );
  });

  it("measure distance after standardising each component", () => {
    // The second component is a thousand times as wide; unscaled, it alone would decide.
    const contexts = Float64Array.of(0, 0, 1, 1000, 0, 2000, 1, 3000);
    const finder = neighbourFinder({ rows: 4, contexts, outcomes: new Float64Array(4) }, 2);
    expect(Array.from(finder.nearest(Float64Array.of(1, 900), 2))).toEqual([1, 3]);
  });
});
