import { chooseWarmup } from "./gen-dfl/choose-warmup.ts";
import { throttled } from "./pace.ts";
import { checkpointSlot } from "../runs/run-folder.ts";
import type { TrainHooks, TrainingSet } from "../models/sampler.ts";
import type { Tensor, TensorFile } from "../tensor/safetensors.ts";
import type { ModelTensors, PointPredictor } from "./backend.ts";
import type { MethodKind } from "./plan.ts";
import type { Work } from "./run.ts";
import type { Task } from "./task.ts";

/** Training steps between checkpoints: a few seconds of work. */
const CHECKPOINT_STEPS = 2000;

/**
 * Trains the flows of a task. Every flow of a seed starts from the same weights and sees the same batches and noise, so
 * that only the rows' weights tell two of them apart.
 * @returns tensors named `member/tensor`
 */
export async function trainMembers(
  work: Work,
  { seed, members, slot }: Extract<Task, { kind: "train" }>,
  train: TrainingSet,
  held: TrainingSet,
): Promise<TensorFile> {
  const { backend, plan, pipeline } = work;
  const { generator, train: how, lengths = [how.steps] } = plan.flow!;
  const { sizes } = pipeline.problem;
  const training = { steps: how.steps, batch: how.batch, optimizer: how.optimizer };
  const stream = work.stream(seed, "train");
  // A checkpoint is of one length: where several are tried each is trained from the start.
  const hooks = trainingHooks(work, lengths.length === 1 ? slot : null);
  const [only] = members;
  const models =
    only !== undefined && members.length === 1
      ? [
          await chooseWarmup(lengths, held, work.stream(seed, "train/choose"), (steps) =>
            backend.trainFlow(
              generator,
              { ...training, steps },
              only === null ? train : { ...train, weights: only },
              sizes,
              stream,
              hooks,
            ),
          ),
        ]
      : await backend.trainFlowGrid(
          generator,
          training,
          train,
          members.map((weights) => weights ?? new Float64Array(train.rows).fill(1)),
          sizes,
          stream,
          hooks,
        );
  const tensors: Record<string, Tensor> = {};
  for (const [member, model] of models.entries()) {
    await model.dispose();
    for (const [name, tensor] of Object.entries(model.tensors)) tensors[`${member}/${name}`] = tensor;
  }
  return { tensors, metadata: {} };
}

/** One member's tensors of a training. */
export function memberTensors(file: TensorFile, member: number): ModelTensors {
  const prefix = `${member}/`;
  const own = Object.entries(file.tensors).filter(([name]) => name.startsWith(prefix));
  return floats(Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor])));
}

/**
 * The predictor of predict-then-optimise; it shares activation, batch and optimiser with the flow where there is one. It
 * is trained within the task that decides with it, which keeps its checkpoints.
 */
export async function trainPredictor(
  work: Work,
  seed: number,
  train: TrainingSet,
  how: Extract<MethodKind, { kind: "pto" }>,
  slot: string | null,
): Promise<PointPredictor> {
  const { flow } = work.plan;
  return work.backend.trainPredictor(
    {
      hidden: how.hidden,
      activation: flow?.generator.kind === "flow_matching" ? flow.generator.activation : "relu",
      steps: how.steps,
      batch: flow?.train.batch ?? 256,
      optimizer: flow?.train.optimizer ?? { kind: "adam", rate: 1e-3, weightDecay: 1e-4 },
    },
    train,
    work.pipeline.problem.sizes,
    work.stream(seed, "predictor"),
    trainingHooks(work, slot),
  );
}

/** Hooks that report progress a few times a second and keep checkpoints. */
function trainingHooks(work: Work, slot: string | null): TrainHooks {
  const due = throttled();
  return {
    signal: work.signal,
    ...(slot === null ? {} : { checkpoint: checkpointSlot(work.folder, slot, CHECKPOINT_STEPS) }),
    onStep(step, total, loss) {
      if (step === total || due()) work.progress({ kind: "training", step, total, loss });
    },
  };
}

/** @throws Error where a tensor is not float32, which a model's never are */
export function floats(tensors: Readonly<Record<string, Tensor>>): ModelTensors {
  const out: Record<string, ModelTensors[string]> = {};
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (!(data instanceof Float32Array)) throw new Error(`Model tensor ${name} is not float32.`);
    out[name] = { shape, data };
  }
  return out;
}
