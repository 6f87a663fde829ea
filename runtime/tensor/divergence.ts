import type { Construct, Place } from "../spec.ts";
import { createExecutor, type ExecutorChoice, type ExecutorKind, type FloatData } from "./executor.ts";
import { TracingExecutor } from "./trace.ts";
import { fillSteps, trainingProgram, type TrainingPlan } from "./training-plan.ts";

/** States of a training after some step. */
export interface TrainingState {
  readonly step: number;
  readonly values: ReadonlyMap<string, Float32Array>;
}

export interface Divergence {
  /** Step, from 1, that made the first value which is not finite. */
  readonly step: number;
  /** What made it, for the message. */
  readonly cause: string;
  /** Where the `.dro` asks for that, where the program says so. */
  readonly place?: Place;
  /** The declaration that asks for it, where the program says that alone. */
  readonly about?: Construct;
  /** The last finite states between two calls. */
  readonly before: TrainingState;
}

/** Whether every element is a finite number. */
export function isFinite(data: FloatData): boolean {
  return data.every(Number.isFinite);
}

/**
 * Runs a training that diverged again: call by call from states that were good to the call that made the first value
 * which is not finite, then that call node by node.
 * @param from states copied before the divergence
 * @param detected step, from 1, at which the divergence showed
 */
export async function locateDivergence(
  plan: TrainingPlan,
  from: TrainingState,
  {
    kind,
    unroll,
    detected,
  }: { readonly kind: ExecutorKind | ExecutorChoice; readonly unroll: number; readonly detected: number },
): Promise<Divergence> {
  const before = await lastFinite(plan, from, kind, unroll, detected);
  const tracing = new TracingExecutor(trainingProgram(plan, 1));
  for (const [name, data] of before.values) tracing.state(name).set(data);
  for (let step = before.step; step < Math.min(before.step + unroll, plan.steps); step++) {
    fillSteps(plan, tracing, step, 1);
    await tracing.run();
    const { found } = tracing;
    if (found === null) continue;
    const cause = `The first value that is not finite is ${found.value}, made by ${found.text}`;
    const { place, about } = found.label ?? {};
    return {
      step: step + 1,
      cause,
      before,
      ...(place === undefined ? {} : { place }),
      ...(about === undefined ? {} : { about }),
    };
  }
  return { step: detected, cause: "No single operation made it when the step was run again", before };
}

/** The states before the first call after which a loss or a parameter is not finite. */
async function lastFinite(
  plan: TrainingPlan,
  from: TrainingState,
  kind: ExecutorKind | ExecutorChoice,
  unroll: number,
  detected: number,
): Promise<TrainingState> {
  const executor = await createExecutor(trainingProgram(plan, unroll), kind);
  try {
    for (const [name, data] of from.values) executor.state(name).set(data);
    let before = from;
    for (let step = from.step; step < detected; step += unroll) {
      before = {
        step,
        values: new Map([...from.values.keys()].map((name) => [name, Float32Array.from(executor.state(name))])),
      };
      fillSteps(plan, executor, step, unroll);
      await executor.run();
      if (!isFinite(executor.output("loss")) || !isFinite(executor.state("parameters"))) break;
    }
    return before;
  } finally {
    await executor.dispose();
  }
}
