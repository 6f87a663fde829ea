export { diagnosticsPage, sections } from "./diagnostics-page.ts";
export { optionsPage } from "./options-page.ts";
