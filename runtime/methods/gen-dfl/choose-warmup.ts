import { mean } from "../../evaluate/statistics.ts";
import { RuntimeError } from "../../errors/runtime-error.ts";
import type { TrainingSet } from "../../models/sampler.ts";
import { RUN_MESSAGES } from "../../runs/messages.ts";
import type { Place } from "../../spec.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { StoredSampler } from "../backend.ts";

/**
 * Trains a generator on its own loss for each of the candidate numbers of steps and keeps the one that makes held-out
 * outcomes most likely, the shorter where two are equal: few rows are soon learnt by heart, and a law that was is neither a
 * start nor a proxy (004 §4 fits both first).
 *
 * @param held rows that nothing was fitted on; not looked at where there is one candidate
 * @param stream draws of densities that are bounds or estimates, the same for every candidate
 * @throws RuntimeError too-few-rows where there are several candidates and no held-out row
 */
export async function chooseWarmup(
  candidates: readonly number[],
  held: TrainingSet,
  stream: RandomStream,
  fit: (steps: number) => Promise<StoredSampler>,
  place?: Place,
): Promise<StoredSampler> {
  const lengths = [...candidates].sort((a, b) => a - b);
  if (lengths.length === 1) return fit(lengths[0]!);
  if (held.rows === 0) {
    const args = { what: "Choosing how long a generator warms up", needed: 1, split: "validation", rows: 0 };
    throw new RuntimeError(RUN_MESSAGES, "too-few-rows", args, place === undefined ? {} : { place });
  }
  let best: { readonly model: StoredSampler; readonly likelihood: number } | null = null;
  for (const steps of lengths) {
    const model = await fit(steps);
    const likelihood = mean(await model.logLikelihood(held.contexts, held.outcomes, held.rows, stream));
    if (best !== null && !(likelihood > best.likelihood)) await model.dispose();
    else {
      await best?.model.dispose();
      best = { model, likelihood };
    }
  }
  return best!.model;
}
