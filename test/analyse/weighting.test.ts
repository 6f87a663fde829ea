import { describe, expect, it } from "vitest";
import { weightingLikelyHurts, type WeightingFacts } from "../../compiler/analyse/weighting.ts";

const facts: WeightingFacts = {
  strengths: [0, 0.02, 0.05, 0.1, 0.2],
  scale: "relative",
  detilt: false,
  rows: 20_000,
  tail: 0.05,
  affineInOutcome: true,
};

describe("weightingLikelyHurts", () => {
  it("has nothing against the grid of the examples, whose 0 validation may choose", () => {
    expect(weightingLikelyHurts(facts)).toBeNull();
    expect(weightingLikelyHurts({ ...facts, rows: null })).toBeNull();
  });

  it("says that a loss affine in the outcome without a tail has equal weights, de-tilted or not", () => {
    expect(weightingLikelyHurts({ ...facts, tail: null })).toEqual({ rule: "equal-weights" });
    expect(weightingLikelyHurts({ ...facts, tail: null, detilt: true })).toEqual({ rule: "equal-weights" });
    expect(weightingLikelyHurts({ ...facts, tail: null, affineInOutcome: false })).toBeNull();
  });

  it("warns of much data without the choice of 0, and not of little", () => {
    const fixed = { ...facts, strengths: [0.05, 0.1] };
    expect(weightingLikelyHurts(fixed)).toEqual({ rule: "tilt-without-choice", strength: 0.1, rows: 20_000 });
    expect(weightingLikelyHurts({ ...fixed, rows: 2_000 })).toBeNull();
    expect(weightingLikelyHurts({ ...fixed, detilt: true })).toBeNull();
  });

  it("warns of strengths beyond those that ever paid, unless they are de-tilted or of an unknown unit", () => {
    const strong = { ...facts, strengths: [0, 0.5], rows: 500 };
    expect(weightingLikelyHurts(strong)).toEqual({ rule: "strong-tilt", strength: 0.5 });
    expect(weightingLikelyHurts({ ...strong, detilt: true })).toBeNull();
    expect(weightingLikelyHurts({ ...strong, scale: "absolute" })).toBeNull();
  });

  it("has nothing against Uniform FM", () => {
    expect(weightingLikelyHurts({ ...facts, strengths: [0], tail: null })).toBeNull();
  });
});
