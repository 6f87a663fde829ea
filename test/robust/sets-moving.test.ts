import { describe, expect, it } from "vitest";
import {
  cvarSet,
  fitHolisticLinear,
  fitMomentsLinear,
  fitOutlierRobustLinear,
  fitWassersteinLinear,
  inputDistances,
  linearLosses,
  linearScore,
  marginalCvarSet,
  sinkhornReference,
  sinkhornSet,
  trimmedMean,
  worstHolistic,
  worstMoments,
  worstOutlierRobust,
  type HolisticBall,
  type LinearData,
  type LinearLoss,
  type LinearModel,
  type OutlierRobustBall,
  type WorstLaw,
} from "../../runtime/robust/sets/index.ts";
import { linearLoss } from "../../runtime/robust/sets/linear-loss.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const rows = 30;
const normals = (name: string, count: number): Float64Array => {
  const out = new Float64Array(count);
  randomStream(8, name).normal(out);
  return out;
};
const inputs = normals("x", 2 * rows);
const scores = normals("y", rows).map((e, i) => inputs[2 * i]! - 0.4 * inputs[2 * i + 1]! + 0.5 * e);
const regression: LinearData = { rows, inputs, targets: scores };
const classes: LinearData = { rows, inputs, targets: scores.map((s) => (s > 0 ? 1 : -1)) };
const model: LinearModel = { weights: Float64Array.of(0.8, -0.3), intercept: 0.1 };
const dataOf = (loss: LinearLoss): LinearData => (loss === "hinge" || loss === "logistic" ? classes : regression);
const mean = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length;
const expected = (law: WorstLaw, loss: LinearLoss): number =>
  law.evaluate((point) => linearLoss(loss, linearScore(model, point), point[2]!));
const total = (law: WorstLaw): number => law.weights.reduce((sum, w) => sum + w, 0);

describe("a marginal CVaR", () => {
  const distances = inputDistances(inputs, rows);
  const losses = linearLosses("square", model, regression);

  it("is the mean where weights may not change along the inputs, and the CVaR where they may freely", () => {
    const at = (lipschitz: number): number =>
      marginalCvarSet(distances, { tail: 0.3, lipschitz, order: 2 }).worst(losses).value;
    expect(at(1e-9)).toBeCloseTo(mean(losses), 6);
    expect(at(1e6)).toBeCloseTo(cvarSet(0.3).worst(losses).value, 6);
    expect(at(0.5)).toBeGreaterThan(at(0.1));
  });

  it("weighs rows of like inputs alike, whatever their losses, and others by their distance", () => {
    const twins = Float64Array.of(0, 0, 1, 3);
    const { weights } = marginalCvarSet(inputDistances(twins, 4), { tail: 0.4, lipschitz: 0.6, order: 2 }).worst(
      Float64Array.of(5, 0, 1, 2),
    );
    expect(weights[0]!).toBeCloseTo(weights[1]!, 7);
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++)
        expect(4 * Math.abs(weights[i]! - weights[j]!)).toBeLessThan(0.6 * Math.abs(twins[i]! - twins[j]!) + 1e-6);
  });
});

