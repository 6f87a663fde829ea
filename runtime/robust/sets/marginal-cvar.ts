import { affine, combine, ConeBuilder, type Affine } from "./cone-builder.ts";
import { expectation, uniform, type ReweightingSet } from "./types.ts";

/** How a mixture may change along the inputs. */
export interface MarginalCvar {
  /** In (0, 1]: density ratios are at most 1/tail. */
  readonly tail: number;
  /** L: largest change of the density ratio over a unit of distance, to the power of `order − 1`. */
  readonly lipschitz: number;
  /** p > 1; 2 for a Lipschitz density ratio. */
  readonly order: number;
}

/**
 * Laws that shift the inputs alone and smoothly: density ratios `r_i = q_i/p_i` in [0, 1/tail] with
 * `|r_i − r_j| ≤ (L d_ij)^{p − 1}`, so that rows of like inputs are weighed alike whatever their targets. Between CVaR
 * (L = ∞) and the mean (L = 0). It is the dual of eq. 27 of Duchi, Hashimoto & Namkoong 2023 (Distributionally robust
 * losses for latent covariate mixtures): `min_{η, B ≥ 0} η + E[(f_i − Σ_j (B_ij − B_ji) − η)+]/tail +
 * Σ (L d_ij)^{p − 1} p_i p_j B_ij`.
 * @param distances d, n × n, between the rows' inputs: see `inputDistances`
 */
export function marginalCvarSet(distances: Float64Array, { tail, lipschitz, order }: MarginalCvar): ReweightingSet {
  const n = Math.round(Math.sqrt(distances.length));
  // Pairs further apart than ratios can be are no constraint.
  const pairs: (readonly [i: number, j: number, most: number])[] = [];
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      const most = (lipschitz * distances[i * n + j]!) ** (order - 1);
      if (most < 1 / tail) pairs.push([i, j, most]);
    }
  return {
    name: "marginal_cvar",
    worst(losses, probabilities = uniform(n)) {
      const builder = new ConeBuilder();
      const ratios = builder.variables(n);
      builder.nonnegative(...ratios);
      builder.nonnegative(...ratios.map((r) => combine([1, affine(1 / tail)], [-1, r])));
      builder.zero(combine([1, affine(-1)], ...ratios.map((r, i) => [probabilities[i]!, r] as const)));
      for (const [i, j, most] of pairs) {
        const [a, b] = [ratios[i]!, ratios[j]!];
        builder.nonnegative(combine([1, affine(most)], [1, a], [-1, b]), combine([1, affine(most)], [-1, a], [1, b]));
      }
      const mean = expectation(probabilities, losses);
      const spread = losses.reduce((most, f) => Math.max(most, Math.abs(f - mean)), 0);
      if (!(spread > 0)) return { value: mean, weights: Float64Array.from(probabilities) };
      const answer = builder.minimise(
        combine(...ratios.map((r, i) => [(-probabilities[i]! * (losses[i]! - mean)) / spread, r] as const)),
      );
      if (answer.status !== "optimal")
        throw new Error(`The worst weights of the marginal_cvar set are ${answer.status}.`);
      const raw = ratios.map((r, i) => probabilities[i]! * Math.max(0, answer.value(r)));
      const total = raw.reduce((sum, w) => sum + w, 0);
      const weights = Float64Array.from(raw, (w) => w / total);
      return { value: expectation(weights, losses), weights };
    },
    dual(builder, losses, probabilities) {
      const eta = builder.variable();
      const excess = builder.variables(n);
      // What a row gives to and takes from its neighbours, per unit of its own probability.
      const given: (readonly [number, Affine])[][] = losses.map(() => []);
      const costs: (readonly [number, Affine])[] = [];
      for (const [i, j, most] of pairs) {
        const [forth, back] = [builder.variable(), builder.variable()];
        builder.nonnegative(forth, back);
        given[i]!.push([1 / probabilities[i]!, forth], [-1 / probabilities[i]!, back]);
        given[j]!.push([-1 / probabilities[j]!, forth], [1 / probabilities[j]!, back]);
        costs.push([most, forth], [most, back]);
      }
      losses.forEach((loss, i) =>
        builder.nonnegative(excess[i]!, combine([1, excess[i]!], [-1, loss], [1, eta], ...given[i]!)),
      );
      return combine([1, eta], ...excess.map((e, i) => [probabilities[i]! / tail, e] as const), ...costs);
    },
  };
}

/** Euclidean distances between the rows of a table, n × n. */
export function inputDistances(inputs: Float64Array, rows: number): Float64Array {
  const columns = inputs.length / rows;
  const distances = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < i; j++) {
      let square = 0;
      for (let k = 0; k < columns; k++) square += (inputs[i * columns + k]! - inputs[j * columns + k]!) ** 2;
      distances[i * rows + j] = Math.sqrt(square);
      distances[j * rows + i] = Math.sqrt(square);
    }
  return distances;
}
