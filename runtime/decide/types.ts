import type { Place } from "../spec.ts";
import type { Multipliers } from "./certificate.ts";

/**
 * What it costs to bring the scenarios' contexts into a neighbourhood of the context decided at: the conditional law is
 * then the worst one within a transport budget (`createConditionalTransportDecider`).
 */
export interface ContextTransport {
  /**
   * Squared distance, one a scenario: at least 0, to the neighbourhood, for one outside; at most 0, minus the distance out
   * of it, for one inside. In the squared unit of the outcome.
   */
  readonly costs: Float64Array;
  /** Least probability of the neighbourhood, in (0, 1]. */
  readonly probability: number;
}

/** Outcomes that the decision is taken against. */
export interface ScenarioSet {
  readonly count: number;
  /** count × d, row-major. */
  readonly outcomes: Float64Array;
  /** One a scenario, at least 0; normalised inside. Without them every scenario weighs the same. */
  readonly weights?: Float64Array;
  /** What these scenarios add to the radius of an ambiguity set that is `widened`. */
  readonly widening?: number;
  /** Of a conditional law within a transport budget; such scenarios have no weights. */
  readonly transport?: ContextTransport;
}

/** A bound that, if it were there, would keep an unbounded problem from falling without end. */
export interface MissingBound {
  /** Index into z. */
  readonly component: number;
  readonly side: "lower" | "upper";
}

export interface DecisionAnswer {
  /** n values; NaN where there is no answer. */
  readonly z: Float64Array;
  /** Value at risk of the loss at z, one per CVaR term of the risk: the smallest minimiser of its t. */
  readonly t: Float64Array;
  /** The risk at z by direct evaluation over the scenarios, never the solver's own figure. */
  readonly objective: number;
  /**
   * `optimal`: the gap is at most 1e-6 of the objective's scale (`OPTIMAL_GAP`), or what the problem's `search` states.
   * `inaccurate`: the best decision found, with a wider gap.
   */
  readonly status: "optimal" | "infeasible" | "unbounded" | "inaccurate";
  /** Largest violation of a bound or row at z, divided by 1 + the size of the numbers in it. */
  readonly primalResidual: number;
  /** Largest component of the stationarity residual that the dual bound was charged for, relative to the gradient. */
  readonly dualResidual: number;
  /** `objective` minus a lower bound on the minimum; in the unit of the objective. See `certificate.ts`. */
  readonly gap: number;
  readonly milliseconds: number;
  /** Which solver's answer this is: `structured`, `highs`, `glpk`, `cone`, `separable` or `tour`. */
  readonly solver: string;
  /**
   * Infeasible: an irreducible set of rows and bounds that contradict each other. Unbounded: where the component that
   * runs away is declared. Empty otherwise.
   */
  readonly blame: readonly Place[];
  /** Unbounded problems only: bounds that are missing along the direction of descent. */
  readonly missing?: readonly MissingBound[];
  /**
   * With an ambiguity set and `DecideOptions.worstCase`: a law in the set whose risk at z is `objective`. `null` where
   * none attains it (a Wasserstein ball of order 1 around a loss of several pieces, whose worst mass runs to infinity).
   */
  readonly worstCase?: ScenarioSet | null;
  /** What the gap was proved with, for derivatives; none where there is no decision or it has integer components. */
  readonly multipliers?: Multipliers | null;
}

export interface DecideOptions {
  /**
   * `auto`: `structured` for real components, branch and bound of `highs`, or of `cone` with a quadratic term, for
   * integer ones (`routeOf`). `cone` takes every problem. `glpk` (GPL-3) is loaded only when named here. A problem with
   * an ambiguity set takes `auto`, `structured` (order 1, 2 or infinity with Euclidean distances around a loss of one
   * piece) or `cone`.
   */
  readonly solver?: "auto" | "structured" | "highs" | "glpk" | "cone";
  /** Answer to a nearby problem, for calls of `decide` that are given none. */
  readonly warmStart?: DecisionAnswer;
  /**
   * Seconds that one decision may take; without it the problem's own limit or 60 where components are integer, and no
   * limit otherwise. At the limit the best decision found is returned with its gap, as `inaccurate` unless that is small.
   */
  readonly timeLimit?: number;
  /** Find the worst law of each answer's ambiguity set too. */
  readonly worstCase?: boolean;
}

/** Solves one decision problem at any number of contexts. Not reentrant: it owns its working memory. */
export interface Decider {
  /**
   * @param scenarios outcomes, d = `problem.sizes.outcome`
   * @param context p values
   * @param warm answer at a neighbouring context; it never changes the answer beyond the tolerance
   * @throws RuntimeError a code of `decideCatalogue`: scenarios, weights or context that are not finite
   */
  decide(scenarios: ScenarioSet, context: Float64Array, warm?: DecisionAnswer): DecisionAnswer;
}
