import type { Tensor } from "../../tensor/graph.ts";
import { sizeOf } from "../../tensor/node.ts";
import * as ops from "../../tensor/ops.ts";
import { layoutOf, mlp, type ParameterLayout } from "../../tensor/parameters.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { initialNetwork, isOfLayer } from "../neural/network.ts";

/**
 * Affine coupling flow (Dinh et al. 2017): in each half of a layer one half of the variables is scaled and shifted by
 * functions of the other half and of the context. A layer moves both halves.
 */
export interface CouplingFlowShape {
  readonly variables: number;
  /** Columns of a context that is not transformed. */
  readonly context: number;
  readonly hidden: readonly number[];
  readonly layers: number;
}

/** Log-scales stay within ± this, so that no row overflows. */
const MOST_LOG_SCALE = 3;

/** Share of the usual size that the last layers' weights start with: the flow starts near the identity. */
const SMALL = 0.1;

/** A half-step: variables from … to − 1 are moved, the others are read. */
interface Half {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

function halves({ variables, layers }: CouplingFlowShape): readonly Half[] {
  const middle = Math.ceil(variables / 2);
  return Array.from({ length: layers }).flatMap((_, layer) =>
    [
      { name: `coupling.${layer}.first`, from: 0, to: middle },
      { name: `coupling.${layer}.second`, from: middle, to: variables },
    ].filter(({ from, to }) => to > from),
  );
}

export function couplingFlowLayout(shape: CouplingFlowShape): ParameterLayout {
  const { variables, context, hidden } = shape;
  return layoutOf(
    halves(shape).flatMap(({ name, from, to }) => {
      // Where there is nothing to read the network reads one column of zeros: it is its biases.
      const inputs = Math.max(1, variables - (to - from) + context);
      const widths = [inputs, ...hidden, 2 * (to - from)];
      return widths.slice(1).flatMap((width, i) => [
        { name: `${name}.${i}.weight`, shape: [widths[i]!, width] },
        { name: `${name}.${i}.bias`, shape: [width] },
      ]);
    }),
  );
}

/** Parameters of a flow near the identity. */
export function initialCouplingFlow(shape: CouplingFlowShape, stream: RandomStream): Float32Array {
  const layout = couplingFlowLayout(shape);
  const flat = initialNetwork(layout, stream);
  for (const { name, shape: size, offset } of layout.slots)
    if (isOfLayer(name, shape.hidden.length)) for (let k = offset; k < offset + sizeOf(size); k++) flat[k]! *= SMALL;
  return flat;
}

/** The latent of rows of variables, and `log |det|` of the map, `[rows, 1]`. */
export function couple(
  shape: CouplingFlowShape,
  parameters: readonly Tensor[],
  variables: Tensor,
  contexts: Tensor | null,
): { readonly latent: Tensor; readonly logDeterminant: Tensor } {
  let v = variables;
  let logDeterminant: Tensor | null = null;
  for (const [i, half] of halves(shape).entries()) {
    const { logScale, shift } = affine(shape, parameters, i, half, v, contexts);
    const moved = ops.add(ops.mul(ops.slice(v, 1, half.from, half.to), ops.exp(logScale)), shift);
    const part = ops.sum(logScale, { axes: [1], keep: true });
    logDeterminant = logDeterminant === null ? part : ops.add(logDeterminant, part);
    v = replaced(v, half, moved);
  }
  return { latent: v, logDeterminant: logDeterminant! };
}

/** The variables of rows of the latent. */
export function uncouple(
  shape: CouplingFlowShape,
  parameters: readonly Tensor[],
  latent: Tensor,
  contexts: Tensor | null,
): Tensor {
  let v = latent;
  for (const [i, half] of [...halves(shape).entries()].toReversed()) {
    const { logScale, shift } = affine(shape, parameters, i, half, v, contexts);
    const moved = ops.mul(ops.sub(ops.slice(v, 1, half.from, half.to), shift), ops.exp(ops.neg(logScale)));
    v = replaced(v, half, moved);
  }
  return v;
}

function affine(
  shape: CouplingFlowShape,
  parameters: readonly Tensor[],
  index: number,
  half: Half,
  v: Tensor,
  contexts: Tensor | null,
): { readonly logScale: Tensor; readonly shift: Tensor } {
  const count = 2 * (shape.hidden.length + 1);
  const own = parameters.slice(index * count, (index + 1) * count);
  const rest = others(v, half);
  const read = [...(rest === null ? [] : [rest]), ...(contexts === null ? [] : [contexts])];
  const zeros = ops.mul(ops.slice(v, 1, 0, 1), 0);
  const raw = mlp(read.length === 0 ? zeros : ops.concat(read, 1), own, "silu");
  const size = half.to - half.from;
  const logScale = ops.mul(ops.tanh(ops.mul(ops.slice(raw, 1, 0, size), 1 / MOST_LOG_SCALE)), MOST_LOG_SCALE);
  return { logScale, shift: ops.slice(raw, 1, size, 2 * size) };
}

/** The variables that a half-step reads; halves are at the beginning or the end. */
function others(v: Tensor, { from, to }: Half): Tensor | null {
  const n = v.shape[1]!;
  if (to - from === n) return null;
  return from === 0 ? ops.slice(v, 1, to, n) : ops.slice(v, 1, 0, from);
}

function replaced(v: Tensor, half: Half, moved: Tensor): Tensor {
  const rest = others(v, half);
  if (rest === null) return moved;
  return ops.concat(half.from === 0 ? [moved, rest] : [rest, moved], 1);
}
