import type { RandomStream } from "../../tensor/random.ts";
import { combine } from "./cone-builder.ts";
import type { LinearData } from "./linear-loss.ts";
import { uniform, type ReweightingSet } from "./types.ts";

export interface SinkhornBall {
  /** ρ̄ of Wang, Gao & Xie: the budget beyond what the reference law itself costs. */
  readonly radius: number;
  /** ε of the entropy of the transport: rows move by √ε or so. */
  readonly regularisation: number;
  /** Points of the reference law around each row. */
  readonly draws: number;
}

const STEPS = 200;

/**
 * Laws within a Sinkhorn distance of the data (Wang, Gao & Xie 2023, Sinkhorn distributionally robust optimization,
 * theorem 1) for the cost ½‖x − x′‖², on the points of `sinkhornReference`, `draws` around each row: every row keeps its
 * mass and `mean_i KL(q_i ‖ reference of row i) ≤ radius / regularisation`. The worst expectation is
 * `min_λ λ radius + λ ε mean_i log mean_k exp(f_ik / (λ ε))`, attained at `q_ik ∝ exp(f_ik / (λ ε))`.
 */
export function sinkhornSet({ radius, regularisation, draws }: SinkhornBall): ReweightingSet {
  const budget = radius / regularisation;
  return {
    name: "sinkhorn",
    worst(losses, probabilities = uniform(losses.length)) {
      const weights = Float64Array.from(probabilities);
      const largest = losses.reduce((a, b) => Math.max(a, b), -Infinity);
      const spread = largest - losses.reduce((a, b) => Math.min(a, b), Infinity);
      if (budget > 0 && spread > 0) {
        // λ ε = spread · e^u: from the nominal law to each row's largest loss alone.
        let [low, high] = [-30, 30];
        for (let step = 0; step < STEPS; step++) {
          const middle = (low + high) / 2;
          if (tilt(losses, probabilities, draws, spread * Math.exp(middle), weights) > budget) low = middle;
          else high = middle;
        }
        tilt(losses, probabilities, draws, spread * Math.exp(high), weights);
      }
      return { value: weights.reduce((sum, w, i) => sum + w * losses[i]!, 0), weights };
    },
    dual(builder, losses, probabilities) {
      const scale = builder.variable();
      const rows = losses.length / draws;
      const levels = Array.from({ length: rows }, (_, i) => {
        const level = builder.variable();
        const own = losses.slice(i * draws, (i + 1) * draws);
        const mass = massOf(probabilities, i, draws);
        const bounds = own.map((loss, k) => {
          const bound = builder.variable();
          builder.exponential(combine([1, loss], [-1, level]), scale, bound);
          return [-probabilities[i * draws + k]! / mass, bound] as const;
        });
        builder.nonnegative(combine([1, scale], ...bounds));
        return [mass, level] as const;
      });
      return combine([budget, scale], ...levels);
    },
  };
}

const massOf = (probabilities: Float64Array, row: number, draws: number): number =>
  probabilities.subarray(row * draws, (row + 1) * draws).reduce((sum, p) => sum + p, 0);

/** Fills the weights at a temperature and returns their divergence from the reference, the mean over rows. */
function tilt(
  losses: Float64Array,
  probabilities: Float64Array,
  draws: number,
  temperature: number,
  weights: Float64Array,
): number {
  let divergence = 0;
  for (let start = 0; start < losses.length; start += draws) {
    const mass = massOf(probabilities, start / draws, draws);
    let most = -Infinity;
    for (let i = start; i < start + draws; i++) most = Math.max(most, losses[i]!);
    let total = 0;
    for (let i = start; i < start + draws; i++) {
      weights[i] = (probabilities[i]! / mass) * Math.exp((losses[i]! - most) / temperature);
      total += weights[i]!;
    }
    for (let i = start; i < start + draws; i++) {
      const share = weights[i]! / total;
      // Σ q (log q − log p), where log(q/p) = (f − most)/temperature − log total.
      divergence += mass * share * ((losses[i]! - most) / temperature - Math.log(total));
      weights[i] = mass * share;
    }
  }
  return divergence;
}

/**
 * The reference law of each row, by draws: `x + √ε ξ`, ξ standard normal, the target kept; row by row, `draws` each.
 * @returns rows · draws rows, on which `sinkhornSet` weighs
 */
export function sinkhornReference(
  { rows, inputs, targets }: LinearData,
  { regularisation, draws }: SinkhornBall,
  stream: RandomStream,
): LinearData {
  const p = inputs.length / rows;
  const noise = new Float64Array(rows * draws * p);
  stream.normal(noise);
  const scale = Math.sqrt(regularisation);
  return {
    rows: rows * draws,
    inputs: noise.map((xi, at) => inputs[Math.floor(at / (draws * p)) * p + (at % p)]! + scale * xi),
    targets: Float64Array.from({ length: rows * draws }, (_, at) => targets[Math.floor(at / draws)]!),
  };
}
