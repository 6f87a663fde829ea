import type { RunEvent } from "./runs/events.ts";
import type { Device, ExecutorName } from "./tensor/device.ts";

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
  /**
   * Tasks done at once, each in a process of its own; by default one a core, fewer where memory is short. Results do not
   * depend on it. More than one needs `workers`.
   */
  readonly jobs?: number;
  /** How worker processes get this pipeline, whose functions cannot be sent to them; without it all is done in the calling one. */
  readonly workers?: {
    /** URL of the module that exports this pipeline as `pipeline`: `import.meta.url` of the emitted file. */
    readonly module: string | URL;
    /** Node's arguments for the workers besides this process's own `--import` and the like. */
    readonly execArgv?: readonly string[];
  };
  /** Where programs train and sample; a GPU that is not there is replaced by the CPU with a warning. Default `auto`. */
  readonly device?: Device;
  /** What runs them there; default `auto`. Their numbers agree to float32 rounding (docs/executors.md). */
  readonly executor?: ExecutorName;
  /** Replaces `evaluate … { seeds }`. */
  readonly seeds?: number;
  /** Text of the `.dro` file, kept in the run folder as `spec.dro`. */
  readonly spec?: string;
  /** The model's IR as JSON text, kept in the run folder as `ir.json`. */
  readonly ir?: string;
}
