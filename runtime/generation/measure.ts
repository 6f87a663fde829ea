import type { Dataset } from "../data/dataset.ts";
import type { EvaluationContexts } from "../evaluate/contexts.ts";
import { DIAGNOSIS, diagnose } from "../evaluate/generator/diagnose.ts";
import { chunkSize } from "../methods/sources.ts";
import { columnScales } from "../models/mixture/standardise.ts";
import type { ConditionalSampler, TrainingSet } from "../models/sampler.ts";
import type { RandomStream } from "../tensor/random.ts";
import { marginalDistance, type Measured } from "./metrics.ts";
import type { GenerationPipeline } from "./spec.ts";

/** A law's distances from the held-out outcomes, and the scenarios that they were measured on. */
export interface MeasuredLaw extends Measured {
  readonly contexts: EvaluationContexts;
  /** n × K × d: K scenarios at each held-out row. */
  readonly scenarios: Float64Array;
}

export interface MeasureInput {
  readonly data: Dataset;
  /** Held-out rows. */
  readonly contexts: EvaluationContexts;
  readonly train: TrainingSet;
  readonly sizes: GenerationPipeline["sizes"];
  readonly stream: RandomStream;
}

/**
 * Draws scenarios at every held-out row and compares them with the outcomes. Without a context all rows share one law, and
 * their scenarios are different draws of it.
 * @throws RuntimeError `scenario-not-finite`
 */
export async function measureLaw(
  law: ConditionalSampler,
  { data, contexts, train, sizes, stream }: MeasureInput,
): Promise<MeasuredLaw> {
  const { count } = contexts;
  const { context: p, outcome: d } = sizes;
  const { draws } = DIAGNOSIS;
  const scenarios = new Float64Array(count * draws * d);
  const step = chunkSize(draws, d);
  for (let from = 0; from < count; from += step) {
    const rows = Math.min(step, count - from);
    const values = contexts.values.subarray(from * p, (from + rows) * p);
    // A sampler counts its rows by their contexts: without any, one row has all draws.
    const [asked, each] = p === 0 ? [1, rows * draws] : [rows, draws];
    scenarios.set(await law.sample(values, asked, each, stream.child(`draw/${from}`)), from * draws * d);
  }
  const { truth } = data;
  const positions = Int32Array.from({ length: Math.min(count, DIAGNOSIS.truthContexts) }, (_, k) =>
    Math.floor((k * count) / Math.min(count, DIAGNOSIS.truthContexts)),
  );
  const diagnosis = diagnose({
    contexts: count,
    values: contexts.values,
    outcomes: contexts.outcomes,
    scenarios,
    train,
    // Without a decision no context is harder than another.
    difficulty: new Float64Array(count),
    truth:
      truth === null || p === 0
        ? null
        : {
            positions,
            outcomes: Float64Array.from(
              [...positions].flatMap((i) =>
                Array.from(
                  truth.sample(contexts.values.subarray(i * p, (i + 1) * p), draws, stream.child(`truth/${i}`)),
                ),
              ),
            ),
          },
    stream,
  });
  const { spread } = columnScales(train.outcomes, train.rows, d, new Float64Array(train.rows).fill(1));
  return {
    contexts,
    scenarios,
    diagnosis,
    marginals: marginalDistance(contexts.outcomes, scenarios, Float64Array.from(spread), count),
  };
}
