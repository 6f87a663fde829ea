import { join } from "node:path";
import { flatten } from "../report/settings.ts";
import { formatJson } from "../report/json.ts";
import { writeTable, type TableColumn } from "../data/write-table.ts";
import { throttled } from "../methods/pace.ts";
import type { RunOptions } from "../options.ts";
import { QUICK, rootFolder } from "../runs/effective.ts";
import type { EventLog } from "../runs/event-log.ts";
import { provenance } from "../runs/provenance.ts";
import { openToldUnits, recordRun } from "../runs/record-run.ts";
import { checkpointSlot, type RunFolder } from "../runs/run-folder.ts";
import type { UnitStore } from "../runs/units.ts";
import { randomStream } from "../tensor/random.ts";
import { holdOut, takeRows } from "./data.ts";
import { DISTANCE_ROWS, ownDistance } from "./distance.ts";
import { predict, rowLosses } from "./evaluate.ts";
import type { ForecastData } from "./forecast-data.ts";
import { loadForecast } from "./load.ts";
import { planPredictors, trainMethod, type PlannedPredictor } from "./methods.ts";
import { rowMetrics, scoreRows } from "./metrics.ts";
import { renderForecastHtml, renderForecastMarkdown } from "./report.ts";
import type { ForecastResult } from "./results.ts";
import { aggregateOf } from "./risk.ts";
import type { ForecastPipeline, PredictorMethodSpec } from "./spec.ts";
import { loadPredictor, openNet, predictorOnnx, predictorTensors } from "./stored.ts";
import { summariseForecast, type Scored, type SetScores } from "./summary.ts";
import { testSets, type TestSet } from "./test-sets.ts";
import { fitScaling } from "./train.ts";
import type { PredictorData, TrainedPredictor } from "./types.ts";

/** Steps between two checkpoints of a training. */
const CHECKPOINT_STEPS = 500;
/** Share of the training rows of each zone that methods choose on where the split has no validation part. */
const HELD_OUT = 0.1;

/**
 * Runs a pipeline whose decision is a predictor: data, training of every method at every seed (finished work is taken from
 * the folder), then the test sets, the summary and the files of the run.
 */
export async function executeForecast(pipeline: ForecastPipeline, options: RunOptions): Promise<ForecastResult> {
  const started = performance.now();
  const effective = effectiveForecast(pipeline, options);
  return recordRun(options, started, async (folder, log) => {
    const planned = planPredictors(effective);
    const { seeds } = effective.evaluate;
    const units = openTraining(effective, planned, options, folder, log);
    const loaded = new Map<number, Promise<SeedData>>();
    const dataOf = (seed: number): Promise<SeedData> => {
      const replicate = effective.data.source.kind === "synthetic" ? seed : 0;
      const found = loaded.get(replicate) ?? loadSeed(effective, planned, replicate, options, log);
      loaded.set(replicate, found);
      return found;
    };
    const warn = log.warnAt(0);
    if (options.quick === true) warn("quick-run", {});
    if (seeds === 1) warn("single-seed", {});

    const trained: TrainedSeed[] = [];
    for (let seed = 0; seed < seeds; seed++) {
      const data = await dataOf(seed);
      for (const method of planned) trained.push(await trainOne({ effective, method, seed, data, units, folder, log }));
    }
    // Only now is the test part looked at.
    const scored: Scored[] = [];
    for (const method of planned) {
      const own = trained.filter((one) => one.method === method);
      const scores: SetScores[] = [];
      for (const { predictor, data } of own) scores.push(await scoreSets(effective, predictor, data.sets));
      scored.push({ method, seeds: scores, diagnoses: own.map(({ diagnosis }) => diagnosis) });
    }
    const first = await dataOf(0);
    const result = resultOf(effective, options, first, scored, log);
    await writeForecast({ pipeline, folder, result, trained, planned });
    return result;
  });
}

/** `seeds` and `quick` applied. */
export function effectiveForecast(
  pipeline: ForecastPipeline,
  options: Pick<RunOptions, "seeds" | "quick">,
): ForecastPipeline {
  const { evaluate } = pipeline;
  const seeds = options.seeds ?? evaluate.seeds;
  if (options.quick !== true) return { ...pipeline, evaluate: { ...evaluate, seeds } };
  // A generator that is hardly trained exceeds every budget in its own unit; multiples of its loss stand in.
  const { budgets: _, ...rest } = pipeline;
  return {
    ...rest,
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
    case "gas_dro":
      return { ...method, ...fitted, ...rounds, steps };
  }
}

