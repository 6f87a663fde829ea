export { catalogue, type Code } from "./catalogue/index.ts";
export { hasErrors, type Diagnostic, type RelatedPlace } from "./diagnostic.ts";
export { renderText, summarize, type TextOptions } from "./render-text.ts";
export { renderJson, type JsonDiagnostic, type JsonPlace } from "./render-json.ts";
export { renderSarif } from "./render-sarif.ts";
export { renderGithub } from "./render-github.ts";
export { showText } from "./show-text.ts";
export { createReporter, relatedPlace, specOf, type Reporter } from "./reporter.ts";
export { didYouMean, listNames, nearest, suggestName } from "./suggest.ts";
