import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lossDistribution, quantileOf, tailMean, tailWasserstein } from "../../runtime/evaluate/distribution.ts";
import { cvar, quantile } from "../../runtime/risk/index.ts";

const ten = Float64Array.from([5, 1, 9, 3, 7, 2, 10, 4, 8, 6]);

describe("a loss distribution", () => {
  it("has the quantiles and tail means of its atoms", () => {
    const distribution = lossDistribution(ten);
    expect(quantileOf(distribution, 0.9)).toBe(9);
    expect(tailMean(distribution, 0.9)).toBeCloseTo(10, 12);
    expect(tailMean(distribution, 0.8)).toBeCloseTo(9.5, 12);
    // A quarter of the mass: 10, 9 and half of 8.
    expect(tailMean(distribution, 0.75)).toBeCloseTo((10 + 9 + 4) / 2.5, 12);
  });

  it("treats a weight as that many copies", () => {
    const weighted = lossDistribution(Float64Array.of(3, 1, 2), Float64Array.of(2, 1, 1));
    const copied = lossDistribution(Float64Array.of(1, 2, 3, 3));
    for (const level of [0.1, 0.25, 0.3, 0.5, 0.7, 0.9]) {
      expect(quantileOf(weighted, level)).toBe(quantileOf(copied, level));
      expect(tailMean(weighted, level)).toBeCloseTo(tailMean(copied, level), 12);
    }
    expect(tailWasserstein(weighted, copied, 0.6)).toBeCloseTo(0, 12);
  });

  it("agrees with the risk measures that decisions are made with", () => {
    const sample = fc.array(fc.tuple(fc.double({ min: -5, max: 5, noNaN: true }), fc.integer({ min: 1, max: 4 })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(sample, fc.constantFrom(0, 0.1, 0.5, 0.75, 0.9, 0.95), (atoms, level) => {
        const losses = Float64Array.from(atoms, ([loss]) => loss);
        const weights = Float64Array.from(atoms, ([, weight]) => weight);
        const distribution = lossDistribution(losses, weights);
        expect(tailMean(distribution, level)).toBeCloseTo(cvar(losses, level, weights).value, 9);
        expect(quantileOf(distribution, level)).toBe(quantile(losses, level, weights));
      }),
      { seed: 11 },
    );
  });
});

describe("tail W1", () => {
  it("is the shift of a shifted law", () => {
    const shifted = lossDistribution(ten.map((loss) => loss + 0.7));
    expect(tailWasserstein(lossDistribution(ten), shifted, 0.1)).toBeCloseTo(0.7, 12);
    expect(tailWasserstein(lossDistribution(ten), shifted, 1)).toBeCloseTo(0.7, 12);
  });

  it("does not see a change outside the tail", () => {
    const changed = lossDistribution(ten.map((loss) => (loss <= 5 ? loss - 3 : loss)));
    expect(tailWasserstein(lossDistribution(ten), changed, 0.5)).toBeCloseTo(0, 12);
    expect(tailWasserstein(lossDistribution(ten), changed, 1)).toBeCloseTo(1.5, 12);
  });

  it("compares laws with different numbers of atoms", () => {
    // Worst half of {0, 4} is 4; of {0, 1, 2, 3} it is 2 and 3.
    const two = lossDistribution(Float64Array.of(0, 4));
    const four = lossDistribution(Float64Array.of(0, 1, 2, 3));
    expect(tailWasserstein(two, four, 0.5)).toBeCloseTo((2 + 1) / 2, 12);
    expect(tailWasserstein(four, two, 0.5)).toBeCloseTo(1.5, 12);
  });
});
