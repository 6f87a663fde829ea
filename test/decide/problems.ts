import { nonnegative } from "../../runtime/decide/index.ts";
import type { ScenarioSet } from "../../runtime/decide/index.ts";
import type { DecisionProblem, FeasibleSet, RiskSpec } from "../../runtime/spec.ts";

/** Deterministic numbers for tests: mulberry32, uniform on [0, 1). */
export function createNumbers(seed: number): { uniform(): number; normal(): number } {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

export function risk(size: number, parts: Partial<RiskSpec>): RiskSpec {
  const linear = Array.from({ length: size }, () => 0);
  return { mean: 1, cvar: [], linear, quadratic: null, constant: 0, ...parts };
}

/** `eta·I` as a row-major matrix. */
export function ridge(size: number, eta: number): number[] {
  return Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? eta : 0));
}

/**
 * A problem whose outcome is the list of its pieces, `[slope_1, offset_1, slope_2, …]`, so that a test writes the
 * scenario program directly: d = pieces · (n + 1).
 */
export function rawProblem(pieces: number, feasible: FeasibleSet, riskSpec: RiskSpec): DecisionProblem {
  const n = feasible.size;
  const width = n + 1;
  const pieceValue = (j: number, z: Float64Array, s: Float64Array): number => {
    let value = s[j * width + n]!;
    for (let i = 0; i < n; i++) value += s[j * width + i]! * z[i]!;
    return value;
  };
  return {
    sizes: { context: 0, outcome: pieces * width, decision: n },
    loss: (z, s) => Math.max(...Array.from({ length: pieces }, (_, j) => pieceValue(j, z, s))),
    lossGradientZ: unused,
    lossGradientS: unused,
    extendedGradientS: unused,
    pieces: {
      count: pieces,
      fill: (s, _x, slopes, offsets) => {
        for (let j = 0; j < pieces; j++) {
          for (let i = 0; i < n; i++) slopes[j * n + i] = s[j * width + i]!;
          offsets[j] = s[j * width + n]!;
        }
      },
    },
    feasible,
    risk: riskSpec,
  };
}

function unused(): never {
  throw new Error("a decider needs no derivative");
}

export const noContext = new Float64Array(0);

/** `holding·max(q − d, 0) + stockout·max(d − q, 0)` over q ≥ 0. */
export function newsvendor(holding: number, stockout: number, riskSpec = risk(1, {})): DecisionProblem {
  return {
    ...rawProblem(2, nonnegative(1, "newsvendor.dro:9:1"), riskSpec),
    sizes: { context: 0, outcome: 1, decision: 1 },
    loss: (z, s) => holding * Math.max(z[0]! - s[0]!, 0) + stockout * Math.max(s[0]! - z[0]!, 0),
    pieces: {
      count: 2,
      fill: (s, _x, slopes, offsets) => {
        slopes[0] = holding;
        offsets[0] = -holding * s[0]!;
        slopes[1] = -stockout;
        offsets[1] = stockout * s[0]!;
      },
    },
  };
}

export function scenarioSet(rows: readonly (readonly number[])[], weights?: readonly number[]): ScenarioSet {
  const outcomes = Float64Array.from(rows.flat());
  return {
    count: rows.length,
    outcomes,
    ...(weights === undefined ? {} : { weights: Float64Array.from(weights) }),
  };
}
