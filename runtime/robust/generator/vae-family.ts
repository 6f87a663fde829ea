import { normalInput, type ModelSizes } from "../../models/neural/definition.ts";
import { autoencoder, drawGaussian } from "../../models/vae/definition.ts";
import type { VaeSpec } from "../../spec.ts";
import * as ops from "../../tensor/ops.ts";
import { constantParameters } from "../../tensor/parameters.ts";
import type { GenerativeFamily } from "./family.ts";

/**
 * The laws of a variational autoencoder (001 App. B): the decoder's mean g_θ moves; the encoder stays, and so do the
 * decoder's deviations, which the reconstruction loss does not see and which could otherwise grow without end: both are
 * read from the pre-trained parameters, so that nothing draws on their gradient.
 * @param pretrained parameters of the autoencoder that was fitted to the data
 */
export function vaeFamily(spec: VaeSpec, sizes: ModelSizes, pretrained: Float32Array): GenerativeFamily {
  const vae = autoencoder(spec, sizes);
  return {
    model: "vae",
    sizes,
    layout: vae.layout,
    reconstructionInputs: [normalInput("latent", spec.latent)],
    reconstruction(parameters, outcomes, contexts, drawn) {
      const fixed = constantParameters(outcomes.graph, vae.layout, pretrained);
      const latent = drawGaussian(vae.encode(fixed, outcomes, contexts), drawn("latent"));
      const error = ops.square(ops.sub(vae.decode(parameters, latent, contexts).mean, outcomes));
      return ops.mean(error, { axes: [1], keep: true });
    },
    start: spec.latent,
    coefficients: [[0]],
    transition(parameters, state, contexts) {
      const fixed = constantParameters(state.graph, vae.layout, pretrained);
      const deviation = ops.exp(vae.decode(fixed, state, contexts).log);
      return { mean: vae.decode(parameters, state, contexts).mean, deviation };
    },
  };
}
