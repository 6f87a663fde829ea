import type { DecisionProblem } from "../spec.ts";
import { randomStream } from "../tensor/random.ts";
import { dot } from "../decide/dot.ts";
import type { DecisionOracle } from "./types.ts";

/** How a problem's cost depends on the outcome. */
export type CostShape = Pick<DecisionOracle, "linear" | "homogeneous" | "contextual" | "direction">;

const PROBES = 8;
const TOLERANCE = 1e-9;

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= TOLERANCE * (1 + Math.abs(a) + Math.abs(b)) || (Number.isNaN(a) && Number.isNaN(b));
}

/**
 * Finds out how `f(z, s)` depends on s from its values at random decisions, outcomes and contexts, where products and
 * maxima that are not linear differ by far more than rounding.
 */
export function probeCost(
  problem: DecisionProblem,
  { value, slope }: Pick<DecisionOracle, "value" | "slope">,
): CostShape {
  const { context: p, outcome: d, decision: n } = problem.sizes;
  const { lower, upper } = problem.feasible;
  const stream = randomStream(1, "dfl/probe");
  const draw = (name: string, k: number, size: number): Float64Array => {
    const out = new Float64Array(size);
    stream.child(name).normal(out, k * size);
    return out;
  };
  const slopeAt = (z: Float64Array, s: Float64Array, x: Float64Array): Float64Array => {
    const out = new Float64Array(d);
    slope(z, s, x, out);
    return out;
  };
  let linear = problem.pieces.count === 1;
  let homogeneous = true;
  let contextual = false;
  let same = n === d;
  let opposite = n === d;
  for (let k = 0; k < PROBES; k++) {
    const z = draw("z", k, n).map((value, i) => Math.min(Math.max(value, lower[i]!), upper[i]!));
    const [s, other] = [draw("s", k, d), draw("other", k, d)];
    const [x, moved] = [draw("x", k, p), draw("moved", k, p)];
    const phi = slopeAt(z, s, x);
    const offset = value(z, s, x) - dot(s, phi);
    linear &&= slopeAt(z, other, x).every((part, i) => near(part, phi[i]!));
    linear &&= near(value(z, other, x), dot(other, phi) + offset);
    homogeneous &&= near(value(z, s, x), dot(s, phi));
    contextual ||= p > 0 && !near(value(z, s, x), value(z, s, moved));
    same &&= phi.every((part, i) => near(part, z[i]!));
    opposite &&= phi.every((part, i) => near(part, -z[i]!));
  }
  const direction = same ? 1 : opposite ? -1 : undefined;
  return {
    linear,
    homogeneous: linear && homogeneous,
    contextual,
    ...(linear && direction !== undefined ? { direction } : {}),
  };
}
