import { setMaxListeners } from "node:events";
import { Tinypool } from "tinypool";
import { RuntimeError } from "../errors/runtime-error.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import { reviveError } from "./carried-error.ts";
import { inheritedArguments } from "./exec-arguments.ts";
import type { Abort, Answer, FromJob, Job } from "./serve.ts";

export interface JobHooks<P> {
  /** Asks the job to end; the job ends at its next safe point (a checkpoint), and `run` throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** The job has begun; until then it waited for its turn. */
  onStart?(): void;
  /** What the job reports while it works; everything it reported has arrived when `run` returns. */
  onProgress?(progress: P): void;
}

/** Does tasks of type T, which report P and end in R, some of them at once. */
export interface WorkerPool<T, P, R> {
  /** Tasks done at once, at most. */
  readonly jobs: number;
  /** @throws what the task threw: a `RuntimeError` with its code, arguments and places */
  run(task: T, hooks?: JobHooks<P>): Promise<R>;
  /** Ends the workers. Tasks that are not finished fail. */
  close(): Promise<void>;
}

/** How a task is done; `hooks.signal` and `hooks.progress` are always there. */
export type Perform<T, P, R> = (
  task: T,
  hooks: { readonly signal: AbortSignal; progress(progress: P): void },
) => Promise<R>;

export interface ProcessOptions {
  /** Tasks done at once, each in a process. */
  readonly jobs: number;
  /** Module that exports `serve(perform)` as `work`. */
  readonly entry: URL;
  /** Node's arguments for the processes besides those of this one, such as `--import` of a loader. */
  readonly execArgv?: readonly string[];
}

/**
 * A pool of worker processes. Queue and processes are tinypool's; what it lacks is here: a task that ends in its own time
 * when it is cancelled (tinypool's own cancellation kills the worker, and with it the checkpoint), progress, and errors
 * that arrive whole. The processes start with the first task.
 *
 * Processes, not threads: the native binding of `onnxruntime-node` 1.16 keeps its state in statics, and a second thread
 * that loads it, or the end of a first, breaks the heap of the process. Tasks and results are plain data and typed arrays
 * (structured clone), a few megabytes against seconds of work.
 */
export function openProcesses<T, P, R>(options: ProcessOptions): WorkerPool<T, P, R> {
  const { jobs, entry } = options;
  let processes: Tinypool | null = null;
  let started = 0;
  const start = (): Tinypool =>
    new Tinypool({
      runtime: "child_process",
      serialization: "advanced",
      filename: entry.href,
      name: "work",
      minThreads: 0,
      maxThreads: jobs,
      // A process that pauses between two tasks keeps what it has loaded.
      idleTimeout: 600_000,
      env: definedVariables(process.env),
      execArgv: [...inheritedArguments(process.execArgv), ...(options.execArgv ?? [])],
      useAtomics: false,
    });
  return {
    jobs,
    async run(task, { signal, onStart, onProgress } = {}) {
      signal?.throwIfAborted();
      processes ??= start();
      const id = ++started;
      let tell: ((message: Abort) => void) | null = null;
      let begun = false;
      const abort = (): void => {
        // A task that waits for its turn learns of it when it has begun.
        if (begun) tell?.({ kind: "abort", id });
      };
      const channel = {
        onMessage(send: (message: Abort) => void) {
          tell = send;
        },
        postMessage(message: FromJob<P>) {
          if (message.kind === "progress") return onProgress?.(message.progress);
          begun = true;
          if (signal?.aborted === true) abort();
          onStart?.();
        },
      };
      if (signal !== undefined) {
        // One listener a task is no leak, however many tasks share the signal.
        setMaxListeners(0, signal);
        signal.addEventListener("abort", abort, { once: true });
      }
      const job: Job<T> = { task, id };
      let answer: Answer<R>;
      try {
        answer = await processes.run(job, { channel });
      } catch (error) {
        signal?.throwIfAborted();
        throw ended(error);
      } finally {
        signal?.removeEventListener("abort", abort);
      }
      if (answer.kind === "done") return answer.result;
      if (answer.kind === "aborted") signal?.throwIfAborted();
      throw reviveError(answer.error);
    },
    async close() {
      // Idle workers do not keep Node alive. One that is slow to leave is waited for by nothing but this promise, and Node
      // would end here, without a word and with success, before whoever asked for the close goes on.
      const alive = setInterval(() => {}, 60_000);
      try {
        await processes?.destroy();
      } finally {
        clearInterval(alive);
      }
      processes = null;
    },
  };
}

function definedVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) variables[name] = value;
  return variables;
}

/** A pool of one that works in the calling thread: one task after the other, in the order in which they were given. */
export function openInline<T, P, R>(perform: Perform<T, P, R>): WorkerPool<T, P, R> {
  let last: Promise<unknown> = Promise.resolve();
  const never = new AbortController().signal;
  return {
    jobs: 1,
    run(task, { signal = never, onStart, onProgress } = {}) {
      const done = last.then(() => {
        signal.throwIfAborted();
        onStart?.();
        return perform(task, { signal, progress: (progress) => onProgress?.(progress) });
      });
      last = done.then(passed, passed);
      return done;
    },
    async close() {},
  };
}

/** The next task does not care how the one before it ended: whoever asked for that one is told. */
function passed(): void {}

/** An error of the process itself, which is no answer of the task. */
function ended(error: unknown): RuntimeError {
  const reason = error instanceof Error ? error.message : String(error);
  return new RuntimeError(RUN_MESSAGES, "worker-ended", { reason: reason.replace(/\.$/, "") }, { cause: error });
}
