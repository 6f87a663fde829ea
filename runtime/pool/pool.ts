import { setMaxListeners } from "node:events";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";
import { Tinypool } from "tinypool";
import { RuntimeError } from "../errors/runtime-error.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import { reviveError } from "./carried-error.ts";
import { inheritedArguments } from "./exec-arguments.ts";
import type { Answer, FromJob, Job } from "./serve.ts";

export interface JobHooks<P> {
  /** Asks the job to end; the job ends at its next safe point (a checkpoint), and `run` throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** The job has begun; until then it waited for its turn. */
  onStart?(): void;
  /** What the job reports while it works; everything it reported has arrived when `run` returns. */
  onProgress?(progress: P): void;
  /** Buffers of the task that are moved to the worker instead of copied. */
  readonly transfer?: readonly ArrayBuffer[];
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

export interface ThreadOptions {
  /** Tasks done at once, each in a thread. */
  readonly jobs: number;
  /** Module that exports `serve(perform)` as `work`. */
  readonly entry: URL;
  /** Node's arguments for the threads besides those of this process, such as `--import` of a loader. */
  readonly execArgv?: readonly string[];
}

/**
 * A pool of worker threads. Queue and threads are tinypool's; what it lacks is here: a task that ends in its own time when
 * it is cancelled (tinypool's own cancellation kills the thread, and with it the checkpoint), progress, and errors that
 * arrive whole. The threads start with the first task.
 */
export function openThreads<T, P, R>(options: ThreadOptions): WorkerPool<T, P, R> {
  const { jobs, entry } = options;
  let threads: Tinypool | null = null;
  const start = (): Tinypool =>
    new Tinypool({
      filename: entry.href,
      name: "work",
      minThreads: 0,
      maxThreads: jobs,
      // A thread that pauses between two tasks keeps what it has loaded.
      idleTimeout: 600_000,
      execArgv: [...inheritedArguments(process.execArgv), ...(options.execArgv ?? [])],
      // Waiting on a lock instead of an event would hold up what a finished task has left to do.
      useAtomics: false,
    });
  return {
    jobs,
    async run(task, { signal, onStart, onProgress, transfer = [] } = {}) {
      signal?.throwIfAborted();
      threads ??= start();
      const { port1: here, port2: there } = new MessageChannel();
      const results: R[] = [];
      const receive = (message: FromJob<P, R>): void => {
        if (message.kind === "result") results.push(message.result);
        else if (message.kind === "start") onStart?.();
        else onProgress?.(message.progress);
      };
      here.on("message", receive);
      const abort = (): void => here.postMessage("abort", []);
      if (signal !== undefined) {
        // One listener a task is no leak, however many tasks share the signal.
        setMaxListeners(0, signal);
        signal.addEventListener("abort", abort, { once: true });
      }
      const job: Job<T> = { task, port: there };
      let answer: Answer;
      try {
        answer = await threads.run(job, { transferList: [there, ...transfer] });
      } catch (error) {
        signal?.throwIfAborted();
        throw ended(error);
      } finally {
        signal?.removeEventListener("abort", abort);
        // Sent before the answer, but on a line of its own.
        for (let late = receiveMessageOnPort(here); late !== undefined; late = receiveMessageOnPort(here))
          receive(late.message);
        here.close();
      }
      const [result] = results;
      if (result !== undefined) return result;
      if (answer.kind === "done") throw ended(new Error("it answered without a result"));
      if (answer.kind === "aborted") signal?.throwIfAborted();
      throw reviveError(answer.error);
    },
    async close() {
      await threads?.destroy();
      threads = null;
    },
  };
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

/** An error of the thread itself, which is no answer of the task. */
function ended(error: unknown): RuntimeError {
  const reason = error instanceof Error ? error.message : String(error);
  return new RuntimeError(RUN_MESSAGES, "worker-ended", { reason: reason.replace(/\.$/, "") }, { cause: error });
}
