import type { DflLossName } from "./loss-spec.ts";
import type { DecisionOracle } from "./types.ts";

/** What a loss is, and what it needs of a problem. */
export interface LossTraits {
  readonly title: string;
  readonly source: string;
  /** The costs are linear in what is predicted: `DecisionOracle.linear`. */
  readonly linear: boolean;
  /** Nothing is added to the linear cost: `DecisionOracle.homogeneous`. */
  readonly homogeneous: boolean;
  /** Decisions with components 0 and 1, and the normals of the constraints at them. */
  readonly cones: boolean;
  /** Derivatives of decisions: without them, or where they are 0 almost everywhere, nothing is learnt. */
  readonly derivative: boolean;
  /** Compares decisions of the pool, which `solveProbability` grows. */
  readonly pool: boolean;
}

const PLAIN = { linear: false, homogeneous: false, cones: false, derivative: false, pool: false } as const;
const LINEAR = { ...PLAIN, linear: true } as const;
const POOL = { ...PLAIN, pool: true } as const;

/** All losses by name, in the order in which they are listed. */
export const LOSS_TRAITS: Readonly<Record<DflLossName, LossTraits>> = {
  mse: { ...PLAIN, title: "predict, then optimise (mean squared error)", source: "—" },
  spo_plus: { ...LINEAR, title: "SPO+", source: "Elmachtoub & Grigas 2022, eq. 14" },
  pg: { ...LINEAR, title: "perturbation gradient", source: "Gupta & Huang 2024" },
  dbb: { ...LINEAR, title: "differentiable black box", source: "Vlastelica et al. 2020" },
  nid: { ...LINEAR, title: "negative identity", source: "Sahoo et al. 2023" },
  dpo: { ...PLAIN, title: "differentiable perturbed optimiser", source: "Berthet et al. 2020; Dalle et al. 2022" },
  pfyl: { ...LINEAR, title: "perturbed Fenchel–Young loss", source: "Berthet et al. 2020; Dalle et al. 2022" },
  imle: { ...LINEAR, title: "implicit maximum likelihood", source: "Niepert et al. 2021" },
  aimle: { ...LINEAR, title: "adaptive implicit maximum likelihood", source: "Minervini et al. 2023" },
  rfwo: { ...LINEAR, homogeneous: true, title: "regularised by Frank–Wolfe", source: "Dalle et al. 2022" },
  rfy: { ...LINEAR, homogeneous: true, title: "regularised Fenchel–Young loss", source: "Dalle et al. 2022" },
  nce: { ...POOL, title: "noise-contrastive estimation", source: "Mulamba et al. 2021" },
  map: { ...POOL, title: "contrastive maximum a posteriori", source: "Mulamba et al. 2021" },
  cave: { ...LINEAR, homogeneous: true, cones: true, title: "cone-aligned vectors", source: "Tang & Khalil 2024" },
  listwise: { ...POOL, title: "listwise learning to rank", source: "Mandi et al. 2022" },
  pairwise: { ...POOL, title: "pairwise learning to rank", source: "Mandi et al. 2022" },
  pointwise: { ...POOL, title: "pointwise learning to rank", source: "Mandi et al. 2022" },
  policy_gradient: { ...PLAIN, title: "score-function gradient", source: "Silvestri et al. 2023" },
  task: { ...PLAIN, derivative: true, title: "task-based end to end", source: "Donti et al. 2017" },
};

/** Why a loss does not fit a problem; `null` where it does. */
export function misfit(loss: DflLossName, oracle: DecisionOracle): string | null {
  const needs = LOSS_TRAITS[loss];
  if (needs.linear && !oracle.linear) return "it needs a cost that is linear in what is predicted";
  if (needs.homogeneous && !oracle.homogeneous) return "it needs a cost without a term that nothing is predicted of";
  if (needs.cones && (!oracle.binary || oracle.normals === undefined || oracle.direction === undefined)) {
    return "it needs decisions of 0 and 1 under linear constraints, each with its own cost";
  }
  if (needs.derivative && (oracle.pull === undefined || oracle.gradientZ === undefined)) {
    return "it needs decisions with a derivative: a convex problem without integers";
  }
  return null;
}
