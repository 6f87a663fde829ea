import { RuntimeError } from "../errors/runtime-error.ts";
import { defaultBackend } from "../methods/default-backend.ts";
import { serve } from "../pool/serve.ts";
import { specIdentity } from "../runs/identity.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import type { Pipeline } from "../spec.ts";
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

/** The functions of a pipeline cannot be sent: a worker imports the emitted module that has them. */
async function open({ module, identity, runFolder, options }: DecisionSetup): Promise<MethodDecider> {
  const imported: unknown = await import(module);
  if (!exportsPipeline(imported) || specIdentity(imported.pipeline) !== identity)
    throw new RuntimeError(RUN_MESSAGES, "worker-pipeline", { module });
  return openMethodDecider(imported.pipeline, runFolder, defaultBackend, options);
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

export const work = serve<DecisionTask, never, readonly Decided[]>(({ setup, chunk }, { signal }) =>
  withExecutor(setup.executor, async () => {
    const key = JSON.stringify(setup);
    const decider = deciders.get(key) ?? open(setup);
    deciders.set(key, decider);
    return decideChunk(await decider, chunk, signal);
  }),
);
