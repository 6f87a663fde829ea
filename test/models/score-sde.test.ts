import { describe, expect, it } from "vitest";
import { continuousLogDensities, type ContinuousFlow } from "../../runtime/models/ode/flow-density.ts";
import { stepProgram } from "../../runtime/models/neural/sampler.ts";
import { defineScoreSde } from "../../runtime/models/score-sde/definition.ts";
import { loadScoreSde, probabilityFlow, scoreSdePlan, trainScoreSde } from "../../runtime/models/score-sde/index.ts";
import { FIRST_TIME, noiseProcess, samplingTimes } from "../../runtime/models/score-sde/process.ts";
import type { ScoreSdeSpec } from "../../runtime/spec.ts";
import * as ops from "../../runtime/tensor/ops.ts";
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

const spec: ScoreSdeSpec = {
  kind: "score_sde",
  net: { kind: "mlp", hidden: [48, 48] },
  sde: "vp",
  sampler: "probability_flow",
  steps: 20,
  ema: 0.99,
  scenarios: 64,
};

describe.each(["vp", "ve"] as const)("the %s process", (kind) => {
  const process = noiseProcess(kind);

  it("has the derivatives that its moments have", () => {
    const h = 1e-5;
    for (const t of [0.05, 0.4, 0.9]) {
      const slope = (f: (t: number) => number): number => (f(t + h) - f(t - h)) / (2 * h);
      expect(process.drift(t)).toBeCloseTo(
        slope((u) => Math.log(process.a(u))),
        6,
      );
      const growth = slope((u) => process.sigma(u) ** 2) - 2 * process.drift(t) * process.sigma(t) ** 2;
      expect(process.diffusion(t) / growth).toBeCloseTo(1, 5);
      expect(process.timeOf(Math.log(process.a(t) / process.sigma(t)))).toBeCloseTo(t, 9);
    }
    const times = samplingTimes(process, 10);
    expect([times[0], times[10]]).toEqual([1, FIRST_TIME]);
    times.slice(1).forEach((t, k) => expect(t).toBeLessThan(times[k]!));
  });

  it("gives the likelihood of a Gaussian in closed form by its probability flow", async () => {
    // The exploding process keeps a trace of the mean in its noise, m s / σ(1)² of the log-density.
    const [m, deviation] = [kind === "vp" ? 0.5 : 0, 0.8];
    const one = { context: 0, outcome: 1 };
    const definition = defineScoreSde({ ...spec, sde: kind }, one, 1e9);
    const parameters = new Float32Array(definition.layout.size);
    const weights = { definition, parameters, context: unscaled(0), outcome: unscaled(1) };
    // The exact score of N(a m, a² τ² + σ²) in place of the network's.
    const flow: ContinuousFlow = {
      ...probabilityFlow({ ...spec, sde: kind }, weights),
      coefficients: (t) => [
        process.drift(t),
        process.diffusion(t) / 2 / (process.a(t) ** 2 * deviation ** 2 + process.sigma(t) ** 2),
        process.a(t) * m,
      ],
      velocity: (_, state, __, c) => {
        const part = (k: number) => ops.slice(c, 1, k, k + 1);
        return ops.add(ops.mul(state, part(0)), ops.mul(ops.sub(state, part(2)), part(1)));
      },
    };
    const rows = 20;
    const s = normals(rows, "s");
    const logs = await continuousLogDensities(
      flow,
      { divergence: "exact" },
      new Float64Array(0),
      s,
      rows,
      randomStream(1, "none"),
    );
    logs.forEach((log, i) => {
      const exact = -0.5 * Math.log(2 * Math.PI * deviation ** 2) - (s[i]! - m) ** 2 / (2 * deviation ** 2);
      expect(Math.abs(log - exact)).toBeLessThan(0.01);
    });
  });
});

describe("score-based diffusion", () => {
  it.each([
    ["vp", "probability_flow", 20, 2500],
    ["ve", "sde", 60, 2000],
  ] as const)("learns a conditional mixture: %s, %s", async (sde, sampler, steps, trained) => {
    const data = twoModes(1500);
    const chosen = { ...spec, sde, sampler, steps };
    const training = { steps: trained, batch: 128, optimizer };
    const model = await trainScoreSde(chosen, training, data, TWO_MODES, randomStream(4, "train"));
    expect(await momentError(model)).toBeLessThan(0.35);
    const held = twoModes(200, 2);
    const logs = await model.logLikelihood(held.contexts, held.outcomes, held.rows, randomStream(1, "none"));
    const gap = meanLogDensity(held) - mean(logs);
    expect(model.likelihood).toBe("exact");
    expect(gap).toBeGreaterThan(-0.1);
    expect(gap).toBeLessThan(0.5);
    const loaded = await loadScoreSde(chosen, TWO_MODES, model.tensors);
    const at = Float64Array.of(0.3);
    expect(await loaded.sample(at, 1, 9, randomStream(1, "z"))).toEqual(
      await model.sample(at, 1, 9, randomStream(1, "z")),
    );
    await model.dispose();
    await loaded.dispose();
  });

  it.each(["sde", "probability_flow"] as const)("does the same on both executors: %s", async (sampler) => {
    const data = { ...twoModes(40), weights: normals(40, "w").map((w) => w * w) };
    const training = { steps: 4, batch: 6, optimizer };
    const chosen = { ...spec, sampler };
    const plan = scoreSdePlan(chosen, training, data, TWO_MODES, randomStream(5, "train"));
    expect(await stepDistance(plan)).toBeLessThan(1e-3);
    const definition = defineScoreSde(chosen, TWO_MODES, 5);
    const parameters = definition.initial(randomStream(6, "initial"));
    const program = stepProgram({ definition, parameters, context: unscaled(1), outcome: unscaled(2) }, 16);
    expect(await programDistance(program)).toBeLessThan(1e-4);
  });

  it.each(Object.entries(DEGENERATE))("stays finite on %s", async (_, data) => {
    const training = { steps: 60, batch: 16, optimizer };
    for (const sampler of ["sde", "probability_flow"] as const) {
      const model = await trainScoreSde({ ...spec, sampler }, training, data, TWO_MODES, randomStream(2, "train"));
      const drawn = await model.sample(data.contexts.slice(0, 1), 1, 50, randomStream(1, "s"));
      expect(drawn.every(Number.isFinite)).toBe(true);
      const few = Math.min(4, data.rows);
      const logs = await model.logLikelihood(data.contexts, data.outcomes, few, randomStream(1, "none"));
      expect(logs.every(Number.isFinite)).toBe(true);
      await model.dispose();
    }
  });
});
