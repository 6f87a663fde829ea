import type { OuterLoss } from "../loss-spec.ts";
import type { DecisionOracle } from "../types.ts";
import { perturb, leaveOneOut } from "./perturb.ts";
import { rowLoss, type DflLoss, type LossRow } from "./row.ts";

/** Least size of a divisor of the multiplicative estimator: a cost of 0 has no multiplicative noise. */
const LEAST = 1e-8;

/**
 * DPO (Berthet et al. 2020): the loss of the expected decision `E[z(ŝ + σε)]`, by K draws. Its derivative is
 * `E[r(ε) ε] / σ`, r the outer derivative times the decision, with a leave-one-out baseline; for multiplicative noise the
 * divisor is `σ ŝ` (Dalle et al. 2022). The regret is taken in expectation over ε, where it is linear the same.
 */
export function perturbedOptimizer(
  oracle: DecisionOracle,
  noise: "additive" | "multiplicative",
  samples: number,
  sigma: number,
  outer: OuterLoss,
): DflLoss {
  return rowLoss((row) => {
    const { noise: drawn, answers } = perturb(row, samples, sigma, noise);
    const decisions = answers.map(({ z }) => z);
    const { value, rewards } =
      outer === "regret" ? regrets(oracle, row, decisions) : distances(outer, row.best.z, decisions);
    const { predicted, gradient } = row;
    const d = predicted.length;
    leaveOneOut(rewards).forEach((reward, k) => {
      for (let i = 0; i < d; i++) gradient[i]! += reward * drawn[k * d + i]!;
    });
    for (let i = 0; i < d; i++) {
      const divisor = noise === "additive" ? sigma : sigma * predicted[i]!;
      gradient[i]! /= samples * (Math.abs(divisor) < LEAST ? (divisor < 0 ? -LEAST : LEAST) : divisor);
    }
    return value;
  });
}

interface Rewards {
  readonly value: number;
  /** One a draw. */
  readonly rewards: readonly number[];
}

/** Mean regret of decisions, each with its cost as its reward. */
function regrets(oracle: DecisionOracle, row: LossRow, decisions: readonly Float64Array[]): Rewards {
  const rewards = decisions.map((z) => oracle.value(z, row.cost, row.context));
  return { value: rewards.reduce((sum, cost) => sum + cost, 0) / rewards.length - row.best.objective, rewards };
}

/** Distance of the mean decision to the best one. */
function distances(
  outer: "squared_error" | "absolute_error",
  best: Float64Array,
  decisions: readonly Float64Array[],
): Rewards {
  const n = best.length;
  const bar = new Float64Array(n);
  let value = 0;
  for (let i = 0; i < n; i++) {
    const error = decisions.reduce((sum, z) => sum + z[i]!, 0) / decisions.length - best[i]!;
    value += outer === "squared_error" ? error ** 2 / n : Math.abs(error) / n;
    bar[i] = outer === "squared_error" ? (2 * error) / n : Math.sign(error) / n;
  }
  return { value, rewards: decisions.map((z) => z.reduce((sum, part, i) => sum + part * bar[i]!, 0)) };
}
