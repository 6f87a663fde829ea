import { carryError, type CarriedError } from "./carried-error.ts";
import type { Perform } from "./pool.ts";

/** What a worker is sent. */
export interface Job<T> {
  readonly task: T;
  readonly id: number;
}

/** What a worker sends while it works on a job. */
export type FromJob<P> = { readonly kind: "start" } | { readonly kind: "progress"; readonly progress: P };

/** Asks the job of that number to end. */
export interface Abort {
  readonly kind: "abort";
  readonly id: number;
}

/** How a job ended. */
export type Answer<R> =
  { readonly kind: "done"; readonly result: R } | { readonly kind: "aborted" | "failed"; readonly error: CarriedError };

/** The worker's side of `openProcesses`: what its entry module exports as `work`. */
export function serve<T, P, R>(perform: Perform<T, P, R>): (job: Job<T>) => Promise<Answer<R>> {
  const running = new Map<number, AbortController>();
  let listening = false;

  function listen(): void {
    if (listening) return;
    listening = true;
    process.on("message", (message) => {
      if (isAbort(message)) running.get(message.id)?.abort();
    });
    // An interrupt at the terminal reaches every process there; it is for the one that leads the run to end the others.
    process.on("SIGINT", () => {});
    // Without whoever asked, nobody would read the answer, and a second run may be writing to the same folder.
    process.on("disconnect", () => process.exit(1));
  }

  return async ({ task, id }) => {
    listen();
    const controller = new AbortController();
    const { signal } = controller;
    running.set(id, controller);
    try {
      send<P>({ kind: "start" });
      const result = await perform(task, { signal, progress: (progress) => send<P>({ kind: "progress", progress }) });
      return { kind: "done", result };
    } catch (error) {
      return { kind: signal.aborted ? "aborted" : "failed", error: carryError(error) };
    } finally {
      running.delete(id);
    }
  };
}

/** Nothing is sent where no process asked. */
function send<P>(message: FromJob<P>): void {
  process.send?.(message);
}

function isAbort(message: unknown): message is Abort {
  return (
    typeof message === "object" && message !== null && "kind" in message && message.kind === "abort" && "id" in message
  );
}
