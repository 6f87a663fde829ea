import type { ScenarioSet } from "../../runtime/decide/index.ts";
import type { DecisionProblem, FeasibleSet, LinearRow, RiskSpec } from "../../runtime/spec.ts";
import { createNumbers, rawProblem, risk, ridge, scenarioSet } from "./problems.ts";

export interface Instance {
  readonly name: string;
  readonly problem: DecisionProblem;
  readonly scenarios: ScenarioSet;
}

/** What an instance is made of; everything else is drawn from its seed. */
export interface Form {
  readonly name: string;
  readonly pieces: number;
  readonly cvar: RiskSpec["cvar"];
  readonly mean?: number;
  readonly quadratic?: "none" | "ridge" | "low rank";
  readonly set: "simplex" | "box" | "rows" | "equalities" | "free" | "thin";
  readonly weights?: boolean;
  readonly duplicates?: boolean;
  /** Every slope and offset is multiplied by this. */
  readonly lossScale?: number;
  /** Decisions are measured in units this much smaller. */
  readonly decisionScale?: number;
  readonly scenarios?: number;
}

const TAILS = [{ weight: 2, level: 0.9 }];
const TWO_TAILS = [
  { weight: 1, level: 0.5 },
  { weight: 0.5, level: 0.95 },
];

export const FORMS: readonly Form[] = [
  { name: "mean only", pieces: 1, cvar: [], set: "simplex" },
  { name: "mean and cvar on a simplex", pieces: 1, cvar: TAILS, set: "simplex" },
  { name: "cvar only", pieces: 1, mean: 0, cvar: TAILS, set: "box" },
  { name: "two cvars", pieces: 1, cvar: TWO_TAILS, set: "simplex" },
  { name: "cvar with a ridge", pieces: 1, cvar: TAILS, quadratic: "ridge", set: "simplex" },
  { name: "cvar with a low-rank quadratic", pieces: 1, cvar: TAILS, quadratic: "low rank", set: "rows" },
  { name: "weighted scenarios", pieces: 1, cvar: TAILS, set: "simplex", weights: true },
  { name: "two pieces, mean", pieces: 2, cvar: [], set: "box" },
  { name: "two pieces, cvar", pieces: 2, cvar: TAILS, set: "box" },
  { name: "three pieces, two cvars, weights", pieces: 3, cvar: TWO_TAILS, set: "rows", weights: true },
  { name: "four pieces with a ridge", pieces: 4, cvar: TAILS, quadratic: "ridge", set: "equalities" },
  { name: "inequality rows", pieces: 1, cvar: TAILS, set: "rows" },
  { name: "equality rows", pieces: 2, cvar: TAILS, set: "equalities" },
  { name: "free components, quadratic", pieces: 1, cvar: TAILS, quadratic: "ridge", set: "free" },
  { name: "free components, closed by the pieces", pieces: 4, cvar: [], set: "free" },
  { name: "a set without interior", pieces: 1, cvar: TAILS, set: "thin" },
  { name: "one scenario", pieces: 2, cvar: TAILS, set: "box", scenarios: 1 },
  { name: "duplicated scenarios", pieces: 1, cvar: TAILS, set: "simplex", duplicates: true },
  { name: "enough scenarios to trim", pieces: 1, cvar: [{ weight: 2, level: 0.95 }], set: "simplex", scenarios: 400 },
  {
    name: "trimmed, weighted, two tails, ridge",
    pieces: 1,
    cvar: [
      { weight: 1, level: 0.9 },
      { weight: 2, level: 0.97 },
    ],
    quadratic: "ridge",
    set: "rows",
    weights: true,
    scenarios: 300,
  },
  { name: "losses in millions", pieces: 2, cvar: TAILS, set: "box", lossScale: 1e6 },
  { name: "losses in millionths", pieces: 1, cvar: TAILS, set: "simplex", lossScale: 1e-6 },
  { name: "decisions in millions", pieces: 1, cvar: TAILS, set: "box", decisionScale: 1e6 },
  { name: "decisions in millionths", pieces: 2, cvar: TAILS, quadratic: "ridge", set: "box", decisionScale: 1e-6 },
];

