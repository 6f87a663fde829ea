import { deterministicRisk } from "../risk/index.ts";
import type { ConicForm, DecisionProblem } from "../spec.ts";
import { isSeparable } from "./separable-form.ts";
import { checkInput } from "./scenario-program.ts";
import type { Decider, ScenarioSet } from "./types.ts";
import { violation } from "./violation.ts";
import type { UntimedAnswer } from "./without-answer.ts";

/** Halvings of the interval of a component: bounds far apart end within rounding. */
const HALVINGS = 200;
/** A gap of this share of the objective's scale ends the search. */
const ENOUGH = 1e-12;

/**
 * Whether `createSeparableDecider` takes a problem: the mean of a convex loss in which no two components of the decision
 * meet, within finite bounds and nothing else.
 */
export function suitsSeparable({ feasible, risk, ambiguity }: DecisionProblem, conic: ConicForm): boolean {
  const { lower, upper, inequalities, equalities, integer } = feasible;
  return (
    [...lower, ...upper].every(Number.isFinite) &&
    lower.every((bound, i) => bound <= upper[i]!) &&
    inequalities.length + equalities.length + integer.length + conic.constraints.length === 0 &&
    risk.cvar.length === 0 &&
    risk.quadratic === null &&
    risk.curved === undefined &&
    (ambiguity?.radius ?? 0) === 0 &&
    isSeparable(
      conic.form,
      conic.decision.map(({ name }) => name),
    )
  );
}

/**
 * `min mean·E[ℓ(z, s)] + linear·z` over a box where ℓ is a sum of convex functions of one component each: every
 * component's interval is halved by the sign of its slope, all at once, so that a decision takes some fifty gradients
 * of the loss over the scenarios however it curves and kinks. At the interval's lower ends `a` and upper ends `b` with
 * slopes `g(a)`, `E ≥ f(a) + Σ min(0, g_i(a))·(b_i − a_i)` holds of every decision, which proves the answer.
 */
export function createSeparableDecider(problem: DecisionProblem): Decider {
  const { feasible: set, risk, sizes, loss, lossGradientZ } = problem;
  const { decision: n, outcome: d } = sizes;
  const own = new Float64Array(n);

  function decide(scenarios: ScenarioSet, context: Float64Array): UntimedAnswer {
    const { count, outcomes, weights } = scenarios;
    const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? count;
    const share = (k: number): number => (weights?.[k] ?? 1) / total;
    const rows = Array.from({ length: count }, (_, k) => outcomes.subarray(k * d, (k + 1) * d));
    const slopeAt = (z: Float64Array): Float64Array => {
      const slope = Float64Array.from(risk.linear);
      for (let k = 0; k < count; k++) {
        // An outcome of weight zero may be one at which the loss is not defined.
        if (share(k) === 0) continue;
        lossGradientZ(z, rows[k]!, context, own);
        for (let i = 0; i < n; i++) slope[i]! += risk.mean * share(k) * own[i]!;
      }
      return slope;
    };
    const valueAt = (z: Float64Array): { readonly value: number; readonly scale: number } => {
      let value = deterministicRisk(risk, z);
      let scale = Math.abs(value - risk.constant);
      for (let k = 0; k < count; k++) {
        if (share(k) === 0) continue;
        const part = risk.mean * share(k) * loss(z, rows[k]!, context);
        value += part;
        scale += Math.abs(part);
      }
      return { value, scale };
    };
    const a = Float64Array.from(set.lower);
    const b = Float64Array.from(set.upper);
    const low = slopeAt(a);
    const high = slopeAt(b);
    for (let i = 0; i < n; i++) {
      if (low[i]! >= 0) b[i] = a[i]!;
      else if (high[i]! <= 0) a[i] = b[i]!;
    }
    const lost = (): number => low.reduce((sum, slope, i) => sum + Math.max(0, -slope) * (b[i]! - a[i]!), 0);
    const size = 1e-300 + valueAt(a).scale;
    for (let halving = 0; halving < HALVINGS && lost() > ENOUGH * size; halving++) {
      const middle = a.map((lower, i) => 0.5 * (lower + b[i]!));
      const slope = slopeAt(middle);
      for (let i = 0; i < n; i++) {
        if (slope[i]! > 0) b[i] = middle[i]!;
        else {
          a[i] = middle[i]!;
          low[i] = slope[i]!;
          if (slope[i] === 0) b[i] = middle[i]!;
        }
      }
    }
    const [lower, upper] = [valueAt(a), valueAt(b)];
    const [z, best] = lower.value <= upper.value ? [a, lower] : [b, upper];
    return {
      z,
      t: new Float64Array(0),
      objective: best.value,
      status: best.value - lower.value + lost() <= 1e-6 * best.scale + ENOUGH * size ? "optimal" : "inaccurate",
      primalResidual: violation(set, z),
      dualResidual: 0,
      gap: best.value - lower.value + lost(),
      blame: [],
      solver: "separable",
      multipliers: null,
    };
  }

  return {
    decide(scenarios, context) {
      const start = performance.now();
      checkInput(scenarios, context, d, sizes.context);
      return { ...decide(scenarios, context), milliseconds: performance.now() - start };
    },
  };
}
