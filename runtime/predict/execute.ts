import type { RunOptions } from "../options.ts";
import { recordRun } from "../runs/record-run.ts";
import { randomStream } from "../tensor/random.ts";
import { writeForecast } from "./artefacts.ts";
import { resultOf, scoreSets, type EvaluatedSeed } from "./compare.ts";
import { effectiveForecast } from "./effective.ts";
import { planPredictors } from "./methods.ts";
import type { ForecastResult } from "./results.ts";
import type { ForecastPipeline } from "./spec.ts";
import type { Scored, SetScores } from "./summary.ts";
import { testSets, type TestSet } from "./test-sets.ts";
import { trainSeeds } from "./train-seeds.ts";
import type { ForecastData } from "./forecast-data.ts";

/**
 * Runs a pipeline whose decision is a predictor: data, training of every method at every seed (finished work is taken from
 * the folder), then the test sets, the summary and the files of the run.
 */
export async function executeForecast(pipeline: ForecastPipeline, options: RunOptions): Promise<ForecastResult> {
  const started = performance.now();
  const effective = effectiveForecast(pipeline, options);
  return recordRun(options, started, async (folder, log) => {
    const warn = log.warnAt(0);
    if (options.quick === true) warn("quick-run", {});
    if (effective.evaluate.seeds === 1) warn("single-seed", {});
    const trained = await trainSeeds(effective, options, folder, log);

    // Only now is the test part looked at.
    const made = new Map<ForecastData, readonly TestSet[]>();
    const setsOf = (data: ForecastData): readonly TestSet[] => {
      const sets = made.get(data) ?? testSets(effective, data, randomStream(effective.seed, "stress"));
      made.set(data, sets);
      return sets;
    };
    const evaluated = trained.map((one): EvaluatedSeed => ({ ...one, sets: setsOf(one.data.data) }));
    const scored: Scored[] = [];
    for (const method of planPredictors(effective)) {
      const own = evaluated.filter((one) => one.method.id === method.id);
      const scores: SetScores[] = [];
      for (const { predictor, sets } of own) scores.push(await scoreSets(effective, predictor, sets));
      scored.push({ method, seeds: scores, diagnoses: own.map(({ diagnosis }) => diagnosis) });
    }
    const result = await resultOf(effective, options, evaluated, scored, log);
    await writeForecast({ pipeline, folder, result, trained: evaluated });
    return result;
  });
}
