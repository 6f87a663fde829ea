import type { RunOptions } from "./options.ts";
import type { RunResult } from "./report/results.ts";
import type { Pipeline } from "./spec.ts";

/** Names the type of an emitted pipeline, so that its literal is checked where it is written. */
export function definePipeline(pipeline: Pipeline): Pipeline {
  return pipeline;
}

export async function runPipeline(_pipeline: Pipeline, _options: RunOptions): Promise<RunResult> {
  throw new Error("runPipeline is being written");
}

export async function createDecision(
  _pipeline: Pipeline,
  _runFolder: string,
): Promise<(context: Float64Array) => Promise<{ readonly z: Float64Array }>> {
  throw new Error("createDecision is being written");
}

export async function main(_pipeline: Pipeline, _moduleUrl: string): Promise<void> {
  throw new Error("main is being written");
}
