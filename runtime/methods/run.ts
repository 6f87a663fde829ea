import type { Decider } from "../decide/types.ts";
import type { Dataset } from "../data/dataset.ts";
import type { RunEvent } from "../runs/events.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import type { UnitStore } from "../runs/units.ts";
import type { Pipeline } from "../spec.ts";
import type { EvaluationLaw } from "../evaluate/evaluator.ts";
import type { RunMessages } from "../runs/messages.ts";
import type { MessageArgs } from "../errors/droc-error.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { Plan } from "./plan.ts";
import type { Pace } from "./pace.ts";

/** What every part of a run shares. */
export interface Run {
  readonly pipeline: Pipeline;
  readonly plan: Plan;
  readonly folder: RunFolder;
  readonly units: UnitStore;
  readonly decider: Decider;
  readonly pace: Pace;
  readonly signal?: AbortSignal;
  emit(event: RunEvent): void;
  warn: Warn;
  /** Evaluation scenarios of each split, with what they were drawn for. */
  readonly scenarios: Map<string, { readonly of: string; readonly draw: (position: number) => Promise<Float64Array> }>;
  load(seed: number): Promise<Dataset>;
  /** The stream of a purpose at a seed; every method at a seed draws from the same ones. */
  stream(seed: number, purpose: string): RandomStream;
  /** The law that a split's contexts are evaluated under. */
  law(data: Dataset, split: "validation" | "test", seed: number): EvaluationLaw;
}

type Code = keyof RunMessages & string;
export type Warn = <K extends Code>(code: K, args: MessageArgs<RunMessages[K]>) => void;
