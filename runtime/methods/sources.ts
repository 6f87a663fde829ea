import type { ScenarioSet } from "../decide/types.ts";
import type { EvaluationContexts } from "../evaluate/contexts.ts";
import type { EvaluationLaw } from "../evaluate/evaluator.ts";
import type { ConditionalSampler, TrainingSet } from "../models/sampler.ts";
import type { RandomStream } from "../tensor/random.ts";
import { neighbourFinder } from "./neighbours.ts";
import { projectOnRange, type DrawnScenarios, type OutcomeRange } from "./outcome-range.ts";
import { rowsOf } from "./reference.ts";

/** Where a method's scenarios come from. */
export interface ScenarioSource {
  /** Scenario sets of the contexts from … to − 1. The same object for every context means: the context has no say. */
  draw(contexts: EvaluationContexts, from: number, to: number): Promise<readonly DrawnScenarios[]>;
}

/** Numbers drawn in one call of a sampler, at most: chunks are a function of the sizes alone, never of memory or time. */
const CHUNK_VALUES = 2 ** 19;

/** Contexts a chunk for `count` scenarios of `d` values. */
export function chunkSize(count: number, d: number): number {
  return Math.max(1, Math.floor(CHUNK_VALUES / (count * d)));
}

/**
 * A generator's scenarios. Each chunk has a stream of its own, named by its first context, so that two generators given
 * the same stream draw from the same noise (common random numbers) and their difference is paired.
 */
export function samplerSource(
  sampler: ConditionalSampler,
  count: number,
  sizes: { readonly context: number; readonly outcome: number },
  stream: RandomStream,
): ScenarioSource {
  const { context: p, outcome: d } = sizes;
  return {
    async draw(contexts, from, to) {
      const values = contexts.values.subarray(from * p, to * p);
      const drawn = await sampler.sample(values, to - from, count, stream.child(String(from)));
      return Array.from({ length: to - from }, (_, k) => ({
        count,
        outcomes: drawn.subarray(k * count * d, (k + 1) * count * d),
      }));
    },
  };
}

/** The same scenarios, each value moved to the nearest one of the outcome's declared range. */
export function withinRange(source: ScenarioSource, range: OutcomeRange | null): ScenarioSource {
  if (range === null) return source;
  return {
    async draw(contexts, from, to) {
      const sets = await source.draw(contexts, from, to);
      return sets.map((set) => {
        const outcomes = set.outcomes.slice();
        return { ...set, outcomes, moved: projectOnRange(range, outcomes) };
      });
    },
  };
}

/** The same scenarios, each set with what its context adds to the radius of the ball around it. */
export function widenedSource(
  source: ScenarioSource,
  { widening }: { widening(context: Float64Array): number },
  contextSize: number,
): ScenarioSource {
  return {
    async draw(contexts, from, to) {
      const sets = await source.draw(contexts, from, to);
      return sets.map((set, k) => {
        const at = (from + k) * contextSize;
        return { ...set, widening: widening(contexts.values.subarray(at, at + contextSize)) };
      });
    },
  };
}

/** All training outcomes, whatever the context (SAA). */
export function empiricalSource(train: TrainingSet): ScenarioSource {
  const all: ScenarioSet = { count: train.rows, outcomes: train.outcomes };
  return {
    async draw(_contexts, from, to) {
      return Array.from({ length: to - from }, () => all);
    },
  };
}

/** Outcomes of the nearest training rows, equally weighted (Bertsimas and Kallus 2020, k-nearest neighbours). */
export function neighbourSource(
  train: TrainingSet,
  sizes: { readonly context: number; readonly outcome: number },
  neighbours: number,
): ScenarioSource {
  const { context: p, outcome: d } = sizes;
  const finder = neighbourFinder(train, p);
  return {
    async draw(contexts, from, to) {
      return Array.from({ length: to - from }, (_, k) => {
        const context = contexts.values.subarray((from + k) * p, (from + k + 1) * p);
        return rowsOf(train, d, finder.nearest(context, neighbours));
      });
    },
  };
}

/**
 * A point prediction with a cloud of training residuals around it, which is what a risk-averse objective needs of a
 * predictor. The residuals are drawn once, so every context has the same cloud.
 *
 * @param predict rows × d predictions at rows × p contexts
 */
export function predictionSource(
  predict: (contexts: Float64Array, rows: number) => Promise<Float64Array>,
  residuals: Float64Array,
  sizes: { readonly context: number; readonly outcome: number },
): ScenarioSource {
  const { context: p, outcome: d } = sizes;
  const count = residuals.length / d;
  return {
    async draw(contexts, from, to) {
      const predicted = await predict(contexts.values.subarray(from * p, to * p), to - from);
      return Array.from({ length: to - from }, (_, k) => {
        const outcomes = residuals.slice();
        for (let i = 0; i < outcomes.length; i++) outcomes[i]! += predicted[k * d + (i % d)]!;
        return { count, outcomes };
      });
    },
  };
}

/**
 * `count` residuals of the training rows: all of them in row order where there are no more than `count`, else a random
 * choice without replacement.
 */
export function residualCloud(
  predicted: Float64Array,
  train: TrainingSet,
  d: number,
  count: number,
  stream: RandomStream,
): Float64Array {
  const rows =
    train.rows <= count ? Int32Array.from({ length: train.rows }, (_, i) => i) : stream.permutation(train.rows);
  const taken = Math.min(count, train.rows);
  const residuals = new Float64Array(taken * d);
  for (let k = 0; k < taken; k++) {
    const row = rows[k]!;
    for (let j = 0; j < d; j++) residuals[k * d + j] = train.outcomes[row * d + j]! - predicted[row * d + j]!;
  }
  return residuals;
}

/** Scenarios of the evaluation law itself, drawn apart from those that regret is measured with. */
export function lawSource(
  law: EvaluationLaw,
  count: number,
  contextSize: number,
  stream: RandomStream,
): ScenarioSource {
  return {
    async draw(contexts, from, to) {
      const sets: ScenarioSet[] = [];
      for (let i = from; i < to; i++) {
        const context = contexts.values.subarray(i * contextSize, (i + 1) * contextSize);
        const outcomes = await law.draw(context, count, stream.child(String(contexts.positions[i]!)));
        sets.push({ count, outcomes });
      }
      return sets;
    },
  };
}
