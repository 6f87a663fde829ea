import { RuntimeError } from "../../runtime/errors/runtime-error.ts";
import { serve } from "../../runtime/pool/serve.ts";
import { RUN_MESSAGES } from "../../runtime/runs/messages.ts";

export type Exercise =
  | { readonly kind: "double"; readonly values: Float64Array; readonly after: number }
  | { readonly kind: "count"; readonly to: number }
  | { readonly kind: "fail" }
  | { readonly kind: "break" }
  | { readonly kind: "wait" }
  | { readonly kind: "who" }
  | { readonly kind: "leave" }
  | { readonly kind: "stay" };

export interface Solution {
  readonly values: Float64Array;
  /** Length of the task's array in the worker. */
  readonly received: number;
}

/** Does one exercise; what the tests ask of the calling thread and of workers alike. */
export async function solveExercise(
  task: Exercise,
  { signal, progress }: { readonly signal: AbortSignal; progress(done: number): void },
): Promise<Solution> {
  switch (task.kind) {
    case "double": {
      await new Promise((resolve) => setTimeout(resolve, task.after));
      return { values: task.values.map((value) => 2 * value), received: task.values.length };
    }
    case "count":
      for (let k = 1; k <= task.to; k++) progress(k);
      return { values: Float64Array.of(task.to), received: 0 };
    case "fail":
      throw new RuntimeError(
        RUN_MESSAGES,
        "decision-infeasible",
        { what: "the plan {what}" },
        { place: "model.dro:3:7", about: "loss", data: { file: "prices.csv", line: 12, column: "r" } },
      );
    case "break":
      throw new TypeError("broken");
    case "wait":
      progress(0);
      if (!signal.aborted)
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      // What a training does with its checkpoint before it ends.
      progress(1);
      signal.throwIfAborted();
      throw new Error("unreachable");
    case "who":
      return { values: new Float64Array(0), received: process.pid };
    case "leave":
      process.exit(3);
    case "stay":
      // Asked politely it does not end, as a machine with too much to do may not for a second.
      process.on("SIGTERM", () => {});
      return { values: new Float64Array(0), received: 0 };
  }
}

export const work = serve<Exercise, number, Solution>(solveExercise);
