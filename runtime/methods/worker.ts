import { serve } from "../pool/serve.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { effectivePipeline } from "../runs/effective.ts";
import { specIdentity } from "../runs/identity.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import type { Pipeline } from "../spec.ts";
import { withExecutor, type ExecutorChoice } from "../tensor/executor-choice.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { defaultBackend } from "./default-backend.ts";
import type { Workshop } from "./run.ts";
import type { Task, TaskProgress } from "./task.ts";
import { openWorkshop, performTask } from "./workshop.ts";

/** What a worker needs to open the workshop that its tasks are done in. */
export interface WorkerSetup {
  /** URL of the module that exports the pipeline as `pipeline`. */
  readonly module: string;
  /** `specIdentity` of the effective pipeline: the text of its functions may depend on what loads them. */
  readonly identity: string;
  readonly seeds: number;
  readonly quick: boolean;
  readonly runFolder: string;
  readonly allow: readonly string[];
  /** What programs run on. */
  readonly executor: ExecutorChoice;
}

export interface WorkerTask {
  readonly setup: WorkerSetup;
  readonly task: Task;
}

const workshops = new Map<string, Promise<Workshop>>();

/** The functions of a pipeline (loss, gradients) cannot be sent: a worker imports the emitted module that has them. */
async function open(setup: WorkerSetup): Promise<Workshop> {
  const { module, seeds, quick, runFolder, allow } = setup;
  const imported: unknown = await import(module);
  const refused = new RuntimeError(RUN_MESSAGES, "worker-pipeline", { module });
  if (!exportsPipeline(imported)) throw refused;
  const pipeline = effectivePipeline(imported.pipeline, { seeds, quick });
  if (specIdentity(pipeline) !== setup.identity) throw refused;
  return openWorkshop(pipeline, defaultBackend, { runFolder, allow });
}

/** Only its presence is in question here: the identity is compared next. */
function exportsPipeline(module: unknown): module is { readonly pipeline: Pipeline } {
  return (
    typeof module === "object" &&
    module !== null &&
    "pipeline" in module &&
    typeof module.pipeline === "object" &&
    module.pipeline !== null &&
    "evaluate" in module.pipeline
  );
}

export const work = serve<WorkerTask, TaskProgress, TensorFile>(({ setup, task }, hooks) =>
  withExecutor(setup.executor, async () => {
    const key = JSON.stringify(setup);
    const workshop = workshops.get(key) ?? open(setup);
    workshops.set(key, workshop);
    return performTask(await workshop, task, hooks);
  }),
);
