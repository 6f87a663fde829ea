import { createExecutor } from "../tensor/executor.ts";
import { trainingProgram, type TrainingPlan } from "../tensor/training.ts";
import { fillSteps, trainingStates } from "../tensor/training-plan.ts";

/** Everything that a training goes on from. */
export interface TrainingSnapshot {
  readonly done: number;
  readonly states: ReadonlyMap<string, Float32Array>;
}

/** A training that its caller makes step by step: one program for all steps, and for every training from a snapshot. */
export interface TrainingSteps {
  /** One step; @returns its loss. */
  step(): Promise<number>;
  /** Steps so far. */
  readonly done: number;
  /** A copy of the current parameters. */
  parameters(): Float32Array;
  snapshot(): TrainingSnapshot;
  /** Goes back to where a snapshot was taken: the same steps follow from there, bit for bit. */
  restore(snapshot: TrainingSnapshot): void;
  dispose(): Promise<void>;
}

/**
 * @param initial parameters to start from, in place of the plan's own
 * @throws RuntimeError executor-unavailable
 */
export async function createTrainingSteps(
  plan: TrainingPlan,
  initial: Float32Array = plan.initial(),
): Promise<TrainingSteps> {
  const executor = await createExecutor(trainingProgram(plan, 1));
  executor.state("parameters").set(initial);
  let done = 0;
  return {
    async step() {
      fillSteps(plan, executor, done, 1);
      await executor.run();
      done++;
      return executor.output("loss")[0]!;
    },
    get done() {
      return done;
    },
    parameters: () => Float32Array.from(executor.state("parameters")),
    snapshot: () => ({
      done,
      states: new Map(trainingStates(plan).map((name) => [name, Float32Array.from(executor.state(name))])),
    }),
    restore(snapshot) {
      done = snapshot.done;
      for (const [name, data] of snapshot.states) executor.state(name).set(data);
    },
    dispose: () => executor.dispose(),
  };
}
