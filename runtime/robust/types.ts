/** What the robust methods of 001 share: the problem that each solves and what it returns. */
import type { Place } from "../spec.ts";
import type {
  Aggregate,
  PredictorData,
  PredictorNet,
  PredictorTraining,
  RowLoss,
  TrainedPredictor,
} from "../predict/types.ts";

/** `min_w max_{P ∈ 𝒫} E_P[f(w, ξ)]`: the predictor w, its loss f of a row ξ, and the rows that 𝒫 is around. */
export interface RobustProblem {
  readonly net: PredictorNet;
  readonly loss: RowLoss;
  readonly train: PredictorData;
  /** Rows that choose radii; its groups are shifted sets that count the same whatever their size. */
  readonly validation: PredictorData;
  readonly training: PredictorTraining;
  /** The (weighted) mean where it is left out; KL-DRO has its own. */
  readonly aggregate?: Aggregate;
  /** Where the spec asks for the method, for messages. */
  readonly place?: Place;
}

export type RobustMethod = "ml" | "dml" | "w_dro" | "kl_dro" | "dragen" | "p_dro" | "gas_dro" | "dro";

/** A radius (budget, penalty, temperature, …) that was tried, with its loss on the validation rows. */
export interface Candidate {
  readonly radius: number;
  readonly loss: number;
}

export interface RobustPredictor extends TrainedPredictor {
  readonly method: RobustMethod;
  /** The radius that was chosen; `null` for a method without one. */
  readonly radius: number | null;
  /** In the order in which they were given; empty where there was no choice. */
  readonly candidates: readonly Candidate[];
}
