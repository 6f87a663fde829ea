import type { FlowMatchingSpec } from "../../spec.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import { DORMAND_PRINCE } from "../ode/integrate.ts";
import { activate, mlp, mlpLayout, type Activation, type ParameterLayout } from "../../tensor/parameters.ts";

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
 *
 * The last layer is linear, so a step of length h adds `H (h W) + h b` of the hidden units H: one product with the state
 * added to it. What the biases add up to is known beforehand; it is left out of the state, enters the first layer's
 * bias, and is added at the end.
 * @param noise `[rows, d]`
 * @param contextPart `x · W_x` of the first layer, `[rows or 1, hidden]`, or `null` for p = 0
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
  const firstBias = parameters[1]!;
  const linear = parameters.length === 2;
  const lastWeight = parameters.at(-2)!;
  const lastBias = ops.reshape(parameters.at(-1)!, [1, d]);
  const biasToFirst = linear ? null : ops.matmul(lastBias, fromState);
  const slope: Slope = (t, { state, biases }) => {
    const own = ops.add(ops.mul(fromTime, t), firstBias);
    const shift = biasToFirst === null ? own : ops.add(own, ops.mul(biasToFirst, biases));
    const h = ops.add(ops.matmul(state, fromState), contextPart === null ? shift : ops.add(contextPart, shift));
    return linear ? h : hiddenUnits(activate(h, spec.activation), parameters.slice(2, -2), spec.activation);
  };
  const move: Move = ({ state, biases }, slope, length) =>
    linear
      ? { state: ops.add(state, ops.mul(slope, length)), biases }
      : { state: ops.add(ops.matmul(slope, ops.mul(lastWeight, length)), state), biases: biases + length };
  const step = 1 / spec.odeSteps;
  let point: Point = { state: noise, biases: 0 };
  for (let k = 0; k < spec.odeSteps; k++) point = SOLVERS[spec.solver](slope, move, k * step, point, step);
  return linear ? point.state : ops.add(point.state, ops.mul(lastBias, point.biases));
}

/** The units after activated layers of weights and biases. */
function hiddenUnits(x: Tensor, parameters: readonly Tensor[], activation: Activation): Tensor {
  let h = x;
  for (let i = 0; i < parameters.length; i += 2)
    h = activate(ops.add(ops.matmul(h, parameters[i]!), parameters[i + 1]!), activation);
  return h;
}

/** The rows of the first layer's weights that read the context. */
export function contextWeights(parameters: readonly Tensor[], sizes: FlowSizes): Tensor {
  return ops.slice(parameters[0]!, 0, sizes.outcome + 1, sizes.outcome + 1 + sizes.context);
}

/** A state less `biases` times the last layer's bias. */
interface Point {
  readonly state: Tensor;
  readonly biases: number;
}
/** What the velocity at a point is a linear function of: the hidden units, or itself where there are none. */
type Slope = (t: number, at: Point) => Tensor;
/** The point reached from another along a slope. */
type Move = (from: Point, slope: Tensor, length: number) => Point;
type Solver = (slope: Slope, move: Move, t: number, from: Point, h: number) => Point;

const SOLVERS: Readonly<Record<FlowMatchingSpec["solver"], Solver>> = {
  euler: (v, move, t, s, h) => move(s, v(t, s), h),
  midpoint: (v, move, t, s, h) => move(s, v(t + h / 2, move(s, v(t, s), h / 2)), h),
  rk4: (v, move, t, s, h) => {
    const k1 = v(t, s);
    const k2 = v(t + h / 2, move(s, k1, h / 2));
    const k3 = v(t + h / 2, move(s, k2, h / 2));
    const k4 = v(t + h, move(s, k3, h));
    return move(move(s, ops.add(k1, k4), h / 6), ops.add(k2, k3), h / 3);
  },
  // The fixed-step rule of order 5 of the pair, for programs that cannot choose steps (Dormand & Prince 1980).
  dormand_prince: (v, move, t, s, h) => {
    const stages: Tensor[] = [];
    const along = (shares: readonly number[]): Point =>
      shares.reduce((state, share, k) => (share === 0 ? state : move(state, stages[k]!, share * h)), s);
    DORMAND_PRINCE.stages.slice(0, 6).forEach((shares, i) => {
      stages.push(v(t + DORMAND_PRINCE.times[i]! * h, along(shares)));
    });
    return along(DORMAND_PRINCE.step);
  },
};
