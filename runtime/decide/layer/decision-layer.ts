import { RuntimeError } from "../../errors/runtime-error.ts";
import type { DecisionProblem } from "../../spec.ts";
import { decideCatalogue } from "../catalogue.ts";
import { createDecider } from "../decider.ts";
import { createDecisionDerivatives } from "../derivative/index.ts";
import type { Differentiability } from "../derivative/index.ts";
import type { DecideOptions, DecisionAnswer, ScenarioSet } from "../types.ts";

type Numbers = Float32Array | Float64Array;

/** Contexts with their scenarios, such as a program's outputs. */
export interface LayerBatch {
  /** Number of contexts. */
  readonly contexts: number;
  /** contexts × p; left out where the loss reads no context. */
  readonly context?: Numbers;
  /** contexts × scenarios × d. */
  readonly outcomes: Numbers;
  /** Scenarios a context. */
  readonly scenarios: number;
  /** contexts × scenarios, at least 0. */
  readonly weights?: Numbers;
  /** One a context: contexts with a known key start from the last decision under it, and so need few iterations. */
  readonly keys?: ArrayLike<number>;
}

/** `∂L/∂·` of a batch. */
export interface LayerGradient {
  /** contexts × scenarios × d. */
  readonly outcomes: Float64Array;
  /** contexts × scenarios. */
  readonly weights: Float64Array;
  /** How many decisions were differentiable, and how many were not: see `Differentiability`. */
  readonly counts: Readonly<Record<Differentiability, number>>;
}

export interface LayerDecisions {
  /** contexts × n. */
  readonly decisions: Float64Array;
  readonly answers: readonly DecisionAnswer[];
  /**
   * @param decisionBar `∂L/∂decisions`, contexts × n. A row of zeros costs nothing.
   */
  backward(decisionBar: ArrayLike<number>): LayerGradient;
}

/** A decision problem as a layer of a model that is trained through its decisions. Not reentrant. */
export interface DecisionLayer {
  /** @throws RuntimeError `no-derivative` where a context has no decision, and what `Decider.decide` throws */
  forward(batch: LayerBatch): LayerDecisions;
}

/**
 * Forward: every context's decision, each warm-started from the last one under its key. Backward: the vector–Jacobian
 * products by implicit differentiation. As the host's part of an outer training (`runtime/tensor/outer-training.ts`) it
 * trains a predictor or generator end to end (task-based learning, Donti et al. 2017; 004 §4a).
 *
 * @throws RuntimeError as `createDecider`; `no-derivative` where components are integer, or where several pieces come
 *   without `pieces.pull`
 */
export async function createDecisionLayer(
  problem: DecisionProblem,
  options: DecideOptions = {},
): Promise<DecisionLayer> {
  const derivatives = createDecisionDerivatives(problem);
  const decider = await createDecider(problem, options);
  const { context: p, outcome: d, decision: n } = problem.sizes;
  const warm = new Map<number, DecisionAnswer>();

  function forward(batch: LayerBatch): LayerDecisions {
    const { contexts, scenarios: count } = batch;
    const inputs = Array.from({ length: contexts }, (_, row) => inputOf(batch, row));
    let last: DecisionAnswer | undefined;
    const answers = inputs.map(({ scenarios, context }, row) => {
      const key = batch.keys?.[row];
      const start = (key === undefined ? undefined : warm.get(key)) ?? last;
      const answer = decider.decide(scenarios, context, start);
      const { status, multipliers = null } = answer;
      // The worst case of an ambiguity set is solved again where it is differentiated: its answers have no multipliers.
      const decided = status === "optimal" || status === "inaccurate";
      if (!decided || (multipliers === null && problem.ambiguity === undefined)) {
        const [place] = answer.blame;
        const where = place === undefined ? {} : { place };
        const reason = `its status is ${status}, in row ${row} of the batch`;
        throw new RuntimeError(decideCatalogue, "no-derivative", { reason }, where);
      }
      if (key !== undefined) warm.set(key, { ...answer, multipliers: null });
      last = answer;
      return answer;
    });
    const decisions = new Float64Array(contexts * n);
    answers.forEach(({ z }, row) => decisions.set(z, row * n));

    function backward(decisionBar: ArrayLike<number>): LayerGradient {
      const outcomes = new Float64Array(contexts * count * d);
      const weights = new Float64Array(contexts * count);
      const counts = { exact: 0, "zero almost everywhere": 0, chosen: 0 };
      const zBar = new Float64Array(n);
      inputs.forEach(({ scenarios, context }, row) => {
        for (let i = 0; i < n; i++) zBar[i] = decisionBar[row * n + i]!;
        if (zBar.every((value) => value === 0)) return;
        const derivative = derivatives.at(scenarios, context, answers[row]!);
        counts[derivative.differentiability]++;
        const gradient = derivative.pull(zBar);
        outcomes.set(gradient.outcomes, row * count * d);
        weights.set(gradient.weights, row * count);
      });
      return { outcomes, weights, counts };
    }

    return { decisions, answers, backward };
  }

  function inputOf(batch: LayerBatch, row: number): { scenarios: ScenarioSet; context: Float64Array } {
    const { scenarios: count, outcomes, weights, context } = batch;
    return {
      scenarios: {
        count,
        outcomes: Float64Array.from(outcomes.subarray(row * count * d, (row + 1) * count * d)),
        ...(weights === undefined
          ? {}
          : { weights: Float64Array.from(weights.subarray(row * count, (row + 1) * count)) }),
      },
      context:
        context === undefined ? new Float64Array(p) : Float64Array.from(context.subarray(row * p, (row + 1) * p)),
    };
  }

  return { forward };
}
