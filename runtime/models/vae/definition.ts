import type { VaeSpec } from "../../spec.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import { layoutOf, mlp, mlpLayout, type ParameterLayout } from "../../tensor/parameters.ts";
import { normalInput, type GeneratorDefinition, type ModelSizes } from "../neural/definition.ts";
import { initialNetwork } from "../neural/network.ts";

/** A Gaussian with independent components at each row. */
export interface RowGaussian {
  readonly mean: Tensor;
  /** Logs of the deviations. */
  readonly log: Tensor;
}

/** Parts of a conditional variational autoencoder (Kingma & Welling 2014; Sohn et al. 2015), in standardised space. */
export interface Autoencoder {
  readonly layout: ParameterLayout;
  /** q(z | s, x) */
  encode(parameters: readonly Tensor[], outcomes: Tensor, contexts: Tensor | null): RowGaussian;
  /** p(s | z, x) */
  decode(parameters: readonly Tensor[], latent: Tensor, contexts: Tensor | null): RowGaussian;
}

/** Logs of deviations stay above these: one row fitted exactly would have no end of likelihood. */
const LEAST_DECODED = -4;
const MOST_ENCODED = 6;

function joined(x: Tensor, contexts: Tensor | null): Tensor {
  return contexts === null ? x : ops.concat([x, contexts], 1);
}

function half(x: Tensor, side: 0 | 1): Tensor {
  const n = x.shape[1]! / 2;
  return ops.slice(x, 1, side * n, (side + 1) * n);
}

export function autoencoder(spec: VaeSpec, { context, outcome }: ModelSizes): Autoencoder {
  const encoder = mlpLayout([outcome + context, ...spec.hidden, 2 * spec.latent]);
  const decoder = mlpLayout([spec.latent + context, ...spec.hidden.toReversed(), 2 * outcome]);
  const count = encoder.slots.length;
  return {
    layout: layoutOf([
      ...encoder.slots.map(({ name, shape }) => ({ name: `encoder.${name}`, shape })),
      ...decoder.slots.map(({ name, shape }) => ({ name: `decoder.${name}`, shape })),
    ]),
    encode(parameters, outcomes, contexts) {
      const raw = mlp(joined(outcomes, contexts), parameters.slice(0, count), "silu");
      const log = ops.mul(ops.tanh(ops.mul(half(raw, 1), 1 / MOST_ENCODED)), MOST_ENCODED);
      return { mean: half(raw, 0), log };
    },
    decode(parameters, latent, contexts) {
      const raw = mlp(joined(latent, contexts), parameters.slice(count), "silu");
      const log = ops.add(ops.softplus(ops.sub(half(raw, 1), LEAST_DECODED)), LEAST_DECODED);
      return { mean: half(raw, 0), log };
    },
  };
}

/** Log-density of rows under a Gaussian at each, `[rows, 1]`. */
export function logGaussian(x: Tensor, { mean, log }: RowGaussian): Tensor {
  const scaled = ops.mul(ops.sub(x, mean), ops.exp(ops.neg(log)));
  const terms = ops.sub(ops.mul(ops.square(scaled), -0.5), log);
  return ops.sub(ops.sum(terms, { axes: [1], keep: true }), 0.5 * x.shape[1]! * Math.log(2 * Math.PI));
}

/** `mean + deviation · noise` */
export function drawGaussian({ mean, log }: RowGaussian, noise: Tensor): Tensor {
  return ops.add(mean, ops.mul(ops.exp(log), noise));
}

/** Minus the evidence lower bound of each row with one draw of the latent: reconstruction and `KL(q(z | s, x) ‖ N(0, I))`. */
export function defineVae(spec: VaeSpec, sizes: ModelSizes): GeneratorDefinition {
  const vae = autoencoder(spec, sizes);
  return {
    model: "vae",
    sizes,
    layout: vae.layout,
    ema: spec.ema,
    initial: (stream) => initialNetwork(vae.layout, stream),
    inputs: [normalInput("latent", spec.latent)],
    loss(parameters, { outcomes, contexts, drawn }) {
      const encoded = vae.encode(parameters, outcomes, contexts);
      const decoded = vae.decode(parameters, drawGaussian(encoded, drawn("latent")), contexts);
      const squares = ops.add(ops.square(encoded.mean), ops.exp(ops.mul(encoded.log, 2)));
      const terms = ops.sub(ops.mul(ops.sub(squares, 1), 0.5), encoded.log);
      return ops.sub(ops.sum(terms, { axes: [1], keep: true }), logGaussian(outcomes, decoded));
    },
    sampling: {
      start: spec.latent + sizes.outcome,
      coefficients: [[]],
      noise: 0,
      step(parameters, state, contexts) {
        const latent = ops.slice(state, 1, 0, spec.latent);
        const noise = ops.slice(state, 1, spec.latent, spec.latent + sizes.outcome);
        return drawGaussian(vae.decode(parameters, latent, contexts), noise);
      },
    },
  };
}
