import { fraction, number, type MetricSchema } from "./schema.ts";

const later = (name: string, doc: string, problems: MetricSchema["problems"], source: string): MetricSchema => ({
  name,
  doc,
  options: [],
  example: name,
  source,
  runs: false,
  ...(problems === undefined ? {} : { problems }),
});

/** Of a generator's scenarios alone; a run that decides has them in its diagnosis. */
const ofScenarios = (name: string, doc: string, source: string): MetricSchema => ({
  name,
  doc,
  options: [],
  example: name,
  source,
  problems: ["single_stage", "generation"],
  runsIn: ["generation"],
});

const predicted = { options: [], problems: ["forecast"] } as const;

/** Of a predictor on each test set. */
const forecastMetrics: readonly MetricSchema[] = [
  {
    name: "mse",
    doc: "mean squared error of the prediction; of a generator, of the mean of its scenarios",
    example: "mse",
    source: "001 §5; 004 §6",
    ...predicted,
    problems: ["single_stage", "forecast"],
  },
  { name: "mae", doc: "mean absolute error of the prediction", example: "mae", ...predicted },
  {
    name: "accuracy",
    doc: "share of rows whose greatest prediction is that of their class; of one value, whose side of a half is right",
    example: "accuracy",
    source: "001 App. E",
    ...predicted,
  },
  {
    name: "quantile_loss",
    doc: "pinball loss of the prediction",
    example: "quantile_loss { level: 90% }",
    ...predicted,
    options: [{ name: "level", doc: "level of the quantile", value: fraction, default: 0.5, example: "90%" }],
  },
  {
    name: "worst",
    doc: "the worst test set, corrupted ones included, on the first of the other metrics",
    example: "worst",
    source: "001 §5",
    ...predicted,
  },
  {
    name: "wasserstein_to_train",
    doc: "Wasserstein-1 distance of each test set from the training rows",
    example: "wasserstein_to_train",
    source: "001 §5",
    ...predicted,
  },
];

/** Metrics beside those of a decision; some are checked and lowered, and computed later. */
export const furtherMetrics: readonly MetricSchema[] = [
  ...forecastMetrics,
  ofScenarios("mmd", "maximum mean discrepancy between generated and held-out outcomes", "000 §3"),
  ofScenarios("marginals", "distance between generated and held-out outcomes, component by component", "000 §3"),
  ofScenarios("correlation", "largest difference between generated and held-out correlations", "000 §3"),
  ofScenarios("coverage", "share of the outcomes in the generator's central 90%", "000 §8"),
  ofScenarios("calibration", "distance of the outcomes' ranks from uniform ones", "000 §8"),
  later("wealth", "distribution of the decision's result", undefined, "000 §4"),
  later("worst_case_marginals", "components under the worst law beside those of the centre", undefined, "000 §4"),
  later("mean_profit", "average of the negative cost over all stages", ["multi_stage"], "002 §6"),
  later("bound_gap", "difference between the policy's cost and the lower bound", ["multi_stage"], "002 §6"),
  later("acceptance", "share of the chains' proposals that are accepted", ["posterior"], "000 §6"),
  later("posterior_error", "distance of the posterior mean from the held-out truth", ["posterior"], "000 §6"),
];

/** Tail masses α at which regret is measured: 100% is the mean. */
export const tails = { type: "list", of: number(0, 1, "min"), minLength: 1, maxLength: 32, orOne: true } as const;
