import type { LossIR } from "../../../runtime/ir/model.ts";
import { canonicalJson } from "../../ir/canonical-json.ts";
import { unitText } from "../../cli/explain/text-of.ts";
import { change, type Change } from "./change.ts";
import { relateExpressions } from "./expression.ts";
import { numberText } from "./text.ts";

/** What a decision costs: equal functions in other words are told apart from other functions. */
export function diffLoss(a: LossIR, b: LossIR, what = "loss"): readonly Change[] {
  const relation = relateExpressions(a.graph, b.graph);
  const at = [a.at, b.at] as const;
  const base = { what: what === "loss" ? `loss ${b.name}` : what, before: "its formula", after: "another formula", at };
  const units =
    canonicalJson({ ...a.unit }) === canonicalJson({ ...b.unit })
      ? []
      : [
          change({
            ...base,
            what: `${base.what}: unit`,
            before: unitText(a.unit),
            after: unitText(b.unit),
            verdict: "OBJECTIVE CHANGES",
            because: "losses are counted in another unit",
          }),
        ];
  switch (relation.kind) {
    case "equal": {
      if (units.length > 0 || relation.same) return units;
      return [change({ ...base, verdict: "NO CHANGE OF MEANING", because: "the same function in other words" })];
    }
    case "shifted": {
      const because = `the same number is added at every decision and outcome (${numberText(relation.shift)}): the same decisions are best`;
      return [...units, change({ ...base, verdict: "EVALUATION ONLY", because })];
    }
    case "scaled": {
      const shift = relation.shift === 0 ? "" : ` and ${numberText(relation.shift)} more`;
      return [
        ...units,
        change({
          ...base,
          verdict: "OBJECTIVE CHANGES",
          because: `${numberText(relation.factor)} times what it was${shift}`,
        }),
      ];
    }
    case "different":
      return [...units, change({ ...base, verdict: "OBJECTIVE CHANGES" })];
    case "unproved": {
      const because = "the two agree wherever they were tried, but are not proved to be equal";
      return [...units, change({ ...base, verdict: "INCOMPARABLE", because })];
    }
  }
}