/** The first candidate; the one that stands for a choice left to the method. */
function first(candidates: readonly number[] = [1]): readonly number[] {
  return candidates.slice(0, 1);
}

interface SeedData {
  readonly data: ForecastData;
  readonly train: PredictorData;
  readonly validation: PredictorData;
  readonly sets: readonly TestSet[];
}

async function loadSeed(
  pipeline: ForecastPipeline,
  planned: readonly PlannedPredictor[],
  replicate: number,
  options: RunOptions,
  log: EventLog,
): Promise<SeedData> {
  const data = await loadForecast(pipeline.data, pipeline.predictor, {
    root: rootFolder(pipeline.root),
    allow: options.allow ?? [],
    seed: pipeline.seed,
    replicate,
  });
  const { train, validation, test, gaps, dataHash } = data;
  const counts = { train: train.rows, validation: validation.rows, test: test.rows };
  log.emit({ kind: "data", seed: replicate, ...counts, dataHash });
  if (gaps !== null) {
    const { before, after, line } = gaps.first;
    const many = gaps.count === 1 ? "a gap" : `${gaps.count} gaps`;
    log.warnAt(0)("index-gaps", { gaps: many, before, after, line });
  }
  const sets = testSets(pipeline, data, randomStream(pipeline.seed, "stress"));
  if (validation.rows > 0 || planned.every(({ chooses }) => !chooses)) return { data, train, validation, sets };
  const reach = Math.max(0, ...pipeline.data.windows.map(({ length, horizon }) => length + horizon.size - 1));
  return { data, ...holdOut(train, HELD_OUT, reach), sets };
}

function openTraining(
  pipeline: ForecastPipeline,
  planned: readonly PlannedPredictor[],
  options: RunOptions,
  folder: RunFolder,
  log: EventLog,
): { readonly store: UnitStore; readonly signal: AbortSignal } {
  const { seeds } = pipeline.evaluate;
  const methods = planned.map(({ id }) => id);
  const store = openToldUnits(folder, log, { pipeline, seeds, methods, units: seeds * planned.length }, options);
  return { store, signal: options.signal ?? new AbortController().signal };
}

interface TrainedSeed {
  readonly method: PlannedPredictor;
  readonly seed: number;
  readonly data: SeedData;
  readonly predictor: TrainedPredictor;
  readonly diagnosis: unknown;
}

async function trainOne({
  effective,
  method,
  seed,
  data,
  units,
  folder,
  log,
}: {
  readonly effective: ForecastPipeline;
  readonly method: PlannedPredictor;
  readonly seed: number;
  readonly data: SeedData;
  readonly units: ReturnType<typeof openTraining>;
  readonly folder: RunFolder;
  readonly log: EventLog;
}): Promise<TrainedSeed> {
  const { predictor: decision } = effective;
  const shape = { inputs: decision.inputs, outputs: decision.target.size };
  const unit = `train ${method.id}`;
  const file = await units.store.unit({ seed, name: unit, dataHash: data.data.dataHash }, async (slot, onStart) => {
    onStart();
    const net = openNet(decision, fitScaling(data.train, shape), effective.seed);
    const problem = {
      net,
      loss: effective.loss,
      train: data.train,
      validation: data.validation,
      aggregate: aggregateOf(effective.risk),
      surroundings: {
        ...(effective.generator === undefined ? {} : { generator: effective.generator }),
        ...(effective.budgets === undefined ? {} : { budgets: effective.budgets }),
      },
    };
    const due = throttled();
    // Every method of a seed begins with the same parameters and draws the same batches.
    const { predictor, diagnosis } = await trainMethod(
      method.how,
      problem,
      randomStream(effective.seed, `replicate/${seed}/predictor`),
      {
        signal: units.signal,
        checkpoint: checkpointSlot(folder, slot, CHECKPOINT_STEPS),
        ...(effective.places?.train === undefined ? {} : { place: effective.places.train }),
        onStep(step, total, loss) {
          if (due() || step === total) log.emit({ kind: "training", seed, unit, step, total, loss });
        },
      },
    );
    return { tensors: predictorTensors(predictor), metadata: { diagnosis: JSON.stringify(diagnosis) } };
  });
  const diagnosis: unknown = JSON.parse(file.metadata["diagnosis"] ?? "null");
  return { method, seed, data, predictor: loadPredictor(decision, file, effective.seed), diagnosis };
}

