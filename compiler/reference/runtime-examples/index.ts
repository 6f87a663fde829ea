import { commandLineExamples } from "./command-line.ts";
import { dataExamples } from "./data.ts";
import { decisionTrainingExamples } from "./decision-training.ts";
import { decisionExamples } from "./decisions.ts";
import type { RuntimeExamples } from "./example.ts";
import { forecastExamples } from "./forecasts.ts";
import { riskExamples } from "./risk.ts";
import { runExamples } from "./runs.ts";
import { taskExamples } from "./tasks.ts";
import { trainingExamples } from "./training.ts";

export { bases, type BaseName } from "./bases.ts";
export { caseOf, type RuntimeCase, type RuntimeExample, type RuntimeExamples } from "./example.ts";

/** A wrong and a right form for every code of the runtime and of the command line. */
export const runtimeExamples: RuntimeExamples = {
  ...dataExamples,
  ...taskExamples,
  ...riskExamples,
  ...decisionExamples,
  ...trainingExamples,
  ...decisionTrainingExamples,
  ...forecastExamples,
  ...runExamples,
  ...commandLineExamples,
};
