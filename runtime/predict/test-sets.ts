import type { RandomStream } from "../tensor/random.ts";
import { takeRows } from "./data.ts";
import { wassersteinDistance } from "./distance.ts";
import type { ForecastData } from "./forecast-data.ts";
import type { TestSetSummary } from "./results.ts";
import type { ForecastPipeline } from "./spec.ts";
import { corrupted, corruptionsOf } from "./stress.ts";
import type { PredictorData } from "./types.ts";

export interface TestSet {
  readonly summary: TestSetSummary;
  readonly data: PredictorData;
  /** Positions of its rows in the part. */
  readonly rows: Int32Array;
}

/**
 * The sets of an evaluated part: each zone as it is, then each zone under each corruption, and behind each the declared
 * groups of its rows. The noise is a function of the pipeline's seed, so that every method at every seed is tested on the
 * same rows.
 */
export function testSets(pipeline: ForecastPipeline, data: ForecastData, stream: RandomStream): readonly TestSet[] {
  const { evaluate, predictor, stress } = pipeline;
  const part = evaluate.on === "test" ? data.test : data.validation;
  const zones = part.groupNames.map((zone, group) => {
    const all = Array.from(part.groups.keys()).filter((row) => part.groups[row] === group);
    const rows = Int32Array.from(evenly(all, evaluate.contexts));
    return { zone, rows, own: takeRows(part, rows) };
  });
  const measured = evaluate.metrics.some(({ metric }) => metric === "wasserstein_to_train");
  const setOf: MakeSet = (zone, corruption, own, rows, group) => {
    const label = [zone, ...(group === undefined ? [] : [group]), ...(corruption === null ? [] : [corruption])].join(
      ", ",
    );
    const distance = measured ? wassersteinDistance(own, data.train) : null;
    const of = group === undefined ? {} : { group };
    const summary = { id: label, label, zone, corruption, ...of, rows: own.rows, wassersteinToTrain: distance };
    return { summary, data: own, rows };
  };
  const natural = zones.flatMap(({ zone, rows, own }) => withGroups(setOf(zone, null, own, rows), setOf));
  if (stress === undefined || stress.on !== evaluate.on) return natural;
  const stressed = corruptionsOf(stress.corruptions, predictor.inputs).flatMap((corruption) =>
    zones.flatMap(({ zone, rows, own }) => {
      const moved = corrupted(own, corruption, stream.child(`${corruption.label}/${zone}`));
      return withGroups(setOf(zone, corruption.label, moved, rows), setOf);
    }),
  );
  return [...natural, ...stressed];
}

type MakeSet = (
  zone: string,
  corruption: string | null,
  own: PredictorData,
  rows: Int32Array,
  group?: string,
) => TestSet;

/** The set, and where the data declare groups the rows of each apart. */
function withGroups(set: TestSet, setOf: MakeSet): readonly TestSet[] {
  const { data, rows, summary } = set;
  const { labels } = data;
  if (labels === undefined) return [set];
  return [
    set,
    ...labels.names.flatMap((group, k) => {
      const own = Int32Array.from(labels.of.keys()).filter((row) => labels.of[row] === k);
      const part = takeRows(data, own);
      const positions = own.map((row) => rows[row]!);
      return own.length === 0 ? [] : [setOf(summary.zone, summary.corruption, part, positions, group)];
    }),
  ];
}

/** At most `count` of them, evenly spaced; all for 0. */
function evenly(rows: readonly number[], count: number): readonly number[] {
  if (count === 0 || rows.length <= count) return rows;
  return Array.from({ length: count }, (_, k) => rows[Math.floor((k * rows.length) / count)]!);
}
