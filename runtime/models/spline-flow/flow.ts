import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import type { ParameterLayout } from "../../tensor/parameters.ts";
import type { RandomStream } from "../../tensor/random.ts";
import {
  autoregressiveLayout,
  conditioner,
  initialAutoregressive,
  positions,
  variablesOf,
  type AutoregressiveSpec,
} from "./autoregressive.ts";

/**
 * Autoregressive rational-quadratic spline flow (Durkan et al. 2019; 002 §4.2): in each layer variable i goes through a
 * monotone spline whose knots are a function of the variables before it and of the context. Outside ± BOUND standard
 * deviations it is the identity, so that the tails are those of the normal latent.
 */
export interface SplineFlowShape {
  /**
   * Sizes of the blocks of variables, in their order: with blocks [p, d] on (x, s), x is transformed without s and s
   * given x (002 §4.2).
   */
  readonly blocks: readonly number[];
  /** Columns of a context that is not transformed. */
  readonly context: number;
  readonly hidden: readonly number[];
  readonly layers: number;
  readonly bins: number;
}

const BOUND = 5;

/** `softplus⁻¹(1)`: inner slopes start at 1. */
const UNIT_SLOPE = Math.log(Math.E - 1);

export function splineFlowLayout(shape: SplineFlowShape): ParameterLayout {
  return autoregressiveLayout(networkOf(shape));
}

/** Parameters of a flow near the identity. */
export function initialSplineFlow(shape: SplineFlowShape, stream: RandomStream): Float32Array {
  const { bins } = shape;
  const start = Array.from({ length: 3 * bins - 1 }, (_, k) => (k < 2 * bins ? 0 : UNIT_SLOPE));
  return initialAutoregressive(networkOf(shape), start, stream);
}

/** A value of the flow with what every layer read on the way. */
export interface Pushed {
  /** `[rows, variables]` */
  readonly latent: Tensor;
  /** `log |det ∂ latent / ∂ variables|`, `[rows, 1]` */
  readonly logDeterminant: Tensor;
  /** Each layer's input, which the inverse given known blocks needs. */
  readonly inputs: readonly Tensor[];
}

/**
 * The latent of rows of variables, in one pass a layer.
 * @param first the log-determinant is that of the variables from this one on given those before it
 */
export function pushForward(
  shape: SplineFlowShape,
  parameters: readonly Tensor[],
  variables: Tensor,
  contexts: Tensor | null,
  first = 0,
): Pushed {
  const spec = networkOf(shape);
  const inputs: Tensor[] = [];
  // A row for each variable: kernels then run along the rows of the data, which are many, and not along the bins.
  let v = ops.swapAxes(variables, 0, 1);
  const x = contexts === null ? null : ops.swapAxes(contexts, 0, 1);
  let logDeterminant: Tensor | null = null;
  for (let layer = 0; layer < shape.layers; layer++) {
    inputs.push(ops.swapAxes(v, 0, 1));
    const raw = conditioner(spec, parameters, layer).all(v, x);
    const { value, logDerivative } = ops.rationalQuadraticSpline(v, knotsOf(raw, shape.bins, -2), BOUND, false, -2);
    const counted = first === 0 ? logDerivative : ops.slice(logDerivative, 0, first, v.shape[0]!);
    const part = ops.sum(counted, { axes: [0] });
    logDeterminant = logDeterminant === null ? part : ops.add(logDeterminant, part);
    v = value;
  }
  const rows = variables.shape[0]!;
  return { latent: ops.swapAxes(v, 0, 1), logDeterminant: ops.reshape(logDeterminant!, [rows, 1]), inputs };
}

/**
 * The variables of rows of the latent, one variable after the other in each layer.
 * @param known how many of the first variables are known (whole blocks), with every layer's input from `pushForward`
 */
export function pullBack(
  shape: SplineFlowShape,
  parameters: readonly Tensor[],
  latent: Tensor,
  contexts: Tensor | null,
  known: { readonly count: number; readonly inputs: readonly Tensor[] } = { count: 0, inputs: [] },
): Tensor {
  const spec = networkOf(shape);
  const n = variablesOf(spec);
  const rows = latent.shape[0]!;
  let v = latent;
  for (let layer = shape.layers - 1; layer >= 0; layer--) {
    const network = conditioner(spec, parameters, layer);
    const order = positions(spec, layer);
    const zero = ops.mul(ops.slice(latent, 1, 0, 1), 0);
    const columns: Tensor[] = Array.from({ length: n }, (_, i) =>
      i < known.count ? ops.slice(known.inputs[layer]!, 1, i, i + 1) : zero,
    );
    for (let position = known.count + 1; position <= n; position++) {
      const i = order.indexOf(position);
      const raw = network.one(ops.concat(columns, 1), contexts, i);
      const target = ops.reshape(ops.slice(v, 1, i, i + 1), [rows]);
      const { value } = ops.rationalQuadraticSpline(target, knotsOf(raw, shape.bins, -1), BOUND, true);
      columns[i] = ops.reshape(value, [rows, 1]);
    }
    v = ops.concat(columns, 1);
  }
  return v;
}

function networkOf({ blocks, context, hidden, layers, bins }: SplineFlowShape): AutoregressiveSpec {
  return { blocks, context, hidden, layers, outputs: 3 * bins - 1 };
}

/** The numbers of each spline, which lie along `axis` of the networks' outputs. */
function knotsOf(raw: Tensor, bins: number, axis: -1 | -2): { widths: Tensor; heights: Tensor; slopes: Tensor } {
  return {
    widths: ops.slice(raw, axis, 0, bins),
    heights: ops.slice(raw, axis, bins, 2 * bins),
    slopes: ops.slice(raw, axis, 2 * bins, 3 * bins - 1),
  };
}
