import { resolve } from "node:path";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { RunOptions } from "../options.ts";
import type { AnyPipeline } from "../pipeline.ts";
import { currentExecutor, type ExecutorChoice } from "../tensor/executor-choice.ts";
import { specIdentity } from "./identity.ts";
import { RUN_MESSAGES } from "./messages.ts";

/** What a worker needs to open the run that its tasks belong to. */
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

/** The setup of a run of an effective pipeline. */
export function workerSetup(pipeline: AnyPipeline, options: RunOptions, module: string): WorkerSetup {
  return {
    module,
    identity: specIdentity(pipeline),
    seeds: pipeline.evaluate.seeds,
    quick: options.quick === true,
    runFolder: resolve(options.runFolder),
    allow: options.allow ?? [],
    executor: currentExecutor(),
  };
}

/**
 * The pipeline of a run in a worker: its functions (losses, gradients) cannot be sent, so the emitted module is imported.
 * @param effective `seeds` and `quick` applied; `null` for a pipeline of another kind
 * @throws RuntimeError `worker-pipeline` where the module has another one
 */
export async function importPipeline<P extends AnyPipeline>(
  { module, identity }: Pick<WorkerSetup, "module" | "identity">,
  effective: (pipeline: AnyPipeline) => P | null,
): Promise<P> {
  const imported: unknown = await import(module);
  const pipeline = exportsPipeline(imported) ? effective(imported.pipeline) : null;
  if (pipeline !== null && specIdentity(pipeline) === identity) return pipeline;
  throw new RuntimeError(RUN_MESSAGES, "worker-pipeline", { module });
}

/** Only its presence is in question here: the identity is compared next. */
function exportsPipeline(module: unknown): module is { readonly pipeline: AnyPipeline } {
  return (
    typeof module === "object" &&
    module !== null &&
    "pipeline" in module &&
    typeof module.pipeline === "object" &&
    module.pipeline !== null &&
    "evaluate" in module.pipeline
  );
}
