import type { SetUpTask } from "../pool/crew.ts";
import { serve } from "../pool/serve.ts";
import { effectivePipeline } from "../runs/effective.ts";
import { importPipeline, type WorkerSetup } from "../runs/worker-setup.ts";
import { withExecutor } from "../tensor/executor-choice.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { defaultBackend } from "./default-backend.ts";
import type { Workshop } from "./run.ts";
import type { Task, TaskProgress } from "./task.ts";
import { openWorkshop, performTask } from "./workshop.ts";

const workshops = new Map<string, Promise<Workshop>>();

async function open(setup: WorkerSetup): Promise<Workshop> {
  const pipeline = await importPipeline(setup, (one) =>
    one.kind === undefined ? effectivePipeline(one, setup) : null,
  );
  return openWorkshop(pipeline, defaultBackend, setup);
}

export const work = serve<SetUpTask<WorkerSetup, Task>, TaskProgress, TensorFile>(({ setup, task }, hooks) =>
  withExecutor(setup.executor, async () => {
    const key = JSON.stringify(setup);
    const workshop = workshops.get(key) ?? open(setup);
    workshops.set(key, workshop);
    return performTask(await workshop, task, hooks);
  }),
);
