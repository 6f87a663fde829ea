import { fitGaussian } from "../models/gaussian/index.ts";
import { fitMixtureFlow, loadMixtureFlow, type MixtureFlowTensors } from "../models/gmm-nf/index.ts";
import type { ConditionalSampler, TrainHooks, TrainingSet } from "../models/sampler.ts";
import type { GaussianSpec, MixtureFlowSpec, Sizes } from "../spec.ts";
import type { RandomStream } from "../tensor/random.ts";

/** A fitted law, to be let go of when it is not needed any more. */
export interface FittedLaw extends ConditionalSampler {
  /** What `loadLaw` makes the same law of; none where fitting again is as quick as reading. */
  readonly tensors?: MixtureFlowTensors;
  dispose(): Promise<void>;
}

/**
 * Fits a law that is drawn from. The same rows and streams give the same law, in the run and after it.
 * @param stream of the seed, by purpose
 * @throws RuntimeError for a training set that cannot be fitted
 */
export async function fitLaw(
  spec: MixtureFlowSpec | GaussianSpec,
  train: TrainingSet,
  sizes: Pick<Sizes, "context" | "outcome">,
  stream: (purpose: string) => RandomStream,
  hooks: Pick<TrainHooks, "signal" | "onStep"> = {},
): Promise<FittedLaw> {
  if (spec.kind === "gmm_nf") return fitMixtureFlow(spec, train, sizes, stream("gmm_nf"), hooks);
  const gaussian = await fitGaussian(spec, train, sizes, stream("gaussian"), hooks);
  return { sample: (...args) => gaussian.sample(...args), dispose: async () => {} };
}

/** The law that a run folder keeps. Throws as `loadMixtureFlow` does. */
export function loadLaw(
  tensors: MixtureFlowTensors,
  spec: MixtureFlowSpec,
  sizes: Pick<Sizes, "context" | "outcome">,
): Promise<FittedLaw> {
  return loadMixtureFlow(tensors, spec, sizes);
}
