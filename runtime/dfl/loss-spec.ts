/** What a loss on decisions takes as its own value; d is the number of predicted values. */
export type OuterLoss =
  /** `f(z, s) − min f(·, s)` at the outcome that came. */
  | "regret"
  /** `‖z − z*‖² / n` to the decision that would have been best. */
  | "squared_error"
  /** `‖z − z*‖₁ / n`. */
  | "absolute_error";

type Sides = "one" | "two";
type Noise = "additive" | "multiplicative";

/** A loss for predictors that are trained for the decisions taken with them. All costs are minimised. */
export type DflLossSpec =
  /** Mean squared error of the prediction: predict, then optimise. */
  | { readonly loss: "mse" }
  /** Elmachtoub & Grigas 2022. */
  | { readonly loss: "spo_plus" }
  /** Gupta & Huang 2024: `(V(ĉ) − V(ĉ − σc)) / σ`, or both sides. */
  | { readonly loss: "pg"; readonly sigma: number; readonly sides: Sides }
  /** Differentiable black box, Vlastelica et al. 2020. */
  | { readonly loss: "dbb"; readonly lambda: number; readonly outer: OuterLoss }
  /** Negative identity, Sahoo et al. 2023. */
  | { readonly loss: "nid"; readonly outer: OuterLoss }
  /** Differentiable perturbed optimiser, Berthet et al. 2020; multiplicative noise: Dalle et al. 2022. */
  | {
      readonly loss: "dpo";
      readonly noise: Noise;
      readonly samples: number;
      readonly sigma: number;
      readonly outer: OuterLoss;
    }
  /** Perturbed Fenchel–Young, the same two. */
  | { readonly loss: "pfyl"; readonly noise: Noise; readonly samples: number; readonly sigma: number }
  /** Niepert et al. 2021, with sum-of-gamma noise of `kappa`. */
  | {
      readonly loss: "imle";
      readonly samples: number;
      readonly sigma: number;
      readonly kappa: number;
      readonly lambda: number;
      readonly sides: Sides;
      readonly outer: OuterLoss;
    }
  /** Minervini et al. 2023: I-MLE whose step adapts itself. */
  | {
      readonly loss: "aimle";
      readonly samples: number;
      readonly sigma: number;
      readonly kappa: number;
      readonly sides: Sides;
      readonly outer: OuterLoss;
    }
  /** Regularised by Frank–Wolfe, Dalle et al. 2022: `argmin s·z + λ/2 ‖z‖²` over the convex hull. */
  | { readonly loss: "rfwo"; readonly lambda: number; readonly outer: OuterLoss }
  /** Its Fenchel–Young loss. */
  | { readonly loss: "rfy"; readonly lambda: number }
  /** Noise-contrastive estimation over the pool, Mulamba et al. 2021. */
  | { readonly loss: "nce" }
  /** Its maximum-a-posteriori form. */
  | { readonly loss: "map" }
  /** Cone-aligned vectors, Tang & Khalil 2024; `inner` blends with the mean normal where a row is not projected. */
  | { readonly loss: "cave"; readonly inner: number }
  /** Learning to rank over the pool, Mandi et al. 2022. */
  | { readonly loss: "listwise"; readonly temperature: number }
  | { readonly loss: "pairwise"; readonly margin: number }
  | { readonly loss: "pointwise" }
  /** Score-function (policy) gradient of the regret of a Gaussian policy around the prediction, Silvestri et al. 2023. */
  | { readonly loss: "policy_gradient"; readonly samples: number; readonly sigma: number }
  /** The regret itself, by implicit differentiation of the decision (Donti et al. 2017). */
  | { readonly loss: "task" };

export type DflLossName = DflLossSpec["loss"];
