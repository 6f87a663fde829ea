import type { ScenarioSet } from "../../../runtime/decide/index.ts";
import type { Cone, ConeProblem } from "../../../runtime/decide/cone/index.ts";
import { sparseFromEntries } from "../../../runtime/decide/sparse/matrix.ts";
import type { Entry } from "../../../runtime/decide/sparse/matrix.ts";
import type { DecisionProblem, FeasibleSet, LinearRow, RiskSpec } from "../../../runtime/spec.ts";
import { createRandom } from "../../decide/cone/instances.ts";
import type { Random } from "../../decide/cone/instances.ts";
import { rawProblem, scenarioSet } from "../../decide/problems.ts";

/** A decision over scenarios, and the same as a cone program in plain units, written down without the code under test. */
export interface ScenarioInstance {
  readonly name: string;
  readonly problem: DecisionProblem;
  readonly scenarios: ScenarioSet;
  readonly cone: ConeProblem;
  /** The problem that CVXPY solves is this many times smaller in its objective. */
  readonly factor: number;
}

interface Parts {
  readonly pieces: number;
  readonly risk: RiskSpec;
  readonly set: FeasibleSet;
  /** K rows of `pieces · (n + 1)`: slopes and offset of each piece. */
  readonly rows: readonly (readonly number[])[];
  readonly weights?: readonly number[];
}

/** Losses times `loss`, decisions in units of `decision`. */
interface Units {
  readonly loss: number;
  readonly decision: number;
}

const fill = (n: number, value: number): number[] => Array.from({ length: n }, () => value);

/**
 * `(z, then for each CVaR term t and K times u, then K times v of the mean)`: `u_k ≥ L_kj − t`, `u_k ≥ 0`, `v_k ≥ L_kj`,
 * in Rockafellar and Uryasev's form.
 */
function coneOf({ pieces, risk, set, rows, weights }: Parts): ConeProblem {
  const n = set.size;
  const count = rows.length;
  const total = weights?.reduce((a, b) => a + b, 0) ?? count;
  const probability = (k: number): number => (weights === undefined ? 1 : weights[k]!) / total;
  const columns = n + risk.cvar.length * (1 + count) + count;
  const firstMean = columns - count;
  const q = new Float64Array(columns);
  risk.linear.forEach((value, i) => {
    q[i] = value;
  });
  const entries: Entry[] = [];
  const b: number[] = [];
  for (const { coefficients, bound } of set.equalities) {
    coefficients.forEach((value, column) => entries.push({ row: b.length, column, value }));
    b.push(bound);
  }
  const equalities = b.length;
  for (const { coefficients, bound } of set.inequalities) {
    coefficients.forEach((value, column) => entries.push({ row: b.length, column, value }));
    b.push(bound);
  }
  for (let column = 0; column < n; column++) {
    if (set.lower[column]! > -Infinity) {
      entries.push({ row: b.length, column, value: -1 });
      b.push(-set.lower[column]!);
    }
    if (set.upper[column]! < Infinity) {
      entries.push({ row: b.length, column, value: 1 });
      b.push(set.upper[column]!);
    }
  }
  const addPieces = (k: number, upper: number, t: number | null): void => {
    for (let j = 0; j < pieces; j++) {
      const base = j * (n + 1);
      for (let i = 0; i < n; i++) entries.push({ row: b.length, column: i, value: rows[k]![base + i]! });
      entries.push({ row: b.length, column: upper, value: -1 });
      if (t !== null) entries.push({ row: b.length, column: t, value: -1 });
      b.push(-rows[k]![base + n]!);
    }
  };
  risk.cvar.forEach(({ weight, level }, c) => {
    const t = n + c * (1 + count);
    q[t] = weight;
    for (let k = 0; k < count; k++) {
      q[t + 1 + k] = (weight * probability(k)) / (1 - level);
      addPieces(k, t + 1 + k, t);
      entries.push({ row: b.length, column: t + 1 + k, value: -1 });
      b.push(0);
    }
  });
  for (let k = 0; k < count; k++) {
    q[firstMean + k] = risk.mean * probability(k);
    addPieces(k, firstMean + k, null);
  }
  const quadratic: Entry[] = [];
  if (risk.quadratic !== null) {
    for (let row = 0; row < n; row++) {
      for (let column = row; column < n; column++) {
        quadratic.push({ row, column, value: 2 * risk.quadratic[row * n + column]! });
      }
    }
  }
  const cones: Cone[] = [{ kind: "nonnegative", size: b.length - equalities }];
  if (equalities > 0) cones.unshift({ kind: "zero", size: equalities });
  return {
    p: risk.quadratic === null ? null : sparseFromEntries(columns, columns, quadratic),
    q,
    a: sparseFromEntries(b.length, columns, entries),
    b: Float64Array.from(b),
    cones,
  };
}

