import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomCase } from "../../support/random-graphs.ts";
import { contradictions, type ClaimCounts } from "./contradict.ts";
import { halfOpen, randomExpression, ranges, variables } from "./random-expressions.ts";

/** `DROC_CASES=100000` tries that many expressions. */
const cases = Number(process.env["DROC_CASES"] ?? 3000);

describe("claims about random expressions", () => {
  const counts: ClaimCounts = {};

  it(`are not contradicted by numbers inside known ranges`, { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(randomExpression, ({ graph, seed }) => {
        expect(contradictions(graph, variables, ranges, ranges, seed, counts)).toEqual([]);
      }),
      { numRuns: Math.ceil(cases * 0.45), seed: 11 },
    );
  });

  it(`are not contradicted where ranges are half open`, { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(randomExpression, ({ graph, seed }) => {
        expect(contradictions(graph, variables, halfOpen, ranges, seed, counts)).toEqual([]);
      }),
      { numRuns: Math.ceil(cases * 0.45), seed: 12 },
    );
  });

  it(`are not contradicted for graphs of every operation`, { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(randomCase, fc.nat(1_000_000), ({ graph }, seed) => {
        expect(contradictions(graph, ["x", "y"], new Map(), new Map(), seed, counts, 2)).toEqual([]);
      }),
      { numRuns: Math.ceil(cases * 0.1), seed: 13 },
    );
  });

  it("are of every kind and many", () => {
    if (process.env["DROC_CASES"] !== undefined) console.log(`${cases} expressions`, counts);
    const kinds = [
      "sign and range",
      "constant",
      "affine",
      "convex",
      "concave",
      "lipschitz",
      "smooth",
      "strongly convex",
      "quadratic",
      "monotone",
      "differentiable",
      "continuous",
      "piecewise affine",
      "gradients",
    ];
    expect(kinds.filter((kind) => !((counts[kind] ?? 0) >= cases / 200))).toEqual([]);
  });
});
