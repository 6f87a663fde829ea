import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDecision, runPipeline } from "../../runtime/index.ts";
import { openMethodDecider } from "../../runtime/decision/method-decider.ts";
import { defaultBackend } from "../../runtime/methods/default-backend.ts";
import type { NeuralGeneratorSpec } from "../../runtime/spec.ts";
import { smallPortfolio } from "../runs/pipelines.ts";
import { temporaryFolder } from "../runs/temporary-folder.ts";

const folder = temporaryFolder();
const common = { ema: 0.9, scenarios: 32 } as const;
const mlp = { kind: "mlp", hidden: [8] } as const;
const GENERATORS: readonly NeuralGeneratorSpec[] = [
  { kind: "ddpm", net: mlp, steps: 20, schedule: "cosine", sampler: "ddim", samplingSteps: 5, ...common },
  { kind: "score_sde", net: mlp, sde: "vp", sampler: "sde", steps: 6, ...common },
  { kind: "vae", latent: 2, hidden: [8], ...common },
  { kind: "normalizing_flow", flow: "arqs", bins: 4, hidden: [8], layers: 1, ...common },
];

describe("a run", () => {
  it.each(GENERATORS.map((generator) => [generator.kind, generator] as const))(
    "trains with and without decision weights, decides, and decides again from its folder: %s",
    async (kind, generator) => {
      const small = smallPortfolio({
        train: { steps: 12, strength: { scale: "relative", grid: [0, 0.1] }, controls: false },
        compare: [{ method: "uniform_fm" }, { method: "saa" }],
      });
      const pipeline = { ...small, generator };
      const runFolder = join(folder, kind);
      const result = await runPipeline(pipeline, { runFolder });
      expect(result.methods.map(({ id }) => id)).toEqual(["dw_fm", kind, "saa"]);
      for (const { regrets } of result.methods) expect(regrets.flat().every(Number.isFinite)).toBe(true);
      const decide = await createDecision(pipeline, runFolder);
      const { z } = await decide(Float64Array.of(0.2, -0.4));
      expect(Array.from(z).reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 5);
    },
  );

  it("keeps its mixture, which is not fitted again where the run is opened", async () => {
    const gmm = { components: [2], criterion: "aic", covariance: "full", restarts: 1, floor: 1e-6 } as const;
    const pipeline = {
      ...smallPortfolio(),
      generator: { kind: "gmm", ...gmm, scenarios: 32 },
      train: { method: "fit" },
      compare: [{ method: "gmm", ...gmm, components: [1] }],
    } as const;
    const runFolder = join(folder, "mixture");
    await runPipeline(pipeline, { runFolder });
    const context = Float64Array.of(0.2, -0.4);
    const unfitted = { ...defaultBackend, fitMixture: () => Promise.reject(new Error("fitted again")) };
    for (const method of ["gmm", "gmm_2"]) {
      const decider = await openMethodDecider(pipeline, runFolder, unfitted, { method });
      const { z } = await decider.decide(context);
      // A run of an earlier version, which kept none, fits the same one.
      const earlier = join(folder, `earlier-${method}`);
      cpSync(runFolder, earlier, { recursive: true });
      const file = join(earlier, "model.json");
      const { files: _files, ...model } = JSON.parse(readFileSync(file, "utf8"));
      writeFileSync(file, JSON.stringify(model));
      const fitted = await openMethodDecider(pipeline, earlier, defaultBackend, { method });
      expect(z).toEqual((await fitted.decide(context)).z);
      await decider.dispose();
      await fitted.dispose();
    }
  });

  it("keeps the mixtures of each size that its ball is around, whose decisions are those of fitting again", async () => {
    const gmm = { components: [1], criterion: "aic", covariance: "full", restarts: 1, floor: 1e-6 } as const;
    const pipeline = {
      ...smallPortfolio(),
      generator: { kind: "gmm", ...gmm, scenarios: 16 },
      train: { method: "fit" },
      compare: [{ method: "saa" }],
      ambiguity: {
        set: { kind: "wasserstein", order: 2, norm: "l2" },
        radii: [0.05],
        components: [1, 2],
        center: "conditional",
        at: "m:1:1",
      },
    } as const;
    const runFolder = join(folder, "ball");
    await runPipeline(pipeline, { runFolder, quick: true });
    const file = join(runFolder, "model.json");
    const { files, ...model } = JSON.parse(readFileSync(file, "utf8"));
    expect(Object.keys(files)).toContain("weights/gmm_robust-ball-seed-0.safetensors");
    const at = async () => {
      const decider = await openMethodDecider(pipeline, runFolder, defaultBackend, {});
      const { z } = await decider.decide(Float64Array.of(0.2, -0.4));
      await decider.dispose();
      return z;
    };
    const kept = await at();
    writeFileSync(file, JSON.stringify(model));
    expect(await at()).toEqual(kept);
  });

  it("keeps its mixture in a flow's latent space, whose decisions are those of fitting again", async () => {
    const flow = {
      kind: "gmm_nf",
      components: [1],
      criterion: "aic",
      bins: 4,
      hidden: [8],
      holdout: 0.2,
      patience: 3,
      epochs: 3,
    } as const;
    const pipeline = {
      ...smallPortfolio(),
      generator: { ...flow, scenarios: 32 },
      train: { method: "fit" },
      compare: [{ method: "saa" }],
    } as const;
    const runFolder = join(folder, "latent");
    await runPipeline(pipeline, { runFolder });
    const file = join(runFolder, "model.json");
    const { files, ...model } = JSON.parse(readFileSync(file, "utf8"));
    expect(Object.keys(files)).toContain("weights/gmm_nf-seed-0.safetensors");
    const at = async () => {
      const decider = await openMethodDecider(pipeline, runFolder, defaultBackend, {});
      const { z } = await decider.decide(Float64Array.of(0.2, -0.4));
      await decider.dispose();
      return z;
    };
    const kept = await at();
    writeFileSync(file, JSON.stringify(model));
    expect(await at()).toEqual(kept);
  });
});
