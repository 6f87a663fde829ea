import type { Place } from "../../spec.ts";
import type { OptimizerSpec } from "../../tensor/optimizers.ts";
import type { PretrainedGenerator } from "../generator/pretrain.ts";

/** How the gradient of E_{P_θ}[f] is estimated, which reaches θ through the sampled law alone. */
export type Estimator =
  /** `Ê[A Σ_t log p_θ(ξ_{t−1} | ξ_t)]` (001 eq. 9), A the standardised f. */
  | { readonly kind: "policy_gradient"; readonly lastSteps: number }
  /** `Ê[min(r A, clip(r, 1 − κ, 1 + κ) A)]` (001 eq. 10). */
  | {
      readonly kind: "ppo";
      readonly clip: number;
      readonly lastSteps: number;
      /**
       * The law p_ref that rows are drawn from: the current one at each inner epoch (Schulman et al. 2017), or the
       * pre-trained one throughout (001 App. D.3), which θ then cannot leave by more than the clip.
       */
      readonly reference: "current" | "pretrained";
    };

/** The adversarial budget ε, in the unit of J: the mean squared error of standardised columns. */
export type Budget =
  | {
      readonly kind: "absolute";
      readonly values: readonly number[];
      /** Where a method has it for itself; else it is the model's `ambiguity`. */
      readonly at?: Place;
    }
  /** Multiples of the pre-training loss J(θ₀). */
  | { readonly kind: "multiples"; readonly values: readonly number[] };

export interface GasDroOptions {
  readonly generator: PretrainedGenerator;
  /** Several values are chosen among on the validation rows. */
  readonly budget: Budget;
  readonly estimator: Estimator;
  /** Inner epochs of each maximisation (001 App. D.3: 10). */
  readonly inner: number;
  /** Alternations (001 App. D.3: 15). */
  readonly outer: number;
  /**
   * Step η of the multiplier: `μ ← [μ + η (J/ε − 1)]+` after each inner epoch, μ in standard deviations of f for a
   * budget overrun by its own size.
   */
  readonly dualRate: number;
  /** Weight of the current violation beside μ (augmented Lagrangian): damps the multiplier's swings. 0 is plain ascent. */
  readonly damping: number;
  /** Of θ. */
  readonly optimizer: OptimizerSpec;
  /** Rows of a gradient step of θ. */
  readonly batch: number;
  /** Rows drawn from P_θ for an inner epoch. */
  readonly rollout: number;
  /** Rows of each adversarial data set. */
  readonly samples: number;
  /** Share of the predictor's steps on the data itself before the adversary begins. */
  readonly warmUp: number;
  /**
   * Share of data rows among the rows that the predictor is trained on; 0 is algorithm 1. With half of them the worst law
   * counts as half of the mixture of both, and the choice of the budget is steadier.
   */
  readonly mix: number;
}

/** What 001 leaves open, chosen on synthetic shifts (bench/robust/gas-dro.mjs); the rest is App. D.3. */
export const GAS_DRO_DEFAULTS: Omit<GasDroOptions, "generator"> = {
  budget: { kind: "multiples", values: [1.005, 1.02, 1.05, 1.2, 1.5, 3] },
  estimator: { kind: "ppo", clip: 0.2, lastSteps: 5, reference: "current" },
  inner: 10,
  outer: 15,
  dualRate: 5,
  damping: 20,
  optimizer: { kind: "adam", rate: 1e-3, clip: 1 },
  batch: 64,
  rollout: 512,
  samples: 1024,
  warmUp: 0.3,
  mix: 0.5,
};
