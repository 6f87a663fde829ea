import { describe, expect, it } from "vitest";
import { describeWeights, endpointWeights, lambdaOf, sensitivities } from "../../runtime/methods/weights.ts";
import { mean } from "../../runtime/evaluate/statistics.ts";
import { smallNewsvendor, smallPortfolio } from "../runs/pipelines.ts";

describe("endpoint weights (003 §4.2)", () => {
  it("are 1 + λ‖∇ₛℓ‖² of the extended loss, by hand", () => {
    // L = −s·z at z = (.5, .3, .2): ∇ₛL = −z, ‖z‖² = .38. Beyond t the factor is 1 + 2 / (1 − .9) = 21.
    const { problem } = smallPortfolio();
    const reference = { z: Float64Array.of(0.5, 0.3, 0.2), t: Float64Array.of(0.1) };
    const calm = [0.1, 0.1, 0.1]; // loss −0.1 ≤ t
    const crash = [-1, -1, 0]; // loss 0.8 > t
    const edge = [-0.2, 0, 0]; // loss 0.1 = t: not beyond it
    const squares = sensitivities(
      problem,
      reference,
      Float64Array.from([calm, crash, edge].flat()),
      3,
      new Float64Array(2),
    );
    expect(squares[0]).toBeCloseTo(0.38, 14);
    expect(squares[1]).toBeCloseTo(0.38 * 21 ** 2, 10);
    expect(squares[2]).toBeCloseTo(0.38, 14);
    const weights = endpointWeights(squares, 0.5);
    expect(weights[0]).toBeCloseTo(1.19, 14);
    expect(weights[1]).toBeCloseTo(1 + 0.5 * 0.38 * 441, 10);
  });

  it("follow the pieces of a newsvendor loss", () => {
    const { problem } = smallNewsvendor();
    const reference = { z: Float64Array.of(10), t: new Float64Array(0) };
    const squares = sensitivities(problem, reference, Float64Array.of(4, 12), 2, new Float64Array(2));
    expect(Array.from(squares)).toEqual([1, 81]);
  });

  it("make a relative strength free of the loss's unit", () => {
    expect(lambdaOf("relative", 0.1, 4)).toBeCloseTo(0.025, 14);
    // The loss in cents instead of units: gradients are 100 times as large, the weights stay.
    const squares = Float64Array.of(1, 4, 9);
    const cents = squares.map((square) => square * 1e4);
    const weights = endpointWeights(squares, lambdaOf("relative", 0.2, mean(squares)));
    const same = endpointWeights(cents, lambdaOf("relative", 0.2, mean(cents)));
    for (const [k, weight] of weights.entries()) expect(same[k]).toBeCloseTo(weight, 12);
    expect(lambdaOf("absolute", 0.01, 4)).toBe(0.01);
    expect(lambdaOf("relative", 0.1, 0)).toBe(0);
  });
});

describe("the distribution of weights", () => {
  it("has its effective sample size", () => {
    const described = describeWeights(Float64Array.of(1, 3, 1, 3));
    expect(described).toEqual({ min: 1, median: 2, max: 3, effectiveShare: 64 / (4 * 20) });
    expect(describeWeights(new Float64Array(7).fill(2)).effectiveShare).toBeCloseTo(1, 14);
  });

  it("tends to one row in n where one weight carries all", () => {
    const weights = new Float64Array(100).fill(1e-9);
    weights[17] = 1;
    expect(describeWeights(weights).effectiveShare).toBeCloseTo(0.01, 6);
  });
});
