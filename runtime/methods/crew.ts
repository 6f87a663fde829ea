import { resolve } from "node:path";
import type { RunOptions } from "../options.ts";
import { defaultJobs } from "../pool/jobs.ts";
import { openInline, openProcesses, type WorkerPool } from "../pool/pool.ts";
import { specIdentity } from "../runs/identity.ts";
import { currentExecutor } from "../tensor/executor-choice.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { defaultBackend } from "./default-backend.ts";
import type { Workshop } from "./run.ts";
import type { Task, TaskProgress } from "./task.ts";
import type { WorkerSetup, WorkerTask } from "./worker.ts";
import { performTask } from "./workshop.ts";

/** Those who do the tasks of a run. */
export type Crew = WorkerPool<Task, TaskProgress, TensorFile>;

/** From sources the entry is TypeScript as well, and `workers.execArgv` must name what loads it. */
const ENTRY = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

/**
 * Processes where there are several jobs and a module to import the pipeline from; else the calling thread. Parts other than
 * the runtime's own exist in the calling thread alone.
 */
export function openCrew(workshop: Workshop, options: RunOptions): Crew {
  const { workers, jobs = workers === undefined ? 1 : defaultJobs() } = options;
  if (jobs <= 1 || workers === undefined || workshop.backend !== defaultBackend) {
    return openInline((task, hooks) => performTask(workshop, task, hooks));
  }
  const { pipeline } = workshop;
  const setup: WorkerSetup = {
    module: workers.module.toString(),
    identity: specIdentity(pipeline),
    seeds: pipeline.evaluate.seeds,
    quick: options.quick === true,
    runFolder: resolve(options.runFolder),
    allow: options.allow ?? [],
    executor: currentExecutor(),
  };
  const processes = openProcesses<WorkerTask, TaskProgress, TensorFile>({
    jobs,
    entry: ENTRY,
    ...(workers.execArgv === undefined ? {} : { execArgv: workers.execArgv }),
  });
  return {
    jobs,
    run: (task, hooks) => processes.run({ setup, task }, hooks),
    close: () => processes.close(),
  };
}
