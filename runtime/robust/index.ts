/** Robust training of predictors (001): GAS-DRO and its rivals, all of one signature. */
export type { Candidate, RobustMethod, RobustPredictor, RobustProblem } from "./types.ts";
export { pretrainGenerator, type PretrainedGenerator, type PretrainOptions } from "./generator/pretrain.ts";
export type { RowRoles } from "./generator/roles.ts";
export {
  GAS_DRO_DEFAULTS,
  trainGasDro,
  type Budget,
  type Estimator,
  type GasDroDiagnostics,
  type GasDroOptions,
  type GasDroPredictor,
  type InnerTrace,
} from "./gas-dro/index.ts";
export { trainMl } from "./rivals/ml.ts";
export { DML_DEFAULTS, trainDml, type DmlOptions } from "./rivals/dml.ts";
export {
  trainWassersteinDro,
  WASSERSTEIN_DRO_DEFAULTS,
  WASSERSTEIN_RADII,
  type WassersteinDroOptions,
} from "./rivals/wasserstein.ts";
export { KL_DRO_DEFAULTS, klAggregate, trainKlDro, type KlDroOptions } from "./rivals/kl.ts";
export { DRAGEN_DEFAULTS, trainDragen, type DragenOptions } from "./rivals/dragen.ts";
export { P_DRO_DEFAULTS, trainPDro, type PDroOptions } from "./rivals/p-dro.ts";
