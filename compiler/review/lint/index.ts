export { isLintCode, lintCatalogue, type LintCode } from "./catalogue.ts";
export { applyEdits, type LintFinding, type TextEdit } from "./finding.ts";
export { lintCompilation, type LintConfig, type LintLevel } from "./lint.ts";