function inUnits({ pieces, risk, set, rows, weights }: Parts, { loss, decision }: Units): Parts {
  const n = set.size;
  const row = ({ coefficients, bound, at }: LinearRow): LinearRow => ({ coefficients, bound: bound * decision, at });
  return {
    pieces,
    risk: {
      ...risk,
      linear: risk.linear.map((value) => (value * loss) / decision),
      quadratic: risk.quadratic?.map((value) => (value * loss) / decision / decision) ?? null,
    },
    set: {
      ...set,
      lower: set.lower.map((value) => value * decision),
      upper: set.upper.map((value) => value * decision),
      inequalities: set.inequalities.map(row),
      equalities: set.equalities.map(row),
    },
    rows: rows.map((values) =>
      values.map((value, i) => (i % (n + 1) === n ? value * loss : (value * loss) / decision)),
    ),
    ...(weights === undefined ? {} : { weights }),
  };
}

type Draw = (random: Random) => Parts;

interface Choice {
  readonly n?: number;
  readonly count?: number;
  readonly pieces?: number;
  readonly cvar?: RiskSpec["cvar"];
  readonly mean?: number;
  readonly quadratic?: "ridge" | "low rank";
  readonly set?: "capped" | "rows" | "box" | "free" | "contradicting" | "thin";
  readonly weighted?: boolean;
  /** Outcomes rounded to whole numbers, so that scenarios, losses and components tie. */
  readonly ties?: boolean;
  readonly repeats?: number;
}

/** A spectrum of `terms` CVaRs, the mean (level 0) and a level near 1 among them. */
function spectrum(terms: number, random: Random): RiskSpec["cvar"] {
  return Array.from({ length: terms }, (_, c) => ({
    weight: 0.2 + random.uniform(),
    level: c === 0 ? 0 : c === 1 ? 0.999 : random.uniform() * 0.99,
  }));
}

function setOf(kind: NonNullable<Choice["set"]>, n: number, random: Random): FeasibleSet {
  const row = (at: string, bound: number): LinearRow => ({
    coefficients: Array.from({ length: n }, () => random.normal()),
    bound,
    at,
  });
  const ones: LinearRow = { coefficients: fill(n, 1), bound: 1, at: "sum" };
  const base = { size: n, integer: [], inequalities: [], equalities: [], boundsAt: ["bounds"] };
  switch (kind) {
    case "capped":
      return { ...base, lower: fill(n, 0), upper: fill(n, 1.5 / n + 0.2), equalities: [ones] };
    case "rows":
      return {
        ...base,
        lower: fill(n, -4),
        upper: fill(n, 4),
        inequalities: [ones, row("first", 1), row("second", 2), { ...ones, at: "sum again" }],
      };
    case "box":
      return { ...base, lower: fill(n, -1), upper: fill(n, 2) };
    case "free":
      return { ...base, lower: fill(n, -Infinity), upper: fill(n, Infinity) };
    case "contradicting":
      return {
        ...base,
        lower: fill(n, 0),
        upper: fill(n, 1),
        equalities: [ones],
        inequalities: [{ coefficients: fill(n, -1), bound: -1.5, at: "at least 1.5" }],
      };
    case "thin":
      return {
        ...base,
        lower: fill(n, 0),
        upper: fill(n, 1),
        inequalities: [ones, { coefficients: fill(n, -1), bound: -1, at: "at least 1" }],
      };
  }
}

function draw(choice: Choice): Draw {
  return (random) => {
    const n = choice.n ?? random.integer(2, 9);
    const pieces = choice.pieces ?? 1;
    const distinct = choice.count ?? random.integer(8, 70);
    const value = (): number => (choice.ties === true ? random.integer(-2, 2) : random.normal());
    const drawn = Array.from({ length: distinct }, () =>
      Array.from({ length: pieces * (n + 1) }, (_, i) => value() + (i % (n + 1) === n ? 1 : 0.2 * (i % 3))),
    );
    const rows = Array.from({ length: choice.repeats ?? 1 }, () => drawn).flat();
    const factor = Array.from({ length: n }, () => random.normal());
    const quadratic =
      choice.quadratic === undefined
        ? null
        : Array.from({ length: n * n }, (_, at) => {
            const i = Math.floor(at / n);
            const j = at % n;
            return choice.quadratic === "ridge" ? (i === j ? 0.2 : 0) : 0.3 * factor[i]! * factor[j]!;
          });
    const cvar = choice.cvar ?? [
      { weight: 2 * random.uniform() + 0.1, level: [0.5, 0.8, 0.95][random.integer(0, 2)]! },
    ];
    return {
      pieces,
      risk: {
        mean: choice.mean ?? 1,
        cvar,
        linear: Array.from({ length: n }, () => 0.1 * random.normal()),
        quadratic,
        constant: 0,
      },
      set: setOf(choice.set ?? "capped", n, random),
      rows,
      ...(choice.weighted === true ? { weights: rows.map((_, k) => (k % 7 === 3 ? 0 : random.uniform())) } : {}),
    };
  };
}

