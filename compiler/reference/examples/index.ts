import { dataExamples } from "./data.ts";
import type { DiagnosticExample } from "./example.ts";
import { expressionExamples } from "./expressions.ts";
import { fileExamples } from "./files.ts";
import { formExamples } from "./form.ts";
import { nameExamples } from "./names.ts";
import { optionExamples } from "./options.ts";
import { problemExamples } from "./problem.ts";
import { syntaxExamples } from "./syntax.ts";

export { baseSpecs, type BaseName } from "./bases.ts";
export { runExample, type ExampleRun } from "./run-example.ts";
export { partsOf, type DiagnosticExample, type ExampleFile, type ExampleParts, type ExampleSide } from "./example.ts";

/** A wrong and a right spec for every code that a compilation can report. */
export const diagnosticExamples: Readonly<Record<string, DiagnosticExample>> = {
  ...syntaxExamples,
  ...fileExamples,
  ...nameExamples,
  ...expressionExamples,
  ...optionExamples,
  ...dataExamples,
  ...problemExamples,
  ...formExamples,
};
