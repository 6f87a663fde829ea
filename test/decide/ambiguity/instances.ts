import { box, cappedSimplex } from "../../../runtime/decide/index.ts";
import type { ScenarioSet } from "../../../runtime/decide/index.ts";
import type { AmbiguitySet, DecisionProblem, FeasibleSet, RiskSpec } from "../../../runtime/spec.ts";
import { createNumbers, risk, ridge } from "../problems.ts";

/** `(A z + e)·s + c·z + b`; A is d × n, row-major. */
export interface BiaffinePiece {
  readonly a: readonly number[];
  readonly e: readonly number[];
  readonly c: readonly number[];
  readonly b: number;
}

/** Everything about a problem as plain numbers, for solvers elsewhere. */
export interface RobustInstance {
  readonly name: string;
  readonly n: number;
  readonly d: number;
  readonly pieces: readonly BiaffinePiece[];
  readonly scenarios: readonly (readonly number[])[];
  readonly weights: readonly number[] | null;
  readonly mean: number;
  readonly cvar: readonly { readonly weight: number; readonly level: number }[];
  /** Of the quadratic term `ridge·‖z‖²`. */
  readonly ridge: number;
  /** `0 ≤ z ≤ 0.6, Σz = 1`, or `−1 ≤ z ≤ 1`. */
  readonly set: "simplex" | "box";
  readonly ambiguity: AmbiguitySet;
}

const unused = (): never => {
  throw new Error("a decider needs no derivative");
};

export function pieceValue({ a, e, c, b }: BiaffinePiece, z: ArrayLike<number>, s: ArrayLike<number>): number {
  let value = b;
  for (let k = 0; k < c.length; k++) value += c[k]! * z[k]!;
  for (let i = 0; i < e.length; i++) {
    let slope = e[i]!;
    for (let k = 0; k < c.length; k++) slope += a[i * c.length + k]! * z[k]!;
    value += slope * s[i]!;
  }
  return value;
}

export function lossOf(pieces: readonly BiaffinePiece[], z: ArrayLike<number>, s: ArrayLike<number>): number {
  return Math.max(...pieces.map((piece) => pieceValue(piece, z, s)));
}

export function feasibleOf({ n, set }: Pick<RobustInstance, "n" | "set">): FeasibleSet {
  const ends = (value: number): number[] => Array.from({ length: n }, () => value);
  return set === "simplex" ? cappedSimplex(n, 0.6, "m.dro:1:1") : box(ends(-1), ends(1), "m.dro:1:1");
}

export function problemOf(instance: RobustInstance): DecisionProblem {
  const { n, d, pieces, mean, cvar, ambiguity } = instance;
  const riskSpec: RiskSpec = risk(n, {
    mean,
    cvar,
    ...(instance.ridge > 0 ? { quadratic: ridge(n, instance.ridge) } : {}),
  });
  return {
    sizes: { context: 0, outcome: d, decision: n },
    loss: (z, s) => lossOf(pieces, z, s),
    lossGradientZ: unused,
    lossGradientS: unused,
    extendedGradientS: unused,
    pieces: {
      count: pieces.length,
      fill: (s, _x, slopes, offsets) => {
        pieces.forEach(({ a, e, c, b }, j) => {
          for (let k = 0; k < n; k++) {
            slopes[j * n + k] = c[k]! + e.reduce((sum, _, i) => sum + a[i * n + k]! * s[i]!, 0);
          }
          offsets[j] = b + e.reduce((sum, value, i) => sum + value * s[i]!, 0);
        });
      },
    },
    feasible: feasibleOf(instance),
    risk: riskSpec,
    ambiguity,
  };
}

export function scenariosOf({ scenarios, weights }: RobustInstance): ScenarioSet {
  return {
    count: scenarios.length,
    outcomes: Float64Array.from(scenarios.flat()),
    ...(weights === null ? {} : { weights: Float64Array.from(weights) }),
  };
}

export const balls: readonly AmbiguitySet[] = [
  { kind: "wasserstein", order: 1, norm: "l2", radius: 0.1 },
  { kind: "wasserstein", order: 1, norm: "l1", radius: 0.2 },
  { kind: "wasserstein", order: 1, norm: "linf", radius: 0.05 },
  { kind: "wasserstein", order: 2, norm: "l2", radius: 0.3 },
  { kind: "wasserstein", order: 2, norm: "l1", radius: 0.1 },
  { kind: "wasserstein", order: 2, norm: "linf", radius: 0.02 },
  { kind: "wasserstein", order: "infinity", norm: "l2", radius: 0.1 },
  { kind: "wasserstein", order: "infinity", norm: "l1", radius: 0.3 },
  { kind: "kl", radius: 0.05 },
  { kind: "kl", radius: 0.8 },
];

const risks = [
  { mean: 1, cvar: [] },
  { mean: 0, cvar: [{ weight: 1, level: 0.8 }] },
  { mean: 1, cvar: [{ weight: 2, level: 0.9 }] },
  {
    mean: 0.5,
    cvar: [
      { weight: 1, level: 0.5 },
      { weight: 0.5, level: 0.9 },
    ],
  },
];

/** Random problems over every ball, risk, number of pieces and kind of set; the same for the same seed. */
export function randomInstances(seed: number, count: number, largest = 5): readonly RobustInstance[] {
  const { uniform, normal } = createNumbers(seed);
  const draw = (length: number): number[] => Array.from({ length }, () => Math.round(1e4 * normal()) / 1e4);
  return Array.from({ length: count }, (_, k): RobustInstance => {
    const n = 1 + Math.floor(uniform() * largest);
    const d = 1 + Math.floor(uniform() * largest);
    const set = n > 1 && uniform() < 0.5 ? "simplex" : "box";
    const scenarioCount = 2 + Math.floor(uniform() * 25);
    const ambiguity = balls[k % balls.length]!;
    const own = risks[Math.floor(k / balls.length) % risks.length]!;
    return {
      name: `${k}`,
      n,
      d,
      pieces: Array.from({ length: 1 + Math.floor(uniform() * 3) }, () => ({
        a: draw(d * n),
        e: draw(d),
        c: draw(n),
        b: draw(1)[0]!,
      })),
      scenarios: Array.from({ length: scenarioCount }, () => draw(d)),
      weights: uniform() < 0.3 ? Array.from({ length: scenarioCount }, () => Math.round(100 * uniform()) + 1) : null,
      ...own,
      ridge: uniform() < 0.3 ? 0.25 : 0,
      set,
      ambiguity,
    };
  });
}