/** One instance of a form, the same for the same seed. */
export function drawInstance(form: Form, seed: number): Instance {
  const numbers = createNumbers(seed * 7919 + form.name.length);
  const n = 1 + Math.floor(6 * numbers.uniform());
  const count = form.scenarios ?? 5 + Math.floor(60 * numbers.uniform());
  const unit = form.decisionScale ?? 1;
  const scale = form.lossScale ?? 1;
  const draw = (): number[] => {
    const row: number[] = [];
    for (let j = 0; j < form.pieces; j++) {
      for (let i = 0; i < n; i++) row.push((scale * (0.3 * (i % 3) + numbers.normal() + slopeOf(form, j, i))) / unit);
      row.push(scale * numbers.normal());
    }
    return row;
  };
  const rows = Array.from({ length: count }, draw);
  if (form.duplicates === true) for (let k = 0; k < count; k++) rows.push(rows[k]!);
  const weights = form.weights === true ? rows.map((_, k) => (k % 5 === 3 ? 0 : numbers.uniform())) : undefined;
  const spec = risk(n, {
    mean: form.mean ?? 1,
    cvar: form.cvar,
    linear: Array.from({ length: n }, () => (0.1 * scale * numbers.normal()) / unit),
    quadratic: quadraticOf(form, n, numbers, scale / (unit * unit)),
    constant: 3 * scale,
  });
  const set = setOf(form, n, numbers, unit);
  return {
    name: `${form.name}, seed ${seed}`,
    problem: rawProblem(form.pieces, set, spec),
    scenarios: scenarioSet(rows, weights),
  };
}

/** Free components need pieces that rise on every side: four pieces point at the corners of a simplex. */
function slopeOf(form: Form, piece: number, component: number): number {
  if (form.set !== "free" || form.quadratic !== undefined) return 0;
  const directions = [1, -1, 3, -3];
  return 20 * directions[piece]! * (component === 0 ? 1 : Math.sin(1 + piece * 2.1 + component));
}

function quadraticOf(
  form: Form,
  n: number,
  numbers: ReturnType<typeof createNumbers>,
  scale: number,
): readonly number[] | null {
  if (form.quadratic === "ridge") return ridge(n, 0.3 * scale);
  if (form.quadratic !== "low rank") return null;
  const factor = Array.from({ length: n }, () => numbers.normal());
  return Array.from({ length: n * n }, (_, at) => 0.2 * scale * factor[Math.floor(at / n)]! * factor[at % n]!);
}

function setOf(form: Form, n: number, numbers: ReturnType<typeof createNumbers>, unit: number): FeasibleSet {
  const fill = (value: number): number[] => Array.from({ length: n }, () => value);
  const row = (at: string, bound: number): LinearRow => ({
    coefficients: Array.from({ length: n }, () => numbers.normal()),
    bound,
    at,
  });
  const ones = { coefficients: fill(1), bound: unit, at: "sum" };
  const base = { size: n, integer: [], inequalities: [], equalities: [], boundsAt: ["bounds"] };
  switch (form.set) {
    case "simplex":
      return { ...base, lower: fill(0), upper: fill(Math.max(0.4, 1 / n) * unit), equalities: [ones] };
    case "box":
      return { ...base, lower: fill(-unit), upper: fill(2 * unit) };
    case "rows":
      return {
        ...base,
        lower: fill(-5 * unit),
        upper: fill(Infinity),
        inequalities: [ones, row("first", unit), row("second", 2 * unit)],
      };
    case "equalities":
      return {
        ...base,
        lower: fill(-3 * unit),
        upper: fill(3 * unit),
        equalities: n > 2 ? [ones, { ...row("through zero", 0) }] : [],
      };
    case "free":
      return { ...base, lower: fill(-Infinity), upper: fill(Infinity) };
    case "thin":
      // The two rows leave only Σz = 1.
      return {
        ...base,
        lower: fill(0),
        upper: fill(1),
        inequalities: [
          { ...ones, at: "at most" },
          { coefficients: fill(-1), bound: -unit, at: "at least" },
        ],
      };
  }
}
