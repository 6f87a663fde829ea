/** Classical ambiguity sets around data, for linear predictors exactly and for any predictor by their worst weights. */
export { bayesianBootstrap, bayesianSet } from "./bayesian.ts";
export { chi2Set, cressieReadSet } from "./cressie-read.ts";
export { cvarSet } from "./cvar.ts";
export { fitLinear, type RobustLinearModel } from "./fit-linear.ts";
export { groupCvarSet } from "./groups.ts";
export { klSet } from "./kl.ts";
export { linearLosses, linearScore, type LinearData, type LinearLoss, type LinearModel } from "./linear-loss.ts";
export { gaussianKernel, mmdSet } from "./mmd.ts";
export { totalVariationSet } from "./total-variation.ts";
export { trainReweighted } from "./train-reweighted.ts";
export type { ReweightingSet, WorstWeights } from "./types.ts";
export { fitWassersteinLinear, worstTransport, type WassersteinBall } from "./wasserstein-linear.ts";
export { createWorstLaw, type WorstLaw } from "./worst-law.ts";
