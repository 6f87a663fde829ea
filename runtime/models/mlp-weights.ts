import { RuntimeError } from "../errors/runtime-error.ts";
import { tensorCatalogue } from "../tensor/catalogue.ts";
import { sizeOf } from "../tensor/node.ts";
import type { ParameterLayout } from "../tensor/parameters.ts";
import type { Checkpoint } from "./sampler.ts";
import type { Standardizer } from "./standardizer.ts";

/** A trained network with the scalers of its inputs and outputs: all that a model is loaded from. */
export interface MlpWeights {
  /** Flat, in the layout's order. */
  readonly parameters: Float32Array;
  readonly context: Standardizer;
  readonly outcome: Standardizer;
}

type Tensors = Checkpoint["tensors"];

/** The weights under their names: `layer.0.weight`, …, `context.mean`, … */
export function weightTensors(layout: ParameterLayout, { parameters, context, outcome }: MlpWeights): Tensors {
  const network = layout.slots.map(({ name, shape, offset }) => [
    name,
    { shape, data: parameters.slice(offset, offset + sizeOf(shape)) },
  ]);
  return {
    ...Object.fromEntries(network),
    "context.mean": vector(context.mean),
    "context.scale": vector(context.scale),
    "outcome.mean": vector(outcome.mean),
    "outcome.scale": vector(outcome.scale),
  };
}

/**
 * The weights that `weightTensors` named.
 * @throws RuntimeError weights-mismatch where a tensor is missing or of another size
 */
export function readWeights(
  model: string,
  layout: ParameterLayout,
  sizes: { readonly context: number; readonly outcome: number },
  tensors: Tensors,
): MlpWeights {
  const read = (name: string, size: number): Float32Array => {
    const found = tensors[name]?.data;
    if (found?.length === size) return found;
    const reason = found === undefined ? `${name} is missing` : `${name} has ${found.length} values, not ${size}`;
    throw new RuntimeError(tensorCatalogue, "weights-mismatch", { model, reason });
  };
  const parameters = new Float32Array(layout.size);
  for (const { name, shape, offset } of layout.slots) parameters.set(read(name, sizeOf(shape)), offset);
  const scaler = (name: string, size: number): Standardizer => ({
    mean: read(`${name}.mean`, size),
    scale: read(`${name}.scale`, size),
  });
  return { parameters, context: scaler("context", sizes.context), outcome: scaler("outcome", sizes.outcome) };
}

function vector(data: Float32Array): Tensors[string] {
  return { shape: [data.length], data };
}
