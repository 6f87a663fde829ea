import { gradients } from "./differentiate.ts";
import type { Executor } from "./executor.ts";
import { Graph, type Tensor } from "./graph.ts";
import * as ops from "./ops.ts";
import {
  averageStep,
  fillStepScalars,
  optimizerSlots,
  optimizerStep,
  STEP_SCALARS,
  type OptimizerSpec,
  type OptimizerState,
} from "./optimizers.ts";
import { unpack, type ParameterLayout } from "./parameters.ts";
import { defineProgram, type Program } from "./program.ts";
import { vectorize } from "./vectorize.ts";

/** Everything that tells one training from another. */
export interface TrainingPlan {
  /** For messages: `flow_matching`. */
  readonly model: string;
  readonly layout: ParameterLayout;
  readonly steps: number;
  readonly optimizer: OptimizerSpec;
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

const OPTIMIZER = { text: "the optimizer's step" };
const AVERAGE = { text: "the weights' average" };

/** The training program of a plan: `unroll` steps of forward, backward, Adam and averaging in one graph. */
export function trainingProgram(plan: TrainingPlan, unroll: number): Program {
  const graph = new Graph();
  const lossOf = plan.declare(graph, unroll);
  const scalars = graph.input("scalars", [unroll * STEP_SCALARS]);
  const vector = (name: string): Tensor => graph.input(name, [plan.layout.size]);
  const slots = optimizerSlots(plan.optimizer);
  const start: OptimizerState = { parameters: vector("parameters"), slots: slots.map(vector) };
  const averageStart = plan.ema > 0 ? vector("average") : null;
  let state = start;
  let average = averageStart;
  const losses: Tensor[] = [];
  for (let k = 0; k < unroll; k++) {
    const parameters = unpack(state.parameters, plan.layout);
    const loss = lossOf(parameters, k);
    losses.push(ops.reshape(loss, [1]));
    const now = ops.slice(scalars, 0, k * STEP_SCALARS, (k + 1) * STEP_SCALARS);
    const [gradient] = gradients(loss, [state.parameters]);
    state = graph.labelled(OPTIMIZER, () => optimizerStep(state, gradient!, now, plan.optimizer));
    const moved = state.parameters;
    const last = average;
    if (last !== null) average = graph.labelled(AVERAGE, () => averageStep(last, moved, now));
  }
  const program = defineProgram(graph, {
    outputs: { loss: ops.concat(losses, 0) },
    states: [
      { current: start.parameters, next: state.parameters },
      ...start.slots.map((current, i) => ({ current, next: state.slots[i]! })),
      ...(averageStart !== null && average !== null ? [{ current: averageStart, next: average }] : []),
    ],
  });
  if (plan.members === undefined) return program;
  return vectorize(program, plan.members.count, { shared: ["scalars", ...plan.members.shared] });
}

/** Fills all inputs of steps `first … first + count − 1` of a plan's program. */
export function fillSteps(plan: TrainingPlan, executor: Executor, first: number, count: number): void {
  plan.fill(executor, first, count);
  fillStepScalars(executor.input("scalars"), first, plan.optimizer, plan.ema, plan.steps);
}

/** Names of the states that `trainingProgram` gives a plan. */
export function trainingStates(plan: TrainingPlan): readonly string[] {
  return ["parameters", ...optimizerSlots(plan.optimizer), ...(plan.ema > 0 ? ["average"] : [])];
}

/** Elements of each state. */
export function stateSize(plan: TrainingPlan): number {
  return plan.layout.size * (plan.members?.count ?? 1);
}
