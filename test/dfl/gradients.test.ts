import { describe, expect, it } from "vitest";
import { createCombinatorialOracle, createOracle } from "../../runtime/dfl/index.ts";
import type { DecisionOracle, DflLossSpec } from "../../runtime/dfl/index.ts";
import { createDecisionPool } from "../../runtime/dfl/decision-pool.ts";
import { createLoss } from "../../runtime/dfl/losses/create-loss.ts";
import { lossRow, normals, pathOracle, quadraticProblem } from "./support.ts";

/** Losses whose value is what the gradient is of, piece by piece smooth. */
const PATH: readonly DflLossSpec[] = [
  { loss: "mse" },
  { loss: "spo_plus" },
  { loss: "pg", sigma: 0.3, sides: "one" },
  { loss: "pg", sigma: 0.3, sides: "two" },
  { loss: "pfyl", noise: "additive", samples: 4, sigma: 0.5 },
  { loss: "pfyl", noise: "multiplicative", samples: 4, sigma: 0.5 },
  { loss: "rfwo", lambda: 1, outer: "squared_error" },
  { loss: "rfwo", lambda: 1, outer: "regret" },
  { loss: "rfy", lambda: 1 },
  { loss: "nce" },
  { loss: "map" },
  { loss: "cave", inner: 0.2 },
  { loss: "listwise", temperature: 0.5 },
  { loss: "pairwise", margin: 0.2 },
  { loss: "pointwise" },
];

/** With a fixed quadratic term the decision itself moves, so that its regret has a derivative too. */
const QUADRATIC: readonly DflLossSpec[] = [
  { loss: "task" },
  { loss: "spo_plus" },
  { loss: "pg", sigma: 0.3, sides: "one" },
  { loss: "pg", sigma: 0.3, sides: "two" },
  { loss: "pfyl", noise: "additive", samples: 4, sigma: 0.3 },
  { loss: "map" },
  { loss: "nce" },
  { loss: "listwise", temperature: 0.5 },
  { loss: "pointwise" },
];

const STEP = 1e-5;

/** Largest difference between the gradient and central differences, at several predictions. */
function worst(spec: DflLossSpec, oracle: DecisionOracle): { readonly error: number; readonly size: number } {
  const d = oracle.outcome;
  const pool = createDecisionPool(oracle);
  for (let k = 0; k < 6; k++) {
    const s = normals(`pool/${k}`, d);
    pool.add(oracle.solve(s, new Float64Array(1)), s);
  }
  const loss = createLoss(spec, { oracle, pool, count: () => undefined });
  let error = 0;
  let size = 0;
  for (let row = 0; row < 4; row++) {
    const cost = normals(`cost/${row}`, d).map((value) => 1 + 0.3 * value);
    const noise = normals(`noise/${row}`, 4 * d);
    const at = (predicted: Float64Array): { readonly loss: number; readonly gradient: Float64Array } => {
      // The pool stays as it is: a decision that enters it is a jump.
      const own = { ...lossRow(oracle, { predicted, cost, noise }), ...(spec.loss === "cave" ? {} : { exact: false }) };
      loss.evaluate([own]);
      return own;
    };
    const predicted = normals(`predicted/${row}`, d).map((value) => 1 + 0.5 * value);
    const { gradient } = at(predicted);
    for (let i = 0; i < d; i++) {
      const along = (step: number): number => at(predicted.map((value, j) => value + (i === j ? step : 0))).loss;
      const difference = (along(STEP) - along(-STEP)) / (2 * STEP);
      error = Math.max(error, Math.abs(difference - gradient[i]!));
      size = Math.max(size, Math.abs(difference));
    }
  }
  return { error, size };
}

describe("gradients by finite differences", () => {
  it.each(PATH)("over paths: $loss $sides$noise$outer", async (spec) => {
    const { error, size } = worst(spec, await pathOracle());
    expect(size).toBeGreaterThan(1e-3);
    expect(error).toBeLessThan(1e-6 * (1 + size));
  });

  it.each(QUADRATIC)("with a quadratic term: $loss $sides", async (spec) => {
    const { error, size } = worst(spec, await createOracle(quadraticProblem()));
    expect(size).toBeGreaterThan(1e-3);
    expect(error).toBeLessThan(1e-4 * (1 + size));
  });
});

describe("expectations of random gradients", () => {
  /** `E[f(z(ŝ + σε), s)]` over two items of which the cheaper is taken has a closed form. */
  it.each(["policy_gradient", "dpo"] as const)("%s is unbiased", async (name) => {
    const oracle = await createCombinatorialOracle({ kind: "top-k", size: 2, k: 1 }, "minimize");
    const [sigma, samples] = [0.7, 4000];
    const spec: DflLossSpec =
      name === "dpo"
        ? { loss: name, noise: "additive", samples, sigma, outer: "regret" }
        : { loss: name, samples, sigma };
    const loss = createLoss(spec, { oracle, pool: createDecisionPool(oracle), count: () => undefined });
    const row = lossRow(oracle, {
      predicted: Float64Array.of(1, 1.3),
      cost: Float64Array.of(2, 1),
      noise: normals("many", 2 * samples),
    });
    loss.evaluate([row]);
    // P(first) = Φ((ŝ₂ − ŝ₁) / σ√2), the regret is P(first) · (2 − 1).
    const u = 0.3 / (sigma * Math.SQRT2);
    const density = Math.exp(-(u ** 2) / 2) / Math.sqrt(2 * Math.PI) / (sigma * Math.SQRT2);
    expect(Math.abs(row.loss - 0.6191)).toBeLessThan(0.03);
    expect(Math.abs(row.gradient[0]! + density)).toBeLessThan(0.03);
    expect(Math.abs(row.gradient[1]! - density)).toBeLessThan(0.03);
  });
});
