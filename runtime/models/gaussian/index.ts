import type { GaussianSpec } from "../../spec.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { fitMixture, type FittedMixture } from "../mixture/index.ts";
import type { TrainHooks, TrainingSet } from "../sampler.ts";

/**
 * One Gaussian on the joint (x, s), conditioned on x: `s | x ~ N(μs + Σsx Σxx⁻¹ (x − μx), Σss − Σsx Σxx⁻¹ Σxs)`, a linear
 * regression with Gaussian residuals. It is the mixture of one component, whose fit is exact.
 * @throws RuntimeError for a training set that cannot be fitted
 */
export function fitGaussian(
  spec: Pick<GaussianSpec, "floor">,
  data: TrainingSet,
  sizes: { readonly context: number; readonly outcome: number },
  stream: RandomStream,
  hooks: Pick<TrainHooks, "signal" | "onStep"> = {},
): Promise<FittedMixture> {
  const one = { kind: "gmm", components: [1], criterion: "aic", covariance: "full", restarts: 1 } as const;
  return fitMixture({ ...one, floor: spec.floor, scenarios: 0 }, data, sizes, stream, hooks);
}
