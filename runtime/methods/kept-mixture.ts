import { loadMixture, type MixtureTensors } from "../models/mixture/stored.ts";
import type { ConditionalSampler, TrainHooks, TrainingSet } from "../models/sampler.ts";
import { workIdentity } from "../runs/identity.ts";
import { provenance } from "../runs/provenance.ts";
import type { MixtureFlowSpec, MixtureSpec } from "../spec.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { fitLaw, loadLaw, type FittedLaw } from "./fitted-source.ts";
import { openMixtureBall, type MixtureBall, type MixtureBallParts } from "./mixture-ball.ts";
import type { Work } from "./run.ts";

/** The file of a method's fitted mixture in the run folder. */
export function mixtureFile(method: string, seed: number): string {
  return `weights/${method}-seed-${seed}.safetensors`;
}

export interface FittedMixture extends Pick<TensorFile, "tensors"> {
  readonly sampler: ConditionalSampler;
}

export interface KeptMixture extends FittedMixture, TensorFile {}

export interface KeptLaw extends TensorFile {
  readonly law: FittedLaw;
}

/** Metadata key of what a mixture was fitted by and on. */
const FIT_KEY = "droc.fit";

/**
 * The method's mixture as the run folder has it, or fitted and kept there: the tasks of a seed and whoever opens the run
 * later take the same one. A file of another spec or of other data is fitted again.
 * @param dataHash of the data that `train` is of
 */
export async function keptMixture(
  work: Pick<Work, "pipeline" | "folder" | "backend" | "stream" | "signal">,
  method: string,
  spec: MixtureSpec,
  { seed, dataHash }: { readonly seed: number; readonly dataHash: string },
  train: TrainingSet,
): Promise<KeptMixture> {
  const { pipeline, folder } = work;
  const { sizes } = pipeline.problem;
  const name = mixtureFile(method, seed);
  const fit = `${workIdentity(pipeline)}/${dataHash}`;
  const found = await folder.readTensors(name);
  if (found !== null && found.metadata[FIT_KEY] === fit)
    return { sampler: loadMixture(found.tensors, sizes), ...found };
  const fitted = await fittedMixture(work, spec, seed, train);
  const metadata = { ...provenance(pipeline), method, seed: String(seed), [FIT_KEY]: fit };
  const { tensors } = fitted;
  await folder.writeTensors(name, tensors, metadata);
  return { ...fitted, metadata };
}

/** The same for a mixture in a flow's latent space. */
export async function keptFlow(
  work: Pick<Work, "pipeline" | "folder" | "stream" | "signal">,
  method: string,
  spec: MixtureFlowSpec,
  { seed, dataHash }: { readonly seed: number; readonly dataHash: string },
  train: TrainingSet,
  onStep?: TrainHooks["onStep"],
): Promise<KeptLaw> {
  const { pipeline, folder, signal } = work;
  const { sizes } = pipeline.problem;
  const name = mixtureFile(method, seed);
  const fit = `${workIdentity(pipeline)}/${dataHash}`;
  const found = await folder.readTensors(name);
  if (found !== null && found.metadata[FIT_KEY] === fit)
    return { law: await loadLaw(found.tensors, spec, sizes), ...found };
  const hooks = onStep === undefined ? { signal } : { signal, onStep };
  const law = await fitLaw(spec, train, sizes, (purpose) => work.stream(seed, purpose), hooks);
  const metadata = { ...provenance(pipeline), method, seed: String(seed), [FIT_KEY]: fit };
  const { tensors = {} } = law;
  await folder.writeTensors(name, tensors, metadata);
  return { law, tensors, metadata };
}

/** The file of the mixtures of candidate sizes that a method's ball is around. */
export function ballFile(method: string, seed: number): string {
  return `weights/${method}-ball-seed-${seed}.safetensors`;
}

/** The same for the mixtures of candidate sizes that a ball is opened around. */
export async function keptBall(
  work: Pick<Work, "pipeline" | "folder">,
  method: string,
  { seed, dataHash }: { readonly seed: number; readonly dataHash: string },
  parts: MixtureBallParts,
): Promise<MixtureBall> {
  const { pipeline, folder } = work;
  const name = ballFile(method, seed);
  const fit = `${workIdentity(pipeline)}/${dataHash}`;
  const found = await folder.readTensors(name);
  if (found !== null && found.metadata[FIT_KEY] === fit)
    return openMixtureBall({ ...parts, fitted: ballMixtures(found.tensors) });
  const ball = await openMixtureBall(parts);
  const tensors = ball.tensors.flatMap((mixture, k) =>
    Object.entries(mixture).map(([part, tensor]) => [`${k}/${part}`, tensor] as const),
  );
  const metadata = { ...provenance(pipeline), method, seed: String(seed), [FIT_KEY]: fit };
  await folder.writeTensors(name, Object.fromEntries(tensors), metadata);
  return ball;
}

/** Gives a kept ball of this run the provenance of the spec as it is written. */
export async function signBall(
  { pipeline, folder }: Pick<Work, "pipeline" | "folder">,
  method: string,
  { seed, dataHash }: { readonly seed: number; readonly dataHash: string },
  made: Readonly<Record<string, string>>,
): Promise<void> {
  const name = ballFile(method, seed);
  const found = await folder.readTensors(name);
  if (found === null || found.metadata[FIT_KEY] !== `${workIdentity(pipeline)}/${dataHash}`) return;
  await folder.writeTensors(name, found.tensors, { ...found.metadata, ...made });
}

/** The mixtures of a ball's file, in the order of their candidates. */
export function ballMixtures(tensors: TensorFile["tensors"]): readonly MixtureTensors[] {
  const mixtures: Record<string, MixtureTensors[string]>[] = [];
  for (const [name, tensor] of Object.entries(tensors)) {
    const at = name.indexOf("/");
    (mixtures[Number(name.slice(0, at))] ??= {})[name.slice(at + 1)] = tensor;
  }
  return mixtures;
}

/** The method's mixture, fitted here and kept nowhere. */
export async function fittedMixture(
  { pipeline, backend, stream, signal }: Pick<Work, "pipeline" | "backend" | "stream" | "signal">,
  spec: MixtureSpec,
  seed: number,
  train: TrainingSet,
): Promise<FittedMixture> {
  const fitted = await backend.fitMixture(spec, train, pipeline.problem.sizes, stream(seed, "mixture"), { signal });
  return { sampler: fitted, tensors: fitted.tensors };
}
