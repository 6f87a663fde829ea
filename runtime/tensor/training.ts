import { RuntimeError } from "../errors/runtime-error.ts";
import type { Checkpoint, TrainHooks } from "../models/sampler.ts";
import type { AdamSpec, Place } from "../spec.ts";
import { adamStep, averageStep, fillStepScalars, STEP_SCALARS, type AdamState } from "./adam.ts";
import { tensorCatalogue } from "./catalogue.ts";
import { gradients } from "./differentiate.ts";
import { eventLoopTurn } from "./event-loop.ts";
import { createExecutor, type Executor, type ExecutorKind, type FloatData } from "./executor.ts";
import { Graph, type Tensor } from "./graph.ts";
import * as ops from "./ops.ts";
import { pack, unpack, type ParameterLayout } from "./parameters.ts";
import { defineProgram, type Program } from "./program.ts";
import { vectorize } from "./vectorize.ts";

/** Everything that tells one training from another. */
export interface TrainingPlan {
  /** For messages: `flow_matching`. */
  readonly model: string;
  readonly layout: ParameterLayout;
  readonly steps: number;
  readonly optimizer: AdamSpec;
  /** Decay of the weights' moving average; 0 for none. */
  readonly ema: number;
  /**
   * Declares the program's inputs for `unroll` steps and returns the loss of step `k` (0 … unroll − 1) of a call as a
   * function of the parameters.
   */
  readonly declare: (graph: Graph, unroll: number) => (parameters: readonly Tensor[], k: number) => Tensor;
  /** Fills the inputs of steps `first … first + count − 1`: a function of the step, so that nothing else need be saved. */
  readonly fill: (executor: Executor, first: number, count: number) => void;
  readonly initial: () => Float32Array;
  /**
   * Several models of the same architecture trained in one program. `initial` is then all members' parameters one after
   * another, and `fill` gives inputs that are not shared to every member.
   */
  readonly members?: { readonly count: number; readonly shared: readonly string[] };
}

export interface TrainingOptions {
  readonly kind?: ExecutorKind;
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

/** The training program of a plan: `unroll` steps of forward, backward, Adam and averaging in one graph. */
export function trainingProgram(plan: TrainingPlan, unroll: number): Program {
  const graph = new Graph();
  const lossOf = plan.declare(graph, unroll);
  const scalars = graph.input("scalars", [unroll * STEP_SCALARS]);
  const vector = (name: string): Tensor => graph.input(name, [plan.layout.size]);
  const start: AdamState = {
    parameters: vector("parameters"),
    momentum: vector("momentum"),
    variance: vector("variance"),
  };
  const averageStart = plan.ema > 0 ? vector("average") : null;
  let state = start;
  let average = averageStart;
  const losses: Tensor[] = [];
  for (let k = 0; k < unroll; k++) {
    const parameters = unpack(state.parameters, plan.layout);
    const loss = lossOf(parameters, k);
    losses.push(ops.reshape(loss, [1]));
    const now = ops.slice(scalars, 0, k * STEP_SCALARS, (k + 1) * STEP_SCALARS);
    state = adamStep(state, pack(gradients(loss, parameters)), now, plan.optimizer);
    if (average !== null) average = averageStep(average, state.parameters, now);
  }
  const program = defineProgram(graph, {
    outputs: { loss: ops.concat(losses, 0) },
    states: [
      { current: start.parameters, next: state.parameters },
      { current: start.momentum, next: state.momentum },
      { current: start.variance, next: state.variance },
      ...(averageStart !== null && average !== null ? [{ current: averageStart, next: average }] : []),
    ],
  });
  if (plan.members === undefined) return program;
  return vectorize(program, plan.members.count, { shared: ["scalars", ...plan.members.shared] });
}

/**
 * Trains to `plan.steps`, from the slot's checkpoint where there is one. Calls begin at multiples of the unroll count
 * and checkpoints are taken between calls, so that a resumed training repeats the calls that an unbroken one would make
 * and ends in the same bits.
 * @throws RuntimeError training-diverged, checkpoint-mismatch
 * @throws the signal's reason when aborted, after saving a checkpoint
 */
export async function runTraining(
  plan: TrainingPlan,
  hooks: TrainHooks = {},
  { kind = "onnx", unroll = DEFAULT_UNROLL }: TrainingOptions = {},
): Promise<TrainingResult> {
  const states = ["parameters", "momentum", "variance", ...(plan.ema > 0 ? ["average"] : [])];
  const size = plan.layout.size * (plan.members?.count ?? 1);
  const values = new Map(states.map((name) => [name, new Float32Array(size)]));
  const initial = plan.initial();
  for (const name of ["parameters", "average"]) values.get(name)?.set(initial);
  let step = restore(plan, values, (await hooks.checkpoint?.load()) ?? null, hooks.place);

  const save = async (): Promise<void> => {
    const tensors = Object.fromEntries(
      [...values].map(([name, data]) => [name, { shape: [size], data: data.slice() }]),
    );
    await hooks.checkpoint?.save({ step, tensors });
  };

  // Full calls first, then the rest one step at a time.
  for (const steps of [unroll, 1]) {
    if (plan.steps - step < steps) continue;
    const executor = await createExecutor(trainingProgram(plan, steps), kind);
    try {
      for (const [name, data] of values) executor.state(name).set(data);
      const read = (): void => values.forEach((data, name) => data.set(executor.state(name)));
      let saved = step;
      const turn = eventLoopTurn();
      while (plan.steps - step >= steps) {
        if (hooks.signal?.aborted === true) {
          read();
          await save();
          hooks.signal.throwIfAborted();
        }
        plan.fill(executor, step, steps);
        fillStepScalars(executor.input("scalars"), step, plan.optimizer, plan.ema);
        await executor.run();
        const loss = meanLoss(plan, executor.output("loss"), { first: step, count: steps }, hooks.place);
        step += steps;
        hooks.onStep?.(step, plan.steps, loss);
        if (hooks.checkpoint !== undefined && step - saved >= hooks.checkpoint.everySteps) {
          read();
          await save();
          saved = step;
        }
        await turn.yield();
      }
      read();
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

function meanLoss(
  plan: TrainingPlan,
  losses: FloatData,
  { first, count }: { readonly first: number; readonly count: number },
  place: Place | undefined,
): number {
  let sum = 0;
  for (const [k, loss] of losses.entries()) {
    if (!Number.isFinite(loss))
      throw new RuntimeError(
        tensorCatalogue,
        "training-diverged",
        { model: plan.model, loss: String(loss), step: first + (k % count) + 1, steps: plan.steps },
        at(place),
      );
    sum += loss;
  }
  return sum / losses.length;
}

/** Copies a checkpoint into the states and returns its step. */
function restore(
  plan: TrainingPlan,
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
