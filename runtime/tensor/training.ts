import { RuntimeError } from "../errors/runtime-error.ts";
import type { Checkpoint, CheckpointSlot, TrainHooks } from "../models/sampler.ts";
import type { Place } from "../spec.ts";
import { tensorCatalogue } from "./catalogue.ts";
import { isFinite, locateDivergence } from "./divergence.ts";
import { eventLoopTurn } from "./event-loop.ts";
import { currentExecutor } from "./executor-choice.ts";
import { createExecutor, type ExecutorChoice, type ExecutorKind, type FloatData } from "./executor.ts";
import { fillSteps, stateSize, trainingProgram, trainingStates, type TrainingPlan } from "./training-plan.ts";

export { trainingProgram, type TrainingPlan };

export interface TrainingOptions {
  /** What runs the program; the surrounding `withExecutor` decides where it is left out. */
  readonly kind?: ExecutorKind | ExecutorChoice;
  /** Steps a call. More of them share the fixed cost of a call; the program grows by as much. */
  readonly unroll?: number;
}

export interface TrainingResult {
  /** Flat, in the layout's order; of several members one after another. */
  readonly parameters: Float32Array;
  /** The parameters' moving average, or the parameters where there is none. */
  readonly average: Float32Array;
}

/** Measured (bench/tensor/flow-step.mjs): more steps a call are no faster and take longer to build. */
export const DEFAULT_UNROLL = 4;

/** Calls between two copies of the states, from which a divergence is run again to find its origin. */
const CALLS_BETWEEN_COPIES = 64;

/**
 * Trains to `plan.steps`, from the slot's checkpoint where there is one. Calls begin at multiples of the unroll count
 * and checkpoints are taken between calls, so that a resumed training repeats the calls that an unbroken one would make
 * and ends in the same bits. Where it diverges, the states before the call that did so are the slot's last checkpoint.
 * @throws RuntimeError training-diverged, checkpoint-mismatch
 * @throws the signal's reason when aborted, after saving a checkpoint
 */
export async function runTraining(
  plan: TrainingPlan,
  hooks: TrainHooks = {},
  { kind = currentExecutor(), unroll = DEFAULT_UNROLL }: TrainingOptions = {},
): Promise<TrainingResult> {
  const size = stateSize(plan);
  const values = new Map(trainingStates(plan).map((name) => [name, new Float32Array(size)]));
  const initial = plan.initial();
  for (const name of ["parameters", "average"]) values.get(name)?.set(initial);
  let step = restore(plan, values, (await hooks.checkpoint?.load()) ?? null, hooks.place);
  /** Step that `values` are of. */
  let copied = step;
  const save = async (): Promise<void> => {
    await hooks.checkpoint?.save(checkpointOf(copied, values, size));
  };

  // Full calls first, then the rest one step at a time.
  for (const steps of [unroll, 1]) {
    if (plan.steps - step < steps) continue;
    const executor = await createExecutor(trainingProgram(plan, steps), kind);
    try {
      for (const [name, data] of values) executor.state(name).set(data);
      const diverged = async (loss: number, detected: number): Promise<RuntimeError> => {
        const found = await locateDivergence(plan, { step: copied, values }, { kind, unroll: steps, detected });
        await hooks.checkpoint?.save(checkpointOf(found.before.step, found.before.values, size));
        const { place = hooks.place, about } = found;
        const args = { model: plan.model, loss: String(loss), steps: plan.steps, step: found.step, cause: found.cause };
        return new RuntimeError(
          tensorCatalogue,
          "training-diverged",
          { ...args, kept: keptIn(hooks.checkpoint, found.before.step) },
          { ...at(place), ...(about === undefined ? {} : { about }) },
        );
      };
      const copy = async (): Promise<void> => {
        if (!["parameters", "average"].every((name) => !values.has(name) || isFinite(executor.state(name))))
          throw await diverged(Number.NaN, step);
        values.forEach((data, name) => data.set(executor.state(name)));
        copied = step;
      };
      let saved = step;
      const turn = eventLoopTurn();
      while (plan.steps - step >= steps) {
        if (hooks.signal?.aborted === true) {
          await copy();
          await save();
          hooks.signal.throwIfAborted();
        }
        fillSteps(plan, executor, step, steps);
        await executor.run();
        const losses = executor.output("loss");
        const bad = losses.findIndex((loss) => !Number.isFinite(loss));
        if (bad >= 0) throw await diverged(losses[bad]!, step + (bad % steps) + 1);
        step += steps;
        hooks.onStep?.(step, plan.steps, mean(losses));
        const due = hooks.checkpoint !== undefined && step - saved >= hooks.checkpoint.everySteps;
        if (due || step - copied >= CALLS_BETWEEN_COPIES * steps) await copy();
        if (due) {
          await save();
          saved = step;
        }
        await turn.yield();
      }
      await copy();
    } finally {
      await executor.dispose();
    }
  }
  const parameters = values.get("parameters")!;
  return { parameters, average: values.get("average") ?? parameters };
}

/** Rows `indices` of a row-major table, one after another. */
export function gatherRows(table: Float32Array, columns: number, indices: Int32Array, out: FloatData): void {
  for (let i = 0, o = 0; i < indices.length; i++)
    for (let from = indices[i]! * columns, end = from + columns; from < end; from++, o++) out[o] = table[from]!;
}

/** Where the last finite weights are, for the message. */
export function keptIn(slot: CheckpointSlot | undefined, step: number): string {
  if (slot === undefined) return "No weights from before are kept.";
  const where = slot.where === undefined ? "in the checkpoint" : `in ${slot.where}`;
  return `The weights of step ${step}, the last finite ones, are kept ${where}.`;
}

function mean(losses: FloatData): number {
  let sum = 0;
  for (const loss of losses) sum += loss;
  return sum / losses.length;
}

/** The states after `step` steps, copied. */
export function checkpointOf(step: number, values: ReadonlyMap<string, Float32Array>, size: number): Checkpoint {
  const tensors = [...values].map(([name, data]) => [name, { shape: [size], data: data.slice() }]);
  return { step, tensors: Object.fromEntries(tensors) };
}

/** Copies a checkpoint into the states and returns its step. */
export function restore(
  plan: Pick<TrainingPlan, "model" | "steps">,
  values: ReadonlyMap<string, Float32Array>,
  saved: Checkpoint | null,
  place: Place | undefined,
): number {
  if (saved === null) return 0;
  const refuse = (reason: string): never => {
    throw new RuntimeError(tensorCatalogue, "checkpoint-mismatch", { model: plan.model, reason }, at(place));
  };
  if (!Number.isInteger(saved.step) || saved.step < 0 || saved.step > plan.steps)
    return refuse(`it is of step ${saved.step}, and training has ${plan.steps}`);
  for (const [name, data] of values) {
    const tensor = saved.tensors[name];
    if (tensor === undefined) return refuse(`it has no ${name}`);
    if (tensor.data.length !== data.length)
      return refuse(`its ${name} has ${tensor.data.length} values where this model has ${data.length}`);
    data.set(tensor.data);
  }
  return saved.step;
}

function at(place: Place | undefined): { readonly place?: Place } {
  return place === undefined ? {} : { place };
}
