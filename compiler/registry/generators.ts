import { fittedGenerators, mixtureOptions } from "./fitted-generators.ts";
import { furtherGenerators } from "./further-generators.ts";
import { ema, scenarios } from "./training.ts";
import { int, number, type GroupSchema, type Kind } from "./schema.ts";

const anyProblem = ["single_stage", "forecast", "generation", "posterior"] as const;

/** Conditional flow matching with an MLP velocity on `(t, s_t, x)`. */
export const flowMatching: GroupSchema = {
  name: "flow_matching",
  doc: "conditional flow matching: an MLP velocity field on (t, s_t, x) along straight paths from Gaussian noise",
  source: "003 §4.1",
  problems: anyProblem,
  options: [
    {
      name: "hidden",
      doc: "widths of the hidden layers of the velocity network",
      value: { type: "list", of: int(1, 4096), minLength: 1, maxLength: 8 },
      default: [64, 64],
      example: "[64, 64]",
      source: "003 App. E",
    },
    {
      name: "activation",
      doc: "activation of the hidden layers",
      value: { type: "word", words: ["relu", "silu", "tanh", "gelu"] },
      default: "relu",
      example: "relu",
      source: "003 App. E",
    },
    {
      name: "solver",
      doc: "integrator of the sampling equation; one Euler step nearly returns the conditional mean, `dormand_prince` chooses its steps",
      value: { type: "word", words: ["euler", "midpoint", "rk4", "dormand_prince"] },
      default: "midpoint",
      example: "midpoint",
    },
    {
      name: "ode_steps",
      doc: "steps of the integrator from noise to outcome",
      value: int(1, 1000),
      default: 8,
      example: "8",
    },
    {
      name: "tolerance",
      doc: "error of a step that `dormand_prince` accepts; the other solvers have none",
      value: number(0, 1, "both"),
      default: 1e-5,
      example: "1e-5",
    },
    {
      name: "coupling",
      doc: "how noise and outcomes are paired in training: at random, or by optimal transport within each batch",
      value: { type: "word", words: ["independent", "minibatch_ot"] },
      default: "independent",
      example: "minibatch_ot",
      source: "000 §7",
    },
    ema,
    scenarios,
  ],
};

/** Gaussian mixture on the joint (x, s), conditioned in closed form. */
export const mixture: GroupSchema = {
  name: "gmm",
  doc: "Gaussian mixture on the joint of context and outcome, conditioned in closed form",
  source: "002 §2",
  problems: [...anyProblem, "multi_stage"],
  options: [...mixtureOptions, scenarios],
};

/** The mixture as a baseline: it draws as many scenarios as the model's own generator. */
export const mixtureBaseline: GroupSchema = {
  ...mixture,
  problems: ["single_stage", "generation"],
  options: mixtureOptions,
};

/** What may follow `uncertainty … ~`. */
export const generators: Kind = {
  what: "generator",
  groups: [flowMatching, mixture, ...fittedGenerators, ...furtherGenerators],
  planned: ["consistency", "diffusion", "gan"],
  example: "flow_matching { hidden: [64, 64] }",
  byProblem: true,
};
