import type { ExprNode, Origin } from "../../../runtime/ir/expr.ts";
import { opName } from "../problem.ts";
import { numberText } from "../feasibility/text.ts";
import type { Facts } from "./facts.ts";

/**
 * `true`: proved; `false`: it does not hold, with the sub-expression to blame; `"unknown"`: rules prove neither;
 * `"stated"`: about the unknown law or the trained model, so that no check of the spec can decide it.
 */
export interface Verdict {
  readonly holds: boolean | "unknown" | "stated";
  readonly because: string;
  readonly at?: Origin;
}

export interface Assumption {
  readonly id: string;
  /** A clause that follows "assumes that". */
  readonly statement: string;
  readonly source: string;
  /** By what it is decided, for the reference. */
  readonly decidedBy: "composition rules" | "coefficients" | "construction" | "declared ranges" | "nothing in a spec";
  readonly advice: string;
  decide(facts: Facts): Verdict;
}

/** `applies`: without it the method is refused unless waived; `bound`: only a stronger statement needs it. */
export interface Need {
  readonly method: string;
  readonly assumption: AssumptionId;
  readonly for: "applies" | "bound";
  /** What goes wrong, or what is lost, without it. */
  readonly otherwise: string;
  /** Where the method states it, where that is not where the assumption is defined. */
  readonly source?: string;
}

const yes = (because: string): Verdict => ({ holds: true, because });
const no = (because: string, node?: ExprNode | null): Verdict => ({
  holds: false,
  because,
  ...(node?.at === undefined ? {} : { at: node.at }),
});
const unknown = (because: string): Verdict => ({ holds: "unknown", because });
const stated = (because: string): Verdict => ({ holds: "stated", because });

