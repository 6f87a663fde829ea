import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recogniseCombinatorial } from "../../runtime/decide/classical/recognise.ts";
import { box } from "../../runtime/decide/index.ts";
import { penalisedProblem } from "../../runtime/methods/diff-dro.ts";
import { contrastiveLoss } from "../../runtime/methods/gen-dfl/contrastive.ts";
import { createLossSlopes } from "../../runtime/methods/gen-dfl/loss-slopes.ts";
import { surrogateMisfit } from "../../runtime/methods/gen-dfl/misfit.ts";
import { differenceRegret } from "../../runtime/methods/gen-dfl/regret.ts";
import { sampleStages } from "../../runtime/methods/gen-dfl/train.ts";
import { riskOf } from "../../runtime/risk/index.ts";
import { sampleRisk, tailRisk } from "../../runtime/risk/sample-risk.ts";
import type { DecisionProblem, FeasibleSet, LinearRow } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { smallPortfolio } from "../runs/pipelines.ts";

const { problem } = smallPortfolio();
const stream = randomStream(5, "test");
const normals = (count: number, name: string): Float64Array => {
  const out = new Float64Array(count);
  stream.child(name).normal(out);
  return out;
};
const noContext = new Float64Array(2);

/** A loss that bends in the outcome: its slope there is not the same everywhere. */
const bent: DecisionProblem = {
  ...problem,
  loss: (z, s) => z.reduce((sum, value, i) => sum + value * s[i]! ** 2, 0),
  lossGradientS: (z, s, _x, out) => out.set(z.map((value, i) => 2 * value * s[i]!)),
};

describe("the risk of a sample", () => {
  it("is that of the risk module, with the gradient of differences", () => {
    const weighted = fc.record({
      weight: fc.double({ min: 0.1, max: 3, noNaN: true }),
      level: fc.constantFrom(0, 0.3, 0.75, 0.9),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: -1000, max: 1000 }), { minLength: 2, maxLength: 30 }),
        fc.array(weighted, { maxLength: 2 }),
        (integers, cvar) => {
          const values = Float64Array.from(integers, (value) => value / 10);
          const risk = { mean: 0.5, cvar, linear: [], quadratic: null, constant: 0 };
          const pull = new Float64Array(values.length);
          const value = sampleRisk(risk, values, pull);
          expect(value).toBeCloseTo(riskOf(risk, [], values), 8);
          // The values differ by more than the step, so the order of the losses does not change along it.
          const h = 1e-3;
          const k = values.length >> 1;
          const at = (shift: number): number =>
            riskOf(
              risk,
              [],
              values.map((one, i) => one + (i === k ? shift : 0)),
            );
          expect(pull[k]).toBeCloseTo((at(h) - at(-h)) / (2 * h), 6);
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });

  it("takes a tail of all for the mean", () => {
    expect(tailRisk(1)).toEqual({ mean: 1, cvar: [] });
    expect(tailRisk(0.25)).toEqual({ mean: 0, cvar: [{ weight: 1, level: 0.75 }] });
  });
});

