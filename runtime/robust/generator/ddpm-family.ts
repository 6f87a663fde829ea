import { defineDdpm } from "../../models/ddpm/definition.ts";
import type { ModelSizes } from "../../models/neural/definition.ts";
import type { DdpmSpec } from "../../spec.ts";
import * as ops from "../../tensor/ops.ts";
import type { GenerativeFamily } from "./family.ts";

/** Index of the deviation among a step's coefficients: see `defineDdpm`. */
const DEVIATION = 5;

/**
 * The laws of a denoising diffusion (001 §4.1): transitions are the ancestral ones, whatever the spec's sampler, with
 * deviations of at least `floor`. The last one has none of its own, so that its density and that of its neighbours
 * would leave θ no room to move.
 * @param bound as `defineDdpm` has it
 * @param floor in standard deviations of the data
 */
export function ddpmFamily(spec: DdpmSpec, sizes: ModelSizes, bound: number, floor: number): GenerativeFamily {
  const definition = defineDdpm({ ...spec, sampler: "ancestral" }, sizes, bound);
  const { sampling, layout } = definition;
  return {
    model: definition.model,
    sizes,
    layout,
    reconstructionInputs: definition.inputs,
    reconstruction: (parameters, outcomes, contexts, drawn) =>
      definition.loss(parameters, { outcomes, contexts, drawn }),
    start: sizes.outcome,
    coefficients: sampling.coefficients.map((step) =>
      step.map((value, k) => (k === DEVIATION ? Math.max(value, floor) : value)),
    ),
    transition: (parameters, state, contexts, coefficients) => ({
      mean: sampling.step(parameters, state, contexts, coefficients, null),
      deviation: ops.slice(coefficients, 1, DEVIATION, DEVIATION + 1),
    }),
  };
}
