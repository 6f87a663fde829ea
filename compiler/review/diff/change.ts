import type { Origin } from "../../../runtime/ir/expr.ts";
import type { AnyModelIR } from "../../../runtime/ir/model.ts";
import type { SourceText } from "../../source/source-text.ts";
import type { Verdict } from "./verdict.ts";

/** One side of a comparison. Places refer to `sources`, which only messages need. */
export interface DiffSide<M extends AnyModelIR = AnyModelIR> {
  readonly ir: M;
  readonly sources?: readonly SourceText[];
}

/** One change of what a model says. */
export interface Change {
  /** `risk: cvar level`, `train.optimizer.rate` */
  readonly what: string;
  /** `null` where that side has no such thing. */
  readonly before: string | null;
  readonly after: string | null;
  readonly verdict: Verdict;
  /** The reason for the verdict, as one clause; empty where the verdict says it all. */
  readonly because: string;
  readonly at: { readonly before: Origin | null; readonly after: Origin | null };
  /** Parameters that carry the change: `gamma 2 → 3`. */
  readonly through: readonly string[];
}

/** What two models of one name differ in. */
export interface ModelDiff {
  /** The name on the right, or on the left where the right has no such model. */
  readonly model: string;
  /** In the order of a spec. Equal models with other words have one change without meaning. */
  readonly changes: readonly Change[];
  /** The verdicts of the changes, each once, most important first. */
  readonly verdicts: readonly Verdict[];
}

export interface ChangeDraft {
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly verdict: Verdict;
  readonly because?: string;
  readonly at?: readonly [before: Origin | undefined, after: Origin | undefined];
}

export function change({
  what,
  before,
  after,
  verdict,
  because = "",
  at = [undefined, undefined],
}: ChangeDraft): Change {
  const [left, right] = at;
  return { what, before, after, verdict, because, at: { before: left ?? null, after: right ?? null }, through: [] };
}
