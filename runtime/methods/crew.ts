import type { RunOptions } from "../options.ts";
import { entryBeside, openCrewOf } from "../pool/crew.ts";
import { openInline, type WorkerPool } from "../pool/pool.ts";
import { workerSetup } from "../runs/worker-setup.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { defaultBackend } from "./default-backend.ts";
import type { Workshop } from "./run.ts";
import type { Task, TaskProgress } from "./task.ts";
import { performTask } from "./workshop.ts";

/** Those who do the tasks of a run. */
export type Crew = WorkerPool<Task, TaskProgress, TensorFile>;

const ENTRY = entryBeside(import.meta.url, "worker");

/** Parts other than the runtime's own exist in the calling thread alone. */
export function openCrew(workshop: Workshop, options: RunOptions): Crew {
  const perform: Parameters<typeof openInline<Task, TaskProgress, TensorFile>>[0] = (task, hooks) =>
    performTask(workshop, task, hooks);
  if (workshop.backend !== defaultBackend) return openInline(perform);
  const setup = (module: string) => workerSetup(workshop.pipeline, options, module);
  return openCrewOf({ perform, entry: ENTRY, setup }, options);
}
