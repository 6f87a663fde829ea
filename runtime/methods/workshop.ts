import type { Dataset } from "../data/dataset.ts";
import type { Decider } from "../decide/types.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { EvaluationLaw } from "../evaluate/evaluator.ts";
import { rootFolder } from "../runs/effective.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import { runFolderAt } from "../runs/run-folder.ts";
import type { Pipeline } from "../spec.ts";
import { randomStream } from "../tensor/random.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import type { Backend } from "./backend.ts";
import { decideFlow, decideMethod } from "./decide-task.ts";
import { diagnoseFlow } from "./diagnose-task.ts";
import { evaluatorRows, rowsOfData, samplerLaw, truthLaw } from "./laws.ts";
import { findOptima } from "./split-evaluator.ts";
import { startPace } from "./pace.ts";
import { planMethods } from "./plan.ts";
import { crossFittedSensitivities } from "./reference.ts";
import type { Work, Workshop } from "./run.ts";
import type { LeftOut, Task, TaskProgress } from "./task.ts";
import { robustProblem } from "./radius-variant.ts";
import { outcomeRange } from "./outcome-range.ts";
import { trainDfl } from "./train-dfl.ts";
import { trainMembers } from "./train-models.ts";

export interface WorkshopOptions {
  readonly runFolder: string;
  readonly allow: readonly string[];
}

/** Opens what computing needs of an effective pipeline (`effectivePipeline`). */
export async function openWorkshop(
  pipeline: Pipeline,
  backend: Backend,
  { runFolder, allow }: WorkshopOptions,
): Promise<Workshop> {
  const { sizes } = pipeline.problem;
  const datasets = new Map<number, Promise<Dataset>>();
  const laws = new Map<string, EvaluationLaw>();
  const robust = new Map<number, Promise<Decider>>();
  return {
    pipeline,
    backend,
    plan: planMethods(pipeline),
    folder: runFolderAt(runFolder),
    decider: await backend.createDecider(pipeline.problem),
    robustDecider(radius) {
      const found = robust.get(radius) ?? backend.createDecider(robustProblem(pipeline, radius));
      robust.set(radius, found);
      return found;
    },
    scenarios: new Map(),
    load(seed) {
      const replicate = replicateOf(pipeline, seed);
      const found =
        datasets.get(replicate) ??
        backend.loadData(pipeline.data, sizes, {
          root: rootFolder(pipeline.root),
          allow,
          seed: pipeline.seed,
          replicate,
        });
      datasets.set(replicate, found);
      return found;
    },
    stream: (seed, purpose) => randomStream(pipeline.seed, `replicate/${seed}/${purpose}`),
    law(data, split, seed) {
      const { truth } = data;
      if (pipeline.evaluate.evaluator.kind === "truth" && truth !== null) return truthLaw(truth);
      const key = `${split} ${replicateOf(pipeline, seed)}`;
      const rows = evaluatorRows(data, split);
      const found =
        laws.get(key) ??
        samplerLaw(
          backend.fitResidualBootstrap(rowsOfData(data, sizes, rows), sizes),
          outcomeRange(pipeline.data.fields, data.transforms.outcome),
        );
      laws.set(key, found);
      return found;
    },
  };
}

/** A file is the same for every seed; a task draws new training rows for each. */
export function replicateOf(pipeline: Pipeline, seed: number): number {
  return pipeline.data.source.kind === "synthetic" ? seed : 0;
}

/**
 * Does one task. The result's arrays are its own: nothing that the workshop keeps.
 * @throws RuntimeError `data-changed` where the data are not those that the run began with, and what the work throws
 */
export async function performTask(
  workshop: Workshop,
  task: Task,
  hooks: { readonly signal: AbortSignal; progress(progress: TaskProgress): void },
): Promise<TensorFile> {
  const work: Work = { ...workshop, ...hooks, pace: startPace(hooks.signal) };
  const loaded = await work.load(task.seed);
  if (loaded.dataHash !== task.dataHash) {
    throw new RuntimeError(RUN_MESSAGES, "data-changed", {}, atSource(work.pipeline));
  }
  const data = task.left === undefined ? loaded : withoutRows(loaded, task.left);
  const { problem } = work.pipeline;
  const train = rowsOfData(data, problem.sizes, data.split.train);
  switch (task.kind) {
    case "sensitivities": {
      const squares = await crossFittedSensitivities(problem, work.decider, work.plan.reference, train, work.pace);
      return { tensors: { squares: { shape: [train.rows], data: squares } }, metadata: {} };
    }
    case "train":
      return trainMembers(work, task, train, rowsOfData(data, problem.sizes, data.split.validation));
    case "train-dfl":
      return trainDfl(work, task, data, train);
    case "optima":
      return findOptima(work, task, data);
    case "decide-flow":
      return decideFlow(work, task, data, train);
    case "decide-method":
      return decideMethod(work, task, data, train);
    case "diagnose-flow":
      return diagnoseFlow(work, task, data, train);
  }
}

/** The data with some of the training rows in the place of the validation part. */
function withoutRows(data: Dataset, { from, to }: LeftOut): Dataset {
  const { train } = data.split;
  const kept = Int32Array.from([...train.subarray(0, from), ...train.subarray(to)]);
  return { ...data, split: { ...data.split, train: kept, validation: train.slice(from, to) } };
}

function atSource({ data: { source } }: Pipeline): { readonly place: string } {
  return { place: source.at };
}
