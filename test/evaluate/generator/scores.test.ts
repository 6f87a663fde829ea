import { array, assert, double, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { crpsByComponent, fairCrps } from "../../../runtime/evaluate/generator/crps.ts";
import { energyScore, meanDistance, spread } from "../../../runtime/evaluate/generator/energy-score.ts";
import { gaussianSample, normals } from "./support.ts";

/** Φ by a Simpson sum of the density, good to 1e-9: independent of anything in the runtime. */
function normalCdf(x: number): number {
  const steps = 2000;
  const h = (x + 10) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-((-10 + i * h) ** 2) / 2);
  }
  return (sum * h) / 3 / Math.sqrt(2 * Math.PI);
}

/** CRPS of N(0, 1) at y (Gneiting and Raftery 2007, eq. 5 at μ = 0, σ = 1). */
function normalCrps(y: number): number {
  const density = Math.exp(-(y * y) / 2) / Math.sqrt(2 * Math.PI);
  return y * (2 * normalCdf(y) - 1) + 2 * density - 1 / Math.sqrt(Math.PI);
}

describe("CRPS", () => {
  it.each([-2, -0.5, 0, 1.3])("of normal scenarios at %f is the closed form", (y) => {
    expect(fairCrps(normals(200_000, "crps").sort(), y)).toBeCloseTo(normalCrps(y), 2);
  });

  it("equals the sums over pairs, in any order", () => {
    assert(
      property(
        array(double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 12 }),
        double({ min: -100, max: 100, noNaN: true }),
        (cloud, y) => {
          let [away, apart] = [0, 0];
          for (const a of cloud) {
            away += Math.abs(a - y) / cloud.length;
            for (const b of cloud) apart += Math.abs(a - b) / (cloud.length * (cloud.length - 1));
          }
          expect(fairCrps(Float64Array.from(cloud).sort(), y)).toBeCloseTo(away - apart / 2, 9);
        },
      ),
    );
  });

  it("is the same in the mean for few scenarios as for many", () => {
    const few = crpsByComponent(gaussianSample({ n: 6000, d: 1, draws: 2 }), new Float64Array(2))[0]!;
    // E CRPS(N(0,1), N(0,1)) = 1/√π.
    expect(Math.abs(few.value! - 1 / Math.sqrt(Math.PI))).toBeLessThan(3.5 * few.standardError!);
  });

  it("says what the training outcomes alone would score", () => {
    const sample = gaussianSample({ n: 2000, d: 2, draws: 64 });
    const [first, second] = crpsByComponent(sample, normals(4000, "climate"));
    expect(first!.reference).toBeCloseTo(first!.value!, 1);
    expect(second!.reference).toBeCloseTo(1 / Math.sqrt(Math.PI), 1);
  });

  it("is not defined for one scenario", () => {
    const [only] = crpsByComponent(gaussianSample({ n: 4, d: 1, draws: 1 }), new Float64Array(0));
    expect(only).toEqual({ value: null, standardError: null, reference: null });
  });
});

describe("energy score", () => {
  it("of a right Gaussian generator is half the mean distance of two draws", () => {
    // ‖X − X′‖ = √2 χ_d has mean 2 Γ((d+1)/2)/Γ(d/2); for d = 3 that is 4/√π.
    const { value, standardError } = energyScore(gaussianSample({ n: 1500, d: 3, draws: 16 }));
    expect(Math.abs(value! - 2 / Math.sqrt(Math.PI))).toBeLessThan(3.5 * standardError!);
  });

  it("is larger for a shifted one, and the CRPS in one dimension", () => {
    const right = energyScore(gaussianSample({ n: 800, d: 3, draws: 16 }));
    const shifted = energyScore(gaussianSample({ n: 800, d: 3, draws: 16, shift: 0.7 }));
    expect(shifted.value! - right.value!).toBeGreaterThan(4 * shifted.standardError!);
    const one = gaussianSample({ n: 50, d: 1, draws: 9, shift: 0.3 });
    expect(energyScore(one).value).toBeCloseTo(crpsByComponent(one, new Float64Array(0))[0]!.value!, 12);
  });

  it("has no value for one scenario and no error for one context", () => {
    expect(energyScore(gaussianSample({ n: 5, d: 2, draws: 1 }))).toEqual({ value: null, standardError: null });
    expect(energyScore(gaussianSample({ n: 1, d: 2, draws: 8 })).standardError).toBeNull();
  });

  it("sums distances over all pairs", () => {
    expect(meanDistance(Float64Array.of(0, 0, 3, 4), Float64Array.of(0, 0), 2)).toBe(2.5);
    expect(spread(Float64Array.of(0, 0, 3, 4, 0, 0), 2)).toBeCloseTo(10 / 3, 12);
  });
});
