import { describe, expect, it } from "vitest";
import { trainNeuralGenerator } from "../../runtime/models/neural-generators.ts";
import type { NeuralGeneratorSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { mean, optimizer, TWO_MODES, twoModes } from "./generators.ts";

const common = { ema: 0.99, scenarios: 64 } as const;
const mlp = { kind: "mlp", hidden: [32, 32] } as const;
const specs: readonly NeuralGeneratorSpec[] = [
  { kind: "ddpm", net: mlp, steps: 50, schedule: "linear", sampler: "ancestral", samplingSteps: 50, ...common },
  { kind: "score_sde", net: mlp, sde: "vp", sampler: "sde", steps: 40, ...common },
  { kind: "vae", latent: 2, hidden: [32, 32], ...common },
  {
    kind: "flow_matching",
    hidden: [32, 32],
    activation: "silu",
    solver: "rk4",
    odeSteps: 8,
    coupling: "minibatch_ot",
    ...common,
  },
];

describe("weights on the training rows", () => {
  // Rows of the first mode count three times, so that the tilted law has it with probability 3/4 instead of 1/2.
  it.each(specs.map((spec) => [spec.kind, spec] as const))("make %s learn the tilted law", async (_, spec) => {
    const data = twoModes(1200);
    const weights = Float64Array.from({ length: data.rows }, (_value, i) => (data.outcomes[2 * i]! > 10 ? 3 : 1));
    const coupled = spec.kind === "flow_matching";
    const training = { steps: coupled ? 500 : 1200, batch: coupled ? 48 : 128, optimizer };
    const model = await trainNeuralGenerator(spec, training, { ...data, weights }, TWO_MODES, randomStream(4, "train"));
    const drawn = await model.sample(Float64Array.of(1), 1, 3000, randomStream(3, "s"));
    const share = mean(Float64Array.from({ length: 3000 }, (_value, i) => (drawn[2 * i]! > 10 ? 1 : 0)));
    expect(Math.abs(share - 0.75)).toBeLessThan(0.1);
    await model.dispose();
  });
});
