import { int, number, type GroupSchema, type Kind } from "./schema.ts";

/** Stochastic dual dynamic programming on the observed trajectories. */
export const sddp: GroupSchema = {
  name: "sddp",
  doc: "data-driven stochastic dual dynamic programming: value functions at the observed trajectories",
  source: "002 §6",
  runs: false,
  problems: ["multi_stage"],
  options: [
    {
      name: "weights",
      doc: "how probable each trajectory's next stage is: from the mixture, equal at every stage, or by a kernel",
      value: { type: "word", words: ["gmm", "independent", "nadaraya_watson"] },
      default: "gmm",
      example: "gmm",
      source: "002 §6",
    },
    { name: "iterations", doc: "most forward and backward passes", value: int(1, 100_000), default: 50, example: "50" },
    {
      name: "stop",
      doc: "when the bounds are close enough",
      value: { type: "counted", words: ["gap"], of: number(0, 1, "both") },
      default: "gap 0.01",
      example: "gap 1%",
    },
  ],
};

/** The search for a decision with whole components. */
export const branchAndBound: GroupSchema = {
  name: "branch_and_bound",
  doc: "when the search for a decision with whole components ends, at every context and in every training",
  source: "Land and Doig 1960",
  options: [
    {
      name: "gap",
      doc: "gap to the best bound, relative to the objective, at which a decision is good enough",
      value: number(0, 1, "max"),
      default: 1e-6,
      example: "0.1%",
    },
    {
      name: "time_limit",
      doc: "seconds that one decision may take; the best one found by then counts, and the report says how many were cut short",
      value: number(0, 86_400, "min"),
      default: 60,
      example: "10",
    },
  ],
};

/** What may follow `solve`. */
export const solvers: Kind = {
  what: "solver",
  groups: [sddp, branchAndBound],
  planned: ["progressive_hedging"],
  example: "sddp { iterations: 50 }",
  byProblem: true,
};

/** What may follow `by` in `infer`. */
export const samplers: Kind = {
  what: "posterior sampler",
  groups: [
    {
      name: "latent_langevin",
      doc: "Langevin dynamics in the latent space of an invertible prior",
      source: "000 §6",
      runs: false,
      problems: ["posterior"],
      options: [
        { name: "steps", doc: "steps of each chain", value: int(1, 1_000_000), default: 500, example: "500" },
        { name: "chains", doc: "independent chains", value: int(1, 10_000), default: 4, example: "4" },
        { name: "rate", doc: "step size", value: number(0, 1e3, "min"), default: 1e-2, example: "1e-2" },
        {
          name: "discard",
          doc: "share of the first steps that is left out",
          value: number(0, 1, "max"),
          default: 0.5,
          example: "50%",
        },
      ],
    },
  ],
  planned: [],
  example: "latent_langevin { steps: 500 }",
  byProblem: true,
};