describe("a Sinkhorn ball", () => {
  const ball = { radius: 0.05, regularisation: 0.09, draws: 200 };
  const reference = sinkhornReference(regression, ball, randomStream(1, "sinkhorn"));

  it("has a reference of that many points around each row, √ε about it", () => {
    expect(reference.rows).toBe(rows * 200);
    const off = reference.inputs.map((x, at) => x - inputs[Math.floor(at / 400) * 2 + (at % 2)]!);
    expect(mean(off)).toBeCloseTo(0, 1);
    expect(Math.sqrt(mean(off.map((d) => d * d)))).toBeCloseTo(0.3, 2);
    expect(reference.targets[399]!).toBe(regression.targets[1]!);
  });

  it("keeps every row's mass, spends its budget, and goes to each row's largest loss", () => {
    const losses = linearLosses("square", model, reference);
    const { weights, value } = sinkhornSet(ball).worst(losses);
    let divergence = 0;
    for (let i = 0; i < rows; i++) {
      const own = weights.subarray(i * 200, (i + 1) * 200);
      expect(own.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1 / rows, 10);
      for (const w of own) if (w > 0) divergence += w * Math.log(w * rows * 200);
    }
    expect(divergence).toBeCloseTo(ball.radius / ball.regularisation, 6);
    expect(value).toBeGreaterThan(mean(losses));
    const largest = Array.from({ length: rows }, (_, i) => Math.max(...losses.subarray(i * 200, (i + 1) * 200)));
    const all = sinkhornSet({ ...ball, radius: 100 }).worst(losses).value;
    expect(all).toBeCloseTo(mean(Float64Array.from(largest)), 6);
  });

  it("is near the worst case of the Gaussian reference, which a square loss has in closed form", () => {
    // λ ε log E exp(r²/(λ ε)) of r normal: −(λ ε/2) log(1 − 2 ‖w‖²/λ) + residual² / (1 − 2 ‖w‖²/λ).
    const square = model.weights.reduce((sum, w) => sum + w * w, 0);
    const error = mean(linearLosses("square", model, regression));
    const small = { radius: 0.004, regularisation: 0.09, draws: 4000 };
    let exact = Infinity;
    for (let lambda = 2 * square + 1e-3; lambda < 60; lambda *= 1.002) {
      const share = 1 - (2 * square) / lambda;
      const log = (-lambda * small.regularisation * Math.log(share)) / 2;
      exact = Math.min(exact, lambda * small.radius + log + error / share);
    }
    const points = sinkhornReference(regression, small, randomStream(2, "sinkhorn"));
    const { value } = sinkhornSet(small).worst(linearLosses("square", model, points));
    expect(Math.abs(value / exact - 1)).toBeLessThan(0.01);
  });
});

describe("the worst law of given moments", () => {
  it.each(["square", "absolute", "hinge"] as const)("has them, and attains the worst %s loss", (loss) => {
    for (const [gamma1, gamma2] of [
      [0, 1],
      [0.2, 1.4],
      [0.9, 1],
    ] as const) {
      const data = dataOf(loss);
      const { value, worst } = worstMoments({ mean: gamma1, covariance: gamma2 }, loss, model, data);
      expect(total(worst)).toBeCloseTo(1, 12);
      expect(expected(worst, loss)).toBeCloseTo(value, 8);
      expect(value).toBeGreaterThan(mean(linearLosses(loss, model, data)) - 1e-9);
      // Along any direction of what is held, mean and second moment are within their bounds.
      const groups = loss === "hinge" ? [-1, 1] : [null];
      for (const group of groups)
        for (const direction of [
          [1, 0, 0],
          [0.3, -1, 0],
          [0.8, -0.3, -1],
        ]) {
          const along = (x: ArrayLike<number>, at: number, y: number): number =>
            direction[0]! * x[at]! + direction[1]! * x[at + 1]! + (group === null ? direction[2]! * y : 0);
          const own = Array.from(data.targets.keys()).filter((i) => group === null || data.targets[i] === group);
          const values = Float64Array.from(own, (i) => along(data.inputs, 2 * i, data.targets[i]!));
          const centre = mean(values);
          const variance = mean(values.map((v) => (v - centre) ** 2));
          const held = (f: (off: number) => number): number =>
            worst.evaluate((p) => (group === null || p[2] === group ? f(along(p, 0, p[2]!) - centre) : 0)) /
            (own.length / rows);
          expect(held((off) => off) ** 2).toBeLessThan(gamma1 * variance + 1e-9);
          expect(held((off) => off * off)).toBeLessThan(gamma2 * variance + 1e-9);
        }
    }
  });

  it("is the least squares fit where the moments are those of the data, and is not there for a logistic loss", () => {
    const fit = fitMomentsLinear({ mean: 0, covariance: 1 }, "square", regression);
    const residuals = Float64Array.from({ length: rows }, (_, i) => linearScore(fit, inputs, i) - scores[i]!);
    expect(mean(residuals)).toBeCloseTo(0, 5);
    for (const j of [0, 1]) expect(mean(residuals.map((r, i) => r * inputs[2 * i + j]!))).toBeCloseTo(0, 5);
    expect(() => fitMomentsLinear({ mean: 0, covariance: 1 }, "logistic", classes)).toThrow(/no exact form/);
    expect(() => fitMomentsLinear({ mean: 2, covariance: 1 }, "square", regression)).toThrow(/at least/);
  });
});

