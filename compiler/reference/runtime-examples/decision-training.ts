import type { RuntimeExample, RuntimeExamples } from "./example.ts";

/** What an application sets otherwise, of options that are right as they are. */
interface Change {
  readonly set?: string;
  readonly before?: string;
  readonly rest?: string;
}

/** Trains a predictor of three costs, of which the cheapest is taken, on rows that the application brings. */
function training({
  set = `{ kind: "top-k", size: 3, k: 1 }`,
  before = "",
  rest = `loss: { loss: "spo_plus" },`,
}: Change): string {
  return `import { createCombinatorialOracle, randomStream, trainCostPredictor } from "droc/runtime";

const contexts = Float64Array.from({ length: 16 }, (_, i) => Math.cos(i));
const costs = Float64Array.from({ length: 24 }, (_, i) => 2 + Math.sin(i));
${before}const oracle = await createCombinatorialOracle(${set}, "minimize");
await trainCostPredictor({
  ${rest}
  data: { rows: 8, contexts, costs },
  oracle,
  predictor: { kind: "linear" },
  length: { epochs: 2 },
  batch: 4,
  optimizer: { kind: "adam", rate: 1e-2 },
  stream: randomStream(1, "train"),
});
`;
}

function application(wrong: Change, right: Change, says: string): RuntimeExample {
  return { base: "application", in: "app.mjs", wrong: training(wrong), right: training(right), says };
}

/** Predictors that are trained for the decisions taken with them. */
export const decisionTrainingExamples: RuntimeExamples = {
  "prediction-not-finite": application(
    { before: "contexts[3] = 1e39;\n", rest: `loss: { loss: "spo_plus" },\n  standardize: false,` },
    { before: "contexts[3] = 1;\n", rest: `loss: { loss: "spo_plus" },\n  standardize: false,` },
    "at step 2 the predicted cost 0 of training row 2 is Infinity",
  ),
  "loss-not-finite": application(
    { rest: `loss: { loss: "listwise", temperature: 1e-320 },` },
    { rest: `loss: { loss: "listwise", temperature: 0.1 },` },
    "at step 1 the loss listwise of training row 8 is NaN",
  ),
  "no-training-decisions": application(
    { set: `{ kind: "top-k", size: 3, k: 4 }` },
    { set: `{ kind: "top-k", size: 3, k: 2 }` },
    "none of the 8 training rows has a best decision: the first is infeasible",
  ),
  "loss-does-not-fit": application(
    { rest: `loss: { loss: "task" },` },
    { rest: `loss: { loss: "spo_plus" },` },
    "the loss task does not fit this problem: it needs decisions with a derivative: a convex problem without integers",
  ),
};
