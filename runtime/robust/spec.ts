/** Robust training as an emitted pipeline spells it out; what is left out is the method's own default. */
import type { AdamSpec } from "../spec.ts";
import type { Estimator } from "./gas-dro/options.ts";
import type { RowRoles } from "./generator/roles.ts";
import type { WassersteinDroOptions } from "./rivals/wasserstein.ts";
import type { LinearLoss } from "./sets/linear-loss.ts";
import type { SetSpec } from "./sets/spec.ts";

/** Steps of the predictor, in all. */
interface PredictorSteps {
  readonly steps: number;
  readonly batch: number;
  readonly optimizer: AdamSpec;
}

/** How the generator of a method is fitted to the training rows before the method begins. */
interface GeneratorSteps {
  /** 3000 unless given. */
  readonly pretraining?: number;
  /** `joint` unless given. */
  readonly rows?: RowRoles;
}

/** Training against the worst law of a classical set around the rows. */
export type DroSpec = PredictorSteps & {
  readonly method: "dro";
  readonly set: SetSpec;
  /**
   * The loss of a row where the predictor is linear and `scale` times a loss with an exact form: then the fit is one cone
   * program, without steps. Left out, the predictor is trained by steps against the worst weights of each batch.
   */
  readonly exact?: { readonly loss: LinearLoss; readonly scale: number };
};

export type RobustMethodSpec =
  | DroSpec
  | (PredictorSteps & GeneratorSteps & { readonly method: "dml"; readonly shares?: readonly number[] })
  | (PredictorSteps & {
      readonly method: "w_dro";
      readonly form?: WassersteinDroOptions["form"];
      readonly radii?: readonly number[];
      readonly inner?: number;
      readonly targets?: boolean;
    })
  | (PredictorSteps & { readonly method: "kl_dro"; readonly radii?: readonly number[] })
  | (PredictorSteps &
      GeneratorSteps & {
        readonly method: "dragen";
        readonly radii?: readonly number[];
        readonly inner?: number;
        /** Of its autoencoder, where the pipeline's generator is not one. */
        readonly latent?: number;
      })
  | (PredictorSteps &
      GeneratorSteps & {
        readonly method: "p_dro";
        /** In standard deviations of the losses. */
        readonly temperatures?: readonly number[];
        readonly window?: number;
        readonly inner?: number;
        readonly outer?: number;
      })
  | (PredictorSteps &
      GeneratorSteps & {
        readonly method: "gas_dro";
        /** Largest reconstruction losses, where they are not the model's. */
        readonly budgets?: readonly number[];
        readonly estimator?: Estimator;
        readonly dualRate?: number;
        /** Learning rate of the generator in the maximisation. */
        readonly generatorRate?: number;
        readonly damping?: number;
        readonly mix?: number;
        readonly inner?: number;
        readonly outer?: number;
      });
