import { RuntimeError } from "../errors/runtime-error.ts";
import { throttled } from "../methods/pace.ts";
import type { Perform } from "../pool/pool.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import { checkpointSlot, type RunFolder } from "../runs/run-folder.ts";
import { randomStream } from "../tensor/random.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { planPredictors, trainMethod } from "./methods.ts";
import { aggregateOf } from "./risk.ts";
import type { SeedData } from "./seed-data.ts";
import type { ForecastPipeline } from "./spec.ts";
import { openNet, predictorTensors } from "./stored.ts";
import { fitScaling } from "./train.ts";
import { worstTensors } from "./worst-laws.ts";

/** The training of one method at one seed. */
export interface ForecastTask {
  readonly seed: number;
  /** Its id. */
  readonly method: string;
  /** Of the data that the run began with. */
  readonly dataHash: string;
  /** File of the run folder that a checkpoint may be kept in. */
  readonly slot: string;
}

export interface ForecastProgress {
  readonly step: number;
  readonly total: number;
  readonly loss: number;
}

/** Steps between two checkpoints of a training. */
const CHECKPOINT_STEPS = 500;

/**
 * Trains: the predictor's tensors, what the method says of itself, and the worst law of one that has it.
 * @throws RuntimeError `data-changed` where the data are not those that the run began with, and what the training throws
 */
export function forecastPerformer(
  pipeline: ForecastPipeline,
  load: (seed: number) => Promise<SeedData>,
  folder: RunFolder,
): Perform<ForecastTask, ForecastProgress, TensorFile> {
  return async ({ seed, method: id, dataHash, slot }, { signal, progress }) => {
    const method = planPredictors(pipeline).find((one) => one.id === id);
    if (method === undefined) throw new Error(`the pipeline has no method ${id}`);
    const { data, train, validation } = await load(seed);
    if (data.dataHash !== dataHash)
      throw new RuntimeError(RUN_MESSAGES, "data-changed", {}, { place: pipeline.data.source.at });
    const { predictor: decision, generator, budgets } = pipeline;
    const shape = { inputs: decision.inputs, outputs: decision.target.size };
    const problem = {
      net: openNet(decision, fitScaling(train, shape), pipeline.seed),
      loss: pipeline.loss,
      train,
      validation,
      aggregate: aggregateOf(pipeline.risk),
      surroundings: {
        ...(generator === undefined ? {} : { generator }),
        ...(budgets === undefined ? {} : { budgets }),
      },
    };
    const due = throttled();
    // Every method of a seed begins with the same parameters and draws the same batches.
    const stream = randomStream(pipeline.seed, `replicate/${seed}/predictor`);
    const { predictor, diagnosis, worst } = await trainMethod(method.how, problem, stream, {
      signal,
      checkpoint: checkpointSlot(folder, slot, CHECKPOINT_STEPS),
      ...(method.place === undefined ? {} : { place: method.place }),
      onStep(step, total, loss) {
        if (due() || step === total) progress({ step, total, loss });
      },
    });
    return {
      tensors: { ...predictorTensors(predictor), ...(worst === undefined ? {} : worstTensors(worst)) },
      metadata: { diagnosis: JSON.stringify(diagnosis) },
    };
  };
}
