/** What is known, before a run, of a model that trains with decision weights. */
export interface WeightingFacts {
  /** Strengths that validation chooses among; one is no choice. */
  readonly strengths: readonly number[];
  /** `relative`: λ̃ = λ · mean‖∇ℓ‖², which has no unit; absolute ones cannot be judged without data. */
  readonly scale: "absolute" | "relative";
  /** Scenarios weigh 1/ŵ in the decision, of the trained method or of a compared one. */
  readonly detilt: boolean;
  /** Training rows; `null` where only the data tell. */
  readonly rows: number | null;
  /** Smallest tail mass 1 − β of a CVaR in the risk; `null` for a risk without a tail. */
  readonly tail: number | null;
  /** The loss is affine in the outcome: its gradient is the same at every outcome. */
  readonly affineInOutcome: boolean;
}

/** Why weighting is likely to hurt, or to do nothing. */
export type WeightingReason =
  /** At a context every outcome has the same gradient and so the same weight: nothing in the law is aimed at. */
  | { readonly rule: "equal-weights" }
  /** Much data: what the tilt costs is more than what the weights gain, and 0 is no choice. */
  | { readonly rule: "tilt-without-choice"; readonly strength: number; readonly rows: number }
  /** Strengths at which the law that is learnt is another one, whatever validation says of few contexts. */
  | { readonly rule: "strong-tilt"; readonly strength: number };

/** Training rows from which the tilt of the weights was the larger error in the runs of docs/results.md (20,000). */
export const MUCH_DATA = 10_000;

/** Relative strength beyond which no run of docs/results.md had its best value. */
export const STRONGEST = 0.2;

/**
 * Whether decision weights (003 §4.3) are likely to do nothing or to hurt, from what the runs of docs/results.md found: plain
 * weights train for the law tilted by them. With 20,000 rows they raised the regret on the synthetic task of 003 at every
 * strength (degree 2: to three times at λ̃ = 0.2), and paid only where a rare regime decides, at 0.02 to 0.1; with 2,000 rows of that
 * regime they paid up to 0.2. De-tilted they never did worse than Uniform FM beyond chance.
 *
 * @returns `null` where nothing speaks against them
 */
export function weightingLikelyHurts(facts: WeightingFacts): WeightingReason | null {
  const { strengths, scale, detilt, rows, tail, affineInOutcome } = facts;
  const strength = Math.max(0, ...strengths);
  if (strength === 0) return null;
  if (affineInOutcome && tail === null) return { rule: "equal-weights" };
  if (detilt || scale === "absolute") return null;
  if (strength > STRONGEST) return { rule: "strong-tilt", strength };
  if (rows !== null && rows >= MUCH_DATA && !strengths.includes(0)) {
    return { rule: "tilt-without-choice", strength, rows };
  }
  return null;
}
