import type { Checkpoint, TrainHooks } from "../models/sampler.ts";
import type { Predictor } from "../models/predictor/index.ts";
import type { Differentiability } from "../decide/derivative/index.ts";
import type { OptimizerSpec } from "../tensor/optimizers.ts";
import type { Activation } from "../tensor/parameters.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { ConeGenerators } from "./losses/cone-projection.ts";
import type { DflLossSpec } from "./loss-spec.ts";

/**
 * One solve. `stopped` is the best decision found by the time limit and is used like an optimal one; the others are
 * failures, whose row of the batch gets no gradient.
 */
export interface OracleAnswer {
  readonly status: "optimal" | "stopped" | "infeasible" | "unbounded" | "failed";
  /** n values; NaN after a failure. */
  readonly z: Float64Array;
  /** `f(z, s)` at the outcome that was solved for. */
  readonly objective: number;
  /** `∂f/∂s` at it, d values: for a linear cost `min s·z` the decision itself, for `max s·z` its negative. */
  readonly slope: Float64Array;
  /** What went wrong, for a report. */
  readonly detail?: string;
}

/**
 * `z(s) ∈ argmin_z f(z, s)` for one outcome s: what a predictor's output is turned into a decision by. A maximised
 * reward is a minimised negative one, so that losses know no sense.
 */
export interface DecisionOracle {
  readonly outcome: number;
  readonly decision: number;
  /** Whether `f(z, s) = s·φ(z) + g(z)`; then `slope` is φ(z) at every s. Losses of linear costs need it. */
  readonly linear: boolean;
  /** Whether g is 0 too, so that s may be scaled without moving the decision. */
  readonly homogeneous: boolean;
  /** Whether f reads the context, so that φ and g differ from row to row. */
  readonly contextual: boolean;
  /** Where φ(z) is z, 1, or −z, −1: each component of the decision has its own cost; absent elsewhere. */
  readonly direction?: 1 | -1;
  /** Whether every decision has components 0 and 1 only. */
  readonly binary: boolean;
  /**
   * @param s d values
   * @param x the row's context, p values
   * @param key of solves that are alike, such as of one row of the data: they may start from each other's decision,
   *   which changes an answer by no more than the solver's gap
   */
  solve(s: Float64Array, x: Float64Array, key?: number): OracleAnswer;
  /** `f(z, s)`. */
  value(z: Float64Array, s: Float64Array, x: Float64Array): number;
  /** `∂f/∂s`, d values, into `out`. */
  slope(z: Float64Array, s: Float64Array, x: Float64Array, out: Float64Array): void;
  /**
   * `∂f/∂z` at z into `out`, where decisions can be differentiated: the task-based loss needs it beside `pull`.
   */
  readonly gradientZ?: (z: Float64Array, s: Float64Array, x: Float64Array, out: Float64Array) => void;
  /** `(∂z/∂s)ᵀ zBar` of an answer that `solve` gave at (s, x), d values into `out`. */
  readonly pull?: (
    answer: OracleAnswer,
    s: Float64Array,
    x: Float64Array,
    zBar: Float64Array,
    out: Float64Array,
  ) => Differentiability;
  /** Outward normals of the constraints that hold with equality at z. */
  readonly normals?: (z: Float64Array) => ConeGenerators;
}

export type PredictorSpec =
  | { readonly kind: "linear" }
  | { readonly kind: "mlp"; readonly hidden: readonly number[]; readonly activation: Activation };

/** Rows of contexts (p values) and of the costs or outcomes (d values) that came, row-major. */
export interface DflRows {
  readonly rows: number;
  readonly contexts: Float64Array;
  readonly costs: Float64Array;
}

export interface PredictorTrainingOptions {
  readonly loss: DflLossSpec;
  readonly predictor: PredictorSpec;
  readonly data: DflRows;
  /** Rows on which the regret is measured after every `evaluateEvery` steps; the best model by it is returned. */
  readonly validation?: DflRows;
  readonly oracle: DecisionOracle;
  /** Solves for the training rows in place of `oracle`, such as its relaxation; the regret is measured by `oracle`. */
  readonly relaxed?: DecisionOracle;
  /** Whose best decisions regret is measured against, where `oracle` is a more cautious problem; `oracle` unless given. */
  readonly nominal?: DecisionOracle;
  readonly length: { readonly steps: number } | { readonly epochs: number };
  readonly batch: number;
  readonly optimizer: OptimizerSpec;
  /**
   * Probability p_solve that a row of a batch is solved exactly; else the best decision of the cache answers (Mulamba et
   * al. 2021). 1, always, unless given.
   */
  readonly solveProbability?: number;
  /** Work on standardised contexts and costs, in which one rate suits all; true unless given. */
  readonly standardize?: boolean;
  /** Steps between two evaluations; unless given so many whole epochs that there are about forty of them at most. */
  readonly evaluateEvery?: number;
  /** `tensors` of an earlier training to start from, such as of the mean squared error. */
  readonly initial?: Checkpoint["tensors"];
  readonly stream: RandomStream;
  /** With the signal aborted the training ends with the best model so far and the status `cancelled`. */
  readonly hooks?: TrainHooks;
  readonly onProgress?: (entry: HistoryEntry) => void;
}

/** What happened up to a step. */
export interface HistoryEntry {
  /** Steps done. */
  readonly step: number;
  /** Mean of the batches' losses since the entry before. */
  readonly loss: number;
  /** Mean regret on the validation rows. */
  readonly regret?: number;
  /** Seconds of training so far, without evaluations. */
  readonly seconds: number;
}

/** A solve without a decision. */
export interface FailedSolve {
  /** Row of the data, from 0. */
  readonly row: number;
  /** Step of the training, from 0; −1 for solves of the true costs before it, −2 for those of an evaluation. */
  readonly step: number;
  readonly status: "infeasible" | "unbounded" | "failed";
  readonly detail: string;
}

export interface TrainingHistory {
  readonly entries: readonly HistoryEntry[];
  /** The first hundred. */
  readonly failures: readonly FailedSolve[];
  readonly failed: number;
  readonly solves: number;
  /** Solves that the time limit stopped with a decision. */
  readonly stopped: number;
  /** Rows answered from the cache. */
  readonly cached: number;
  /** Decisions in the cache at the end; 0 without one. */
  readonly pool: number;
  /** Decisions that were differentiated, by how far that was possible; of the task-based loss. */
  readonly differentiability: Readonly<Record<Differentiability, number>>;
}

/** A predictor of costs, `predict(contexts, rows)` and an ONNX export included, and how it came about. */
export interface TrainedPredictor extends Predictor {
  readonly status: "finished" | "cancelled";
  /** Step that the returned model is of: the last, or the best on validation. */
  readonly step: number;
  readonly history: TrainingHistory;
}
