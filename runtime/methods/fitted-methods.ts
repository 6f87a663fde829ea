import type { MethodRole } from "../report/results.ts";
import type { GaussianSpec, MethodSpec, MixtureFlowSpec, RadiusChoice, WeightingSpec } from "../spec.ts";
import type { BallCenter } from "./observed.ts";
import type { PlannedMethod } from "./plan.ts";

/** One decision on all training outcomes. */
export function saa(role: MethodRole, id = "saa"): PlannedMethod {
  const note = "One decision on all training outcomes, whatever the context.";
  return { id, label: id, role, note, how: { kind: "saa" } };
}

/** Decisions on the outcomes of the nearest training contexts. */
export function nearest(neighbours: number, role: MethodRole, id = "knn_saa"): PlannedMethod {
  return {
    id,
    label: `${id}, ${neighbours}`,
    role,
    note: `Decision on the outcomes of the ${neighbours} nearest training contexts.`,
    how: { kind: "knn_saa", neighbours },
  };
}

/** A generator that is fitted by its own criterion, as a method. */
export function fittedMethod(spec: MixtureFlowSpec | GaussianSpec | WeightingSpec, role: MethodRole): PlannedMethod {
  switch (spec.kind) {
    case "gmm_nf": {
      const note =
        "Gaussian mixture in the latent space of a spline flow, conditioned there in closed form (002 §4.2).";
      return { id: "gmm_nf", label: "gmm_nf", role, note, how: { kind: "fitted", spec } };
    }
    case "gaussian": {
      const note = "One Gaussian on the joint of context and outcome: a linear regression with Gaussian residuals.";
      return { id: "gaussian", label: "gaussian", role, note, how: { kind: "fitted", spec } };
    }
    case "kernel": {
      const { bandwidths, criterion } = spec;
      return kernel("kernel", bandwidths, criterion, role);
    }
    case "knn":
      return nearest(spec.neighbours, role, "knn");
    case "empirical":
      return saa(role, "empirical");
  }
}

type ObservedSpec = Extract<
  MethodSpec,
  {
    method:
      | "kernel_saa"
      | "rnw"
      | "forest_saa"
      | "observational_saa"
      | "residual_dro"
      | "dr_saa"
      | "dr_knn_saa"
      | "ot_conditional";
  }
>;

/** A baseline that decides on observed outcomes. */
export function observedMethod(method: ObservedSpec, scenarios: number): PlannedMethod {
  switch (method.method) {
    case "kernel_saa":
      return kernel("kernel_saa", method.bandwidths, method.criterion, "baseline");
    case "rnw": {
      const { bandwidths, criterion, regularization: strength } = method;
      return {
        id: "rnw",
        label: "rnw",
        role: "baseline",
        note: `Kernel weights of the training outcomes, with ${strength} standard deviations of the loss beside the risk (002 §5).`,
        how: { kind: "rnw", rule: { kind: "kernel", bandwidths, criterion }, strength },
      };
    }
    case "forest_saa": {
      const { method: id, trees, leaf } = method;
      return {
        id,
        label: id,
        role: "baseline",
        note: "Training outcomes weighted by how often they share a leaf of a random forest with the context.",
        how: { kind: "weighted", rule: { kind: "forest", trees, leaf } },
      };
    }
    case "observational_saa": {
      const { method: id, ...rest } = method;
      return {
        id,
        label: id,
        role: "baseline",
        note: "Training outcomes weighted by a mixture's conditional over its marginal density (002 eq. 11).",
        how: { kind: "weighted", rule: { kind: "observational", mixture: { kind: "gmm", ...rest, scenarios } } },
      };
    }
    case "residual_dro":
      return robust(
        "residual_dro",
        { kind: "residual" },
        method,
        "a ridge regression's prediction plus its residuals (002 §5)",
      );
    case "dr_saa":
      return robust("dr_saa", { kind: "saa" }, method, "all training outcomes, whatever the context");
    case "dr_knn_saa": {
      const { neighbours } = method;
      const what = `the outcomes of the ${neighbours} nearest training contexts`;
      return robust("dr_knn_saa", { kind: "knn_saa", neighbours }, method, what);
    }
    case "ot_conditional": {
      const { method: id, neighbourhood, probability, contextCost, radii, select } = method;
      const where =
        neighbourhood === 0 ? "the context" : `the ball around the context that holds ${neighbourhood} of the rows`;
      return {
        id,
        label: id,
        role: "baseline",
        note: `Decision against the worst law given ${where}, over joint laws within an optimal-transport budget of the training rows that give it at least the probability ${probability} (Nguyen et al. 2024), ${whichRadius(radii)}.`,
        how: {
          kind: "robust",
          center: { kind: "transport", neighbourhood, probability, contextCost },
          radius: { radii, select },
        },
      };
    }
  }
}

function kernel(
  id: string,
  bandwidths: readonly number[],
  criterion: "holdout" | "cross_validation",
  role: MethodRole,
): PlannedMethod {
  const note = "Training outcomes weighted by a Gaussian kernel of the distance between contexts (Nadaraya–Watson).";
  return { id, label: id, role, note, how: { kind: "weighted", rule: { kind: "kernel", bandwidths, criterion } } };
}

function robust(id: string, center: BallCenter, { radii, select }: RadiusChoice, what: string): PlannedMethod {
  return {
    id,
    label: id,
    role: "baseline",
    note: `Decision against the worst law of a Wasserstein ball of order 2, ${whichRadius(radii)}, around ${what}.`,
    how: { kind: "robust", center, radius: { radii, select } },
  };
}

function whichRadius(radii: readonly number[]): string {
  return radii.length === 1 ? `of radius ${radii[0]}` : "whose radius is chosen on training rows held out";
}
