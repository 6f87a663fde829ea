import type { TrainHooks } from "../../models/sampler.ts";
import { autoencoder } from "../../models/vae/definition.ts";
import type { Attack } from "../../predict/types.ts";
import type { VaeSpec } from "../../spec.ts";
import type { Tensor } from "../../tensor/graph.ts";
import * as ops from "../../tensor/ops.ts";
import { constantParameters } from "../../tensor/parameters.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { varyingColumns } from "../../models/neural/rows.ts";
import type { PretrainedGenerator } from "../generator/pretrain.ts";
import { chooseByValidation } from "../select.ts";
import type { RobustPredictor, RobustProblem } from "../types.ts";
import { frankWolfe, standardised } from "./ascent.ts";
import { trainOnRows } from "./ml.ts";

export interface DragenOptions {
  /** A variational autoencoder of the rows. */
  readonly generator: PretrainedGenerator<VaeSpec>;
  /** Radii of the 2-Wasserstein ball in the latent space; several are chosen among on the validation rows. */
  readonly radii: readonly number[];
  /** Steps of the inner maximisation. */
  readonly steps: number;
  /** Share of each batch that the adversary moves; the rest are the data (Ren & Majumdar 2022 add to their rows). */
  readonly share: number;
  /**
   * `decoded`: moved rows are what the decoder makes of them. `shifted`: the rows themselves, moved by how much the
   * decoder's output changed, so that what the autoencoder cannot reconstruct stays.
   */
  readonly rows: "decoded" | "shifted";
}

export const DRAGEN_DEFAULTS: Omit<DragenOptions, "generator"> = {
  radii: [0.3, 1, 2, 4, 8],
  steps: 5,
  share: 0.5,
  rows: "decoded",
};

/**
 * DRAGEN of 001 §7 (Ren & Majumdar 2022): rows are moved to where the loss is worse within a Wasserstein ball in the
 * latent space of an autoencoder, by way of its decoder.
 * @throws RuntimeError training-diverged
 */
export function trainDragen(
  problem: RobustProblem,
  options: Pick<DragenOptions, "generator"> & Partial<DragenOptions>,
  stream: RandomStream,
  hooks: TrainHooks = {},
): Promise<RobustPredictor> {
  const full = { ...DRAGEN_DEFAULTS, ...options };
  return chooseByValidation(problem, full.radii, (radius) =>
    trainOnRows(problem, "dragen", radius, { attack: latentAttack(full, radius) }, stream, hooks),
  );
}

function latentAttack({ generator, steps, share, rows: kind }: DragenOptions, radius: number): Attack {
  return ({ inputs, targets, loss }) => {
    const { graph } = inputs;
    const [batch = 1, p = 1] = inputs.shape;
    const moved = Math.round(share * batch);
    if (moved === 0) return { inputs, targets };
    const { family, rows, parameters, roles, spec } = generator;
    const vae = autoencoder(spec, family.sizes);
    const fixed = constantParameters(graph, vae.layout, parameters);
    const own = { inputs: ops.slice(inputs, 0, 0, moved), targets: ops.slice(targets, 0, 0, moved) };
    const raw = roles === "joint" ? ops.concat([own.inputs, own.targets], 1) : own.inputs;
    const columns = varyingColumns(rows.outcome);
    // Selects and scales the varying columns, and spreads them out again.
    const d = rows.outcome.mean.length;
    const spread = new Float64Array(columns.length * d);
    const gather = new Float64Array(d * columns.length);
    columns.forEach((column, k) => {
      spread[k * d + column] = rows.outcome.scale[column]!;
      gather[column * columns.length + k] = 1 / rows.outcome.scale[column]!;
    });
    const mean = graph.constant(rows.outcome.mean, [1, d]);
    const standard = ops.matmul(ops.sub(raw, mean), graph.constant(gather, [d, columns.length]));
    const contexts = roles === "joint" ? null : standardised(own.targets, rows.context);
    const latent = vae.encode(fixed, standard, contexts).mean;
    const decode = (z: Tensor): Tensor => vae.decode(fixed, z, contexts).mean;
    const nominal = decode(latent);
    const rowsAt = (points: Tensor): { readonly inputs: Tensor; readonly targets: Tensor } => {
      const decoded = decode(points);
      const values = kind === "decoded" ? decoded : ops.add(standard, ops.sub(decoded, nominal));
      const units = ops.add(ops.matmul(values, graph.constant(spread, [columns.length, d])), mean);
      return roles === "joint"
        ? { inputs: ops.slice(units, 1, 0, p), targets: ops.slice(units, 1, p, d) }
        : { inputs: units, targets: own.targets };
    };
    const value = (points: Tensor): Tensor => {
      const at = rowsAt(points);
      return loss(at.inputs, at.targets);
    };
    const found = rowsAt(frankWolfe(latent, value, radius, steps));
    const rest = (x: Tensor): Tensor => ops.slice(x, 0, moved, batch);
    return {
      inputs: ops.concat([found.inputs, rest(inputs)], 0),
      targets: ops.concat([found.targets, rest(targets)], 0),
    };
  };
}
