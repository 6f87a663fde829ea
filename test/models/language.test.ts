import { describe, expect, it } from "vitest";
import { pipelineData } from "../../compiler/emit/lower-spec.ts";
import type { GeneratorSpec } from "../../runtime/spec.ts";
import { compileText, diagnose, spec } from "../support/tester.ts";

const average = { ema: 0.999, scenarios: 512 } as const;
const mlp = { kind: "mlp", hidden: [128, 128] } as const;
const channels = [128, 256, 256, 256];
const flow = { kind: "flow_matching", hidden: [64, 64], activation: "relu", odeSteps: 8, ...average } as const;
const ddpm = { kind: "ddpm", net: mlp, steps: 500, samplingSteps: 50, ...average } as const;

const GENERATORS: readonly (readonly [string, GeneratorSpec])[] = [
  ["flow_matching", { ...flow, solver: "midpoint" }],
  ["flow_matching { solver: dormand_prince }", { ...flow, solver: "dormand_prince", tolerance: 1e-5 }],
  ["flow_matching { coupling: minibatch_ot }", { ...flow, solver: "midpoint", coupling: "minibatch_ot" }],
  ["ddpm", { ...ddpm, schedule: "linear", sampler: "ddim" }],
  [
    "ddpm { net: unet1d, schedule: cosine, sampler: ancestral }",
    { ...ddpm, net: { kind: "unet1d", channels }, schedule: "cosine", sampler: "ancestral" },
  ],
  [
    "score_sde { sde: ve, sampler: probability_flow }",
    { kind: "score_sde", net: mlp, sde: "ve", sampler: "probability_flow", steps: 50, ...average },
  ],
  ["vae { latent: 3 }", { kind: "vae", latent: 3, hidden: [64, 64], ...average }],
  ["normalizing_flow", { kind: "normalizing_flow", flow: "arqs", bins: 8, hidden: [64], layers: 1, ...average }],
  [
    "normalizing_flow { kind: coupling, layers: 6 }",
    { kind: "normalizing_flow", flow: "coupling", bins: 8, hidden: [64], layers: 6, ...average },
  ],
];

describe("a generator in a spec", () => {
  it.each(GENERATORS)("can be trained with decision weights and lowered: %s", (text, generator) => {
    const source = spec({
      uncertainty: `uncertainty s | x ~ ${text}`,
      train: "train dw_fm",
      compare: "compare uniform_fm",
    });
    const { diagnostics, notRunnable, models } = compileText(source);
    expect(diagnostics).toEqual([]);
    expect(notRunnable).toEqual([]);
    expect(pipelineData(models[0]!).generator).toEqual(generator);
  });

  it.each(GENERATORS.slice(3))("is fitted by its own loss without a train: %s", (text) => {
    for (const train of [null, "train fit"]) {
      const { diagnostics, models } = compileText(spec({ uncertainty: `uncertainty s | x ~ ${text}`, train }));
      expect(diagnostics).toEqual([]);
      expect(pipelineData(models[0]!).train).toMatchObject({
        method: "dw_fm",
        strength: { grid: [0] },
        steps: 20_000,
        batch: 256,
        controls: false,
      });
    }
  });

  it.each([
    ["spline_flow_paper", "normalizing_flow"],
    ["coupling_flow", "normalizing_flow"],
    ["ddpm_paper", "ddpm"],
    ["ddpm_cosine", "ddpm"],
    ["vae_paper", "vae"],
    ["probability_flow", "score_sde"],
    ["flow_matching_ot", "flow_matching"],
  ])("has the settings of a preset: %s", (preset, kind) => {
    const before = `import { ${preset}, quick_fit } from "std/presets"`;
    const train = kind === "flow_matching" ? "train uniform_fm" : "train quick_fit";
    const source = spec({ before, uncertainty: `uncertainty s | x ~ ${preset}`, train });
    const { diagnostics, models } = compileText(source);
    expect(diagnostics).toEqual([]);
    expect(pipelineData(models[0]!)).toMatchObject({ generator: { kind }, train: { method: "dw_fm" } });
  });

  it("is not run yet over images", () => {
    const source = spec({ uncertainty: "uncertainty s | x ~ ddpm { net: unet2d }", train: "train fit" });
    expect(compileText(source).notRunnable.map(({ diagnostic }) => diagnostic.code)).toEqual(["not-yet-runnable"]);
  });

  it("is trained by steps only where it takes steps", () => {
    diagnose(spec({ uncertainty: "uncertainty s | x ~ gmm", train: "train ~~~fit { steps: 100 }~~~" }), [
      "method-needs",
    ]);
    diagnose(spec({ train: "train ~~~fit~~~" }), ["method-needs"]);
  });
});
