import { autoencoder, type RowGaussian } from "../../models/vae/definition.ts";
import type { VaeSpec } from "../../spec.ts";
import { createExecutor } from "../../tensor/executor.ts";
import { Graph } from "../../tensor/graph.ts";
import { constantParameters } from "../../tensor/parameters.ts";
import { defineProgram } from "../../tensor/program.ts";
import * as ops from "../../tensor/ops.ts";
import type { PretrainedGenerator } from "./pretrain.ts";

/** q(z | ξ) of every training row, rows × latent. */
export interface EncodedRows {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

const ROWS = 256;

/** The pre-trained encoder at all training rows; it stays as it is (001 App. B). */
export async function encodeRows(
  spec: VaeSpec,
  { family, parameters, rows }: Pick<PretrainedGenerator, "family" | "parameters" | "rows">,
): Promise<EncodedRows> {
  const { context: p, outcome: d } = family.sizes;
  const graph = new Graph();
  const vae = autoencoder(spec, family.sizes);
  const outcomes = graph.input("outcomes", [ROWS, d]);
  const contexts = p > 0 ? graph.input("contexts", [ROWS, p]) : null;
  const { mean, log }: RowGaussian = vae.encode(constantParameters(graph, vae.layout, parameters), outcomes, contexts);
  const executor = await createExecutor(defineProgram(graph, { outputs: { mean, deviation: ops.exp(log) } }));
  const result = {
    mean: new Float32Array(rows.rows * spec.latent),
    deviation: new Float32Array(rows.rows * spec.latent),
  };
  try {
    for (let start = 0; start < rows.rows; start += ROWS) {
      const end = Math.min(rows.rows, start + ROWS);
      executor.input("outcomes").set(rows.outcomes.subarray(start * d, end * d));
      if (p > 0) executor.input("contexts").set(rows.contexts.subarray(start * p, end * p));
      await executor.run();
      for (const name of ["mean", "deviation"] as const)
        result[name].set(executor.output(name).subarray(0, (end - start) * spec.latent), start * spec.latent);
    }
    return result;
  } finally {
    await executor.dispose();
  }
}
