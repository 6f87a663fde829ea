import type { RiskIR } from "../../../runtime/ir/model.ts";
import { change, type Change } from "./change.ts";
import { relateExpressions } from "./expression.ts";
import { numberText, percentText } from "./text.ts";
import type { Verdict } from "./verdict.ts";

/**
 * Mean and CVaRs with non-negative weights are `W` times a spectral risk measure: `∫ F⁻¹(u) φ(u) du` with `φ ≥ 0`
 * non-decreasing and of total 1. For two of them, `ρ_B ≥ ρ_A` for every law if and only if the tail masses
 * `H(u) = ∫_u^1 φ` are ordered, `H_B ≥ H_A` at every u (Acerbi 2002; Dentcheva & Penot 2010). Here H is piecewise
 * linear with its corners at the levels, so the corners decide.
 */
export function diffRisk(a: RiskIR, b: RiskIR): readonly Change[] {
  const at = [a.at, b.at] as const;
  const changes: Change[] = [];
  const [wholeA, wholeB] = [weightOf(a), weightOf(b)];
  const order = compareSpectra(a, b);
  const [what, before, after, where] = describe(a, b);
  const base = { what, before, after, at: where ?? at };
  const other = relateDeterministic(a, b);
  const hasOther = a.deterministic !== undefined || b.deterministic !== undefined;

  if (order !== "equal") {
    const verdict: Verdict =
      order === "above" ? "MORE CONSERVATIVE" : order === "below" ? "LESS CONSERVATIVE" : "INCOMPARABLE";
    changes.push(change({ ...base, verdict, because: orderReason[order] }));
  } else if (!close(wholeA, wholeB)) {
    const because = hasOther
      ? "the risk of the loss weighs otherwise against the rest of the objective"
      : "the objective is multiplied by a number: the same decisions are best, risk is reported in another scale";
    changes.push(change({ ...base, verdict: "OBJECTIVE CHANGES", because }));
  }
  if (order !== "equal" && !close(wholeA, wholeB) && hasOther && other === "equal") {
    changes.push(
      change({
        what: "risk: weight of the loss against the rest of the objective",
        before: numberText(wholeA),
        after: numberText(wholeB),
        verdict: "OBJECTIVE CHANGES",
        because: `a unit of the other terms now counts ${numberText(wholeA / wholeB)} times what it did beside the loss`,
        at,
      }),
    );
  }
  if (other !== "equal") {
    changes.push(
      change({
        what: "risk: terms beside the loss",
        before: shown(a),
        after: shown(b),
        verdict: other === "unproved" ? "INCOMPARABLE" : other === "shifted" ? "EVALUATION ONLY" : "OBJECTIVE CHANGES",
        because: deterministicReason(other),
        at,
      }),
    );
  }
  if (changes.length === 0 && a.text !== b.text) {
    const because = "the same risk in other words";
    changes.push(change({ what: "risk", before: a.text, after: b.text, verdict: "NO CHANGE OF MEANING", because, at }));
  }
  return changes;
}

const orderReason = {
  above: "the worse part of the losses carries more of the weight, at every level",
  below: "the worse part of the losses carries less of the weight, at every level",
  crossing: "the weight moves towards the worst losses at some levels and away from them at others",
} as const;

export type SpectralOrder = "equal" | "above" | "below" | "crossing";

/** How `b` stands to `a`, each taken per unit of weight. */
export function compareSpectra(a: RiskIR, b: RiskIR): SpectralOrder {
  const corners = [...new Set([...a.cvar, ...b.cvar].map((term) => term.level))];
  const gaps = corners.map((level) => tailMass(b, level) - tailMass(a, level));
  const above = gaps.some((gap) => gap > TINY);
  const below = gaps.some((gap) => gap < -TINY);
  if (above) return below ? "crossing" : "above";
  return below ? "below" : "equal";
}

const TINY = 1e-12;

/** `H(u)`: the share of the weight that falls on the worst `1 − u` of the losses. */
function tailMass(risk: RiskIR, u: number): number {
  const total = risk.cvar.reduce(
    (sum, { weight, level }) => sum + weight * Math.min(1, (1 - u) / (1 - level)),
    risk.mean * (1 - u),
  );
  return total / Math.max(weightOf(risk), Number.MIN_VALUE);
}

function weightOf({ mean, cvar }: RiskIR): number {
  return cvar.reduce((sum, term) => sum + term.weight, mean);
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= TINY * Math.max(1, Math.abs(a), Math.abs(b));
}

type Deterministic = "equal" | "added" | "removed" | "scaled" | "shifted" | "different" | "unproved";

function relateDeterministic(a: RiskIR, b: RiskIR): Deterministic {
  if (a.deterministic === undefined) return b.deterministic === undefined ? "equal" : "added";
  if (b.deterministic === undefined) return "removed";
  return relateExpressions(a.deterministic, b.deterministic).kind;
}

function deterministicReason(relation: Deterministic): string {
  switch (relation) {
    case "added":
      return "a term was added to what is minimised";
    case "removed":
      return "a term was taken out of what is minimised";
    case "scaled":
      return "the terms weigh otherwise against the risk of the loss";
    case "shifted":
      return "every decision costs the same amount more or less: the same ones are best";
    case "unproved":
      return "the two forms agree wherever they were tried, but are not proved to be equal";
    default:
      return "";
  }
}

type Place = Change["at"]["before"];

/** The smallest description that shows the difference. */
function describe(
  a: RiskIR,
  b: RiskIR,
): readonly [what: string, before: string, after: string, at: readonly [Place & {}, Place & {}] | null] {
  if (a.cvar.length === b.cvar.length && close(a.mean, b.mean)) {
    const changed = a.cvar.flatMap((term, i) => {
      const next = b.cvar[i]!;
      return close(term.level, next.level) && close(term.weight, next.weight) ? [] : [[term, next] as const];
    });
    const [only] = changed;
    if (changed.length === 1 && only !== undefined) {
      const [term, next] = only;
      const at = term.at !== undefined && next.at !== undefined ? ([term.at, next.at] as const) : null;
      if (close(term.weight, next.weight))
        return ["risk: cvar level", percentText(term.level), percentText(next.level), at];
      if (close(term.level, next.level))
        return ["risk: weight of cvar", numberText(term.weight), numberText(next.weight), null];
    }
  }
  return ["risk", riskText(a), riskText(b), null];
}

/** `mean + 2 · cvar 90%` */
export function riskText({ mean, cvar }: RiskIR): string {
  const parts = [
    ...(mean === 0 ? [] : [times(mean, "mean")]),
    ...cvar.map(({ weight, level }) => times(weight, `cvar ${percentText(level)}`)),
  ];
  return parts.length === 0 ? "0" : parts.join(" + ");
}

const shown = (risk: RiskIR): string | null => (risk.deterministic === undefined ? null : risk.text);

const times = (weight: number, text: string): string => (weight === 1 ? text : `${numberText(weight)} · ${text}`);
