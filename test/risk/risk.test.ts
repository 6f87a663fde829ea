import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cvar, mean, quantile, riskOf } from "../../runtime/risk/index.ts";

const SEED = 20261121;

/** Rockafellar–Uryasev by trying every atom as t: the minimum is at one of them. */
function cvarByAtoms(losses: readonly number[], level: number, weights: readonly number[]): number {
  const total = weights.reduce((a, b) => a + b, 0);
  const values = losses.map((t) => {
    const excess = losses.reduce((sum, loss, i) => sum + weights[i]! * Math.max(loss - t, 0), 0);
    return t + excess / (total * (1 - level));
  });
  return Math.min(...values.filter((_, i) => weights[i]! > 0));
}

/** The dual: the worst mean under densities of at most 1/(1 − level), filled from the worst loss down. */
function cvarByDensity(losses: readonly number[], level: number, weights: readonly number[]): number {
  const total = weights.reduce((a, b) => a + b, 0);
  let left = 1;
  let value = 0;
  for (const i of losses.map((_, i) => i).sort((a, b) => losses[b]! - losses[a]!)) {
    const mass = Math.min(left, weights[i]! / (total * (1 - level)));
    value += mass * losses[i]!;
    left -= mass;
  }
  return value;
}

const sample = fc
  .array(fc.tuple(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.double({ min: 0, max: 5, noNaN: true })), {
    minLength: 1,
    maxLength: 40,
  })
  .filter((pairs) => pairs.some(([, weight]) => weight > 1e-6));
const levels = fc.double({ min: 0, max: 0.99, noNaN: true });

