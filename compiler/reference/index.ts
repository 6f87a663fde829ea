export { diagnosticsPage } from "./diagnostics-page.ts";
export { optionsPage } from "./options-page.ts";
