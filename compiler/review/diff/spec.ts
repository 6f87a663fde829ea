import type { AnyModelIR } from "../../../runtime/ir/model.ts";
import type { SourceText } from "../../source/source-text.ts";
import { change, type ModelDiff } from "./change.ts";
import { diffModels } from "./model.ts";
import { distinctVerdicts, type Verdict } from "./verdict.ts";

/** What a compilation has that a comparison needs; `Compilation` is one. */
export interface DiffedSpec {
  readonly allModels: readonly AnyModelIR[];
  readonly sources: readonly SourceText[];
}

export interface SpecDiff {
  readonly models: readonly ModelDiff[];
  readonly verdicts: readonly Verdict[];
  /** Nothing changed but words: comments, layout, order. */
  readonly wordsOnly: boolean;
}

/**
 * Compares two compiled files model by model: those of one name with each other, then what is left in the order of the
 * files, where each side has the same number left; further models are additions or removals.
 */
export function diffCompilations(a: DiffedSpec, b: DiffedSpec): SpecDiff {
  const left = a.allModels.filter((one) => !b.allModels.some((other) => other.name === one.name));
  const right = b.allModels.filter((one) => !a.allModels.some((other) => other.name === one.name));
  const renamed = left.length === right.length;
  const models = b.allModels.map((ir): ModelDiff => {
    const other = a.allModels.find((one) => one.name === ir.name) ?? (renamed ? left[right.indexOf(ir)] : undefined);
    if (other !== undefined) return diffModels({ ir: other, sources: a.sources }, { ir, sources: b.sources });
    return oneSided(ir, "after");
  });
  if (!renamed) models.push(...left.map((ir) => oneSided(ir, "before")));
  const verdicts = distinctVerdicts(models.flatMap((one) => one.verdicts));
  const wordsOnly = models.every((one) => one.changes.length === 0) && a.sources[0]?.text !== b.sources[0]?.text;
  return { models, verdicts, wordsOnly };
}

function oneSided({ name }: AnyModelIR, side: "before" | "after"): ModelDiff {
  const because = side === "after" ? "only the right side has this model" : "only the left side has this model";
  const shown = { before: side === "before" ? name : null, after: side === "after" ? name : null };
  return {
    model: name,
    changes: [change({ what: "model", ...shown, verdict: "INCOMPARABLE", because })],
    verdicts: ["INCOMPARABLE"],
  };
}
