import { resolve } from "node:path";
import type { DecisionAnswer } from "./decide/types.ts";
import { decideChunk, type ContextChunk, type Decided } from "./decision/chunk.ts";
import { inOrder } from "./decision/in-order.ts";
import { checkMethod, openMethodDecider, type MethodDecider, type MethodOptions } from "./decision/method-decider.ts";
import type { DecisionTask } from "./decision/worker.ts";
import type { Backend } from "./methods/backend.ts";
import { requireDecision } from "./methods/solve.ts";
import { reviveError } from "./pool/carried-error.ts";
import { defaultJobs } from "./pool/jobs.ts";
import { openProcesses } from "./pool/pool.ts";
import { specIdentity } from "./runs/identity.ts";
import type { Pipeline } from "./spec.ts";
import { currentExecutor, withExecutor } from "./tensor/executor-choice.ts";

export type { MethodOptions } from "./decision/method-decider.ts";

/** Which method of a run decides, and where many contexts are decided. */
export interface DecisionOptions extends MethodOptions {
  /**
   * Chunks of contexts that `many` decides at once, each in a process; by default one a core where `workers` is given,
   * else 1. Answers do not depend on it.
   */
  readonly jobs?: number;
  /** How processes get the pipeline, whose functions cannot be sent to them. */
  readonly workers?: {
    /** URL of the module that exports the pipeline as `pipeline`: `import.meta.url` of the emitted file. */
    readonly module: string | URL;
    /** Node's arguments for the processes besides this process's own `--import` and the like. */
    readonly execArgv?: readonly string[];
  };
}

/**
 * The decision rule of a finished run. An answer is a function of the run, the options and the context alone, to the last
 * bit on one machine: not of the contexts asked before, beside it, or of the number of processes.
 */
export interface Decide {
  /**
   * Decides at one raw context: p values as in the data, before transforms.
   * @throws RuntimeError context-size, decision-infeasible, decision-unbounded, and what the decider throws
   */
  (context: Float64Array): Promise<DecisionAnswer>;
  /**
   * Decides at one context after another, several at once where there are processes; answers come in the order of the
   * contexts, the first as soon as it is there. Contexts are asked for as they are needed, so there may be any number.
   * @throws RuntimeError as for one context, at its place in the order
   */
  many(contexts: AsyncIterable<Float64Array> | Iterable<Float64Array>): AsyncIterable<DecisionAnswer>;
  /** Ends the processes and lets go of the sampler. Contexts that are being decided fail. */
  dispose(): Promise<void>;
}

/** Decides chunks of contexts in order; errors of single contexts are results. */
export interface ChunkDecider {
  /** Chunks decided at once. */
  readonly jobs: number;
  chunks(chunks: AsyncIterable<ContextChunk> | Iterable<ContextChunk>): AsyncIterable<readonly Decided[]>;
  dispose(): Promise<void>;
}

/** Contexts of a chunk, at most: some hundredths of a second of work. */
export const CHUNK_CONTEXTS = 64;
/** First contexts of a sequence, which are decided in the calling process whatever the number of jobs. */
const CONTEXTS_HERE = 2 * CHUNK_CONTEXTS;
/** Chunks in hand for each job: one at work, and others so that none waits for the caller. */
const CHUNKS_A_JOB = 3;

const ENTRY = new URL(
  import.meta.url.endsWith(".ts") ? "./decision/worker.ts" : "./decision/worker.js",
  import.meta.url,
);

/**
 * Opens a method of a finished run for use.
 *
 * @throws RuntimeError no-finished-run, run-of-another-model, run-folder-damaged, run-method-unknown,
 *   artefact-of-another-spec, artefact-changed
 */