describe("the worst law of a holistic ball", () => {
  const ball: HolisticBall = { radius: 0.2, corruption: 0.07, noise: 0.1, support: 0.5, norm: "l2" };

  it.each(["square", "absolute", "hinge", "logistic"] as const)(
    "has points within the noise and one within the support, and attains the worst %s loss",
    (loss) => {
      const data = dataOf(loss);
      const { value, worst } = worstHolistic(ball, loss, model, data);
      const moved = (k: number, i: number): number =>
        Math.hypot(worst.points[3 * k]! - inputs[2 * i]!, worst.points[3 * k + 1]! - inputs[2 * i + 1]!);
      for (let i = 0; i < rows; i++) expect(moved(i, i)).toBeCloseTo(0.1, 8);
      const nearest = Math.min(...Array.from({ length: rows }, (_, i) => moved(rows, i)));
      expect(nearest).toBeLessThan(0.5 + 1e-8);
      expect(total(worst)).toBeCloseTo(1, 10);
      expect(expected(worst, loss)).toBeCloseTo(value, 8);
      for (const more of [{ radius: 0.4 }, { corruption: 0.3 }, { noise: 0.3 }, { support: 1 }])
        expect(worstHolistic({ ...ball, ...more }, loss, model, data).value).toBeGreaterThan(value);
    },
  );

  it("goes to the worst point of the support with what mass the divergence leaves, where no row is corrupted", () => {
    const wide = { ...ball, corruption: 0, radius: 2 };
    const fit = fitHolisticLinear(wide, "absolute", regression);
    for (const { worst } of [fit, worstHolistic(wide, "absolute", model, regression)]) {
      expect(worst.weights[rows]!).toBeGreaterThan(0.1);
      const divergence = worst.weights.subarray(0, rows).reduce((sum, q) => sum - Math.log(rows * q) / rows, 0);
      expect(divergence).toBeCloseTo(2, 8);
      expect(total(worst)).toBeCloseTo(1, 10);
    }
    const small = worstHolistic({ ...wide, radius: 1e-3 }, "absolute", model, regression).worst;
    expect(small.weights[rows]!).toBeCloseTo(0, 10);
    expect(fit.value).toBeLessThan(worstHolistic(wide, "absolute", model, regression).value);
  });

  it("refuses a radius of none and a support that does not hold the noise", () => {
    expect(() => fitHolisticLinear({ ...ball, radius: 0 }, "absolute", regression)).toThrow(/above 0/);
    expect(() => fitHolisticLinear({ ...ball, support: 0.05 }, "absolute", regression)).toThrow(/reach/);
  });
});

describe("an outlier-robust Wasserstein ball", () => {
  const ball: OutlierRobustBall = {
    radius: 0.1,
    outliers: 0.1,
    spread: 2,
    centre: trimmedMean(regression, 0.1),
    norm: "l2",
  };

  it.each(["absolute", "hinge"] as const)(
    "has a worst law of bounded spread that attains the worst %s loss",
    (loss) => {
      const { value, worst } = worstOutlierRobust(ball, loss, model, dataOf(loss));
      expect(total(worst)).toBeCloseTo(1, 10);
      expect(expected(worst, loss)).toBeCloseTo(value, 5);
      const spread = worst.evaluate((p) => (p[0]! - ball.centre[0]!) ** 2 + (p[1]! - ball.centre[1]!) ** 2);
      expect(spread).toBeLessThan(4 + 1e-5);
    },
  );

  it("is not drawn away by an outlier that draws a Wasserstein ball", () => {
    const spoilt: LinearData = { rows, inputs: Float64Array.from(inputs), targets: Float64Array.from(scores) };
    spoilt.inputs.set([60, 0]);
    spoilt.targets[0] = -60;
    const plain = fitWassersteinLinear({ order: 1, norm: "l2", radius: 0.1, labelCost: Infinity }, "absolute", spoilt);
    const robust = fitOutlierRobustLinear({ ...ball, centre: trimmedMean(spoilt, 0.1) }, "absolute", spoilt);
    // The weight of the first input is 1.
    expect(plain.weights[0]!).toBeLessThan(0);
    expect(robust.weights[0]!).toBeGreaterThan(0.6);
  });

  it("says where it is empty, and which losses it has", () => {
    expect(() => fitOutlierRobustLinear({ ...ball, spread: 0.01 }, "absolute", regression)).toThrow(/No law/);
    expect(() => worstOutlierRobust({ ...ball, spread: 0.01 }, "absolute", model, regression)).toThrow(/No law/);
    expect(() => fitOutlierRobustLinear(ball, "square", regression)).toThrow(/not piecewise linear/);
  });
});
