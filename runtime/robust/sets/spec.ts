import type { OutcomeNorm } from "../../spec.ts";
import type { LinearLoss } from "./linear-loss.ts";

/**
 * A classical ambiguity set around the training rows as an emitted pipeline spells it out. Each has one size with
 * candidates (`radii`, `tails`, `covariances`), of which one is chosen on validation rows. Distances between inputs are in
 * standard deviations of the training rows.
 */
export type SetSpec = ReweightingSpec | MovingSpec;

/** Laws on the rows themselves: a law is a weight for each, whatever the predictor. */
export type ReweightingSpec =
  | { readonly kind: "chi2" | "kl" | "total_variation"; readonly radii: readonly number[] }
  | { readonly kind: "cressie_read"; readonly power: number; readonly radii: readonly number[] }
  | { readonly kind: "cvar" | "group_cvar"; readonly tails: readonly number[] }
  | {
      readonly kind: "marginal_cvar";
      readonly tails: readonly number[];
      readonly lipschitz: number;
      readonly order: number;
    }
  | { readonly kind: "mmd"; readonly radii: readonly number[]; readonly width: number }
  | {
      readonly kind: "sinkhorn";
      readonly radii: readonly number[];
      readonly regularisation: number;
      readonly draws: number;
    }
  | {
      readonly kind: "bayesian";
      readonly around: "kl" | "chi2" | "total_variation";
      readonly radii: readonly number[];
      readonly draws: number;
    };

/** Laws that move the rows, or know their moments alone: exact for linear predictors and some losses. */
export type MovingSpec =
  | {
      readonly kind: "wasserstein";
      readonly order: 1 | 2 | "infinity";
      readonly norm: OutcomeNorm;
      readonly radii: readonly number[];
      /** Labels stay where it is left out. */
      readonly labelCost?: number;
    }
  | { readonly kind: "moments"; readonly mean: number; readonly covariances: readonly number[] }
  | {
      readonly kind: "outlier_robust";
      readonly radii: readonly number[];
      readonly outliers: number;
      /** σ as a multiple of the root mean square distance of the rows nearest to the centre. */
      readonly spread: number;
      readonly norm: OutcomeNorm;
    }
  | {
      readonly kind: "holistic";
      readonly radii: readonly number[];
      readonly corruption: number;
      readonly noise: number;
      readonly support: number;
      readonly norm: OutcomeNorm;
    };

/** The losses of a linear predictor that have an exact form under each set that moves rows. */
const MOVED: Readonly<Record<Exclude<MovingSpec["kind"], "wasserstein">, readonly LinearLoss[]>> = {
  moments: ["square", "absolute", "hinge"],
  outlier_robust: ["absolute", "hinge"],
  holistic: ["square", "absolute", "hinge", "logistic"],
};
const TRANSPORTED: Readonly<Record<"1" | "2" | "infinity", readonly LinearLoss[]>> = {
  "1": ["absolute", "hinge", "logistic"],
  "2": ["square", "absolute"],
  infinity: ["square", "absolute", "hinge", "logistic"],
};
const ALL: readonly LinearLoss[] = ["square", "absolute", "hinge", "logistic"];

/** The losses of a linear predictor for which the fit under a set is one cone program. */
export function exactLosses(kind: SetSpec["kind"], order?: 1 | 2 | "infinity"): readonly LinearLoss[] {
  if (kind === "wasserstein") return TRANSPORTED[`${order ?? 2}`];
  return kind === "moments" || kind === "outlier_robust" || kind === "holistic" ? MOVED[kind] : ALL;
}

export function isReweighting(set: SetSpec): set is ReweightingSpec {
  return !["wasserstein", "moments", "outlier_robust", "holistic"].includes(set.kind);
}

/** The candidates of a set's size. */
export function sizesOf(set: SetSpec): readonly number[] {
  if ("radii" in set) return set.radii;
  return "tails" in set ? set.tails : set.covariances;
}

/** The option that says a set's size. */
export function sizeOption(set: SetSpec): "radius" | "tail" | "covariance" {
  if ("radii" in set) return "radius";
  return "tails" in set ? "tail" : "covariance";
}
