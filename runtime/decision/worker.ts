import { defaultBackend } from "../methods/default-backend.ts";
import { serve } from "../pool/serve.ts";
import { importPipeline } from "../runs/worker-setup.ts";
import { withExecutor, type ExecutorChoice } from "../tensor/executor-choice.ts";
import { decideChunk, type ContextChunk, type Decided } from "./chunk.ts";
import { openMethodDecider, type MethodDecider, type MethodOptions } from "./method-decider.ts";

/** What a worker needs to open the decider that its chunks are decided with. */
export interface DecisionSetup {
  /** URL of the module that exports the pipeline as `pipeline`. */
  readonly module: string;
  /** `specIdentity` of the pipeline. */
  readonly identity: string;
  readonly runFolder: string;
  readonly options: MethodOptions;
  readonly executor: ExecutorChoice;
}

export interface DecisionTask {
  readonly setup: DecisionSetup;
  readonly chunk: ContextChunk;
}

const deciders = new Map<string, Promise<MethodDecider>>();

async function open(setup: DecisionSetup): Promise<MethodDecider> {
  const pipeline = await importPipeline(setup, (one) => (one.kind === undefined ? one : null));
  return openMethodDecider(pipeline, setup.runFolder, defaultBackend, setup.options);
}

export const work = serve<DecisionTask, never, readonly Decided[]>(({ setup, chunk }, { signal }) =>
  withExecutor(setup.executor, async () => {
    const key = JSON.stringify(setup);
    const decider = deciders.get(key) ?? open(setup);
    deciders.set(key, decider);
    return decideChunk(await decider, chunk, signal);
  }),
);