const spectral =
  (terms: number, choice: Choice = {}): Draw =>
  (random) =>
    draw({ ...choice, cvar: spectrum(terms, random) })(random);

const FAMILIES: readonly (readonly [name: string, count: number, draw: Draw])[] = [
  ["mean-CVaR", 12, draw({})],
  ["mean-CVaR, ridge", 12, draw({ quadratic: "ridge" })],
  ["mean-CVaR, low-rank quadratic", 10, draw({ quadratic: "low rank", set: "rows" })],
  ["CVaR alone", 8, draw({ mean: 0, set: "box" })],
  ["weighted scenarios", 8, draw({ weighted: true, quadratic: "ridge" })],
  ["spectral 2", 8, spectral(2)],
  ["spectral 4, ridge", 8, spectral(4, { quadratic: "ridge", set: "rows" })],
  ["spectral 8", 8, spectral(8)],
  ["spectral 8, ridge", 8, spectral(8, { quadratic: "ridge" })],
  ["spectral 8, several pieces", 6, spectral(8, { pieces: 3, set: "box" })],
  ["spectral 8, scenarios that are left out", 4, spectral(8, { count: 260, mean: 0, weighted: true })],
  ["several pieces", 10, draw({ pieces: 2, set: "box" })],
  ["several pieces, ridge and rows", 10, draw({ pieces: 4, set: "rows", quadratic: "ridge" })],
  ["ties", 10, draw({ ties: true, count: 40 })],
  ["ties, several pieces", 8, draw({ ties: true, pieces: 3, set: "rows" })],
  ["ties, spectral", 8, spectral(5, { ties: true, quadratic: "ridge" })],
  ["duplicated scenarios", 10, draw({ repeats: 3, count: 15 })],
  ["duplicated scenarios, ridge", 8, draw({ repeats: 4, count: 12, quadratic: "ridge" })],
  ["duplicated scenarios, several pieces", 6, draw({ repeats: 2, pieces: 2, set: "box" })],
  ["one scenario", 8, draw({ count: 1 })],
  ["one scenario, several pieces", 6, draw({ count: 1, pieces: 3, set: "box", quadratic: "ridge" })],
  ["one scenario, spectral", 6, spectral(8, { count: 1, quadratic: "ridge" })],
  ["no interior", 6, draw({ set: "thin" })],
  ["no bounds, ridge", 8, draw({ set: "free", quadratic: "ridge" })],
  ["unbounded", 8, draw({ set: "free", count: 5 })],
  ["unbounded along a flat quadratic", 6, draw({ set: "free", quadratic: "low rank", count: 4 })],
  ["contradicting rows", 6, draw({ set: "contradicting" })],
];

const SCALES: readonly (readonly [name: string, units: Units])[] = [
  ["losses × 1e12", { loss: 1e12, decision: 1 }],
  ["losses × 1e-12", { loss: 1e-12, decision: 1 }],
  ["decisions × 1e12", { loss: 1, decision: 1e12 }],
  ["decisions × 1e-12", { loss: 1, decision: 1e-12 }],
  ["both × 1e12", { loss: 1e12, decision: 1e12 }],
];

const SCALED: readonly (readonly [name: string, draw: Draw])[] = [
  ["mean-CVaR", draw({})],
  ["ridge", draw({ quadratic: "ridge" })],
  ["spectral 4", spectral(4, { set: "rows" })],
  ["several pieces", draw({ pieces: 3, set: "box" })],
  ["several pieces, ridge", draw({ pieces: 2, set: "rows", quadratic: "ridge" })],
  ["one scenario", draw({ count: 1 })],
];

/** All instances, the same on every call. */
export function scenarioInstances(): readonly ScenarioInstance[] {
  const instances: ScenarioInstance[] = [];
  const add = (name: string, make: Draw, units: Units): void => {
    const plain = make(createRandom(instances.length * 2246822519 + 31));
    const parts = inUnits(plain, units);
    instances.push({
      name,
      problem: rawProblem(parts.pieces, parts.set, parts.risk),
      scenarios: scenarioSet(parts.rows, parts.weights),
      cone: coneOf(plain),
      factor: units.loss,
    });
  };
  for (const [name, count, make] of FAMILIES) {
    for (let k = 0; k < count; k++) add(`${name} ${k}`, make, { loss: 1, decision: 1 });
  }
  for (const [scale, units] of SCALES) {
    for (const [name, make] of SCALED) for (let k = 0; k < 3; k++) add(`${scale}, ${name} ${k}`, make, units);
  }
  return instances;
}
