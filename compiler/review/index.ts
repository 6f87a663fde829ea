/** What reviewers of specs are given: comparison of meaning, lint, lock. */
export {
  diffCompilations,
  diffModels,
  mirror,
  VERDICT_ORDER,
  verdictKey,
  VERDICTS,
  type Change,
  type DiffedSpec,
  type DiffSide,
  type ModelDiff,
  type SpecDiff,
  type Verdict,
} from "./diff/index.ts";
export {
  applyEdits,
  isLintCode,
  lintCatalogue,
  lintCompilation,
  type LintCode,
  type LintConfig,
  type LintFinding,
  type LintLevel,
  type TextEdit,
} from "./lint/index.ts";
export { formatSource, formatSpec, type Formatted } from "./format.ts";
export { lockText, parseLock, type Lock, type LockedModel } from "./lock/index.ts";
