import { furtherMetrics, tails } from "./further-metrics.ts";
import { fraction, int, number, type GroupSchema, type Kind, type MetricSchema, type OptionSchema } from "./schema.ts";

const level = (value: number | undefined, doc: string): OptionSchema => ({
  name: "level",
  doc,
  value: fraction,
  ...(value === undefined ? {} : { default: value }),
  example: "90%",
});

/** What may stand in `evaluate { … }` besides options. */
export const metrics: Kind<MetricSchema> = {
  what: "metric",
  groups: [
    {
      name: "regret",
      doc: "risk of the decision less the least risk possible at that context, averaged over contexts",
      options: [],
      qualifier: { word: "hardest", value: number(0, 1, "min") },
      example: "regret hardest 25%",
      source: "003 §3",
    },
    {
      name: "relative_regret",
      doc: "regret divided by the size of the expected loss of the best decision",
      options: [
        {
          name: "tail",
          doc: "tail masses α: CVaR of what the decision costs more than the best one under CVaR of that tail, one column each; the model's own risk where it is left out",
          value: tails,
          example: "[100%, 50%, 10%]",
          source: "004 §6.1",
        },
      ],
      example: "relative_regret",
      source: "004 §5",
    },
    {
      name: "hindsight_regret",
      doc: "objective of the decision less that of the best one for the outcome that came, over the size of the latter",
      options: [],
      example: "hindsight_regret",
      source: "Elmachtoub & Grigas 2022: the regret of PyEPO",
    },
    {
      name: "unambiguous_regret",
      doc: "the same for the worst of the decisions that are best for the mean of the scenarios; linear costs only",
      options: [],
      example: "unambiguous_regret",
      source: "Elmachtoub & Grigas 2022, eq. 4",
    },
    {
      name: "mean_loss",
      doc: "average realised loss",
      problems: ["single_stage", "forecast"],
      options: [],
      example: "mean_loss",
    },
    {
      name: "cvar_loss",
      doc: "mean of the worst realised losses",
      options: [level(undefined, "confidence level β: the worst 1 − β are averaged; the risk's own where it has one")],
      example: "cvar_loss { level: 90% }",
      source: "003 §5",
    },
    {
      name: "tail_w1",
      doc: "Wasserstein-1 distance between generated and true losses in the worst part",
      options: [
        {
          name: "worst",
          doc: "share of the losses that is compared",
          value: number(0, 1, "min"),
          default: 0.1,
          example: "10%",
        },
      ],
      example: "tail_w1 { worst: 10% }",
      source: "003 §5",
    },
    {
      name: "quantile_gap",
      doc: "difference between the loss quantile that the model expects and the true one",
      options: [level(0.9, "level of the quantile")],
      example: "quantile_gap { level: 90% }",
      source: "003 §5",
    },
    {
      name: "cvar_gap",
      doc: "difference between the CVaR that the model expects and the true one",
      options: [level(0.9, "confidence level β: the worst 1 − β are averaged")],
      example: "cvar_gap { level: 90% }",
      source: "003 §5",
    },
    {
      name: "percentile",
      doc: "percentiles of the realised loss",
      problems: ["single_stage", "multi_stage"],
      options: [],
      values: fraction,
      example: "percentile [10%, 90%]",
      source: "002 §5",
    },
    ...furtherMetrics,
  ],
  planned: ["service_level", "detection_delay"],
  example: "regret hardest 25%",
  byProblem: true,
};

const scenarios: OptionSchema = {
  name: "scenarios",
  doc: "scenarios by which the law is represented at each context",
  value: int(16, 1_000_000),
  default: 4096,
  example: "4096",
};

/** What may follow `evaluator:`. */
export const evaluators: readonly GroupSchema[] = [
  { name: "truth", doc: "the synthetic task's own conditional law", options: [scenarios] },
  {
    name: "residual_bootstrap",
    doc: "a location and scale regression fitted on all rows and frozen, whose standardised residuals are resampled",
    options: [scenarios],
    source: "003 §5.2",
  },
];

/** Options of `evaluate`. */
export const evaluateOptions: GroupSchema = {
  name: "evaluate",
  doc: "what is reported, and under which law",
  options: [
    {
      name: "slices",
      doc: "consecutive parts of the test period, each reported",
      value: int(1, 1000),
      default: 1,
      example: "5",
    },
    {
      name: "seeds",
      doc: "independent repetitions, reported as mean and standard deviation",
      value: int(1, 1000),
      default: 1,
      example: "5",
    },
    {
      name: "contexts",
      doc: "at most so many contexts of each part are decided, evenly spaced; 0 decides all",
      value: int(0, 10_000_000),
      default: 0,
      example: "200",
    },
    {
      name: "evaluator",
      doc: "the law that regret is measured under",
      value: { type: "group", groups: evaluators },
      example: "residual_bootstrap { scenarios: 4096 }",
    },
  ],
};
