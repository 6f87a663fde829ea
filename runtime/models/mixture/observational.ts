import type { OutcomeWeighting } from "../kernel/index.ts";
import type { TrainingSet } from "../sampler.ts";
import type { MixtureSampler } from "./conditional.ts";

/** A weight below this share of the largest one is 0: it would move no decision, and costs a scenario. */
const NEGLIGIBLE = 1e-12;

/**
 * Observational weights of the historical outcomes (002 eq. 11): `w_i(x) ∝ φ̂(s_i | x) / φ̂_s(s_i)`, the conditional over
 * the marginal density of the mixture, so that the observed outcomes themselves stand for the conditional law and nothing
 * is sampled. They are scaled to add up to 1, which changes no minimiser of (11) and is what CVaR needs. In log space:
 * where every ratio underflows, the largest still counts.
 */
export function observationalWeights(
  mixture: MixtureSampler,
  data: TrainingSet,
  sizes: { readonly context: number; readonly outcome: number },
): OutcomeWeighting {
  const { rows, outcomes } = data;
  const { context: p } = sizes;
  const marginal = mixture.outcomeLogDensity(outcomes, rows);
  return {
    weights(context) {
      const contexts = new Float64Array(rows * p);
      for (let i = 0; i < rows; i++) contexts.set(context, i * p);
      const logs = mixture.logDensity(contexts, outcomes, rows);
      let most = -Infinity;
      for (let i = 0; i < rows; i++) {
        logs[i]! -= marginal[i]!;
        if (data.weights?.[i] === 0) logs[i] = -Infinity;
        most = Math.max(most, logs[i]!);
      }
      let total = 0;
      const weights = logs.map((log, i) => {
        const ratio = Math.exp(log - most);
        const weight = ratio < NEGLIGIBLE ? 0 : ratio * (data.weights?.[i] ?? 1);
        total += weight;
        return weight;
      });
      return weights.map((weight) => weight / total);
    },
  };
}
