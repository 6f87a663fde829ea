export type { Change, DiffSide, ModelDiff } from "./change.ts";
export { diffModels } from "./model.ts";
export { diffCompilations, type DiffedSpec, type SpecDiff } from "./spec.ts";
export { mirror, VERDICT_ORDER, verdictKey, VERDICTS, type Verdict } from "./verdict.ts";
