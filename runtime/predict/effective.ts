import type { RunOptions } from "../options.ts";
import { QUICK } from "../runs/effective.ts";
import type { SetSpec } from "../robust/sets/spec.ts";
import type { ForecastPipeline, PredictorMethodSpec } from "./spec.ts";

/** `seeds` and `quick` applied. */
export function effectiveForecast(
  pipeline: ForecastPipeline,
  options: Pick<RunOptions, "seeds" | "quick">,
): ForecastPipeline {
  const { evaluate } = pipeline;
  const seeds = options.seeds ?? evaluate.seeds;
  if (options.quick !== true) return { ...pipeline, evaluate: { ...evaluate, seeds } };
  return {
    ...ofMultiples(pipeline),
    train: short(pipeline.train),
    compare: pipeline.compare.map(short),
    evaluate: { ...evaluate, seeds: Math.min(seeds, QUICK.seeds), contexts: QUICK.contexts },
  };
}

/** Steps and alternations of a rehearsal: a recurrent network takes tens of milliseconds a step. */
const QUICK_STEPS = 30;
const QUICK_ROUNDS = 2;

/** The method with few steps and one candidate of each choice. */
function short(method: PredictorMethodSpec): PredictorMethodSpec {
  const steps = Math.min(method.steps, QUICK_STEPS);
  const fitted = "pretraining" in method ? { pretraining: QUICK_STEPS } : {};
  const rounds = { inner: QUICK_ROUNDS, outer: QUICK_ROUNDS };
  switch (method.method) {
    case "ml":
      return { ...method, steps };
    case "dml":
      return { ...method, ...fitted, steps, shares: first(method.shares) };
    case "w_dro":
    case "kl_dro":
      return { ...method, steps, radii: first(method.radii) };
    case "dragen":
      return { ...method, ...fitted, steps, radii: first(method.radii) };
    case "p_dro":
      return { ...method, ...fitted, ...rounds, steps, temperatures: first(method.temperatures) };
    case "dro":
      return { ...method, steps, set: firstSize(method.set) };
    case "gas_dro":
      return { ...ofMultiples(method), ...fitted, ...rounds, steps };
  }
}

/** A generator that is hardly trained exceeds every budget in its own unit; multiples of its loss stand in. */
function ofMultiples<T extends { readonly budgets?: readonly number[] }>(declared: T): Omit<T, "budgets"> {
  const { budgets: _, ...rest } = declared;
  return rest;
}

/** The first candidate; the one that stands for a choice left to the method. */
function first(candidates: readonly number[] = [1]): readonly number[] {
  return candidates.slice(0, 1);
}

function firstSize(set: SetSpec): SetSpec {
  if ("radii" in set) return { ...set, radii: first(set.radii) };
  return "tails" in set ? { ...set, tails: first(set.tails) } : { ...set, covariances: first(set.covariances) };
}