describe("the contrastive surrogate", () => {
  const count = 12;
  const scenarios = normals(3 * count, "scenarios");
  const target = Float64Array.of(0.6, 0.4, 0);
  const others = [Float64Array.of(0, 0.5, 0.5), Float64Array.of(0.2, 0.2, 0.6), Float64Array.of(1, 0, 0)];
  const cases = [
    ["a linear loss under the mean", problem, tailRisk(1)],
    ["a linear loss under CVaR", problem, tailRisk(0.3)],
    ["a loss that bends in the outcome, under CVaR", bent, tailRisk(0.3)],
    ["a loss that bends in the outcome, under mean and CVaR", bent, { mean: 1, cvar: [{ weight: 2, level: 0.5 }] }],
  ] as const;

  it.each(cases)("has the gradient of finite differences: %s", (_name, one, risk) => {
    const slopes = createLossSlopes(one, stream.child("probe"));
    expect(slopes.constant).toBe(one === problem);
    for (const hinge of [false, true]) {
      const value = (at: Float64Array): number =>
        contrastiveLoss(
          risk,
          slopes,
          { target, others, scenarios: at, count, context: noContext, hinge },
          1,
          new Float64Array(at.length),
        );
      const out = new Float64Array(scenarios.length);
      contrastiveLoss(risk, slopes, { target, others, scenarios, count, context: noContext, hinge }, 3, out);
      const direction = normals(scenarios.length, `direction ${hinge}`);
      const h = 1e-6;
      const along =
        (value(scenarios.map((s, i) => s + h * direction[i]!)) -
          value(scenarios.map((s, i) => s - h * direction[i]!))) /
        (2 * h);
      const expected = out.reduce((sum, part, i) => sum + part * direction[i]!, 0) / 3;
      expect(expected).toBeCloseTo(along, 6);
    }
  });

  it("makes the target better than the others where it is minimised, and stops there with a hinge", () => {
    const slopes = createLossSlopes(problem, stream.child("probe"));
    let at = scenarios.slice();
    const cost = (z: Float64Array): number => {
      let sum = 0;
      for (let k = 0; k < count; k++) sum += problem.loss(z, at.slice(3 * k, 3 * k + 3), noContext) / count;
      return sum;
    };
    for (let step = 0; step < 400; step++) {
      const gradient = new Float64Array(at.length);
      contrastiveLoss(
        tailRisk(1),
        slopes,
        { target, others, scenarios: at, count, context: noContext, hinge: true },
        1,
        gradient,
      );
      at = at.map((value, i) => value - 5 * gradient[i]!);
    }
    for (const other of others) expect(cost(target)).toBeLessThanOrEqual(cost(other) + 0.05);
    const rest = new Float64Array(at.length);
    const pairs = { target, others: [Float64Array.of(0, 0, 1)], scenarios: at.fill(0), count, context: noContext };
    at.set(Array.from({ length: count }, () => [1, 1, 0]).flat());
    // Returns of 1, 1 and 0: the target is the better one already.
    expect(contrastiveLoss(tailRisk(1), slopes, { ...pairs, hinge: true }, 1, rest)).toBe(0);
    expect(rest.every((value) => value === 0)).toBe(true);
    expect(contrastiveLoss(tailRisk(1), slopes, { ...pairs, hinge: false }, 1, rest)).toBeCloseTo(-1, 12);
  });
});

describe("the regret in CVaR of the difference", () => {
  it("is 0 at the best decision, and has the gradient of finite differences", () => {
    const regret = differenceRegret(problem, { mean: problem.risk.mean, cvar: problem.risk.cvar });
    const outcomes = normals(3 * 40, "law");
    const [z, best] = [Float64Array.of(0.5, 0.3, 0.2), Float64Array.of(0.1, 0.7, 0.2)];
    const gradient = new Float64Array(3);
    expect(regret.at(best, best, outcomes, 40, noContext, gradient)).toBeCloseTo(0, 12);
    regret.at(z, best, outcomes, 40, noContext, gradient);
    const unused = new Float64Array(3);
    const h = 1e-6;
    for (let i = 0; i < 3; i++) {
      const at = (shift: number): number =>
        regret.at(
          z.map((value, j) => value + (i === j ? shift : 0)),
          best,
          outcomes,
          40,
          noContext,
          unused,
        );
      expect(gradient[i]).toBeCloseTo((at(h) - at(-h)) / (2 * h), 5);
    }
  });
});

describe("which surrogates can train a problem", () => {
  const flat = { ...problem, risk: { ...problem.risk, cvar: [], quadratic: null } };
  const implicit = { surrogate: { kind: "implicit" } } as const;
  const contrastive = { surrogate: { kind: "contrastive", pool: "cache", solve: 0.1, hinge: true } } as const;

  it("refuses a derivative that is 0 almost everywhere, and nothing else", () => {
    expect(surrogateMisfit(flat, implicit)).toContain("0 almost everywhere");
    expect(surrogateMisfit(flat, contrastive)).toBeNull();
    expect(surrogateMisfit(problem, implicit)).toBeNull();
    // Under a tail the decision moves with the scenarios that are in it.
    expect(surrogateMisfit(flat, { ...implicit, tail: 0.5 })).toBeNull();
    const whole = { ...problem, feasible: { ...problem.feasible, integer: [0] } };
    expect(surrogateMisfit(whole, implicit)).toContain("whole components");
  });
});

