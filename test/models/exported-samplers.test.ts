import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { trainNeuralGenerator } from "../../runtime/models/neural-generators.ts";
import type { NeuralGeneratorSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { optimizer, TWO_MODES, twoModes } from "./generators.ts";

const common = { ema: 0.9, scenarios: 64 } as const;
const mlp = { kind: "mlp", hidden: [8] } as const;
const unet = { kind: "unet1d", channels: [8, 8] } as const;
const ddpm = { kind: "ddpm", steps: 8, schedule: "linear", ...common } as const;
const specs: readonly NeuralGeneratorSpec[] = [
  { ...ddpm, net: mlp, sampler: "ddim", samplingSteps: 4 },
  { ...ddpm, net: mlp, sampler: "ancestral", samplingSteps: 8 },
  { ...ddpm, net: unet, sampler: "ddim", samplingSteps: 2 },
  { kind: "score_sde", net: mlp, sde: "vp", sampler: "sde", steps: 5, ...common },
  { kind: "score_sde", net: mlp, sde: "ve", sampler: "probability_flow", steps: 3, ...common },
  { kind: "vae", latent: 3, hidden: [8], ...common },
  { kind: "normalizing_flow", flow: "arqs", bins: 5, hidden: [8], layers: 2, ...common },
  { kind: "normalizing_flow", flow: "coupling", bins: 5, hidden: [8], layers: 2, ...common },
];

function nameOf(spec: NeuralGeneratorSpec): string {
  const parts = Object.values(spec).map((value) => (typeof value === "object" && "kind" in value ? value.kind : value));
  return parts.filter((value) => typeof value === "string").join(" ");
}

/** Numbers of two outcomes' noise in all steps, and of the latent. */
function widthOf(spec: NeuralGeneratorSpec): number {
  if (spec.kind === "vae") return spec.latent + 2;
  if (spec.kind === "ddpm") return spec.sampler === "ancestral" ? 2 + 2 * spec.samplingSteps : 2;
  return spec.kind === "score_sde" && spec.sampler === "sde" ? 2 + 2 * spec.steps : 2;
}

describe("the exported sampler", () => {
  it.each(specs.map((spec) => [nameOf(spec), spec] as const))("draws what the model draws: %s", async (_, spec) => {
    const training = { steps: 8, batch: 16, optimizer };
    const model = await trainNeuralGenerator(spec, training, twoModes(60), TWO_MODES, randomStream(4, "train"));
    const session = await InferenceSession.create(model.samplerOnnx());
    const rows = 5;
    const contexts = Float64Array.of(-1, 0, 0.5, 1, 2);
    // The exported model reads the numbers of a row's steps side by side, the sampler each from its own stream.
    const width = widthOf(spec);
    const stream = randomStream(7, "draws");
    const start = spec.kind === "vae" ? 5 : 2;
    const noise = new Float32Array(rows * width);
    const part = new Float32Array(rows * start);
    stream.normal(part);
    part.forEach((v, k) => (noise[Math.floor(k / start) * width + (k % start)] = v));
    for (let step = 0; start + 2 * step < width; step++) {
      const more = new Float32Array(rows * 2);
      stream.child(`step/${step}`).normal(more);
      more.forEach((v, k) => (noise[Math.floor(k / 2) * width + start + 2 * step + (k % 2)] = v));
    }
    const { outcome } = await session.run({
      noise: new Tensor("float32", noise, [rows, width]),
      context: new Tensor("float32", Float32Array.from(contexts), [rows, 1]),
    });
    const drawn = await model.sample(contexts, rows, 1, stream);
    expect(outcome!.dims).toEqual([rows, 2]);
    Array.from(drawn).forEach((v, i) => {
      const scale = i % 2 === 0 ? 4 : 0.2;
      expect(Math.abs(Number(outcome!.data[i]) - v) / scale).toBeLessThan(1e-3);
    });
    await model.dispose();
    await session.release();
  });
});
