import { predictorPlan } from "../predict/train.ts";
import type { PredictorData } from "../predict/types.ts";
import type { TrainHooks } from "../models/sampler.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { tensorCatalogue } from "../tensor/catalogue.ts";
import { eventLoopTurn } from "../tensor/event-loop.ts";
import type { RandomStream } from "../tensor/random.ts";
import { gatherRows, type TrainingPlan } from "../tensor/training.ts";
import { createTrainingSteps, type TrainingSteps } from "./training-steps.ts";
import type { RobustProblem } from "./types.ts";

type Rows = Pick<PredictorData, "rows" | "inputs" | "targets">;

/** A predictor under training on rows that change: one program, one optimiser state, whatever the rows. */
export interface PredictorSteps extends Omit<TrainingSteps, "step"> {
  /** Makes `steps` gradient steps on batches drawn from `rows` and returns the mean of their losses. */
  train(rows: Rows, steps: number): Promise<number>;
}

/**
 * The outer minimisation of 001 algorithm 1, a number of steps at a time.
 * @param initial parameters to start from; `net.initial` unless given
 */
export async function createPredictorSteps(
  problem: RobustProblem,
  stream: RandomStream,
  hooks: TrainHooks = {},
  initial: Float32Array = problem.net.initial(stream.child("initial")),
): Promise<PredictorSteps> {
  const { net, training } = problem;
  const p = problem.train.inputs.length / problem.train.rows;
  const d = problem.train.targets.length / problem.train.rows;
  const rowStream = stream.child("rows");
  const drawn = new Int32Array(training.batch);
  let table = { rows: 0, inputs: new Float32Array(0), targets: new Float32Array(0) };
  const { aggregate } = problem;
  const options = aggregate === undefined ? {} : { aggregate };
  const plan: TrainingPlan = {
    ...predictorPlan(net, problem.loss, problem.train, training, stream, options),
    fill(executor, first) {
      rowStream.integers(drawn, table.rows, first * training.batch);
      gatherRows(table.inputs, p, drawn, executor.input("inputs"));
      gatherRows(table.targets, d, drawn, executor.input("targets"));
    },
  };
  const steps = await createTrainingSteps(plan, initial);
  const turn = eventLoopTurn();
  return {
    ...steps,
    async train(rows, count) {
      table = {
        rows: rows.rows,
        inputs: Float32Array.from(rows.inputs),
        targets: Float32Array.from(rows.targets),
      };
      let sum = 0;
      for (let k = 0; k < count; k++) {
        hooks.signal?.throwIfAborted();
        const value = await steps.step();
        if (!Number.isFinite(value))
          throw new RuntimeError(
            tensorCatalogue,
            "training-diverged",
            {
              model: net.name,
              loss: String(value),
              steps: training.steps,
              step: steps.done,
              cause: "The loss of a batch of generated rows is not finite.",
              kept: "No weights from before are kept.",
            },
            problem.place === undefined ? {} : { place: problem.place },
          );
        sum += value;
        hooks.onStep?.(steps.done, training.steps, value);
        await turn.yield();
      }
      return count === 0 ? 0 : sum / count;
    },
    get done() {
      return steps.done;
    },
  };
}
