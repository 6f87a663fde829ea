import type { RunOptions } from "../options.ts";
import { defaultJobs } from "./jobs.ts";
import { openInline, openProcesses, type Perform, type WorkerPool } from "./pool.ts";

/** How the tasks of a run are done: here, or by processes that are sent what they need to open the run themselves. */
export interface CrewOptions<S, T, P, R> {
  readonly perform: Perform<T, P, R>;
  /** Module that exports `serve(…)` of tasks with a setup as `work`. */
  readonly entry: URL;
  /** Asked for once, where there are processes. */
  setup(module: string): S;
}

/** What a worker process is sent. */
export interface SetUpTask<S, T> {
  readonly setup: S;
  readonly task: T;
}

/** Processes where there are several jobs and a module to import the pipeline from; else the calling thread. */
export function openCrewOf<S, T, P, R>(
  { perform, entry, setup: setupOf }: CrewOptions<S, T, P, R>,
  { workers, jobs = workers === undefined ? 1 : defaultJobs() }: Pick<RunOptions, "workers" | "jobs">,
): WorkerPool<T, P, R> {
  if (jobs <= 1 || workers === undefined) return openInline(perform);
  const setup = setupOf(workers.module.toString());
  const processes = openProcesses<SetUpTask<S, T>, P, R>({
    jobs,
    entry,
    ...(workers.execArgv === undefined ? {} : { execArgv: workers.execArgv }),
  });
  return {
    jobs,
    run: (task, hooks) => processes.run({ setup, task }, hooks),
    close: () => processes.close(),
  };
}

/** The entry beside a module, compiled or from sources: then `workers.execArgv` must name what loads TypeScript. */
export function entryBeside(moduleUrl: string, name: string): URL {
  return new URL(`./${name}${moduleUrl.endsWith(".ts") ? ".ts" : ".js"}`, moduleUrl);
}
