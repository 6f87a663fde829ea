import { rootFolder } from "../runs/effective.ts";
import { holdOut } from "./data.ts";
import type { ForecastData } from "./forecast-data.ts";
import { loadForecast } from "./load.ts";
import { planPredictors } from "./methods.ts";
import type { ForecastPipeline } from "./spec.ts";
import type { PredictorData } from "./types.ts";

/** Share of the training rows of each zone that methods choose on where the split has no validation part. */
export const HELD_OUT = 0.1;

/** The data of a seed, and what its methods train and choose on. */
export interface SeedData {
  readonly data: ForecastData;
  readonly train: PredictorData;
  readonly validation: PredictorData;
}

/** Loads the data of each seed once; seeds of a file share theirs. */
export function openSeedData(
  pipeline: ForecastPipeline,
  allow: readonly string[],
): { readonly load: (seed: number) => Promise<SeedData> } {
  const loaded = new Map<number, Promise<SeedData>>();
  return {
    load(seed) {
      const replicate = replicateOf(pipeline, seed);
      const found = loaded.get(replicate) ?? loadSeed(pipeline, replicate, allow);
      loaded.set(replicate, found);
      return found;
    },
  };
}

/** A file is the same for every seed; a task draws new training rows for each. */
export function replicateOf({ data: { source } }: ForecastPipeline, seed: number): number {
  return source.kind === "synthetic" ? seed : 0;
}

async function loadSeed(pipeline: ForecastPipeline, replicate: number, allow: readonly string[]): Promise<SeedData> {
  const root = rootFolder(pipeline.root);
  const data = await loadForecast(pipeline.data, pipeline.predictor, { root, allow, seed: pipeline.seed, replicate });
  const { train, validation } = data;
  const choosing = planPredictors(pipeline).some(({ chooses }) => chooses);
  if (validation.rows > 0 || !choosing) return { data, train, validation };
  const reach = Math.max(0, ...pipeline.data.windows.map(({ length, horizon }) => length + horizon.size - 1));
  return { data, ...holdOut(train, HELD_OUT, reach) };
}
