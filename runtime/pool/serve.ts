import type { MessagePort } from "node:worker_threads";
import { carryError, type CarriedError } from "./carried-error.ts";
import type { Perform } from "./pool.ts";

/** What a thread is sent. */
export interface Job<T> {
  readonly task: T;
  /** Progress goes out here; any message that comes in asks for the end. */
  readonly port: MessagePort;
}

/** What comes out of the port of a job. */
export type FromJob<P, R> =
  | { readonly kind: "start" }
  | { readonly kind: "progress"; readonly progress: P }
  /** The result; its buffers are moved, which the answer of a tinypool task can only be for a single buffer. */
  | { readonly kind: "result"; readonly result: R };

/** How a job ended; the result of one that is done came out of the port before. */
export type Answer = { readonly kind: "done" } | { readonly kind: "aborted" | "failed"; readonly error: CarriedError };

/**
 * The worker's side of `openThreads`: what its entry module exports as `work`. The buffers of a result are moved to the
 * caller, so that `perform` must return arrays of its own.
 */
export function serve<T, P, R>(perform: Perform<T, P, R>): (job: Job<T>) => Promise<Answer> {
  return async ({ task, port }) => {
    const controller = new AbortController();
    const { signal } = controller;
    port.on("message", () => controller.abort());
    const send = (message: FromJob<P, R>, moved: readonly ArrayBuffer[] = []): void => port.postMessage(message, moved);
    try {
      // Lets a message that came before the task be read.
      await new Promise<void>((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      send({ kind: "start" });
      const result = await perform(task, { signal, progress: (progress) => send({ kind: "progress", progress }) });
      send({ kind: "result", result }, buffersOf(result));
      return { kind: "done" };
    } catch (error) {
      return { kind: signal.aborted ? "aborted" : "failed", error: carryError(error) };
    } finally {
      port.close();
    }
  };
}

/** The buffers of the typed arrays in plain objects and arrays, each once; shared memory is no property to hand over. */
export function buffersOf(value: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const visit = (part: unknown): void => {
    if (ArrayBuffer.isView(part)) {
      if (part.buffer instanceof ArrayBuffer) found.add(part.buffer);
    } else if (part instanceof ArrayBuffer) found.add(part);
    else if (typeof part === "object" && part !== null) Object.values(part).forEach(visit);
  };
  visit(value);
  return [...found];
}
