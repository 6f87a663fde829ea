import { RuntimeError } from "../errors/runtime-error.ts";
import type { TrainHooks } from "../models/sampler.ts";
import { tensorCatalogue } from "./catalogue.ts";
import { gradients } from "./differentiate.ts";
import { eventLoopTurn } from "./event-loop.ts";
import { currentExecutor } from "./executor-choice.ts";
import { createExecutor, type Executor, type FloatData } from "./executor.ts";
import { Graph, type Tensor } from "./graph.ts";
import * as ops from "./ops.ts";
import { averageStep, fillStepScalars, optimizerSlots, optimizerStep, STEP_SCALARS } from "./optimizers.ts";
import { unpack } from "./parameters.ts";
import { defineProgram, type Program } from "./program.ts";
import { checkpointOf, keptIn, restore, type TrainingOptions, type TrainingResult } from "./training.ts";
import type { TrainingPlan } from "./training-plan.ts";

/** What the programs of an outer training compute from the parameters. */
export interface OuterOutputs {
  /** What the host's part of the loss reads, by name. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** A part of the loss that the program computes itself, such as a negative log-likelihood; a scalar. */
  readonly loss?: Tensor;
}

/** The host's part of a step's loss. */
export interface OuterLoss {
  readonly loss: number;
  /** `∂loss/∂output`, row-major, for each output by name. */
  readonly gradients: Readonly<Record<string, ArrayLike<number>>>;
}

/**
 * A training whose loss the host computes from the program's outputs and differentiates itself: a decision taken by a
 * solver cannot be a node of a static graph. Each step is `outputs = forward(θ)`, `host(outputs)`, and one call of a
 * second program that holds the weights: it repeats the forward part, draws the host's gradient back through it, adds
 * the gradient of the program's own loss, and makes the optimiser's step.
 */
export interface OuterPlan extends Pick<TrainingPlan, "model" | "layout" | "steps" | "optimizer" | "ema" | "initial"> {
  /** Declares the inputs of one step and returns what is computed from the parameters; called for either program. */
  readonly declare: (graph: Graph) => (parameters: readonly Tensor[]) => OuterOutputs;
  /** Fills the inputs of a step, of either program: a function of the step alone. */
  readonly fill: (executor: Executor, step: number) => void;
  /** Called once a step, between the two programs. */
  readonly host: (outputs: ReadonlyMap<string, FloatData>, step: number) => OuterLoss | Promise<OuterLoss>;
  /**
   * Called after each step of `runOuterTraining` with the parameters that it led to, which stay valid until the next one,
   * and the number of steps done.
   */
  readonly after?: (parameters: FloatData, done: number) => void | Promise<void>;
}

/** Input of the second program that carries `∂loss/∂output`. */
const cotangentName = (output: string): string => `gradient/${output}`;

/** The two programs of a plan. `forward` reads the parameters as an input; `update` keeps them as a state. */
export function outerPrograms(plan: OuterPlan): { readonly forward: Program; readonly update: Program } {
  const first = new Graph();
  const compute = plan.declare(first);
  const { outputs } = compute(unpack(first.input("parameters", [plan.layout.size]), plan.layout));
  const forward = defineProgram(first, { outputs });

  const graph = new Graph();
  const again = plan.declare(graph);
  const scalars = graph.input("scalars", [STEP_SCALARS]);
  const vector = (name: string): Tensor => graph.input(name, [plan.layout.size]);
  const start = { parameters: vector("parameters"), slots: optimizerSlots(plan.optimizer).map(vector) };
  const parameters = unpack(start.parameters, plan.layout);
  const own = again(parameters);
  let loss = own.loss === undefined ? graph.constant(0) : ops.reshape(own.loss, []);
  const value = ops.reshape(loss, [1]);
  for (const [name, output] of Object.entries(own.outputs)) {
    const cotangent = graph.input(cotangentName(name), output.shape);
    loss = ops.add(loss, ops.sum(ops.mul(output, cotangent)));
  }
  const [gradient] = gradients(loss, [start.parameters]);
  const next = optimizerStep(start, gradient!, scalars, plan.optimizer);
  const average = plan.ema > 0 ? vector("average") : null;
  const update = defineProgram(graph, {
    outputs: { loss: value },
    states: [
      { current: start.parameters, next: next.parameters },
      ...start.slots.map((current, i) => ({ current, next: next.slots[i]! })),
      ...(average === null ? [] : [{ current: average, next: averageStep(average, next.parameters, scalars) }]),
    ],
  });
  return { forward, update };
}