/** Scores of one predictor on every test set: the loss of the spec and the row metrics. */
async function scoreSets(
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

function resultOf(
  pipeline: ForecastPipeline,
  options: RunOptions,
  { data, train, validation, sets }: SeedData,
  scored: readonly Scored[],
  log: EventLog,
): ForecastResult {
  const { evaluate, data: declared } = pipeline;
  const { source } = declared;
  const summaries = sets.map(({ summary }) => summary);
  const summary = summariseForecast(scored, summaries, evaluate.metrics, rowMetrics(evaluate.metrics));
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

/** `results.json` comes last: where it is, everything else is there too. */
async function writeForecast({
  pipeline,
  folder,
  result,
  trained,
  planned,
}: {
  readonly pipeline: ForecastPipeline;
  readonly folder: RunFolder;
  readonly result: ForecastResult;
  readonly trained: readonly TrainedSeed[];
  readonly planned: readonly PlannedPredictor[];
}): Promise<void> {
  const made = provenance(pipeline);
  for (const { method, seed, predictor, data } of trained) {
    const tensors = { ...predictorTensors(predictor), ...transformTensors(data.data) };
    const metadata = { ...made, method: method.id, seed: String(seed) };
    await folder.writeTensors(`weights/${method.id}-seed-${seed}.safetensors`, tensors, metadata);
    if (seed !== 0 || method !== planned[0]) continue;
    await folder.writeTensors("weights.safetensors", tensors, metadata);
    await folder.write("predictor.onnx", predictorOnnx(predictor, data.data.transforms, made));
  }
  const columns = await predictionColumns(
    pipeline,
    trained.filter(({ seed }) => seed === 0),
  );
  await folder.guard(() => writeTable(join(folder.path, "predictions.parquet"), columns));
  await folder.write("report.md", renderForecastMarkdown(result));
  await folder.write("report.html", renderForecastHtml(result));
  await folder.write("results.json", `${formatJson(result)}\n`);
}

function vector(data: Float64Array): { readonly shape: readonly number[]; readonly data: Float64Array } {
  return { shape: [data.length], data };
}

/** The transforms of the spec, so that the weights alone predict from raw inputs. */
function transformTensors({ transforms: { inputs, targets } }: ForecastData) {
  return {
    "transform.inputs.shift": vector(inputs.shift),
    "transform.inputs.scale": vector(inputs.scale),
    "transform.targets.shift": vector(targets.shift),
    "transform.targets.scale": vector(targets.scale),
  };
}

/** Predictions of the first seed on the rows of each zone as they are, in the modelled units. */
async function predictionColumns(pipeline: ForecastPipeline, trained: readonly TrainedSeed[]): Promise<TableColumn[]> {
  const method: string[] = [];
  const zone: string[] = [];
  const index: string[] = [];
  const values: number[][] = Array.from({ length: 2 * pipeline.predictor.target.size }, () => []);
  const d = pipeline.predictor.target.size;
  for (const { method: own, predictor, data } of trained) {
    for (const { summary, data: rows, rows: positions } of data.sets) {
      if (summary.corruption !== null) continue;
      const predictions = await predict(predictor, rows.inputs, rows.rows);
      for (let i = 0; i < rows.rows; i++) {
        method.push(own.id);
        zone.push(summary.zone);
        index.push(data.data.labels[positions[i]!] ?? "");
        for (let j = 0; j < d; j++) {
          values[j]!.push(predictions[i * d + j]!);
          values[d + j]!.push(rows.targets[i * d + j]!);
        }
      }
    }
  }
  const names = trained[0]?.data.data.targetNames ?? [];
  return [
    { name: "method", values: method },
    { name: "set", values: zone },
    { name: "index", values: index },
    ...values.map((column, k) => ({
      name: `${k < d ? "predicted" : "observed"} ${names[k % d]!}`,
      values: Float64Array.from(column),
    })),
  ];
}
