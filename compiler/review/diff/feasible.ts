import type { Origin } from "../../../runtime/ir/expr.ts";
import type { ConstraintIR, DecisionIR, ModelIR } from "../../../runtime/ir/model.ts";
import { relateSets, type SetRelation } from "./inclusion.ts";
import { change, type Change } from "./change.ts";
import { graphKey } from "./expression.ts";
import { NormalForms } from "./normal-form.ts";
import type { Verdict } from "./verdict.ts";

/** Constraints that one piece of the spec states: a named set, or one line of `subject to`. */
interface Group {
  readonly what: string;
  readonly text: string;
  readonly at: Origin | undefined;
  readonly constraints: readonly ConstraintIR[];
}

/** Beyond so many changed constraints only the whole set is judged. */
const MOST_JUDGED = 24;

/** Changes of the constraints of two models that decide the same vector, each judged as if it were the only one. */
export function diffFeasible(a: ModelIR, b: ModelIR): readonly Change[] {
  const { changed, moved } = pairGroups(a.decision, b.decision);
  const reworded = moved.map(([before, after]) => rewritten(before, after));
  if (changed.length === 0) return reworded;
  const whole = relateSets(a, b);
  const alone = changed.map(([before, after]): Change => {
    const at = [before?.at, after?.at] as const;
    const relation =
      changed.length === 1
        ? whole
        : changed.length > MOST_JUDGED
          ? trivial(before, after)
          : relateOne(a, before, after);
    return change({
      what: after?.what ?? before?.what ?? "constraint",
      before: before?.text ?? null,
      after: after?.text ?? null,
      verdict: verdictOf[relation],
      because: reasonOf(relation, before, after),
      at,
    });
  });
  if (changed.length === 1 || alone.every((one) => one.verdict === verdictOf[whole])) return [...alone, ...reworded];
  const together = change({
    what: "feasible set, all changes together",
    before: `${a.decision.constraints.length} constraints`,
    after: `${b.decision.constraints.length} constraints`,
    verdict: verdictOf[whole],
    because: whole === "unproved" ? "neither set is shown to hold the other" : "",
    at: [a.decision.blocks[0]?.at, b.decision.blocks[0]?.at],
  });
  return [...alone, together, ...reworded];
}

const verdictOf: Readonly<Record<SetRelation, Verdict>> = {
  equal: "NO CHANGE OF MEANING",
  grows: "FEASIBLE SET GROWS",
  shrinks: "FEASIBLE SET SHRINKS",
  unproved: "INCOMPARABLE",
};

function reasonOf(relation: SetRelation, before: Group | null, after: Group | null): string {
  switch (relation) {
    case "equal":
      return before === null || after === null
        ? "the other constraints imply it: the same decisions are allowed"
        : "the same decisions are allowed";
    case "unproved":
      return "neither set is shown to hold the other";
    default:
      return "";
  }
}

function rewritten(before: Group, after: Group): Change {
  const because = "the same constraint in other words";
  return change({
    what: after.what,
    before: before.text,
    after: after.text,
    verdict: "NO CHANGE OF MEANING",
    because,
    at: [before.at, after.at],
  });
}

/** What adding or taking away a constraint always does. */
function trivial(before: Group | null, after: Group | null): SetRelation {
  if (before === null) return "shrinks";
  return after === null ? "grows" : "unproved";
}

/** The change of one group alone: what it does to the set of the left side. */
function relateOne(a: ModelIR, before: Group | null, after: Group | null): SetRelation {
  const dropped = new Set(before?.constraints ?? []);
  const constraints = [...a.decision.constraints.filter((one) => !dropped.has(one)), ...(after?.constraints ?? [])];
  return relateSets(a, { ...a, decision: { ...a.decision, constraints } });
}

export interface PairedGroups {
  readonly changed: readonly (readonly [before: Group | null, after: Group | null])[];
  /** Same constraints under another text. */
  readonly moved: readonly (readonly [before: Group, after: Group])[];
}

/** Equal constraints are taken out first; then what is left is paired by set, by text, and by order. */
export function pairGroups(a: DecisionIR, b: DecisionIR): PairedGroups {
  const forms = new NormalForms();
  const meaning = (group: Group): string =>
    group.constraints
      .map(
        ({ relation, graph }) =>
          `${relation} ${graph.nodes[graph.output]!.shape.join(",")} ${forms.key(forms.of(graph))}`,
      )
      .toSorted()
      .join("\n");
  const wording = (group: Group): string =>
    [group.text, ...group.constraints.map(({ graph }) => graphKey(graph)).toSorted()].join("\n");
  const left = groupsOf(a);
  const right = groupsOf(b);
  const moved: (readonly [Group, Group])[] = [];
  const restLeft = left.filter((group) => {
    const key = meaning(group);
    const found = right.findIndex((other) => meaning(other) === key);
    if (found < 0) return true;
    const [same] = right.splice(found, 1);
    if (same !== undefined && wording(same) !== wording(group)) moved.push([group, same]);
    return false;
  });
  const changed: (readonly [Group | null, Group | null])[] = [];
  const pairBy = (alike: (x: Group, y: Group) => boolean): void => {
    for (const group of restLeft.slice()) {
      const found = right.findIndex((other) => alike(group, other));
      if (found < 0) continue;
      restLeft.splice(restLeft.indexOf(group), 1);
      changed.push([group, right.splice(found, 1)[0]!]);
    }
  };
  pairBy((x, y) => x.text === y.text && x.what === y.what);
  pairBy((x, y) => x.what === y.what && x.what !== "constraint");
  pairBy((x, y) => withoutNumbers(x.text) === withoutNumbers(y.text));
  // What is left is shown as one line becoming another; the verdict rests on the sets, not on the pairing.
  pairBy((x, y) => x.what === y.what);
  return {
    changed: [...changed, ...restLeft.map((one) => [one, null] as const), ...right.map((one) => [null, one] as const)],
    moved,
  };
}

function withoutNumbers(text: string): string {
  return text.replaceAll(/\d[\d_.]*(e[+-]?\d+)?%?/gi, "0");
}

function groupsOf(decision: DecisionIR): Group[] {
  const groups: Group[] = decision.sets.map((set) => ({
    what: `decision ${set.block}`,
    text: `in ${set.text}`,
    at: set.at,
    constraints: decision.constraints.filter(({ at }) => isSame(at, set.at)),
  }));
  const taken = new Set(groups.flatMap((group) => group.constraints));
  for (const one of decision.constraints) {
    if (!taken.has(one)) groups.push({ what: "constraint", text: one.label, at: one.at, constraints: [one] });
  }
  return groups;
}

function isSame(a: Origin | undefined, b: Origin | undefined): boolean {
  return a !== undefined && b !== undefined && a.file === b.file && a.start === b.start && a.end === b.end;
}
