import type { SetUpTask } from "../pool/crew.ts";
import type { Perform } from "../pool/pool.ts";
import { serve } from "../pool/serve.ts";
import { runFolderAt } from "../runs/run-folder.ts";
import { importPipeline, type WorkerSetup } from "../runs/worker-setup.ts";
import { withExecutor } from "../tensor/executor-choice.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { effectiveForecast } from "./effective.ts";
import { openSeedData } from "./seed-data.ts";
import { forecastPerformer, type ForecastProgress, type ForecastTask } from "./task.ts";

type Performer = Perform<ForecastTask, ForecastProgress, TensorFile>;

const performers = new Map<string, Promise<Performer>>();

async function open(setup: WorkerSetup): Promise<Performer> {
  const pipeline = await importPipeline(setup, (one) =>
    one.kind === "forecast" ? effectiveForecast(one, setup) : null,
  );
  return forecastPerformer(pipeline, openSeedData(pipeline, setup.allow).load, runFolderAt(setup.runFolder));
}

export const work = serve<SetUpTask<WorkerSetup, ForecastTask>, ForecastProgress, TensorFile>(
  ({ setup, task }, hooks) =>
    withExecutor(setup.executor, async () => {
      const key = JSON.stringify(setup);
      const performer = performers.get(key) ?? open(setup);
      performers.set(key, performer);
      return (await performer)(task, hooks);
    }),
);
