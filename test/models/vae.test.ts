import { describe, expect, it } from "vitest";
import { logDensities } from "../../runtime/models/neural/density.ts";
import { stepProgram } from "../../runtime/models/neural/sampler.ts";
import { importanceBound } from "../../runtime/models/vae/bound.ts";
import { defineVae } from "../../runtime/models/vae/definition.ts";
import { loadVae, trainVae, vaePlan } from "../../runtime/models/vae/index.ts";
import type { VaeSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import {
  DEGENERATE,
  mean,
  meanLogDensity,
  momentError,
  normals,
  optimizer,
  programDistance,
  stepDistance,
  TWO_MODES,
  twoModes,
  unscaled,
} from "./generators.ts";

const spec: VaeSpec = { kind: "vae", latent: 2, hidden: [48, 48], ema: 0.99, scenarios: 64 };

describe("the variational autoencoder", () => {
  it("learns a conditional mixture, with a bound below its likelihood", async () => {
    const data = twoModes(1500);
    const training = { steps: 2500, batch: 128, optimizer };
    const model = await trainVae(spec, training, data, TWO_MODES, randomStream(4, "train"));
    expect(await momentError(model)).toBeLessThan(0.25);
    const held = twoModes(600, 2);
    const logs = await model.logLikelihood(held.contexts, held.outcomes, held.rows, randomStream(1, "draws"));
    const gap = meanLogDensity(held) - mean(logs);
    expect(gap).toBeGreaterThan(-0.02);
    expect(gap).toBeLessThan(0.4);
    const loaded = await loadVae(spec, TWO_MODES, model.tensors);
    const at = Float64Array.of(0.3);
    expect(await loaded.sample(at, 1, 9, randomStream(1, "z"))).toEqual(
      await model.sample(at, 1, 9, randomStream(1, "z")),
    );
    await model.dispose();
    await loaded.dispose();
  });

  it("has a bound that rises with the draws to the likelihood of a linear decoder", async () => {
    // Without hidden layers: s = w z + b + τ ε with z ~ N(0, 1), so that s ~ N(b, w² + τ²).
    const linear: VaeSpec = { ...spec, latent: 1, hidden: [] };
    const one = { context: 0, outcome: 1 };
    const definition = defineVae(linear, one);
    const [w, b, raw] = [1.5, 0.3, -0.2];
    // Encoder weight [1, 2] and bias [2], then decoder weight [1, 2] and bias [2]: mean and log of the deviation.
    const parameters = Float32Array.of(0.3, 0, 0, -0.2, w, 0, b, raw);
    const weights = { definition, parameters, context: unscaled(0), outcome: unscaled(1) };
    const deviation = Math.exp(Math.log1p(Math.exp(raw + 4)) - 4);
    const variance = w ** 2 + deviation ** 2;
    const rows = 64;
    const s = normals(rows, "s").map((v) => 2 * v);
    const exact = s.map((v) => -0.5 * (Math.log(2 * Math.PI * variance) + (v - b) ** 2 / variance));
    let last = -Infinity;
    for (const draws of [1, 8, 400]) {
      const bound = importanceBound(linear, one, draws, randomStream(1, "draws"));
      const found = mean(await logDensities(weights, bound, new Float64Array(0), s, rows));
      expect(found).toBeGreaterThan(last);
      last = found;
    }
    expect(Math.abs(last - mean(exact))).toBeLessThan(0.02);
  });

  it("takes the same training steps and draws the same on both executors", async () => {
    const data = { ...twoModes(40), weights: normals(40, "w").map((v) => v * v) };
    const plan = vaePlan(spec, { steps: 4, batch: 6, optimizer }, data, TWO_MODES, randomStream(5, "train"));
    expect(await stepDistance(plan)).toBeLessThan(1e-3);
    const definition = defineVae(spec, TWO_MODES);
    const parameters = definition.initial(randomStream(6, "initial"));
    const program = stepProgram({ definition, parameters, context: unscaled(1), outcome: unscaled(2) }, 16);
    expect(await programDistance(program)).toBeLessThan(1e-4);
  });

  it.each(Object.entries(DEGENERATE))("stays finite on %s", async (_, data) => {
    const training = { steps: 60, batch: 16, optimizer };
    const model = await trainVae(spec, training, data, TWO_MODES, randomStream(2, "train"));
    const drawn = await model.sample(data.contexts.slice(0, 1), 1, 50, randomStream(1, "s"));
    expect(drawn.every(Number.isFinite)).toBe(true);
    const logs = await model.logLikelihood(data.contexts, data.outcomes, data.rows, randomStream(1, "none"));
    expect(logs.every(Number.isFinite)).toBe(true);
    await model.dispose();
  });
});
