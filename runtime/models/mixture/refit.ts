import type { MixtureSpec } from "../../spec.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { TrainingSet } from "../sampler.ts";
import { conditionMixture, type MixtureSampler } from "./conditional.ts";
import { climb, joinRows } from "./index.ts";
import { standardised } from "./standardise.ts";
import { readMixture, type MixtureTensors } from "./stored.ts";

/** EM steps of a refit at most: it starts at the fit, of which the rows drawn leave it near. */
const STEPS = 100;

/**
 * Fits a mixture again to as many rows drawn with replacement (the bootstrap of Efron 1979), `count` times. Each refit
 * starts from the fit, so that its components correspond to the fit's own.
 * @param tensors of the fit to `data`
 */
export async function refitMixtures(
  tensors: MixtureTensors,
  { covariance: kind, floor }: Pick<MixtureSpec, "covariance" | "floor">,
  data: TrainingSet,
  sizes: { readonly context: number; readonly outcome: number },
  count: number,
  stream: RandomStream,
  signal?: AbortSignal,
): Promise<MixtureSampler[]> {
  const { mixture, scales } = readMixture(tensors, sizes);
  const { rows } = data;
  const { width } = mixture;
  const values = standardised(joinRows(data, sizes), width, scales);
  const draws = new Float64Array(rows);
  const refits: MixtureSampler[] = [];
  for (let refit = 0; refit < count; refit++) {
    stream.uniform(draws, refit * rows);
    const weights = new Float64Array(rows);
    for (const u of draws) weights[Math.min(rows - 1, Math.floor(u * rows))]! += 1;
    const fit = await climb({ rows, width, values, weights }, mixture, { kind, floor }, STEPS, [], signal);
    refits.push(conditionMixture(fit.mixture, scales, sizes));
  }
  return refits;
}
