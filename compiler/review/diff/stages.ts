import type { StagesIR, StateIR } from "../../../runtime/ir/model.ts";
import { typeText } from "../../cli/explain/text-of.ts";
import { change, type Change } from "./change.ts";
import { relateExpressions } from "./expression.ts";
import { pairGroups } from "./feasible.ts";
import { isBelow } from "./inclusion.ts";
import { diffDecision } from "./decision.ts";
import { diffLoss } from "./loss.ts";
import { numberText } from "./text.ts";
import type { Verdict } from "./verdict.ts";
import { foldParams } from "../../../runtime/ir/builder.ts";

/**
 * A stage's constraints read states and observations, so no linear program compares them: a constraint that is added
 * shrinks the set, one that is taken away lets it grow, and one that changed in a number is ordered by monotonicity.
 */
export function diffStages(a: StagesIR, b: StagesIR): readonly Change[] {
  const at = [a.at, b.at] as const;
  const changes: Change[] = [];
  if (range(a) !== range(b)) {
    changes.push(
      change({
        what: "stages",
        before: range(a),
        after: range(b),
        verdict: "INCOMPARABLE",
        because: "the horizon is another one",
        at,
      }),
    );
  }
  if (observed(a) !== observed(b)) {
    const because = "each stage decides on other information";
    changes.push(
      change({
        what: "stage: observing",
        before: observed(a),
        after: observed(b),
        verdict: "INCOMPARABLE",
        because,
        at,
      }),
    );
  }
  return [
    ...changes,
    ...diffStates(a.states, b.states),
    ...diffDecision(a.decision, b.decision),
    ...diffConstraints(a, b),
    ...diffLoss(a.loss, b.loss, "stage loss"),
  ];
}

function diffConstraints(a: StagesIR, b: StagesIR): readonly Change[] {
  return pairGroups(a.decision, b.decision).changed.map(([before, after]): Change => {
    const base = {
      what: after?.what ?? before?.what ?? "constraint",
      before: before?.text ?? null,
      after: after?.text ?? null,
    };
    const at = [before?.at, after?.at] as const;
    if (before === null) return change({ ...base, verdict: "FEASIBLE SET SHRINKS", at });
    if (after === null) return change({ ...base, verdict: "FEASIBLE SET GROWS", at });
    const [x] = before.constraints;
    const [y] = after.constraints;
    const single = before.constraints.length === 1 && after.constraints.length === 1;
    if (single && x?.relation === "<=" && y?.relation === "<=") {
      const [p, q] = [foldParams(x.graph), foldParams(y.graph)];
      if (isBelow(q, p)) return change({ ...base, verdict: "FEASIBLE SET GROWS", at });
      if (isBelow(p, q)) return change({ ...base, verdict: "FEASIBLE SET SHRINKS", at });
    }
    const because = "neither set is shown to hold the other";
    return change({ ...base, verdict: "INCOMPARABLE", because, at });
  });
}

function diffStates(a: readonly StateIR[], b: readonly StateIR[]): readonly Change[] {
  const changes: Change[] = [];
  for (const state of a) {
    const other = b.find((one) => one.name === state.name);
    const base = { what: `state ${state.name}`, at: [state.at, other?.at] as const };
    if (other === undefined || typeText(state) !== typeText(other)) {
      const because = "another state is carried from stage to stage";
      changes.push(
        change({
          ...base,
          before: typeText(state),
          after: other === undefined ? null : typeText(other),
          verdict: "INCOMPARABLE",
          because,
        }),
      );
      continue;
    }
    if (state.initially.join() !== other.initially.join()) {
      changes.push(
        change({
          ...base,
          what: `${base.what}: initially`,
          before: list(state),
          after: list(other),
          verdict: "INCOMPARABLE",
          because: "the first stage starts elsewhere",
        }),
      );
    }
    const verdict = relateRanges(state, other);
    if (verdict !== null) {
      changes.push(
        change({ ...base, what: `${base.what}: range`, before: rangeText(state), after: rangeText(other), verdict }),
      );
    }
    if (relateExpressions(state.next, other.next).kind !== "equal") {
      const because = "the state moves otherwise";
      changes.push(
        change({
          ...base,
          what: `next ${state.name}`,
          before: "its formula",
          after: "another formula",
          verdict: "INCOMPARABLE",
          because,
        }),
      );
    }
  }
  for (const state of b) {
    if (a.some((one) => one.name === state.name)) continue;
    const because = "another state is carried from stage to stage";
    changes.push(
      change({
        what: `state ${state.name}`,
        before: null,
        after: typeText(state),
        verdict: "INCOMPARABLE",
        because,
        at: [undefined, state.at],
      }),
    );
  }
  return changes;
}

function relateRanges(a: StateIR, b: StateIR): Verdict | null {
  const [x, y] = [ends(a), ends(b)];
  const inside = x.every(([low, high], i) => low >= y[i]![0] && high <= y[i]![1]);
  const outside = x.every(([low, high], i) => low <= y[i]![0] && high >= y[i]![1]);
  if (inside && outside) return null;
  return inside ? "FEASIBLE SET GROWS" : outside ? "FEASIBLE SET SHRINKS" : "INCOMPARABLE";
}

function rangeText({ range }: StateIR): string {
  if (range === undefined) return "any";
  return `${endText(range.lower)}..${endText(range.upper)}`;
}

const range = ({ from, to }: StagesIR): string => `${from}..${to}`;

const observed = ({ observing }: StagesIR): string => observing.toSorted().join(", ");

const list = (one: StateIR): string => `[${one.initially.map(numberText).join(", ")}]`;

const ends = ({ range, initially }: StateIR): readonly (readonly [number, number])[] =>
  initially.map((_, i) => [range?.lower[i] ?? -Infinity, range?.upper[i] ?? Infinity]);

const endText = (values: readonly number[]): string => [...new Set(values.map(numberText))].join(", ");
