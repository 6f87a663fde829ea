import { RuntimeError } from "../../errors/runtime-error.ts";
import type { Differentiability } from "../../decide/derivative/index.ts";
import type { Place } from "../../spec.ts";
import { dflCatalogue } from "../catalogue.ts";
import type { DecisionPool } from "../decision-pool.ts";
import type { DflLossName, DflLossSpec } from "../loss-spec.ts";
import { LOSS_TRAITS, misfit } from "../traits.ts";
import type { DecisionOracle } from "../types.ts";
import { blackBox, negativeIdentity } from "./black-box.ts";
import { coneAligned } from "./cave.ts";
import { contrastiveMap, noiseContrastive } from "./contrastive.ts";
import { perturbedFenchelYoung } from "./fenchel-young.ts";
import { adaptiveImplicitMle, implicitMle } from "./implicit-mle.ts";
import { meanSquaredError } from "./mse.ts";
import { perturbationGradient } from "./perturbation-gradient.ts";
import { perturbedOptimizer } from "./perturbed.ts";
import { policyGradient } from "./policy-gradient.ts";
import { listwise, pairwise, pointwise } from "./ranking.ts";
import { regularizedFenchelYoung, regularizedOptimizer } from "./regularized.ts";
import type { DflLoss } from "./row.ts";
import { spoPlus } from "./spo-plus.ts";
import { taskLoss } from "./task.ts";

/** What losses are made of. */
export interface LossSetting {
  readonly oracle: DecisionOracle;
  readonly pool: DecisionPool;
  /** Told how far each decision could be differentiated. */
  readonly count: (differentiability: Differentiability) => void;
  readonly place?: Place;
}

/**
 * The loss of a spec for a problem.
 *
 * @throws RuntimeError `loss-does-not-fit`
 */
export function createLoss(spec: DflLossSpec, setting: LossSetting): DflLoss {
  const { oracle, pool, count, place } = setting;
  const refuse = (reason: string): RuntimeError => {
    const names = Object.keys(LOSS_TRAITS) as readonly DflLossName[];
    const fitting = names.filter((name) => misfit(name, oracle) === null).join(", ");
    const where = place === undefined ? {} : { place };
    return new RuntimeError(dflCatalogue, "loss-does-not-fit", { loss: spec.loss, reason, fitting }, where);
  };
  const reason = misfit(spec.loss, oracle);
  if (reason !== null) throw refuse(reason);
  const { homogeneous } = oracle;
  switch (spec.loss) {
    case "mse":
      return meanSquaredError();
    case "spo_plus":
      return spoPlus();
    case "pg":
      if (!homogeneous && spec.sigma >= 1) throw refuse("its sigma must be under 1 where costs have a fixed term");
      return perturbationGradient(spec.sigma, spec.sides, homogeneous);
    case "dbb":
      return blackBox(spec.lambda, spec.outer, homogeneous);
    case "nid":
      return negativeIdentity(spec.outer);
    case "dpo":
      return perturbedOptimizer(oracle, spec.noise, spec.samples, spec.sigma, spec.outer);
    case "pfyl":
      return perturbedFenchelYoung(spec.noise, spec.samples, spec.sigma);
    case "imle":
      return implicitMle(spec.lambda, spec, homogeneous);
    case "aimle":
      return adaptiveImplicitMle(spec, homogeneous);
    case "rfwo":
      return regularizedOptimizer(spec.lambda, spec.outer);
    case "rfy":
      return regularizedFenchelYoung(spec.lambda);
    case "nce":
      return noiseContrastive(oracle, pool);
    case "map":
      return contrastiveMap(oracle, pool);
    case "cave": {
      const { normals, direction } = oracle;
      if (normals === undefined || direction === undefined) throw refuse("the cones of its decisions are not known");
      return coneAligned({ ...oracle, normals, direction }, spec.inner);
    }
    case "listwise":
      return listwise(pool, spec.temperature);
    case "pairwise":
      return pairwise(pool, spec.margin);
    case "pointwise":
      return pointwise(pool);
    case "policy_gradient":
      return policyGradient(oracle, spec.samples, spec.sigma);
    case "task": {
      const { pull, gradientZ } = oracle;
      if (pull === undefined || gradientZ === undefined) throw refuse("its decisions have no derivative");
      return taskLoss({ ...oracle, pull, gradientZ }, count);
    }
  }
}
