import type { DecisionIR } from "../../../runtime/ir/model.ts";
import { typeText } from "../../cli/explain/text-of.ts";
import { change, type Change } from "./change.ts";
import { relateExpressions } from "./expression.ts";

/** Blocks by name, with their shapes; whole numbers where there were reals are a smaller set. */
export function diffDecision(a: DecisionIR, b: DecisionIR): readonly Change[] {
  const changes: Change[] = [];
  for (const block of a.blocks) {
    const other = b.blocks.find((one) => one.name === block.name);
    const base = { what: `decision ${block.name}`, before: typeText(block), at: [block.at, other?.at] as const };
    if (other === undefined) {
      changes.push(change({ ...base, after: null, verdict: "INCOMPARABLE", because: "another vector is decided" }));
      continue;
    }
    const after = typeText(other);
    if (base.before === after) continue;
    const sameShape = typeText({ ...block, type: "real" }) === typeText({ ...other, type: "real" });
    const order = { real: 0, int: 1, bool: 2 } as const;
    const verdict = !sameShape
      ? "INCOMPARABLE"
      : order[other.type] > order[block.type]
        ? "FEASIBLE SET SHRINKS"
        : "FEASIBLE SET GROWS";
    const because = sameShape ? "" : "another vector is decided";
    changes.push(change({ ...base, after, verdict, because }));
  }
  for (const block of b.blocks) {
    if (a.blocks.some((one) => one.name === block.name)) continue;
    const base = {
      what: `decision ${block.name}`,
      before: null,
      after: typeText(block),
      at: [undefined, block.at] as const,
    };
    changes.push(change({ ...base, verdict: "INCOMPARABLE", because: "another vector is decided" }));
  }
  if (maps(a) !== maps(b)) {
    const base = { what: "decision: maps", before: maps(a) || null, after: maps(b) || null };
    changes.push(
      change({ ...base, verdict: "INCOMPARABLE", because: "the decision is another function of its parameters" }),
    );
  } else {
    (a.maps ?? []).forEach((map, i) => {
      const other = b.maps![i]!;
      if (relateExpressions(map.graph, other.graph).kind === "equal") return;
      const base = {
        what: `decision ${map.block}: map`,
        before: "its map",
        after: "another map",
        at: [map.at, other.at] as const,
      };
      changes.push(
        change({ ...base, verdict: "INCOMPARABLE", because: "the decision is another function of its parameters" }),
      );
    });
  }
  return changes;
}

const maps = (decision: DecisionIR): string => (decision.maps ?? []).map((map) => map.block).join(", ");
