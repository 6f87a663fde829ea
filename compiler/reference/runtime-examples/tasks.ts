import type { RuntimeExample, RuntimeExamples } from "./example.ts";

/** Another source of the emitted pipeline: what the compiler refuses already, a caller of the library can still write. */
function source(wrong: string, right: string, says: string): RuntimeExample {
  return { base: "application", in: "app.mjs", wrong: sourcing(wrong), right: sourcing(right), says };
}

function sourcing(change: string): string {
  return `import { runPipeline } from "droc/runtime";
import { pipeline } from "./generated/pipeline.js";

const { source } = pipeline.data;
const changed = ${change};
await runPipeline({ ...pipeline, data: { ...pipeline.data, source: changed } }, { runFolder: "runs/today" });
`;
}

/** Synthetic tasks and their options. */
export const taskExamples: RuntimeExamples = {
  "task-unknown": source(
    '{ ...source, task: "portfolios" }',
    '{ ...source, task: "portfolio" }',
    'model.dro:5:16: There is no synthetic task `portfolios`. Did you mean "portfolio"?',
  ),
  "task-option-unknown": source(
    "{ ...source, options: { ...source.options, nose: 0.5 } }",
    "{ ...source, options: { ...source.options, noise: 0.5 } }",
    'model.dro:5:16: Task `portfolio` has no option `nose`. Did you mean "noise"?',
  ),
  "task-option-invalid": source(
    "{ ...source, options: { ...source.options, train: 60.5 } }",
    "{ ...source, options: { ...source.options, train: 60 } }",
    "model.dro:5:16: Option `train` of task `portfolio` is 60.5.",
  ),
};
