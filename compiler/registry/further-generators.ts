import { int, type GroupSchema, type OptionSchema } from "./schema.ts";
import { ema, scenarios, widths } from "./training.ts";

/** Generators beside flow matching and the mixture. */
const anyProblem = ["single_stage", "forecast", "generation", "posterior"] as const;

/** Pieces of each spline. */
export const bins: OptionSchema = {
  name: "bins",
  doc: "pieces of each rational-quadratic spline",
  value: int(2, 256),
  default: 8,
  example: "8",
  source: "002 §4.2",
};

const channels: OptionSchema = {
  name: "channels",
  doc: "channels of the levels of the network, from the finest to the coarsest",
  value: { type: "list", of: int(1, 4096), minLength: 1, maxLength: 8 },
  default: [128, 256, 256, 256],
  example: "[128, 256, 256, 256]",
  source: "001 §5",
};

const networks: readonly GroupSchema[] = [
  { name: "mlp", doc: "fully connected, with the noise level as an input", options: [widths([128, 128])] },
  { name: "unet1d", doc: "U-Net along a series", options: [channels], source: "001 §5" },
  { name: "unet2d", doc: "U-Net over an image", runs: false, options: [channels], source: "001 §5" },
];

const net = (name: string): OptionSchema => ({
  name: "net",
  doc: "network that predicts the noise",
  value: { type: "group", groups: networks },
  default: name,
  example: "unet1d { channels: [128, 256, 256, 256] }",
  source: "001 §5",
});

const noiseSteps: OptionSchema = {
  name: "steps",
  doc: "noise levels from the data to the Gaussian",
  value: int(1, 10_000),
  default: 500,
  example: "500",
};

const normalizingFlow: GroupSchema = {
  name: "normalizing_flow",
  doc: "invertible network with an exact likelihood",
  source: "004 §5; 002 §4.2",
  problems: anyProblem,
  options: [
    {
      name: "kind",
      doc: "autoregressive rational-quadratic splines, or affine coupling layers, which need several to bend",
      value: { type: "word", words: ["arqs", "coupling"] },
      default: "arqs",
      example: "arqs",
    },
    bins,
    widths([64], "002 §4.2"),
    {
      name: "layers",
      doc: "invertible layers; one of coupling moves each half of the outcome once",
      value: int(1, 64),
      default: 1,
      example: "1",
      source: "002 §4.2",
    },
    ema,
    scenarios,
  ],
};

const ddpm: GroupSchema = {
  name: "ddpm",
  doc: "denoising diffusion with Gaussian reverse transitions",
  source: "001 §3",
  problems: anyProblem,
  options: [
    net("mlp"),
    noiseSteps,
    {
      name: "schedule",
      doc: "how the noise grows over the steps",
      value: { type: "word", words: ["linear", "cosine"] },
      default: "linear",
      example: "cosine",
    },
    {
      name: "sampler",
      doc: "random reverse transitions, or the deterministic ones of DDIM, which need fewer levels",
      value: { type: "word", words: ["ddim", "ancestral"] },
      default: "ddim",
      example: "ancestral",
      source: "001 §3",
    },
    {
      name: "sampling_steps",
      doc: "noise levels that sampling passes, evenly spread; never more than `steps`",
      value: int(1, 10_000),
      default: 50,
      example: "50",
    },
    ema,
    scenarios,
  ],
};

const vae: GroupSchema = {
  name: "vae",
  doc: "variational autoencoder with a Gaussian decoder",
  source: "001 §3; 004 §5",
  problems: anyProblem,
  options: [
    { name: "latent", doc: "latent dimensions", value: int(1, 4096), default: 2, example: "2", source: "001 §5" },
    widths([64, 64]),
    ema,
    scenarios,
  ],
};

const scoreSde: GroupSchema = {
  name: "score_sde",
  doc: "score-based diffusion, sampled by its stochastic equation or its probability flow",
  source: "000 §3",
  problems: anyProblem,
  options: [
    net("mlp"),
    {
      name: "sde",
      doc: "forward process: variance preserving or exploding",
      value: { type: "word", words: ["vp", "ve"] },
      default: "vp",
      example: "vp",
    },
    {
      name: "sampler",
      doc: "the stochastic equation, or the ordinary one of the probability flow, which has a likelihood",
      value: { type: "word", words: ["sde", "probability_flow"] },
      default: "sde",
      example: "probability_flow",
    },
    {
      name: "steps",
      doc: "steps of the sampler from the Gaussian to the data",
      value: int(1, 10_000),
      default: 50,
      example: "50",
    },
    ema,
    scenarios,
  ],
};

const rows = (name: string, doc: string, example: string): OptionSchema => ({
  name,
  doc,
  value: { type: "rows" },
  required: true,
  example,
});

const transport: GroupSchema = {
  name: "transport",
  doc: "flow that carries the law of one sample to that of another",
  source: "000 §7",
  runs: false,
  problems: ["generation"],
  options: [
    rows("from", "rows whose law is carried", "market where date < 2020-01-01"),
    rows("to", "rows to whose law it is carried", "market where date >= 2020-01-01"),
    {
      name: "coupling",
      doc: "how rows of the two samples are paired: at random, or by optimal transport within each batch",
      value: { type: "word", words: ["independent", "minibatch_ot"] },
      default: "minibatch_ot",
      example: "minibatch_ot",
    },
    widths([64, 64]),
    { name: "ode_steps", doc: "steps of the integrator", value: int(1, 1000), default: 8, example: "8" },
  ],
};

export const furtherGenerators: readonly GroupSchema[] = [normalizingFlow, ddpm, vae, scoreSde, transport];

/** Laws with a likelihood or a bound on it, by name: what a decision-focused method can be trained through. */
export const likelihoodGenerators: readonly string[] = ["normalizing_flow", "ddpm", "vae", "score_sde"];

/** Laws trained by gradient steps on a loss of each row, which weights can multiply. */
export const weightedGenerators: readonly string[] = ["flow_matching", ...likelihoodGenerators];
