import type { FlowMatchingSpec } from "../../spec.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import { DORMAND_PRINCE } from "../ode/integrate.ts";
import { activate, mlp, mlpLayout, type ParameterLayout } from "../../tensor/parameters.ts";

export interface FlowSizes {
  /** p context values; 0 for an unconditional law. */
  readonly context: number;
  /** d outcome values. */
  readonly outcome: number;
}

/** Parameters of the velocity v(t, s_t, x): an MLP on the d + 1 + p numbers (s_t, t, x). */
export function velocityLayout(spec: FlowMatchingSpec, sizes: FlowSizes): ParameterLayout {
  return mlpLayout([sizes.outcome + 1 + sizes.context, ...spec.hidden, sizes.outcome]);
}

/**
 * Velocity at rows of states and contexts, each row with its own time.
 * @param s `[rows, d]`
 * @param t `[rows, 1]`
 * @param x `[rows, p]`, or `null` for p = 0
 */
export function velocity(
  spec: FlowMatchingSpec,
  parameters: readonly Tensor[],
  s: Tensor,
  t: Tensor,
  x: Tensor | null,
): Tensor {
  return mlp(ops.concat(x === null ? [s, t] : [s, t, x], 1), parameters, spec.activation);
}

/**
 * Outcomes at t = 1 from noise at t = 0, by `spec.odeSteps` steps of the solver on ds/dt = v(t, s, x). All rows share
 * the time, and the context's share of the first layer does not depend on it: it is computed once.
 * @param noise `[rows, d]`
 * @param contextPart `x · W_x` of the first layer, `[rows, hidden]`, or `null` for p = 0
 */
export function integrate(
  spec: FlowMatchingSpec,
  parameters: readonly Tensor[],
  noise: Tensor,
  contextPart: Tensor | null,
): Tensor {
  const d = noise.shape[1]!;
  const first = parameters[0]!;
  const fromState = ops.slice(first, 0, 0, d);
  const fromTime = ops.slice(first, 0, d, d + 1);
  const bias = parameters[1]!;
  const v = (t: number, s: Tensor): Tensor => {
    const shift = ops.add(ops.mul(fromTime, t), bias);
    const h = ops.add(ops.matmul(s, fromState), contextPart === null ? shift : ops.add(contextPart, shift));
    return parameters.length === 2 ? h : mlp(activate(h, spec.activation), parameters.slice(2), spec.activation);
  };
  const step = 1 / spec.odeSteps;
  let s = noise;
  for (let k = 0; k < spec.odeSteps; k++) s = SOLVERS[spec.solver](v, k * step, s, step);
  return s;
}

/** The rows of the first layer's weights that read the context. */
export function contextWeights(parameters: readonly Tensor[], sizes: FlowSizes): Tensor {
  return ops.slice(parameters[0]!, 0, sizes.outcome + 1, sizes.outcome + 1 + sizes.context);
}

type Field = (t: number, s: Tensor) => Tensor;

const move = (s: Tensor, slope: Tensor, step: number): Tensor => ops.add(s, ops.mul(slope, step));

const SOLVERS: Readonly<Record<FlowMatchingSpec["solver"], (v: Field, t: number, s: Tensor, h: number) => Tensor>> = {
  euler: (v, t, s, h) => move(s, v(t, s), h),
  midpoint: (v, t, s, h) => move(s, v(t + h / 2, move(s, v(t, s), h / 2)), h),
  rk4: (v, t, s, h) => {
    const k1 = v(t, s);
    const k2 = v(t + h / 2, move(s, k1, h / 2));
    const k3 = v(t + h / 2, move(s, k2, h / 2));
    const k4 = v(t + h, move(s, k3, h));
    return move(s, ops.add(ops.add(k1, k4), ops.mul(ops.add(k2, k3), 2)), h / 6);
  },
  // The fixed-step rule of order 5 of the pair, for programs that cannot choose steps (Dormand & Prince 1980).
  dormand_prince: (v, t, s, h) => {
    const stages: Tensor[] = [];
    const along = (shares: readonly number[]): Tensor =>
      shares.reduce((state, share, k) => (share === 0 ? state : move(state, stages[k]!, share * h)), s);
    DORMAND_PRINCE.stages.slice(0, 6).forEach((shares, i) => {
      stages.push(v(t + DORMAND_PRINCE.times[i]! * h, along(shares)));
    });
    return along(DORMAND_PRINCE.step);
  },
};