/** A plan under way, a step at a time. */
export interface OuterStepper {
  /** Names of the states, all of the layout's size. */
  readonly states: readonly string[];
  state(name: string): FloatData;
  /** Makes step `step` (from 0) and returns the whole loss before it. */
  step(step: number): Promise<number>;
  dispose(): Promise<void>;
}

/** @throws RuntimeError executor-unavailable */
export async function createOuterStepper(
  plan: OuterPlan,
  kind: TrainingOptions["kind"] = currentExecutor(),
): Promise<OuterStepper> {
  const programs = outerPrograms(plan);
  const forward = await createExecutor(programs.forward, kind);
  const update = await createExecutor(programs.update, kind);
  const names = programs.forward.outputs.map(({ name }) => name);
  return {
    states: programs.update.states.map(({ name }) => name),
    state: (name) => update.state(name),
    async step(step) {
      plan.fill(forward, step);
      forward.input("parameters").set(update.state("parameters"));
      await forward.run();
      const { loss, gradients: back } = await plan.host(
        new Map(names.map((name) => [name, forward.output(name)])),
        step,
      );
      plan.fill(update, step);
      for (const name of names) update.input(cotangentName(name)).set(back[name]!);
      fillStepScalars(update.input("scalars"), step, plan.optimizer, plan.ema, plan.steps);
      await update.run();
      return loss + update.output("loss")[0]!;
    },
    async dispose() {
      await forward.dispose();
      await update.dispose();
    },
  };
}

/**
 * Trains to `plan.steps`, from the slot's checkpoint where there is one; resumed training repeats the steps of an
 * unbroken one.
 *
 * @throws RuntimeError training-diverged, checkpoint-mismatch, and what the host throws
 * @throws the signal's reason when aborted, after saving a checkpoint
 */
export async function runOuterTraining(
  plan: OuterPlan,
  hooks: TrainHooks = {},
  { kind = currentExecutor() }: Pick<TrainingOptions, "kind"> = {},
): Promise<TrainingResult> {
  const stepper = await createOuterStepper(plan, kind);
  try {
    const { size } = plan.layout;
    const values = new Map(stepper.states.map((name) => [name, new Float32Array(size)]));
    for (const name of ["parameters", "average"]) values.get(name)?.set(plan.initial());
    let step = restore(plan, values, (await hooks.checkpoint?.load()) ?? null, hooks.place);
    values.forEach((data, name) => stepper.state(name).set(data));
    const copy = (): void => values.forEach((data, name) => data.set(stepper.state(name)));
    const save = async (): Promise<void> => hooks.checkpoint?.save(checkpointOf(step, values, size));
    const turn = eventLoopTurn();
    let saved = step;
    while (step < plan.steps) {
      if (hooks.signal?.aborted === true) {
        copy();
        await save();
        hooks.signal.throwIfAborted();
      }
      const loss = await stepper.step(step);
      if (!Number.isFinite(loss) || !stepper.state("parameters").every(Number.isFinite)) {
        const args = { model: plan.model, loss: String(loss), steps: plan.steps, step: step + 1 };
        const cause = "The step's gradient, or the loss that it is of, is not finite.";
        await hooks.checkpoint?.save(checkpointOf(saved, values, size));
        const kept = keptIn(hooks.checkpoint, saved);
        const where = hooks.place === undefined ? {} : { place: hooks.place };
        throw new RuntimeError(tensorCatalogue, "training-diverged", { ...args, cause, kept }, where);
      }
      step++;
      await plan.after?.(stepper.state("parameters"), step);
      hooks.onStep?.(step, plan.steps, loss);
      if (hooks.checkpoint !== undefined && step - saved >= hooks.checkpoint.everySteps) {
        copy();
        await save();
        saved = step;
      }
      await turn.yield();
    }
    copy();
    const parameters = values.get("parameters")!;
    return { parameters, average: values.get("average") ?? parameters };
  } finally {
    await stepper.dispose();
  }
}
