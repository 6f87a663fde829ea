import type { VaeSpec } from "../../spec.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { ModelSizes } from "../neural/definition.ts";
import type { RowFunction } from "../neural/density.ts";
import { standardNormal } from "../neural/normal.ts";
import { autoencoder, drawGaussian, logGaussian } from "./definition.ts";

/** Rows a call. */
const ROWS = 32;

/**
 * The importance-weighted bound `log (1/K) Σ_k p(s, z_k | x) / q(z_k | s, x)` (Burda et al. 2016, eq. 8): the ELBO for
 * K = 1, and ever closer to log p(s | x) as K grows.
 */
export function importanceBound(spec: VaeSpec, sizes: ModelSizes, draws: number, stream: RandomStream): RowFunction {
  const vae = autoencoder(spec, sizes);
  const width = draws * spec.latent;
  const repeated = (x: Tensor): Tensor => {
    const [rows = 1, columns = 1] = x.shape;
    const each = ops.broadcast(ops.reshape(x, [rows, 1, columns]), [rows, draws, columns]);
    return ops.reshape(each, [rows * draws, columns]);
  };
  return {
    size: ROWS,
    inputs: { latent: { shape: [ROWS, width] } },
    build(parameters, outcomes, contexts, input) {
      const s = repeated(outcomes);
      const x = contexts === null ? null : repeated(contexts);
      const once = vae.encode(parameters, outcomes, contexts);
      const encoded = { mean: repeated(once.mean), log: repeated(once.log) };
      const z = drawGaussian(encoded, ops.reshape(input("latent"), [ROWS * draws, spec.latent]));
      const joint = ops.add(logGaussian(s, vae.decode(parameters, z, x)), standardNormal(z));
      const ratios = ops.reshape(ops.sub(joint, logGaussian(z, encoded)), [ROWS, draws]);
      return ops.sub(ops.logSumExp(ratios, { axes: [1], keep: true }), Math.log(draws));
    },
    calls: [(input, first) => stream.normal(input("latent"), first * width)],
  };
}
