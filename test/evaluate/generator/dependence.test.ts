import { describe, expect, it } from "vitest";
import {
  correlationError,
  correlations,
  jointTail,
  tailDependence,
} from "../../../runtime/evaluate/generator/dependence.ts";
import { pitValues } from "../../../runtime/evaluate/generator/pit.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";
import { gaussianSample, type GaussianSampleOptions } from "./support.ts";

const stream = randomStream(8, "pit");
const found = (options: GaussianSampleOptions) => {
  const sample = gaussianSample(options);
  const pit = pitValues(sample, stream);
  return { correlation: correlationError(sample, pit, 39), tails: tailDependence(sample, pit, 39) };
};

describe("correlation error", () => {
  it("is what chance makes of it for a right generator", () => {
    const { frobenius, largest } = found({ n: 300, d: 3, draws: 40, correlation: [0.5, 0.5] }).correlation;
    expect(frobenius.p).toBeGreaterThan(0.02);
    expect(largest.p).toBeGreaterThan(0.02);
  });

  it("is the difference of the correlations for a wrong one", () => {
    const { frobenius, largest } = found({ n: 4000, d: 2, draws: 64, correlation: [0.8, 0.2] }).correlation;
    // Two off-diagonal entries, each 0.6 apart; ranks among 64 scenarios lose a little.
    expect(largest.value).toBeCloseTo(0.6, 1);
    expect(frobenius.value).toBeCloseTo(Math.SQRT2 * largest.value!, 12);
    expect(frobenius.p).toBe(1 / 40);
  });

  it("has no value for one component", () => {
    expect(found({ n: 50, d: 1, draws: 8 }).correlation.largest.value).toBeNull();
  });

  it("is 0 for a constant column", () => {
    expect(Array.from(correlations([Float64Array.of(1, 1, 1), Float64Array.of(1, 2, 3)]))).toEqual([0]);
    expect(correlations([Float64Array.of(1, 2, 3), Float64Array.of(3, 5, 7)])[0]).toBeCloseTo(1, 12);
  });
});

describe("tail dependence", () => {
  it("is the mass for independent components and 1 for equal ones", () => {
    const [five, ten] = [0.05, 0.1];
    const ranks = Float64Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000);
    expect(jointTail([ranks, ranks], "lower", five)).toBe(1);
    expect(jointTail([ranks, ranks.toReversed()], "upper", ten)).toBe(0);
    const { tails } = found({ n: 4000, d: 2, draws: 40 });
    for (const { mass, observed, generated } of tails) {
      // The count in both tails is hypergeometric: its deviation is (1 − mass)/√n of the count in one.
      const deviation = (1 - mass) / Math.sqrt(4000);
      expect(Math.abs(observed! - mass)).toBeLessThan(4 * deviation);
      expect(Math.abs(generated! - mass)).toBeLessThan(4 * deviation);
    }
  });

  it("sees dependence that the generator lacks", () => {
    const { tails } = found({ n: 2000, d: 2, draws: 40, correlation: [0.8, 0] });
    for (const { observed, generated, p } of tails) {
      expect(observed! - generated!).toBeGreaterThan(0.25);
      expect(p).toBe(1 / 40);
    }
  });

  it("is left out where a tail holds fewer than five outcomes", () => {
    const { tails } = found({ n: 60, d: 2, draws: 10 });
    expect(tails.map(({ mass, observed }) => [mass, observed === null])).toEqual([
      [0.05, true],
      [0.05, true],
      [0.1, false],
      [0.1, false],
    ]);
  });
});