export async function openDecision(
  pipeline: Pipeline,
  runFolder: string,
  backend: Backend,
  options: DecisionOptions = {},
): Promise<Decide> {
  const executor = currentExecutor();
  const one = await openMethodDecider(pipeline, runFolder, backend, options);
  let crew: ChunkDecider | null = null;
  const decide = async (context: Float64Array): Promise<DecisionAnswer> =>
    requireDecision(await withExecutor(executor, () => one.decide(context)), pipeline.name);
  const many = async function* (contexts: AsyncIterable<Float64Array> | Iterable<Float64Array>) {
    crew ??= chunkDecider(pipeline, runFolder, async () => one, options);
    for await (const chunk of crew.chunks(chunksOf(contexts, pipeline.problem.sizes.context))) {
      for (const decided of chunk) {
        if ("error" in decided) throw reviveError(decided.error);
        yield requireDecision(decided.answer, pipeline.name);
      }
    }
  };
  return Object.assign(decide, {
    many,
    async dispose() {
      await crew?.dispose();
      crew = null;
      await one.dispose();
    },
  });
}

/** The same for a caller that has contexts in chunks and wants to know what became of each. */
export async function openChunkDecider(
  pipeline: Pipeline,
  runFolder: string,
  backend: Backend,
  options: DecisionOptions = {},
): Promise<ChunkDecider> {
  await checkMethod(pipeline, runFolder, options);
  return chunkDecider(pipeline, runFolder, () => openMethodDecider(pipeline, runFolder, backend, options), options);
}

function chunkDecider(
  pipeline: Pipeline,
  runFolder: string,
  open: () => Promise<MethodDecider>,
  options: DecisionOptions,
): ChunkDecider {
  const { workers, jobs: _jobs, ...method } = options;
  const { jobs = workers === undefined ? 1 : defaultJobs() } = options;
  const executor = currentExecutor();
  let one: Promise<MethodDecider> | null = null;
  const here = (chunk: ContextChunk, signal: AbortSignal): Promise<readonly Decided[]> =>
    withExecutor(executor, async () => decideChunk(await (one ??= open()), chunk, signal));
  const disposeHere = async (): Promise<void> => (await one)?.dispose();
  if (jobs <= 1 || workers === undefined) {
    return { jobs: 1, chunks: (chunks) => inOrder(chunks, 1, here), dispose: disposeHere };
  }
  const processes = openProcesses<DecisionTask, never, readonly Decided[]>({
    jobs,
    entry: ENTRY,
    ...(workers.execArgv === undefined ? {} : { execArgv: workers.execArgv }),
  });
  const setup = {
    module: workers.module.toString(),
    identity: specIdentity(pipeline),
    runFolder: resolve(runFolder),
    options: method,
    executor,
  };
  return {
    jobs,
    chunks(chunks) {
      let begun = 0;
      return inOrder(chunks, CHUNKS_A_JOB * jobs, (chunk, signal) => {
        begun += chunk.rows;
        // Done sooner than a process starts; of many contexts, while the processes start.
        return begun <= CONTEXTS_HERE ? here(chunk, signal) : processes.run({ setup, chunk }, { signal });
      });
    },
    async dispose() {
      await processes.close();
      await disposeHere();
    },
  };
}

/** Contexts in chunks; one of another size is a chunk of its own, for the error to fall on it. */
async function* chunksOf(
  contexts: AsyncIterable<Float64Array> | Iterable<Float64Array>,
  p: number,
): AsyncGenerator<ContextChunk> {
  let taken: Float64Array[] = [];
  const chunk = (): ContextChunk => {
    const rows = taken.length;
    const values = new Float64Array(taken.reduce((sum, context) => sum + context.length, 0));
    let at = 0;
    for (const context of taken) {
      values.set(context, at);
      at += context.length;
    }
    taken = [];
    return { rows, contexts: values };
  };
  for await (const context of contexts) {
    if (context.length !== p) {
      if (taken.length > 0) yield chunk();
      yield { rows: 1, contexts: context };
      continue;
    }
    taken.push(context);
    if (taken.length === CHUNK_CONTEXTS) yield chunk();
  }
  if (taken.length > 0) yield chunk();
}
