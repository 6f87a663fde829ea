import type { Dataset } from "../data/dataset.ts";
import type { Decider } from "../decide/types.ts";
import type { EvaluationLaw } from "../evaluate/evaluator.ts";
import type { Warn } from "../runs/event-log.ts";
import type { RunEvent } from "../runs/events.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import type { UnitStore } from "../runs/units.ts";
import type { Pipeline } from "../spec.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import type { JobHooks } from "../pool/pool.ts";
import type { Backend } from "./backend.ts";
import type { Pace } from "./pace.ts";
import type { Plan } from "./plan.ts";
import type { Task, TaskProgress } from "./task.ts";

/** What computing needs, in the process that leads a run and in every worker: all of it follows from the pipeline. */
export interface Workshop {
  readonly pipeline: Pipeline;
  readonly plan: Plan;
  readonly backend: Backend;
  readonly folder: RunFolder;
  readonly decider: Decider;
  /** Decides under the worst law of the pipeline's ambiguity set with this radius. */
  robustDecider(radius: number): Promise<Decider>;
  /** Evaluation scenarios of the last splits, by what they were drawn for. */
  readonly scenarios: Map<string, (position: number) => Promise<Float64Array>>;
  load(seed: number): Promise<Dataset>;
  /** The stream of a purpose at a seed; every method at a seed draws from the same ones. */
  stream(seed: number, purpose: string): RandomStream;
  /** The law that a split's contexts are evaluated under. */
  law(data: Dataset, split: "validation" | "test", seed: number): EvaluationLaw;
}

/** A workshop while it does one task. */
export interface Work extends Workshop {
  readonly signal: AbortSignal;
  readonly pace: Pace;
  progress(progress: TaskProgress): void;
}

/** What leads a run: takes finished units from the folder and has the others done. */
export interface Run extends Workshop {
  readonly units: UnitStore;
  /** Tasks done at once. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  /** Does a task, here or in a worker. */
  perform(task: Task, hooks: JobHooks<TaskProgress>): Promise<TensorFile>;
  emit(event: RunEvent): void;
  warn: Warn;
}
