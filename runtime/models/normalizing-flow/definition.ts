import type { NormalizingFlowSpec } from "../../spec.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import type { ParameterLayout } from "../../tensor/parameters.ts";
import type { RandomStream } from "../../tensor/random.ts";
import {
  couple,
  couplingFlowLayout,
  initialCouplingFlow,
  uncouple,
  type CouplingFlowShape,
} from "../coupling-flow/flow.ts";
import type { GeneratorDefinition, ModelSizes } from "../neural/definition.ts";
import { standardNormal } from "../neural/normal.ts";
import {
  initialSplineFlow,
  pullBack,
  pushForward,
  splineFlowLayout,
  type SplineFlowShape,
} from "../spline-flow/flow.ts";

/** An invertible map between outcomes and a standard normal latent, given the context. */
interface Bijection {
  readonly layout: ParameterLayout;
  initial(stream: RandomStream): Float32Array;
  forward(
    parameters: readonly Tensor[],
    outcomes: Tensor,
    contexts: Tensor | null,
  ): { readonly latent: Tensor; readonly logDeterminant: Tensor };
  inverse(parameters: readonly Tensor[], latent: Tensor, contexts: Tensor | null): Tensor;
}

/** Shape of the spline flow of a spec: one block, conditioned on the context. */
export function splineShape(spec: NormalizingFlowSpec, { context, outcome }: ModelSizes): SplineFlowShape {
  return { blocks: [outcome], context, hidden: spec.hidden, layers: spec.layers, bins: spec.bins };
}

function bijection(spec: NormalizingFlowSpec, sizes: ModelSizes): Bijection {
  if (spec.flow === "coupling") {
    const { context, outcome: variables } = sizes;
    const shape: CouplingFlowShape = { variables, context, hidden: spec.hidden, layers: spec.layers };
    return {
      layout: couplingFlowLayout(shape),
      initial: (stream) => initialCouplingFlow(shape, stream),
      forward: (parameters, outcomes, contexts) => couple(shape, parameters, outcomes, contexts),
      inverse: (parameters, latent, contexts) => uncouple(shape, parameters, latent, contexts),
    };
  }
  const shape = splineShape(spec, sizes);
  return {
    layout: splineFlowLayout(shape),
    initial: (stream) => initialSplineFlow(shape, stream),
    forward: (parameters, outcomes, contexts) => pushForward(shape, parameters, outcomes, contexts),
    inverse: (parameters, latent, contexts) => pullBack(shape, parameters, latent, contexts),
  };
}

/**
 * Log of the flow's density at rows of standardised outcomes, by the change of variables:
 * `log N(u; 0, I) + log |det ∂u/∂s|`, `[rows, 1]`.
 */
export function flowLogDensity(
  spec: NormalizingFlowSpec,
  sizes: ModelSizes,
): (parameters: readonly Tensor[], outcomes: Tensor, contexts: Tensor | null) => Tensor {
  const { forward } = bijection(spec, sizes);
  return (parameters, outcomes, contexts) => {
    const { latent, logDeterminant } = forward(parameters, outcomes, contexts);
    return ops.add(standardNormal(latent), logDeterminant);
  };
}

/** Maximum likelihood of the flow: the loss of a row is minus its log-density. */
export function defineNormalizingFlow(spec: NormalizingFlowSpec, sizes: ModelSizes): GeneratorDefinition {
  const flow = bijection(spec, sizes);
  const logDensity = flowLogDensity(spec, sizes);
  return {
    model: "normalizing_flow",
    sizes,
    layout: flow.layout,
    ema: spec.ema,
    initial: (stream) => flow.initial(stream),
    inputs: [],
    loss: (parameters, { outcomes, contexts }) => ops.neg(logDensity(parameters, outcomes, contexts)),
    sampling: {
      start: sizes.outcome,
      coefficients: [[]],
      noise: 0,
      step: (parameters, state, contexts) => flow.inverse(parameters, state, contexts),
    },
  };
}
