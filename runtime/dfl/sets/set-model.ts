import { readWeights } from "../../models/mlp-weights.ts";
import type { Checkpoint } from "../../models/sampler.ts";
import { RuntimeError } from "../../errors/runtime-error.ts";
import { tensorCatalogue } from "../../tensor/catalogue.ts";
import { layoutOf, mlpLayout, type ParameterLayout } from "../../tensor/parameters.ts";
import { networkOf } from "../cost-network.ts";
import type { PredictorSpec } from "../types.ts";
import type { Ellipsoid } from "./ellipsoid-layer.ts";

export interface SetSizes {
  readonly context: number;
  readonly outcome: number;
}

/** What depends on the context: the centre alone, or the widths of its components too. */
export type SetShape = "constant" | "conditional";

/**
 * The network `x ↦ (centre, log widths)`, and the d × d matrix T of a constant shape: its set's factor is C T where the
 * shape is constant, `diag(e^h(x)) C` where it is conditional, C the scale that the residuals gave.
 */
export function setLayout(
  predictor: PredictorSpec,
  { context, outcome: d }: SetSizes,
  shape: SetShape,
): ParameterLayout {
  const { hidden } = networkOf(predictor);
  const network = mlpLayout([Math.max(1, context), ...hidden, shape === "conditional" ? 2 * d : d]);
  if (shape === "conditional") return network;
  return layoutOf([...network.slots, { name: "set.shape", shape: [d, d] }]);
}

/** Log widths stay within this of 0: a set that vanishes, or has no end, has no gradient. */
export const WIDEST = 4;

/** The factor of a set from the network's row. */
export function factorAt(scale: Float64Array, logWidths: Float64Array, d: number): Float64Array {
  const out = new Float64Array(d * d);
  for (let j = 0; j < d; j++) {
    const width = Math.exp(logWidths[j]!);
    for (let c = 0; c <= j; c++) out[j * d + c] = width * scale[j * d + c]!;
  }
  return out;
}

/** `WIDEST · tanh(h / WIDEST)` and its derivative. */
export function boundedWidths(raw: ArrayLike<number>): { readonly log: Float64Array; readonly slope: Float64Array } {
  const log = Float64Array.from(raw, (value) => WIDEST * Math.tanh(value / WIDEST));
  return { log, slope: log.map((value) => 1 - (value / WIDEST) ** 2) };
}

/** A trained set, evaluated at one context at a time without an executor. */
export interface SetModel {
  at(context: ArrayLike<number>): Ellipsoid;
}

/**
 * The set whose `tensors` these are.
 *
 * @throws RuntimeError weights-mismatch
 */
export function openSetModel(spec: PredictorSpec, sizes: SetSizes, tensors: Checkpoint["tensors"]): SetModel {
  const { outcome: d, context: p } = sizes;
  const { activation, hidden } = networkOf(spec);
  const scale = tensors["set.factor"]?.data;
  if (scale?.length !== d * d) {
    const reason = scale === undefined ? "set.factor is missing" : `set.factor has ${scale.length} values`;
    throw new RuntimeError(tensorCatalogue, "weights-mismatch", { model: "uncertainty set", reason });
  }
  const conditional = tensors[`layer.${hidden.length}.bias`]?.data.length === 2 * d;
  const network = mlpLayout([Math.max(1, p), ...hidden, conditional ? 2 * d : d]);
  const { parameters, context: input, outcome } = readWeights("uncertainty set", network, sizes, tensors);
  const factor = Float64Array.from(scale);
  const layers = network.slots.filter(({ name }) => name.endsWith("weight"));

  return {
    at(context) {
      let values = Float64Array.from({ length: Math.max(1, p) }, (_, i) =>
        p === 0 ? 0 : (context[i]! - input.mean[i]!) / input.scale[i]!,
      );
      layers.forEach(({ shape, offset }, k) => {
        const [rows = 0, columns = 0] = shape;
        const bias = offset + rows * columns;
        const next = Float64Array.from({ length: columns }, (_, j) => parameters[bias + j]!);
        for (let i = 0; i < rows; i++) {
          for (let j = 0; j < columns; j++) next[j]! += values[i]! * parameters[offset + i * columns + j]!;
        }
        values = k + 1 < layers.length ? next.map(ACTIVATIONS[activation]) : next;
      });
      const centre = Float64Array.from({ length: d }, (_, j) => outcome.mean[j]! + outcome.scale[j]! * values[j]!);
      if (!conditional) return { centre, factor };
      return { centre, factor: factorAt(factor, boundedWidths(values.subarray(d)).log, d) };
    },
  };
}

const ACTIVATIONS = {
  relu: (value: number): number => Math.max(0, value),
  silu: (value: number): number => value / (1 + Math.exp(-value)),
  tanh: Math.tanh,
  gelu: (value: number): number => 0.5 * value * (1 + erf(value * Math.SQRT1_2)),
} as const;

/** Abramowitz & Stegun 1964, 7.1.26: within 1.5e-7, as near as the weights' precision. */
function erf(value: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(value));
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(value) * (1 - series * Math.exp(-value * value));
}
