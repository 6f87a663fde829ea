import type { Dataset } from "../data/dataset.ts";
import type { CheckpointSlot, TrainHooks, TrainingSet } from "../models/sampler.ts";
import type { Tensor } from "../tensor/safetensors.ts";
import type { DwFmSpec, FlowMatchingSpec } from "../spec.ts";
import type { Backend, ModelTensors, PointPredictor } from "./backend.ts";
import type { MethodKind } from "./plan.ts";
import type { Run } from "./run.ts";

/** What a training unit is for. */
export interface TrainingUnit {
  readonly run: Run;
  readonly backend: Backend;
  readonly data: Dataset;
  readonly seed: number;
  /** `train dw_fm 0.05` */
  readonly name: string;
}

/**
 * Unit: one flow. Every flow of a seed starts from the same weights and sees the same batches and noise, so that only
 * the rows' weights tell two of them apart.
 */
export async function trainFlowUnit(
  unit: TrainingUnit,
  train: TrainingSet,
  generator: FlowMatchingSpec,
  how: DwFmSpec,
): Promise<ModelTensors> {
  const { run, backend, data, seed, name } = unit;
  const file = await run.units.unit({ seed, name, dataHash: data.dataHash }, async (checkpoint) => {
    const flow = await backend.trainFlow(
      generator,
      { steps: how.steps, batch: how.batch, optimizer: how.optimizer },
      train,
      run.pipeline.problem.sizes,
      run.stream(seed, "train"),
      trainingHooks(unit, checkpoint),
    );
    await flow.dispose();
    return { tensors: flow.tensors, metadata: {} };
  });
  return floats(file.tensors);
}

/**
 * The predictor of predict-then-optimise; it shares activation, batch and optimiser with the flow where there is one. It
 * is trained within the unit that decides with it, which keeps its checkpoints.
 */
export async function trainPredictor(
  unit: TrainingUnit,
  train: TrainingSet,
  how: Extract<MethodKind, { kind: "pto" }>,
  checkpoint: CheckpointSlot,
): Promise<PointPredictor> {
  const { run, backend, seed } = unit;
  const flow = run.plan.flow;
  return backend.trainPredictor(
    {
      hidden: how.hidden,
      activation: flow?.generator.activation ?? "relu",
      steps: how.steps,
      batch: flow?.train.batch ?? 256,
      optimizer: flow?.train.optimizer ?? { kind: "adam", rate: 1e-3, weightDecay: 1e-4 },
    },
    train,
    run.pipeline.problem.sizes,
    run.stream(seed, "predictor"),
    trainingHooks(unit, checkpoint),
  );
}

/** Hooks that report progress a few times a second and keep checkpoints. */
function trainingHooks({ run, seed, name }: TrainingUnit, checkpoint: CheckpointSlot): TrainHooks {
  let last = 0;
  return {
    ...(run.signal === undefined ? {} : { signal: run.signal }),
    checkpoint,
    onStep(step, total, loss) {
      const now = performance.now();
      if (step < total && now - last < 200) return;
      last = now;
      run.emit({ kind: "training", seed, unit: name, step, total, loss });
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
