export { baseSpec, diagnosticExamples } from "./diagnostic-examples.ts";
export { diagnosticsPage, sections } from "./diagnostics-page.ts";
export { optionsPage } from "./options-page.ts";