const table = {
  differentiable_in_outcome: {
    statement: "the loss is continuous and almost everywhere differentiable in the outcome",
    source: "003 §4.2 and §7",
    decidedBy: "composition rules",
    advice: "write the switch as `max`, `min` or `pos` of the two sides where they meet",
    decide: ({ jump }) =>
      jump === null
        ? yes("no comparison or sign switches on the outcome")
        : no(`\`${opName(jump)}\` switches on the outcome, so the loss may jump there`, jump),
  },
  lipschitz_in_outcome: {
    statement: "the loss is Lipschitz in the outcome",
    source: "Mohajerin Esfahani & Kuhn 2018, Theorem 6.3",
    decidedBy: "composition rules",
    advice:
      "bound the decision and declare the range of the outcome, or build the loss from `max`, `pos`, `abs` and sums",
    decide(facts) {
      if (facts.jump !== null)
        return no(`\`${opName(facts.jump)}\` switches on the outcome, so the loss may jump there`, facts.jump);
      const { lipschitz } = facts.outcome();
      return Number.isFinite(lipschitz)
        ? yes(`its constant is at most ${numberText(lipschitz)} over the feasible set`)
        : unknown("no finite constant follows from the bounds of the decision and the ranges of the data");
    },
  },
  piecewise_affine_in_outcome: {
    statement: "the loss is the largest of expressions that are affine in the outcome for each decision",
    source: "002 eq. (9)",
    decidedBy: "composition rules",
    advice: "build the loss from `max`, `pos`, `abs` and products with the outcome",
    decide(facts) {
      const outcome = facts.outcome();
      if (facts.biaffine())
        return yes(
          `it has ${facts.pieces.length === 1 ? "one piece" : `${facts.pieces.length} pieces`}, each affine in the outcome`,
        );
      const convex =
        outcome.curvature === "convex" || outcome.curvature === "affine" || outcome.curvature === "constant";
      if (outcome.pieces !== null && convex) return yes(`it has at most ${outcome.pieces} pieces in the outcome`);
      const bent = outcome.nodes.findIndex(({ pieces }) => pieces === null);
      return no(
        "it bends in the outcome other than by maxima of affine expressions",
        outcome.blame?.node ?? facts.ir.loss.graph.nodes[bent],
      );
    },
  },
  linear_in_outcome: {
    statement: "the loss is linear in the outcome and in the decision",
    source: "Elmachtoub & Grigas 2022, §2",
    decidedBy: "composition rules",
    advice: "write the loss as `dot(c, z)`, or compare with a method for general losses",
    decide(facts) {
      const { pieces } = facts;
      if (pieces.length === 0) return no("the loss bends in the decision");
      if (pieces.length !== 1) return no(`the loss has ${pieces.length} pieces in the decision`);
      if (!facts.biaffine()) return no("its coefficients bend in the outcome");
      return yes("it is one product of outcome and decision");
    },
  },
  mean_risk: {
    statement: "the mean of the loss alone is minimised",
    source: "Elmachtoub & Grigas 2022, Theorem 1",
    decidedBy: "coefficients",
    advice: "write `risk mean(L)`",
    decide: ({ ir }) => (ir.risk.cvar.length > 0 ? no("the risk has a CVaR") : yes("the risk has no CVaR")),
  },
  convex_in_decision: {
    statement: "the loss, the risk and the set are convex in the decision",
    source: "Rockafellar & Uryasev 2000, Theorem 2",
    decidedBy: "composition rules",
    advice: "remove the whole-number components, or compare with a method that needs no derivative of the solution",
    decide: ({ feasible }) =>
      feasible.integer.length === 0
        ? yes("each rule of composition keeps convexity")
        : no(`${feasible.integer.length} components of the decision are whole numbers`),
  },
  strongly_convex: {
    statement:
      "the risk is strongly convex in the decision, so that its best decision moves smoothly with the scenarios",
    source: "003 assumption C.1",
    decidedBy: "coefficients",
    advice: "add `eta * sum_squares(z)` to `risk`",
    decide(facts) {
      const modulus = facts.modulus();
      return modulus > 0
        ? yes(`the quadratic term has the modulus ${numberText(modulus)}`)
        : no("no quadratic term curves every direction of the decision");
    },
  },
  smooth_in_decision: {
    statement: "the risk is smooth in the decision",
    source: "003 assumption C.1",
    decidedBy: "composition rules",
    advice: "nothing need be done: the general bound of 003 theorem 5.3 does not need it",
    decide({ pieces, ir }) {
      if (pieces.length > 1) return no(`the loss has kinks between its ${pieces.length} pieces`);
      if (ir.risk.cvar.length > 0) return unknown("CVaR is smooth only where the loss has a continuous law");
      return yes("the loss is affine in the decision");
    },
  },
  unconstrained_decision: {
    statement: "the best decision lies inside the set, where no constraint binds",
    source: "003 assumption C.1",
    decidedBy: "coefficients",
    advice: "nothing need be done: the general bound of 003 theorem 5.3 does not need it",
    decide({ feasible }) {
      const { inequalities, equalities, bounds, curved } = feasible;
      const free = inequalities.length + equalities.length + bounds.length + curved.length === 0;
      return free ? yes("the decision has no constraint") : no("the decision has constraints, which may bind");
    },
  },
  coherent_risk: {
    statement: "the risk is convex and monotone in the loss",
    source: "Artzner et al. 1999; Rockafellar & Uryasev 2000",
    decidedBy: "construction",
    advice: "build the risk from `mean` and `cvar` with weights of zero or more",
    decide: () => yes("it is a sum of mean and CVaR with weights of zero or more"),
  },
  cross_fitted_reference: {
    statement: "no reference decision was fitted on the row that it weights",
    source: "003 appendix D",
    decidedBy: "construction",
    advice: "give `reference` two folds or more",
    decide({ ir }) {
      const reference = ir.train.options["reference"]?.value;
      const folds =
        typeof reference === "object" && "options" in reference ? reference.options["folds"]?.value : undefined;
      return typeof folds === "number" && folds >= 2
        ? yes(`references are fitted on the other ${folds - 1} of ${folds} folds`)
        : no("the reference has no folds");
    },
  },
  bounded_outcome: {
    statement: "the outcome lies in a bounded set",
    source: "002 theorem 3.1",
    decidedBy: "declared ranges",
    advice: "declare its range where it is known: `outcome s: real in 0..100`",
    decide: ({ boundedOutcome }) =>
      boundedOutcome ? yes("every outcome has a declared range") : unknown("an outcome has no declared range"),
  },
  bounded_loss: {
    statement: "the loss is bounded over the set and the outcomes",
    source: "Ben-Tal et al. 2013; 001 lemma 1",
    decidedBy: "composition rules",
    advice: "bound the decision and declare the range of the outcome",
    decide(facts) {
      const { range, bounded } = facts.outcome();
      return bounded
        ? yes(`it lies between ${numberText(range.lower)} and ${numberText(range.upper)}`)
        : unknown("no bound follows from the bounds of the decision and the ranges of the data");
    },
  },
  path_regularity: {
    statement: "target and learnt paths have densities that are smooth enough for the adjoint identity",
    source: "003 assumption 5.1",
    decidedBy: "nothing in a spec",
    advice: "nothing need be done",
    decide: () => stated("it is about the law of the outcome and the trained velocity"),
  },
  no_boundary_flux: {
    statement: "no probability enters or leaves through the boundary of the outcome space",
    source: "003 assumption 5.2",
    decidedBy: "nothing in a spec",
    advice: "nothing need be done",
    decide: () => stated("outcomes are modelled over all of space, where it asks for decaying tails"),
  },
  path_coverage: {
    statement: "the learnt path stays where the interpolation has mass and weight",
    source: "003 assumption 5.5",
    decidedBy: "nothing in a spec",
    advice: "look at the effective sample size of the weights, which the run reports",
    decide: () => stated("it is about the trained velocity; the run reports the effective sample size of the weights"),
  },
  markov_transitions: {
    statement: "the next stage's outcome depends on the past through the last one only",
    source: "002 §4",
    decidedBy: "nothing in a spec",
    advice: "add what else matters to the observed state",
    decide: () => stated("it is about the law of the trajectories"),
  },
} as const satisfies Readonly<Record<string, Omit<Assumption, "id">>>;

