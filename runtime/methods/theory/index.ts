import type { EvaluationContexts } from "../../evaluate/contexts.ts";
import type { DecisionProblem, FlowMatchingSpec } from "../../spec.ts";
import type { TrueLaw } from "../../tasks/true-law.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { ModelTensors } from "../backend.ts";
import { endpointWeights, type ReferenceDecision } from "../weights.ts";
import { heldOutGradients, regretBound, weightTheory, type WeightTheory } from "./bound.ts";
import { drawInterpolation, flowWeights, velocityAt, type TheoryRows } from "./interpolation.ts";
import { riskParts, type RiskParts } from "./risk-parts.ts";

/** Pairs of a time and a noise at each held-out context. */
export const THEORY_REPEATS = 8;

/** What the theory of DW-FM says of one trained flow, on rows that neither it nor its reference was fitted on. Plain JSON. */
export interface DwFmTheory extends RiskParts, WeightTheory {
  readonly contexts: number;
  /** λ in units of 1/gradient². */
  readonly lambda: number;
  /** `2 √(2 C (E_w + B_tilt))` at the least C: the bound itself is no smaller, and holds where assumptions 5.1–5.5 do. */
  readonly leastBound: number | null;
  /** The same without the tilt, which de-tilting takes out of the population's target. */
  readonly leastBoundDetilted: number | null;
}

export interface TheoryInput {
  readonly problem: DecisionProblem;
  readonly spec: FlowMatchingSpec;
  readonly tensors: ModelTensors;
  /** The flow trained without weights, `null` where the run has none. */
  readonly plain: ModelTensors | null;
  readonly lambda: number;
  /** Held-out contexts with their outcomes. */
  readonly contexts: EvaluationContexts;
  /** The true law, where there is one: its draws take the place of the one outcome in the data, and tell more. */
  readonly truth: TrueLaw | null;
  readonly referenceAt: (position: number) => ReferenceDecision;
  readonly stream: RandomStream;
}

/**
 * Weighted excess risk, tilting bias and the parts of the regret bound of 003 (theorems 5.4 and 5.6, appendix D) for a
 * trained flow: reference and flow are fixed by the training rows, the parts are measured on others, which is the sample
 * splitting that the appendix asks for.
 */
export async function dwFmTheory(input: TheoryInput): Promise<DwFmTheory> {
  const { problem, spec, tensors, plain, lambda, referenceAt, stream } = input;
  const { sizes } = problem;
  const weights = flowWeights(spec, sizes, tensors);
  const rows = theoryRows(input);
  const tuples = drawInterpolation(rows, sizes, weights, stream.child("tuples"));
  const field = await velocityAt(spec, sizes, weights, tuples);
  const plainField = plain === null ? field : await velocityAt(spec, sizes, flowWeights(spec, sizes, plain), tuples);
  const gradients = heldOutGradients(problem, referenceAt, rows, weights.outcome.scale);
  const rowWeights = endpointWeights(gradients.plain, lambda);
  const varying = Array.from(weights.outcome.scale.keys()).filter((j) => weights.outcome.scale[j] !== 0);
  const parts = riskParts({
    tuples,
    sizes,
    field,
    plain: plainField,
    weights: rowWeights,
    varying,
    stream: stream.child("features"),
  });
  const theory = weightTheory(rowWeights, gradients.standardised);
  return {
    contexts: rows.count,
    lambda,
    ...parts,
    ...theory,
    leastBound: regretBound(theory.leastConstant, parts.sum.value),
    leastBoundDetilted: regretBound(theory.leastConstant, parts.excessRisk.value),
  };
}

function theoryRows({ problem, contexts, truth, stream }: TheoryInput): TheoryRows {
  const { context: p, outcome: d } = problem.sizes;
  const { count, values } = contexts;
  const outcomes = new Float64Array(count * THEORY_REPEATS * d);
  for (let i = 0; i < count; i++) {
    const at = i * THEORY_REPEATS * d;
    if (truth !== null) {
      const context = values.subarray(i * p, (i + 1) * p);
      outcomes.set(truth.sample(context, THEORY_REPEATS, stream.child(`outcomes/${i}`)), at);
      continue;
    }
    const outcome = contexts.outcomes.subarray(i * d, (i + 1) * d);
    for (let k = 0; k < THEORY_REPEATS; k++) outcomes.set(outcome, at + k * d);
  }
  return { count, values, repeats: THEORY_REPEATS, outcomes };
}
