import type { RunOptions } from "../options.ts";
import { entryBeside, openCrewOf } from "../pool/crew.ts";
import { runAll } from "../pool/run-all.ts";
import type { EventLog } from "../runs/event-log.ts";
import { openToldUnits } from "../runs/record-run.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import { workerSetup } from "../runs/worker-setup.ts";
import { planPredictors, type PlannedPredictor } from "./methods.ts";
import { openSeedData, replicateOf, type SeedData } from "./seed-data.ts";
import type { ForecastPipeline } from "./spec.ts";
import { loadPredictor } from "./stored.ts";
import { forecastPerformer } from "./task.ts";
import type { TrainedPredictor } from "./types.ts";
import { worstLawOf } from "./worst-laws.ts";
import { parseDiagnosis, type RobustDiagnosis } from "../robust/diagnosis.ts";
import type { WorstLaw } from "../robust/sets/worst-law.ts";

/** A method trained at a seed. */
export interface TrainedSeed {
  readonly method: PlannedPredictor;
  readonly seed: number;
  readonly data: SeedData;
  readonly predictor: TrainedPredictor;
  readonly diagnosis: RobustDiagnosis | null;
  /** Of a method that has one. */
  readonly worst: WorstLaw | null;
}

const ENTRY = entryBeside(import.meta.url, "worker");

/**
 * Trains every method at every seed, several at once where there are workers; what the folder holds finished is taken from
 * it. What is computed does not depend on either.
 * @returns seed by seed, in the order of the methods
 */
export async function trainSeeds(
  pipeline: ForecastPipeline,
  options: RunOptions,
  folder: RunFolder,
  log: EventLog,
): Promise<readonly TrainedSeed[]> {
  const planned = planPredictors(pipeline);
  const { seeds } = pipeline.evaluate;
  const work = { pipeline, seeds, methods: planned.map(({ id }) => id), units: seeds * planned.length };
  const units = openToldUnits(folder, log, work, options);
  const { load } = openSeedData(pipeline, options.allow ?? []);
  const perform = forecastPerformer(pipeline, load, folder);
  const setup = (module: string) => workerSetup(pipeline, options, module);
  const crew = openCrewOf({ perform, entry: ENTRY, setup }, options);
  const told = new Set<number>();
  const trainOne = async (seed: number, method: PlannedPredictor, signal: AbortSignal): Promise<TrainedSeed> => {
    const data = await load(seed);
    const replicate = replicateOf(pipeline, seed);
    if (!told.has(replicate)) tellData(log, replicate, data);
    told.add(replicate);
    const { dataHash } = data.data;
    const unit = `train ${method.id}`;
    const file = await units.unit({ seed, name: unit, dataHash }, (slot, onStart) =>
      crew.run(
        { seed, method: method.id, dataHash, slot },
        {
          signal,
          onStart,
          onProgress: (progress) => log.emit({ kind: "training", seed, unit, ...progress }),
        },
      ),
    );
    const diagnosis = parseDiagnosis(file.metadata["diagnosis"]);
    const predictor = loadPredictor(pipeline.predictor, file, pipeline.seed);
    return { method, seed, data, predictor, diagnosis, worst: worstLawOf(file) };
  };
  try {
    const items = Array.from({ length: seeds }, (_, seed) => planned.map((method) => ({ seed, method }))).flat();
    return await runAll(items, crew.jobs, ({ seed, method }, signal) => trainOne(seed, method, signal), options.signal);
  } finally {
    await crew.close();
  }
}

function tellData(log: EventLog, seed: number, { data }: SeedData): void {
  const { train, validation, test, gaps, dataHash } = data;
  log.emit({ kind: "data", seed, train: train.rows, validation: validation.rows, test: test.rows, dataHash });
  if (gaps === null) return;
  const { before, after, line } = gaps.first;
  const many = gaps.count === 1 ? "a gap" : `${gaps.count} gaps`;
  log.warnAt(0)("index-gaps", { gaps: many, before, after, line });
}
