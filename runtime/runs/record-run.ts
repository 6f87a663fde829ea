import type { RunOptions } from "../options.ts";
import { resultTable, type TableSource } from "../report/table.ts";
import { openEventLog, type EventLog } from "./event-log.ts";
import { workIdentity } from "./identity.ts";
import { openRunFolder, type RunFolder } from "./run-folder.ts";
import { openUnits, type UnitStore } from "./units.ts";

/**
 * What runs of every kind have in common: the folder and its log are opened, the spec and the IR are kept there, `work` runs
 * and writes its files, and the result's table and the end are told. Every event is on disk when this returns or throws.
 *
 * @param started time of `performance.now()` at which the run began
 * @throws RuntimeError where the folder cannot be written, and what `work` throws
 */
export async function recordRun<R extends TableSource>(
  options: RunOptions,
  started: number,
  work: (folder: RunFolder, log: EventLog) => Promise<R>,
): Promise<R> {
  const folder = await openRunFolder(options.runFolder);
  const log = openEventLog(folder, options.onEvent);
  try {
    if (options.spec !== undefined) await folder.write("spec.dro", options.spec);
    if (options.ir !== undefined) await folder.write("ir.json", options.ir);
    const result = await work(folder, log);
    const { columns, rows } = resultTable(result);
    log.emit({ kind: "table", columns, rows });
    const milliseconds = performance.now() - started;
    log.emit({ kind: "finished", runFolder: options.runFolder, report: "report.html", milliseconds });
    return result;
  } finally {
    await log.flush();
  }
}

/** What a run is about to do. */
export interface PlannedWork {
  readonly pipeline: Parameters<typeof workIdentity>[0] & { readonly name: string };
  readonly seeds: number;
  /** Ids of the methods. */
  readonly methods: readonly string[];
  /** Units that the run has at most. */
  readonly units: number;
}

/** Tells that the run has started, and opens the store of its units, each of which is told of as it is finished. */
export function openToldUnits(
  folder: RunFolder,
  log: EventLog,
  { pipeline, seeds, methods, units }: PlannedWork,
  options: Pick<RunOptions, "runFolder" | "signal">,
): UnitStore {
  log.emit({ kind: "started", model: pipeline.name, runFolder: options.runFolder, seeds, methods, units });
  let done = 0;
  return openUnits(folder, {
    identity: workIdentity(pipeline),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onUnit({ key, cached, milliseconds }) {
      done++;
      const total = Math.max(done, units);
      log.emit({ kind: "unit", seed: key.seed, unit: key.name, cached, milliseconds, done, total });
    },
  });
}