export type AssumptionId = keyof typeof table;

/** Every assumption by its name, which is what `waive` takes. */
export const assumptionTable: Readonly<Record<AssumptionId, Omit<Assumption, "id">>> = table;

const tilt =
  "decision weights measure how fast the loss changes, and a jump has no rate: scenarios at the jump get too little weight";
const lost = (what: string): string => `the bound of ${what} is not promised`;

/** Which method needs what. Methods that droc cannot run yet are listed, so that their check is there before they are. */
export const needs: readonly Need[] = [
  { method: "dw_fm", assumption: "differentiable_in_outcome", for: "applies", otherwise: tilt },
  {
    method: "dw_fm",
    assumption: "cross_fitted_reference",
    for: "applies",
    otherwise: "weights would be fitted to the rows that they weigh",
  },
  {
    method: "dw_fm",
    assumption: "coherent_risk",
    for: "applies",
    otherwise: "the extended loss of Rockafellar and Uryasev would not be the risk",
  },
  { method: "dw_fm", assumption: "path_regularity", for: "bound", otherwise: lost("003 theorem 5.3") },
  { method: "dw_fm", assumption: "no_boundary_flux", for: "bound", otherwise: lost("003 theorem 5.3") },
  { method: "dw_fm", assumption: "path_coverage", for: "bound", otherwise: lost("003 theorem 5.6") },
  { method: "dw_fm_strong", assumption: "strongly_convex", for: "applies", otherwise: lost("003 theorem C.4") },
  { method: "dw_fm_strong", assumption: "smooth_in_decision", for: "applies", otherwise: lost("003 theorem C.4") },
  { method: "dw_fm_strong", assumption: "unconstrained_decision", for: "applies", otherwise: lost("003 theorem C.4") },
  { method: "uniform_fm", assumption: "path_regularity", for: "bound", otherwise: lost("003 theorem 5.3") },
  { method: "uniform_fm", assumption: "no_boundary_flux", for: "bound", otherwise: lost("003 theorem 5.3") },
  {
    method: "wasserstein_1",
    assumption: "lipschitz_in_outcome",
    for: "applies",
    otherwise: "the worst case over the ball would be infinite",
  },
  {
    method: "wasserstein_1",
    assumption: "coherent_risk",
    for: "applies",
    otherwise: "the dual would not be the worst-case risk",
  },
  {
    method: "wasserstein_2",
    assumption: "piecewise_affine_in_outcome",
    for: "applies",
    otherwise: "the worst case has no second-order cone form",
  },
  {
    method: "wasserstein_2",
    assumption: "bounded_outcome",
    for: "bound",
    otherwise: lost("002 theorem 3.1, the coverage radius,"),
  },
  { method: "kl", assumption: "coherent_risk", for: "applies", otherwise: "the dual would not be the worst-case risk" },
  {
    method: "kl",
    assumption: "bounded_loss",
    for: "bound",
    otherwise: "heavy tails make the exponential dual infinite at small multipliers",
  },
  {
    method: "spo_plus",
    assumption: "linear_in_outcome",
    for: "applies",
    otherwise: "the SPO+ surrogate is defined for linear objectives alone",
  },
  {
    // 003 §6.1 compares with it under mean + CVaR all the same: the predictor is trained on the loss, and the decision
    // takes its prediction with the training residuals as scenarios.
    method: "spo_plus",
    assumption: "mean_risk",
    for: "bound",
    otherwise: "its consistency is proved for the mean; beside a CVaR it is a heuristic",
  },
  {
    method: "spo_plus",
    assumption: "convex_in_decision",
    for: "bound",
    otherwise: "its consistency is proved for convex sets",
    source: "Elmachtoub & Grigas 2022, §2",
  },
  {
    method: "gen_dfl_implicit",
    assumption: "convex_in_decision",
    for: "applies",
    otherwise: "a decision of whole numbers has no derivative in the scenarios",
    source: "004; Amos & Kolter 2017",
  },
  {
    method: "gen_dfl_implicit",
    assumption: "strongly_convex",
    for: "applies",
    otherwise: "the best decision may jump from vertex to vertex, and its derivative is zero in between",
    source: "004; Amos & Kolter 2017",
  },
  {
    method: "gen_dfl_contrastive",
    assumption: "coherent_risk",
    for: "applies",
    otherwise: "differences of risks would not rank decisions",
  },
  {
    method: "diff_dro",
    assumption: "convex_in_decision",
    for: "applies",
    otherwise: "a decision of whole numbers has no derivative",
    source: "Amos & Kolter 2017",
  },
  {
    method: "lro",
    assumption: "linear_in_outcome",
    for: "applies",
    otherwise: "the worst outcome of the set is known in closed form for a linear cost alone",
    source: "Ben-Tal, El Ghaoui & Nemirovski 2009, ch. 1",
  },
  {
    method: "lro",
    assumption: "convex_in_decision",
    for: "applies",
    otherwise: "a decision of whole numbers has no derivative",
    source: "Amos & Kolter 2017",
  },
  {
    method: "e2e_cro",
    assumption: "linear_in_outcome",
    for: "applies",
    otherwise: "the worst outcome of the set is known in closed form for a linear cost alone",
    source: "Ben-Tal, El Ghaoui & Nemirovski 2009, ch. 1",
  },
  {
    method: "e2e_cro",
    assumption: "convex_in_decision",
    for: "applies",
    otherwise: "a decision of whole numbers has no derivative",
    source: "Amos & Kolter 2017",
  },
  {
    method: "e2e_conformal",
    assumption: "linear_in_outcome",
    for: "applies",
    otherwise: "the worst outcome of the set is known in closed form for a linear cost alone",
    source: "Ben-Tal, El Ghaoui & Nemirovski 2009, ch. 1",
  },
  {
    method: "e2e_conformal",
    assumption: "convex_in_decision",
    for: "applies",
    otherwise: "a decision of whole numbers has no derivative",
    source: "Amos & Kolter 2017",
  },
  {
    method: "task_e2e",
    assumption: "convex_in_decision",
    for: "applies",
    otherwise: "a decision of whole numbers has no derivative in the prediction",
    source: "003 §6; Donti, Amos & Kolter 2017",
  },
  {
    method: "task_e2e",
    assumption: "strongly_convex",
    for: "applies",
    otherwise: "the best decision may jump from vertex to vertex, and its derivative is zero in between",
    source: "003 §6; Donti, Amos & Kolter 2017",
  },
  {
    method: "gas_dro",
    assumption: "bounded_loss",
    for: "bound",
    otherwise: lost("001 lemma 1 with a finite constant"),
  },
  {
    method: "w_dro",
    assumption: "differentiable_in_outcome",
    for: "applies",
    otherwise: "the adversary moves outcomes by the gradient of the loss, which misses a jump",
    source: "Staib & Jegelka 2017",
  },
  {
    method: "sddp",
    assumption: "convex_in_decision",
    for: "applies",
    otherwise: "cuts would cut off the best decision",
    source: "Pereira & Pinto 1991; Shapiro 2011",
  },
  {
    method: "sddp",
    assumption: "coherent_risk",
    for: "applies",
    otherwise: "nested risks would not be consistent in time",
  },
  {
    method: "sddp",
    assumption: "markov_transitions",
    for: "bound",
    otherwise: "the value function would lack a state",
  },
];
