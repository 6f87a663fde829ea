import type { Place } from "../spec.ts";
import type { RandomStream } from "../tensor/random.ts";

/** Rows to train on. `contexts` is n × p, `outcomes` n × d, both row-major; `weights` has n non-negative values. */
export interface TrainingSet {
  readonly rows: number;
  readonly contexts: Float64Array;
  readonly outcomes: Float64Array;
  readonly weights?: Float64Array;
}

/** A conditional law q(s | x) that can be drawn from. */
export interface ConditionalSampler {
  /**
   * Draws `count` outcomes at each of `rows` contexts.
   * @param contexts rows × p, row-major
   * @returns rows × count × d, row-major; a function of the stream's seed and name, whatever was drawn before
   */
  sample(contexts: Float64Array, rows: number, count: number, stream: RandomStream): Promise<Float64Array>;
}

/** Everything that training needs in order to go on as if it had not stopped: the noise is a function of the step. */
export interface Checkpoint {
  /** Steps done. */
  readonly step: number;
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>;
}

/** Where a checkpoint is kept. `load` gives `null` when there is none yet. */
export interface CheckpointSlot {
  load(): Promise<Checkpoint | null>;
  save(checkpoint: Checkpoint): Promise<void>;
  /** Save about every so many steps (at the next boundary between calls). */
  readonly everySteps: number;
  /** The file that it is, for messages. */
  readonly where?: string;
}

export interface TrainHooks {
  /** Ends training with the signal's reason, after a checkpoint was saved where there is a slot. */
  readonly signal?: AbortSignal;
  /** Called after each call of the training program with the mean loss of its steps. */
  onStep?(step: number, total: number, loss: number): void;
  readonly checkpoint?: CheckpointSlot;
  /** Where the spec asks for this training, for errors. */
  readonly place?: Place;
}
