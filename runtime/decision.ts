import type { DecisionAnswer, Decider, ScenarioSet } from "./decide/types.ts";
import { RuntimeError } from "./errors/runtime-error.ts";
import type { Backend } from "./methods/backend.ts";
import { doubles } from "./methods/decide-contexts.ts";
import { outcomeRange, projectOnRange } from "./methods/outcome-range.ts";
import { planMethods, type Plan } from "./methods/plan.ts";
import { fittedReference } from "./methods/reference.ts";
import { solve } from "./methods/solve.ts";
import { floats } from "./methods/train-models.ts";
import { sensitivities } from "./methods/weights.ts";
import type { ConditionalSampler, TrainingSet } from "./models/sampler.ts";
import { effectivePipeline } from "./runs/effective.ts";
import { specIdentity } from "./runs/identity.ts";
import { RUN_MESSAGES } from "./runs/messages.ts";
import { readModelFile, transformContext, type ModelFile } from "./runs/model-file.ts";
import { checkProvenance } from "./runs/provenance.ts";
import { damaged, runFolderAt } from "./runs/run-folder.ts";
import type { Pipeline } from "./spec.ts";
import { randomStream } from "./tensor/random.ts";
import type { TensorFile } from "./tensor/safetensors.ts";

/** Decides at one raw context, with the trained method of a finished run. */
export type Decide = (context: Float64Array) => Promise<DecisionAnswer>;

/**
 * Opens a finished run for use: the returned function draws scenarios at a context, weighs them as the method does and
 * decides. It draws the same noise at every call, so that a context has one answer.
 *
 * @throws RuntimeError `no-finished-run`, `run-of-another-model`, `run-folder-damaged`; the function throws
 *   `context-size`, and what the decider throws
 */
export async function openDecision(pipeline: Pipeline, runFolder: string, backend: Backend): Promise<Decide> {
  const model = await readModelFile(runFolder);
  if (model === null) {
    throw new RuntimeError(RUN_MESSAGES, "no-finished-run", { path: runFolder, model: pipeline.name });
  }
  if (model.identity !== specIdentity(pipeline)) {
    throw new RuntimeError(RUN_MESSAGES, "run-of-another-model", { path: runFolder, model: pipeline.name });
  }
  const effective = effectivePipeline(pipeline, { quick: model.quick });
  const plan = planMethods(effective);
  const { problem } = effective;
  const { context: p } = problem.sizes;
  const decider = await backend.createDecider(problem);
  const files = { folder: runFolder, pipeline };
  const sampler = await openSampler(effective, plan, model, files, backend);
  const weigh = model.detilt ? await openWeights(effective, plan, model, files, decider) : null;
  const count = effective.generator.scenarios;
  const declared = outcomeRange(effective.data.fields, model.outcome);
  const stream = randomStream(pipeline.seed, "decide");
  return async (raw) => {
    if (raw.length !== p) {
      throw new RuntimeError(RUN_MESSAGES, "context-size", { given: raw.length, expected: p, model: pipeline.name });
    }
    const context = transformContext(model.context, raw);
    const outcomes = await sampler.sample(context, 1, count, stream);
    if (declared !== null) projectOnRange(declared, outcomes);
    const drawn: ScenarioSet = { count, outcomes };
    const scenarios = weigh === null ? drawn : { ...drawn, weights: weigh(drawn, context) };
    return solve(decider, scenarios, context, pipeline.name);
  };
}

async function openSampler(
  pipeline: Pipeline,
  plan: Plan,
  model: ModelFile,
  files: RunFiles,
  backend: Backend,
): Promise<ConditionalSampler> {
  const { sizes } = pipeline.problem;
  if (plan.flow !== null) {
    const file = await readOwn(files, "weights.safetensors");
    return backend.loadFlow(plan.flow.generator, sizes, floats(file.tensors));
  }
  const { how } = plan.methods[0]!;
  if (how.kind !== "mixture") throw new Error(`${model.method} cannot be opened for decisions.`);
  const train = await readTrainingRows(files);
  // The stream that the run fitted with at its first seed.
  return backend.fitMixture(how.spec, train, sizes, randomStream(pipeline.seed, "replicate/0/mixture"), {});
}

/** The weights 1/ŵ at a context, around the reference decision fitted on all training rows. */
async function openWeights(
  pipeline: Pipeline,
  plan: Plan,
  model: ModelFile,
  files: RunFiles,
  decider: Decider,
): Promise<(scenarios: ScenarioSet, context: Float64Array) => Float64Array> {
  const { problem } = pipeline;
  const referenceAt = fittedReference(problem, decider, plan.reference, await readTrainingRows(files));
  return ({ outcomes, count }, context) =>
    sensitivities(problem, referenceAt(context), outcomes, count, context).map(
      (square) => 1 / (1 + model.lambda * square),
    );
}

/** A run's folder, with the pipeline as written that its files must be of. */
interface RunFiles {
  readonly folder: string;
  readonly pipeline: Pipeline;
}

/**
 * A tensor file of the run.
 * @throws RuntimeError run-folder-damaged, artefact-of-another-spec
 */
async function readOwn({ folder, pipeline }: RunFiles, name: string): Promise<TensorFile> {
  const path = `${folder}/${name}`;
  const file = await runFolderAt(folder).readTensors(name);
  if (file === null) throw damaged(path, new RangeError("it is missing"));
  checkProvenance(path, file.metadata, pipeline);
  return file;
}

async function readTrainingRows(files: RunFiles): Promise<TrainingSet> {
  const file = await readOwn(files, "train.safetensors");
  return {
    rows: file.tensors["contexts"]?.shape[0] ?? 0,
    contexts: doubles(file, "contexts"),
    outcomes: doubles(file, "outcomes"),
  };
}
