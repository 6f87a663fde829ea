import type { Dataset } from "../data/dataset.ts";
import type { EvaluationLaw } from "../evaluate/evaluator.ts";
import type { TrueLaw } from "../tasks/true-law.ts";
import type { ConditionalSampler } from "../models/sampler.ts";
import { takeRows } from "../evaluate/contexts.ts";
import type { Sizes } from "../spec.ts";
import { projectOnRange, type OutcomeRange } from "./outcome-range.ts";
import type { TrainingSet } from "../models/sampler.ts";

/** A synthetic task's own law. */
export function truthLaw(truth: TrueLaw): EvaluationLaw {
  return {
    async draw(context, count, stream) {
      return truth.sample(context, count, stream);
    },
  };
}

/** A fitted model as the law. */
export function samplerLaw(sampler: ConditionalSampler, range: OutcomeRange | null): EvaluationLaw {
  return {
    async draw(context, count, stream) {
      const outcomes = await sampler.sample(context, 1, count, stream);
      // The law that regret is measured under keeps to the declared range as the methods' scenarios do.
      if (range !== null) projectOnRange(range, outcomes);
      return outcomes;
    },
  };
}

/** Rows of the data as a training set. */
export function rowsOfData(data: Dataset, sizes: Omit<Sizes, "decision">, rows: Int32Array): TrainingSet {
  return {
    rows: rows.length,
    contexts: takeRows(data.contexts, sizes.context, rows),
    outcomes: takeRows(data.outcomes, sizes.outcome, rows),
  };
}

/**
 * Rows that the evaluator of a split may be fitted on: train and validation for choosing, every row for the final
 * comparison. No method ever sees either evaluator.
 */
export function evaluatorRows(data: Dataset, split: "validation" | "test"): Int32Array {
  const { train, validation, test } = data.split;
  const rows = split === "test" ? [...train, ...validation, ...test] : [...train, ...validation];
  return Int32Array.from(rows).sort();
}
