import { describe, expect, it } from "vitest";
import { createDeviationDecider } from "../../runtime/decide/deviation/index.ts";
import type { ScenarioSet } from "../../runtime/decide/types.ts";
import type { DecisionProblem } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { smallPortfolio } from "../runs/pipelines.ts";

const NOWHERE = new Float64Array(1);
const zero = (_z: Float64Array, _s: Float64Array, _x: Float64Array, out: Float64Array): void => void out.fill(0);

/** Ordering q before demand: 1 a unit too many, 9 a unit short. */
const newsvendor: DecisionProblem = {
  sizes: { context: 1, outcome: 1, decision: 1 },
  loss: (z, s) => Math.max(z[0]! - s[0]!, 9 * (s[0]! - z[0]!)),
  lossGradientZ: zero,
  lossGradientS: zero,
  extendedGradientS: (_z, _t, _s, _x, out) => void out.fill(0),
  pieces: {
    count: 2,
    fill(s, _x, slopes, offsets) {
      slopes.set([1, -9]);
      offsets.set([-s[0]!, 9 * s[0]!]);
    },
  },
  feasible: {
    size: 1,
    lower: [0],
    upper: [Infinity],
    inequalities: [],
    equalities: [],
    integer: [],
    boundsAt: ["m:1:1"],
  },
  risk: { mean: 1, cvar: [], linear: [0], quadratic: null, constant: 2 },
};

function scenarios(count: number, d: number, name: string): ScenarioSet & { readonly weights: Float64Array } {
  const outcomes = new Float64Array(count * d);
  const weights = new Float64Array(count);
  randomStream(2, `${name}/outcomes`).uniform(outcomes);
  randomStream(2, `${name}/weights`).uniform(weights);
  return { count, outcomes: outcomes.map((u) => 10 * u), weights };
}

/**
 * The worst mean of losses over weights q ≥ 0 with Σ(q − p)²/p ≤ strength²: q_i ∝ p_i (ℓ_i − ν)+, ν by bisection.
 * Independent of the cone form.
 */
function worstMean(losses: Float64Array, p: Float64Array, strength: number): number {
  const q = (nu: number): Float64Array => {
    const raw = losses.map((loss, i) => p[i]! * Math.max(0, loss - nu));
    const total = raw.reduce((sum, v) => sum + v, 0);
    return raw.map((v) => v / total);
  };
  const distance = (nu: number): number => q(nu).reduce((sum, v, i) => sum + (v - p[i]!) ** 2 / p[i]!, 0);
  const most = Math.max(...losses);
  let [low, high] = [-1e7, most - 1e-9];
  for (let k = 0; k < 200; k++) {
    const middle = (low + high) / 2;
    if (distance(middle) > strength ** 2) high = middle;
    else low = middle;
  }
  return q(low).reduce((sum, v, i) => sum + v * losses[i]!, 0);
}

describe("deciding by risk plus standard deviation", () => {
  it.each([0.05, 0.3, 1, 3])("finds the decision of least worst mean on a grid, at strength %s", async (strength) => {
    const decider = await createDeviationDecider(newsvendor, strength);
    const set = scenarios(12, 1, "grid");
    const mass = set.weights.reduce((sum, w) => sum + w, 0);
    const p = set.weights.map((w) => w / mass);
    const at = (z: number): number => {
      const losses = set.outcomes.map((s) => newsvendor.loss(Float64Array.of(z), Float64Array.of(s), NOWHERE));
      return 2 + worstMean(losses, p, strength);
    };
    const { z, objective, status, gap } = decider.decide(set, NOWHERE);
    expect(status).toBe("optimal");
    expect(Math.abs(gap)).toBeLessThan(1e-5);
    const grid = Math.min(...Array.from({ length: 251 }, (_, k) => at(k / 25)));
    expect(objective).toBeLessThan(grid + 1e-5);
    expect(Math.abs(at(z[0]!) - objective)).toBeLessThan(1e-4);
  });

  it("adds the deviation itself where no worst weight is negative", async () => {
    const strength = 0.2;
    const decider = await createDeviationDecider(newsvendor, strength);
    const set = scenarios(40, 1, "small");
    const { z, objective } = decider.decide(set, NOWHERE);
    const losses = set.outcomes.map((s) => newsvendor.loss(z, Float64Array.of(s), NOWHERE));
    const mass = set.weights.reduce((sum, w) => sum + w, 0);
    const mean = losses.reduce((sum, loss, i) => sum + (set.weights[i]! / mass) * loss, 0);
    const variance = losses.reduce((sum, loss, i) => sum + (set.weights[i]! / mass) * (loss - mean) ** 2, 0);
    expect(objective).toBeCloseTo(2 + mean + strength * Math.sqrt(variance), 4);
  });

  it("keeps CVaR and quadratic terms, and lowers the deviation of a portfolio", async () => {
    const { problem } = smallPortfolio();
    const set = scenarios(30, 3, "portfolio");
    const context = new Float64Array(problem.sizes.context);
    const nominal = (await createDeviationDecider(problem, 0)).decide(set, context);
    const slight = (await createDeviationDecider(problem, 1e-9)).decide(set, context);
    expect(slight.objective).toBeCloseTo(nominal.objective, 5);
    const deviations: number[] = [];
    for (const strength of [1e-9, 3]) {
      const { z } = (await createDeviationDecider(problem, strength)).decide(set, context);
      expect(z.reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 6);
      const losses = Float64Array.from({ length: 30 }, (_, i) =>
        problem.loss(z, set.outcomes.slice(3 * i, 3 * i + 3), context),
      );
      const mass = set.weights.reduce((sum, w) => sum + w, 0);
      const mean = losses.reduce((sum, loss, i) => sum + (set.weights[i]! / mass) * loss, 0);
      deviations.push(losses.reduce((sum, loss, i) => sum + (set.weights[i]! / mass) * (loss - mean) ** 2, 0));
    }
    expect(deviations[1]).toBeLessThan(deviations[0]!);
  });

  it("blames the rows that leave no decision", async () => {
    const rows = [{ coefficients: [1], bound: -1, at: "m:7:3" }];
    const impossible = { ...newsvendor, feasible: { ...newsvendor.feasible, inequalities: rows } };
    const answer = (await createDeviationDecider(impossible, 0.5)).decide(scenarios(3, 1, "none"), NOWHERE);
    expect(answer.status).toBe("infeasible");
    expect(answer.blame).toContain("m:7:3");
  });
});
