import { createCombinatorialOracle } from "../../runtime/dfl/index.ts";
import type { DecisionOracle, DflLossSpec, DflRows, OracleAnswer } from "../../runtime/dfl/index.ts";
import type { LossRow } from "../../runtime/dfl/losses/row.ts";
import { box, subjectTo } from "../../runtime/decide/index.ts";
import type { DecisionProblem } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

/** Arcs of a grid to the right and down. */
export function gridArcs(side: number): { readonly from: number; readonly to: number }[] {
  const arcs = [];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const node = row * side + column;
      if (column + 1 < side) arcs.push({ from: node, to: node + 1 });
      if (row + 1 < side) arcs.push({ from: node, to: node + side });
    }
  }
  return arcs;
}

export function pathOracle(side = 3): Promise<DecisionOracle> {
  const nodes = side * side;
  return createCombinatorialOracle(
    { kind: "path", nodes, arcs: gridArcs(side), source: 0, target: nodes - 1 },
    "minimize",
  );
}

export function normals(name: string, size: number): Float64Array {
  const out = new Float64Array(size);
  randomStream(11, name).normal(out);
  return out;
}

const FEATURES = 3;

/** Costs of degree 4 in the contexts, with noise: no line fits them, and what is best differs from row to row. */
export function polynomialRows(name: string, rows: number, d: number): DflRows {
  const contexts = normals(`${name}/x`, rows * FEATURES);
  const noise = normals(`${name}/noise`, rows * d);
  const mix = normals("mix", d * FEATURES).map((value) => (value > 0 ? 1 : 0));
  const costs = new Float64Array(rows * d);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < d; i++) {
      let sum = 0;
      for (let j = 0; j < FEATURES; j++) sum += mix[i * FEATURES + j]! * contexts[row * FEATURES + j]!;
      const level = ((sum / Math.sqrt(FEATURES) + 3) ** 4 + 1) / 3.5 ** 4;
      costs[row * d + i] = level * Math.exp(0.1 * noise[row * d + i]!);
    }
  }
  return { rows, contexts, costs };
}

/** `max s·z − ‖z‖²_Q` over `0 ≤ z ≤ 1, Σz ≤ 1`: a decision that moves with s. */
export function quadraticProblem(n = 4, context = 1): DecisionProblem {
  const all = (value: number): number[] => Array.from({ length: n }, () => value);
  return {
    sizes: { context, outcome: n, decision: n },
    loss: (z, s) => -z.reduce((sum, share, i) => sum + share * s[i]!, 0),
    lossGradientZ: (_z, s, _x, out) => out.set(s.map((value) => -value)),
    lossGradientS: (z, _s, _x, out) => out.set(z.map((value) => -value)),
    extendedGradientS: () => undefined,
    pieces: {
      count: 1,
      fill: (s, _x, slopes, offsets) => {
        slopes.set(s.map((value) => -value));
        offsets[0] = 0;
      },
    },
    feasible: subjectTo(box(all(0), all(1), "p.dro:3:1"), {
      inequalities: [{ coefficients: all(1), bound: 1, at: "p.dro:4:1" }],
    }),
    risk: {
      mean: 1,
      cvar: [],
      linear: all(0),
      quadratic: Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 + i / (n * n) : 0.1)),
      constant: 0,
    },
  };
}

export interface RowOptions {
  readonly predicted: Float64Array;
  readonly cost: Float64Array;
  readonly noise?: Float64Array;
  readonly exact?: boolean;
}

/** A row as losses see it, with given noise. */
export function lossRow(oracle: DecisionOracle, { predicted, cost, noise, exact = true }: RowOptions): LossRow {
  const context = new Float64Array(1);
  const solve = (s: Float64Array): OracleAnswer => oracle.solve(s, context);
  const drawn = (count: number): Float64Array => noise ?? new Float64Array(count);
  return {
    predicted,
    cost,
    context,
    best: solve(cost),
    exact,
    solve,
    normal: drawn,
    sumOfGamma: drawn,
    gradient: new Float64Array(cost.length),
    loss: 0,
    failure: null,
  };
}

/** Every loss once, in a setting that suits costs about 1. */
export const LOSSES: readonly DflLossSpec[] = [
  { loss: "mse" },
  { loss: "spo_plus" },
  { loss: "pg", sigma: 0.3, sides: "one" },
  { loss: "pg", sigma: 0.3, sides: "two" },
  { loss: "dbb", lambda: 1, outer: "regret" },
  { loss: "nid", outer: "regret" },
  { loss: "nid", outer: "squared_error" },
  { loss: "dpo", noise: "additive", samples: 4, sigma: 0.5, outer: "regret" },
  { loss: "dpo", noise: "multiplicative", samples: 4, sigma: 0.5, outer: "squared_error" },
  { loss: "pfyl", noise: "additive", samples: 4, sigma: 0.5 },
  { loss: "pfyl", noise: "multiplicative", samples: 4, sigma: 0.5 },
  { loss: "imle", samples: 2, sigma: 0.5, kappa: 5, lambda: 1, sides: "one", outer: "regret" },
  { loss: "aimle", samples: 2, sigma: 0.5, kappa: 5, sides: "two", outer: "regret" },
  { loss: "rfwo", lambda: 1, outer: "squared_error" },
  { loss: "rfy", lambda: 1 },
  { loss: "nce" },
  { loss: "map" },
  { loss: "cave", inner: 0.2 },
  { loss: "listwise", temperature: 1 },
  { loss: "pairwise", margin: 0.1 },
  { loss: "pointwise" },
  { loss: "policy_gradient", samples: 4, sigma: 0.5 },
];

/** `s·z` in the place of a problem's loss. */
export const LINEAR_LOSS: Pick<DecisionProblem, "loss" | "lossGradientZ" | "lossGradientS" | "pieces"> = {
  loss: (z, s) => z.reduce((sum, share, i) => sum + share * s[i]!, 0),
  lossGradientZ: (_z, s, _x, out) => out.set(s),
  lossGradientS: (z, _s, _x, out) => out.set(z),
  pieces: {
    count: 1,
    fill: (s, _x, slopes, offsets) => {
      slopes.set(s);
      offsets[0] = 0;
    },
  },
};

/** Flows of size 1 through a grid, with a quadratic toll: degenerate wherever an edge is unused. */
export function flowProblem(side: number, toll: number): DecisionProblem {
  const arcs = gridArcs(side);
  const n = arcs.length;
  const problem = quadraticProblem(n);
  const balance = Array.from({ length: side * side }, (_, node) => ({
    coefficients: arcs.map(({ from, to }) => (from === node ? 1 : to === node ? -1 : 0)),
    bound: node === 0 ? 1 : node === side * side - 1 ? -1 : 0,
    at: "p.dro:4:1",
  }));
  const ends = (value: number): number[] => arcs.map(() => value);
  const feasible = subjectTo(box(ends(0), ends(1), "p.dro:3:1"), { equalities: balance });
  const quadratic = Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? toll : 0));
  return { ...problem, feasible, risk: { ...problem.risk, quadratic } };
}
