export { dflCatalogue } from "./catalogue.ts";
export { createCombinatorialOracle, type OracleOptions } from "./combinatorial-oracle.ts";
export { openCostPredictor } from "./cost-network.ts";
export { fitForest, type Forest, type ForestSpec } from "./forest/index.ts";
export type { DflLossName, DflLossSpec, OuterLoss } from "./loss-spec.ts";
export { createOracle } from "./oracle.ts";
export { hindsight, regretOf, type Regret } from "./regret.ts";
export { trainCostPredictor } from "./train.ts";
export { LOSS_TRAITS, misfit, type LossTraits } from "./traits.ts";
export { createEllipsoidLayer, type Ellipsoid, type EllipsoidLayer } from "./sets/ellipsoid-layer.ts";
export type { SetObjective } from "./sets/objectives.ts";
export { openSetModel, type SetModel } from "./sets/set-model.ts";
export { trainUncertaintySet, type TrainedSet } from "./sets/train-set.ts";
export type {
  DecisionOracle,
  DflRows,
  FailedSolve,
  HistoryEntry,
  OracleAnswer,
  PredictorSpec,
  PredictorTrainingOptions,
  TrainedPredictor,
  TrainingHistory,
} from "./types.ts";