describe("the schedule of scenarios", () => {
  it("grows from a quarter over a half to all", () => {
    expect(sampleStages({ samples: 200, ramp: 0, steps: 100 })).toEqual([{ samples: 200, to: 100 }]);
    expect(sampleStages({ samples: 200, ramp: 0.5, steps: 100 })).toEqual([
      { samples: 50, to: 25 },
      { samples: 100, to: 50 },
      { samples: 200, to: 100 },
    ]);
    expect(sampleStages({ samples: 4, ramp: 1, steps: 3 }).at(-1)!.to).toBe(3);
  });
});

describe("the robust layer", () => {
  it("adds the squared slope of the loss, and refuses one that depends on the outcome", () => {
    const layered = penalisedProblem({ ...problem, risk: { ...problem.risk, quadratic: null } }, 0.25);
    expect(layered.risk.quadratic).toEqual([0.25, 0, 0, 0, 0.25, 0, 0, 0, 0.25]);
    expect(() => penalisedProblem(bent, 0.25)).toThrow("linear in the outcome");
  });

  it("is the worst law of the penalised ball: scenarios moved along the slope", () => {
    const strength = 0.25;
    const lambda = 1 / (4 * strength);
    const z = Float64Array.of(0.5, 0.3, 0.2);
    const layered = penalisedProblem({ ...problem, risk: { ...problem.risk, cvar: [], quadratic: null } }, strength);
    const s = Float64Array.of(0.1, -0.2, 0.3);
    const worst = s.map((value, i) => value - z[i]! / (2 * lambda));
    const penalty = lambda * worst.reduce((sum, value, i) => sum + (value - s[i]!) ** 2, 0);
    const value = riskOf(layered.risk, z, Float64Array.of(problem.loss(z, s, noContext)));
    expect(value).toBeCloseTo(problem.loss(z, worst, noContext) - penalty, 12);
  });
});

const row = (coefficients: readonly number[], bound: number): LinearRow => ({ coefficients, bound, at: "m.dro:1:1" });
const unit = (size: number, parts: Partial<FeasibleSet>): FeasibleSet => ({
  ...box(Array<number>(size).fill(0), Array<number>(size).fill(1), "m.dro:1:1"),
  ...parts,
});

describe("recognising combinatorial sets", () => {
  it("finds paths, matchings, selections and knapsacks in their rows", () => {
    // 0 → 1 → 3, 0 → 2 → 3.
    const arcs = [row([1, 1, 0, 0], 1), row([-1, 0, 1, 0], 0), row([0, -1, 0, 1], 0), row([0, 0, -1, -1], -1)];
    const path = { kind: "path", nodes: 4, source: 0, target: 3 };
    expect(recogniseCombinatorial(unit(4, { equalities: arcs }))).toMatchObject(path);
    // One of the rows follows from the others.
    expect(recogniseCombinatorial(unit(4, { equalities: arcs.slice(0, 3) }))).toMatchObject(path);
    const pairs = [row([1, 1, 0, 0], 1), row([0, 0, 1, 1], 1), row([1, 0, 1, 0], 1), row([0, 1, 0, 1], 1)];
    expect(recogniseCombinatorial(unit(4, { equalities: pairs }))).toMatchObject({ kind: "assignment", rows: 2 });
    expect(recogniseCombinatorial(unit(3, { equalities: [row([2, 2, 2], 4)] }))).toMatchObject({ kind: "top-k", k: 2 });
    const sack = { inequalities: [row([1, 2, 3], 4)] };
    expect(recogniseCombinatorial(unit(3, sack))).toMatchObject({ kind: "knapsack", fractional: true });
    expect(recogniseCombinatorial(unit(3, { ...sack, integer: [0, 1, 2] }))).toMatchObject({ fractional: false });
  });

  it("leaves every other set alone", () => {
    const cycle = [row([1, 0, -1], 1), row([-1, 1, 0], -1), row([0, -1, 1], 0)];
    expect(recogniseCombinatorial(unit(3, { equalities: cycle }))).toBeNull();
    expect(recogniseCombinatorial(unit(3, { equalities: [row([1, 2, 1], 1)] }))).toBeNull();
    expect(recogniseCombinatorial(unit(3, { inequalities: [row([-1, -1, -1], -1)] }))).toBeNull();
    expect(recogniseCombinatorial({ ...unit(3, { inequalities: [row([1, 1, 2], 1)] }), upper: [1, 1, 2] })).toBeNull();
  });
});