describe("cvar", () => {
  it("interpolates the atom that straddles the level", () => {
    // Level 0.7 of four equal atoms: the worst 0.3 is all of 4 (0.25) and 0.05 of 3.
    const { value, var: threshold } = cvar(Float64Array.of(1, 4, 2, 3), 0.7);
    expect(value).toBeCloseTo((0.25 * 4 + 0.05 * 3) / 0.3, 12);
    expect(threshold).toBe(3);
  });

  it("is the mean at level 0, the largest loss at level 1", () => {
    const losses = Float64Array.of(5, -1, 2);
    expect(cvar(losses, 0).value).toBeCloseTo(2, 12);
    expect(cvar(losses, 1)).toEqual({ value: 5, var: 5 });
  });

  it("takes the lower quantile where the level falls between two atoms", () => {
    expect(cvar(Float64Array.of(1, 2, 3, 4), 0.5).var).toBe(2);
    // 19 atoms of 0.05 sum to slightly more or less than 0.95 in floating point.
    expect(
      cvar(
        Float64Array.from({ length: 20 }, (_, i) => i),
        0.95,
      ).var,
    ).toBe(18);
  });

  it("leaves atoms of weight zero out", () => {
    expect(cvar(Float64Array.of(100, 1, 2), 0, Float64Array.of(0, 1, 1))).toEqual({ value: 1.5, var: 1 });
    expect(quantile(Float64Array.of(-7, 1, 2), 0, Float64Array.of(0, 1, 1))).toBe(1);
  });

  it("agrees with Rockafellar–Uryasev over all atoms and with the worst density", () => {
    fc.assert(
      fc.property(sample, levels, (pairs, level) => {
        const losses = pairs.map(([loss]) => loss);
        const weights = pairs.map(([, weight]) => weight);
        const { value } = cvar(Float64Array.from(losses), level, Float64Array.from(weights));
        expect(value).toBeCloseTo(cvarByAtoms(losses, level, weights), 7);
        expect(value).toBeCloseTo(cvarByDensity(losses, level, weights), 7);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it("is a coherent measure: translation, scaling, monotonicity, subadditivity", () => {
    const pairOfLosses = fc.array(
      fc.tuple(fc.double({ min: -50, max: 50, noNaN: true }), fc.double({ min: -50, max: 50, noNaN: true })),
      {
        minLength: 1,
        maxLength: 30,
      },
    );
    fc.assert(
      fc.property(pairOfLosses, levels, fc.double({ min: 0, max: 9, noNaN: true }), (pairs, level, factor) => {
        const at = (of: (a: number, b: number) => number): number =>
          cvar(
            Float64Array.from(pairs, ([a, b]) => of(a, b)),
            level,
          ).value;
        const first = at((a) => a);
        const tolerance = 1e-8;
        expect(Math.abs(at((a) => a + factor) - first - factor)).toBeLessThan(tolerance);
        expect(Math.abs(at((a) => factor * a) - factor * first)).toBeLessThan(tolerance);
        expect(at((a, b) => Math.max(a, b))).toBeGreaterThanOrEqual(first - tolerance);
        expect(at((a, b) => a + b)).toBeLessThanOrEqual(first + at((_, b) => b) + tolerance);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it("tends to the closed forms of the uniform and the exponential law", () => {
    const count = 20_000;
    const uniform = Float64Array.from({ length: count }, (_, i) => (i + 0.5) / count);
    expect(cvar(uniform, 0.9).value).toBeCloseTo(0.95, 4);
    const exponential = uniform.map((u) => -Math.log(1 - u));
    expect(cvar(exponential, 0.9).value).toBeCloseTo(1 - Math.log(0.1), 2);
    expect(quantile(exponential, 0.9)).toBeCloseTo(-Math.log(0.1), 3);
  });
});

describe("quantile", () => {
  it("is the smallest value whose cumulative weight reaches the level", () => {
    fc.assert(
      fc.property(sample, fc.double({ min: 0, max: 1, noNaN: true }), (pairs, level) => {
        const total = pairs.reduce((sum, [, weight]) => sum + weight, 0);
        const massWhere = (holds: (value: number) => boolean): number =>
          pairs.reduce((sum, [value, weight]) => sum + (holds(value) ? weight : 0), 0) / total;
        const values = Float64Array.from(pairs, ([value]) => value);
        const weights = Float64Array.from(pairs, ([, weight]) => weight);
        const found = quantile(values, level, weights);
        expect(pairs.some(([value, weight]) => value === found && weight > 0)).toBe(true);
        expect(massWhere((value) => value <= found)).toBeGreaterThanOrEqual(level - 1e-9);
        if (massWhere((value) => value < found) > 0) {
          expect(massWhere((value) => value < found)).toBeLessThan(level + 1e-9);
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it("does not change its arguments", () => {
    const values = Float64Array.of(3, 1, 2);
    const weights = Float64Array.of(1, 2, 3);
    quantile(values, 0.5, weights);
    expect([...values, ...weights]).toEqual([3, 1, 2, 1, 2, 3]);
  });
});

describe("riskOf", () => {
  it("adds mean, tails, linear and quadratic terms", () => {
    const losses = Float64Array.of(1, 2, 3, 4);
    const spec = {
      mean: 2,
      cvar: [{ weight: 3, level: 0.5 }],
      linear: [1, -1],
      quadratic: [2, 1, 1, 3],
      constant: 10,
    };
    // 2·2.5 + 3·3.5 + (2 − 3) + (2·4 + 2·1·6 + 3·9) + 10
    expect(riskOf(spec, [2, 3], losses)).toBeCloseTo(5 + 10.5 - 1 + 47 + 10, 12);
  });
});

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
  return "no error";
}

describe("errors", () => {
  it("names what is wrong", () => {
    expect(codeOf(() => cvar(new Float64Array(0), 0.5))).toBe("risk-no-losses");
    expect(codeOf(() => cvar(Float64Array.of(1), 0.5, Float64Array.of(0)))).toBe("risk-no-losses");
    expect(codeOf(() => cvar(Float64Array.of(1), 1.5))).toBe("risk-level");
    expect(codeOf(() => cvar(Float64Array.of(1, NaN), 0.5))).toBe("risk-not-finite");
    expect(codeOf(() => mean(Float64Array.of(1), Float64Array.of(-1)))).toBe("risk-not-finite");
  });
});
