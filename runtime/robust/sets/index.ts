/** Classical ambiguity sets around data, for linear predictors exactly and for any predictor by their worst weights. */
export { bayesianBootstrap, bayesianSet } from "./bayesian.ts";
export { chi2Set, cressieReadSet } from "./cressie-read.ts";
export { cvarSet } from "./cvar.ts";
export { fitLinear, SetFitError, type RobustLinearModel } from "./fit-linear.ts";
export { groupCvarSet } from "./groups.ts";
export { fitHolisticLinear, worstHolistic, type HolisticBall } from "./holistic.ts";
export { klSet } from "./kl.ts";
export { linearLosses, linearScore, type LinearData, type LinearLoss, type LinearModel } from "./linear-loss.ts";
export { inputDistances, marginalCvarSet, type MarginalCvar } from "./marginal-cvar.ts";
export { gaussianKernel, mmdSet } from "./mmd.ts";
export { fitMomentsLinear, worstMoments, type MomentSet } from "./moments.ts";
export {
  fitOutlierRobustLinear,
  trimmedMean,
  worstOutlierRobust,
  type OutlierRobustBall,
} from "./outlier-wasserstein.ts";
export { exactLosses, type MovingSpec, type ReweightingSpec, type SetSpec } from "./spec.ts";
export { sinkhornReference, sinkhornSet, type SinkhornBall } from "./sinkhorn.ts";
export { totalVariationSet } from "./total-variation.ts";
export { trainDro, type DroPredictor } from "./train-dro.ts";
export { trainReweighted } from "./train-reweighted.ts";
export type { ReweightingSet, WorstWeights } from "./types.ts";
export { fitWassersteinLinear, worstTransport, type WassersteinBall } from "./wasserstein-linear.ts";
export { createWorstLaw, type WorstLaw } from "./worst-law.ts";
