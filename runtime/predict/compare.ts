import type { RunOptions } from "../options.ts";
import { flatten } from "../report/settings.ts";
import type { EventLog } from "../runs/event-log.ts";
import { warnOfEdges } from "./choices.ts";
import { warnOfConvergence } from "./convergence.ts";
import { takeRows } from "./data.ts";
import { DISTANCE_ROWS, ownDistance } from "./distance.ts";
import { predict, rowLosses } from "./evaluate.ts";
import { rowMetrics, scoreRows } from "./metrics.ts";
import type { ForecastResult } from "./results.ts";
import { HELD_OUT } from "./seed-data.ts";
import type { ForecastPipeline } from "./spec.ts";
import { summariseForecast, type Scored, type SetScores } from "./summary.ts";
import type { TestSet } from "./test-sets.ts";
import type { TrainedSeed } from "./train-seeds.ts";
import type { TrainedPredictor } from "./types.ts";
import { summariseWorstLaws } from "./worst-laws.ts";

/** A trained predictor with the sets that it is tested on. */
export interface EvaluatedSeed extends TrainedSeed {
  readonly sets: readonly TestSet[];
}

/** Scores of one predictor on every test set: the loss of the spec and the row metrics. */
export async function scoreSets(
  { loss, evaluate }: ForecastPipeline,
  predictor: TrainedPredictor,
  sets: readonly TestSet[],
): Promise<SetScores> {
  const metrics = rowMetrics(evaluate.metrics);
  const scores = new Map<string, Readonly<Record<string, number>>>();
  for (const { summary, data } of sets) {
    const losses = await rowLosses(predictor, loss, data);
    const predictions = await predict(predictor, data.inputs, data.rows);
    const own = metrics.map(({ id }, k) => [id, scoreRows(metrics[k]!, predictions, data.targets, data.rows)] as const);
    const total = losses.reduce((sum, value) => sum + value, 0);
    scores.set(summary.id, { mean_loss: total / losses.length, ...Object.fromEntries(own) });
  }
  return scores;
}

/** What the run found, from the data and the test sets of the first seed. */
export async function resultOf(
  pipeline: ForecastPipeline,
  options: RunOptions,
  evaluated: readonly EvaluatedSeed[],
  scored: readonly Scored[],
  log: EventLog,
): Promise<ForecastResult> {
  const { data: rows, sets } = evaluated[0]!;
  const { data, train, validation } = rows;
  const worstLaws = await summariseWorstLaws(evaluated, pipeline.loss);
  const { evaluate, data: declared } = pipeline;
  const { source } = declared;
  const summaries = sets.map(({ summary }) => summary);
  const summary = summariseForecast(scored, summaries, evaluate.metrics, rowMetrics(evaluate.metrics));
  // A rehearsal has one candidate of each choice, and its trainings are cut off.
  if (options.quick !== true) {
    warnOfEdges(log.warnAt(Infinity), summary.methods);
    warnOfConvergence(log.warnAt(Infinity), summary.methods);
  }
  const held =
    train === data.train
      ? []
      : [
          `Methods that choose hold out the last ${100 * HELD_OUT} % of each training zone; every method trains on the rest.`,
        ];
  return {
    version: 1,
    kind: "forecast",
    model: pipeline.name,
    irHash: pipeline.irHash,
    drocVersion: pipeline.drocVersion,
    seed: pipeline.seed,
    seeds: evaluate.seeds,
    quick: options.quick === true,
    data: {
      name: declared.name,
      source: source.kind === "synthetic" ? `synthetic ${source.task}` : `${source.kind} ${source.path}`,
      hash: data.dataHash,
      train: train.rows,
      validation: validation.rows,
      test: data.test.rows,
      notes: [...data.notes, ...held],
    },
    ownDistance: ownDistance(data.train, (rows) => takeRows(data.train, rows)),
    sets: summaries,
    ...summary,
    ...(worstLaws.length === 0 ? {} : { worstLaws }),
    settings: [
      { name: "seed", value: String(pipeline.seed) },
      ...flatten("data.source", source),
      ...flatten("data.split", declared.split),
      ...flatten("predictor", pipeline.predictor.network),
      ...flatten("risk", pipeline.risk),
      ...(pipeline.generator === undefined ? [] : flatten("uncertainty", pipeline.generator)),
      ...flatten("train", pipeline.train),
      ...pipeline.compare.flatMap((method, k) => flatten(`compare.${k + 1}`, method)),
      ...(pipeline.stress === undefined ? [] : flatten("stress", pipeline.stress)),
      ...flatten("evaluate", evaluate),
      { name: "wasserstein_to_train.rows", value: String(DISTANCE_ROWS) },
    ],
    warnings: log.warnings,
  };
}
