export { baseSpecs, diagnosticExamples, runExample, type DiagnosticExample } from "./examples/index.ts";
export { diagnosticsPage, sections } from "./diagnostics-page.ts";
export { optionsPage } from "./options-page.ts";
