import type { RunEvent } from "./runs/events.ts";

/** How to run a pipeline; nothing here changes what the model means. */
export interface RunOptions {
  /** Folder that receives the run; made where it is missing. A finished or interrupted run in it is gone on with. */
  readonly runFolder: string;
  /** Folders beside the pipeline's own that data may be read from. */
  readonly allow?: readonly string[];
  /** Ends the run at the next safe point; the run folder then resumes to the same numbers. */
  readonly signal?: AbortSignal;
  onEvent?(event: RunEvent): void;
  /** A rehearsal in seconds: few steps, contexts and scenarios. Its numbers mean nothing and say so. */
  readonly quick?: boolean;
  /** Replaces `evaluate … { seeds }`. */
  readonly seeds?: number;
  /** Text of the `.dro` file, kept in the run folder as `spec.dro`. */
  readonly spec?: string;
  /** The model's IR as JSON text, kept in the run folder as `ir.json`. */
  readonly ir?: string;
}
