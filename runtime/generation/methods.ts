import type { Backend, ModelTensors } from "../methods/backend.ts";
import { fitLaw } from "../methods/fitted-source.ts";
import { createEmpiricalSampler, createNeighbourSampler, drawRows } from "../models/empirical/index.ts";
import { fitKernel } from "../models/kernel/index.ts";
import type { ConditionalSampler, TrainingSet } from "../models/sampler.ts";
import type { MethodRole } from "../report/results.ts";
import type { GeneratorSpec, KernelSpec, NeuralGeneratorSpec } from "../spec.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { GenerationPipeline } from "./spec.ts";

/** A generator of the run. */
export interface GenerationMethod {
  readonly id: string;
  readonly role: MethodRole;
  readonly note: string;
  readonly generator: GeneratorSpec;
}

/** A law that can be drawn from until it is let go of. */
export interface OpenLaw extends ConditionalSampler {
  dispose(): Promise<void>;
}

const NOTES: Readonly<Record<GeneratorSpec["kind"], string>> = {
  flow_matching: "Conditional flow matching.",
  ddpm: "Denoising diffusion.",
  score_sde: "Score-based diffusion.",
  vae: "Variational autoencoder.",
  normalizing_flow: "Normalizing flow.",
  gmm: "Gaussian mixture.",
  gmm_nf: "Gaussian mixture in the latent space of a spline flow.",
  gaussian: "One Gaussian.",
  kernel: "Training outcomes, weighted by a kernel of the distance between contexts.",
  knn: "Outcomes of the nearest training contexts.",
  empirical: "Training outcomes drawn again: as near to held-out ones as a sample of this size is.",
};

/** The trained generator, those that it is compared with, and the training outcomes themselves as the floor. */
export function generationMethods({ generator, compare }: GenerationPipeline): readonly GenerationMethod[] {
  const methods: GenerationMethod[] = [];
  const add = (spec: GeneratorSpec, role: MethodRole): void => {
    const same = JSON.stringify(spec);
    if (methods.some((known) => JSON.stringify(known.generator) === same)) return;
    let id: string = spec.kind;
    for (let k = 2; methods.some((known) => known.id === id); k++) id = `${spec.kind}_${k}`;
    methods.push({ id, role, note: NOTES[spec.kind], generator: spec });
  };
  add(generator, "trained");
  for (const spec of compare) add(spec, "baseline");
  if (!methods.some(({ generator: known }) => known.kind === "empirical")) {
    add({ kind: "empirical", scenarios: generator.scenarios }, "floor");
  }
  return methods;
}

/** Whether a generator is trained by gradient steps. */
export function isNeural(spec: GeneratorSpec): spec is NeuralGeneratorSpec {
  switch (spec.kind) {
    case "flow_matching":
    case "ddpm":
    case "score_sde":
    case "vae":
    case "normalizing_flow":
      return true;
    default:
      return false;
  }
}

/**
 * The law of a generator on these rows; `tensors` are those of a trained one.
 * @param stream of the seed, by purpose
 * @throws RuntimeError for rows that cannot be fitted on
 */
export async function openLaw(
  spec: GeneratorSpec,
  tensors: ModelTensors | null,
  train: TrainingSet,
  sizes: GenerationPipeline["sizes"],
  backend: Backend,
  stream: (purpose: string) => RandomStream,
  signal: AbortSignal,
): Promise<OpenLaw> {
  if (isNeural(spec)) {
    if (tensors === null) throw new Error(`${spec.kind} was opened before it was trained`);
    return backend.loadFlow(spec, sizes, tensors);
  }
  switch (spec.kind) {
    case "gmm":
      return kept(await backend.fitMixture(spec, train, sizes, stream("mixture"), { signal }));
    case "gmm_nf":
    case "gaussian":
      return fitLaw(spec, train, sizes, stream, { signal });
    case "knn":
      return kept(createNeighbourSampler(train, sizes, spec.neighbours));
    case "empirical":
      return kept(createEmpiricalSampler(train, sizes));
    case "kernel":
      return kept(await kernelLaw(spec, train, sizes, stream("kernel")));
  }
}

/** A law that holds nothing to let go of. */
function kept(law: ConditionalSampler): OpenLaw {
  return { sample: (...args) => law.sample(...args), dispose: async () => {} };
}

async function kernelLaw(
  spec: KernelSpec,
  train: TrainingSet,
  { context: p, outcome: d }: GenerationPipeline["sizes"],
  stream: RandomStream,
): Promise<ConditionalSampler> {
  const weighting = await fitKernel(spec, train, { context: p, outcome: d }, stream);
  return {
    async sample(contexts, rows, draws, noise) {
      const out = new Float64Array(rows * draws * d);
      for (let i = 0; i < rows; i++) {
        const weights = weighting.weights(contexts.subarray(i * p, (i + 1) * p));
        for (const [k, row] of drawRows(weights, draws, noise, i * draws).entries()) {
          out.set(train.outcomes.subarray(row * d, (row + 1) * d), (i * draws + k) * d);
        }
      }
      return out;
    },
  };
}
