import type { Reach } from "../../decide/implied-bounds.ts";
import { positiveDiagonal } from "../../decide/structured/complement.ts";
import { addScaled, dot } from "../../decide/structured/dense.ts";
import type { RelativeInterior } from "../../decide/structured/relative-interior.ts";
import { createSetBarrier } from "../../decide/structured/set-barrier.ts";
import { createDiagonalNewton } from "./diagonal-newton.ts";
import type { Face } from "./face.ts";
import { createBasisNewton } from "./newton.ts";
import { createNormCone, type Norm } from "./norm-cone.ts";

const MAX_ITERATIONS = 60;
/** Complementarity, relative to the objective's size, and gradient along the set, relative to its numbers, at the end. */
const GAP = 1e-11;
const RESIDUAL = 1e-9;
/** Where no step makes progress any more, as much as this will do: the face that it shows is solved exactly. */
const ROUGH_GAP = 1e-7;
/** Complementarity at the start, in units of what the objective can change by. */
const START_GAP = 0.3;
const STEP_SHARE = 0.995;
const SHORTEST_STEP = 1e-8;
/** Changes of the objective near the smallest numbers that there are. */
const NOTHING_TO_GAIN = 1e-250;

/** `zᵀQz + c·z` and a norm, with the Q that the solver was made with. */
export interface NormCost {
  /** c, n values. */
  readonly linear: Float64Array;
  /** Where the solver was made for one. */
  readonly norm?: Norm;
}

export interface NormInteriorPoint {
  /** A point near the optimum and the face that the optimum is on; `null` where the method does not end. */
  solve(cost: NormCost): { readonly z: Float64Array; readonly face: Face } | null;
}

/**
 * Primal–dual interior-point method for a quadratic and a norm over a polyhedron: the norm is a second-order cone
 * `t ≥ ‖(Bz + b, ε)‖` under Nesterov–Todd scaling, and bounds and rows have their logarithms. Unlike active sets it does
 * not mind vertices at which many more constraints meet than there are dimensions, such as paths.
 *
 * @param quadratic Q, n × n row-major, positive semidefinite; `null` for 0
 * @param outcomes d, the dimension of the norm that every cost has; 0 where none has one
 */
export function createNormInteriorPoint(
  set: RelativeInterior,
  reach: Reach,
  quadratic: Float64Array | null,
  outcomes: number,
): NormInteriorPoint {
  const n = set.point.length;
  const d = outcomes;
  const { rank } = set.equalities;
  const barrier = createSetBarrier(set);
  const unit = Float64Array.from(reach.upper, (upper, i) => {
    const width = upper - reach.lower[i]!;
    return width < Infinity ? width : Math.max(1, Math.abs(set.point[i]!));
  });

  const ridge = d === 0 ? positiveDiagonal(quadratic, n) : null;
  const basis = ridge === null ? directionsOf(set) : new Float64Array(0);
  const cone = d === 0 ? null : createNormCone(basis, n, d);
  const newton = ridge === null ? createBasisNewton(set, quadratic, basis, cone) : createDiagonalNewton(set, ridge);

  const z = new Float64Array(n);
  const smooth = new Float64Array(n);
  const gradient = new Float64Array(n);
  const right = new Float64Array(n);
  const step = new Float64Array(n);
  const diagonal = new Float64Array(n);
  const rowWeights = new Float64Array(set.rows.length);
  /** `c + 2Qz`; returns the size of its numbers. */
  function differentiate(linear: Float64Array): number {
    let size = 0;
    for (let i = 0; i < n; i++) {
      const curved = ridge !== null ? ridge[i]! * z[i]! : quadratic === null ? 0 : 2 * dot(quadratic, i * n, z, 0, n);
      smooth[i] = linear[i]! + curved;
      size = Math.max(size, Math.abs(linear[i]!), Math.abs(curved));
    }
    return size;
  }

  /** Directions of everything for the right side: `right` for z, `forT` for the cone's t. */
  function direct(forT: number): void {
    newton.solve(right, forT, step);
    barrier.direct(step);
  }

  function longestStep(limit: number): number {
    const longest = barrier.longestLambdaStep(barrier.longestSlackStep(limit));
    return cone === null ? longest : cone.longestStep(longest);
  }

  const complementarity = (): number => barrier.complementarity() + (cone?.complementarity() ?? 0);
  const size = (): number => Math.abs(dot(smooth, 0, z, 0, n)) + (cone?.size() ?? 0);

  function solve({ linear, norm }: NormCost): ReturnType<NormInteriorPoint["solve"]> {
    if ((norm === undefined) !== (cone === null)) throw new RangeError("every cost has a norm, or none has");
    z.set(set.point);
    differentiate(linear);
    gradient.set(smooth);
    if (norm !== undefined) cone?.load(norm, z, gradient);
    set.equalities.rotate(gradient);
    gradient.fill(0, 0, rank);
    set.equalities.rotateBack(gradient);
    let gain = 0;
    for (let i = 0; i < n; i++) gain += Math.abs(gradient[i]!) * unit[i]!;
    const pairs = barrier.pairs() + (cone === null ? 0 : 1);
    const face = { side: new Int8Array(n), rows: [], unclear: barrier.pairs() };
    if (pairs === 0 || gain < NOTHING_TO_GAIN) return { z: z.slice(), face };
    barrier.centre(z, (START_GAP * gain) / pairs);
    cone?.centre((START_GAP * gain) / pairs);

    for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
      const gap = complementarity();
      const numbers = differentiate(linear) + (norm?.weight ?? 0);
      gradient.set(smooth);
      diagonal.fill(0);
      barrier.accumulateDiagonal(diagonal, rowWeights, gradient);
      let residual = Math.abs(cone?.accumulate(gradient) ?? 0);
      set.equalities.rotate(gradient);
      for (let k = rank; k < n; k++) residual = Math.max(residual, Math.abs(gradient[k]!));
      if (gap <= GAP * (size() + gain * GAP) && residual <= RESIDUAL * numbers) return found(gain);
      if (cone?.updateScaling(gap / pairs) === false) break;
      newton.factor(diagonal, rowWeights);
      for (let i = 0; i < n; i++) right[i] = -smooth[i]!;
      barrier.clearCorrection();
      direct(cone?.clearCorrection() ?? 0);
      const predicted = longestStep(1);
      const after = barrier.complementarityAfter(predicted, predicted) + (cone?.complementarityAfter(predicted) ?? 0);
      const target = ((after / gap) ** 3 * gap) / pairs;
      barrier.correct(target, right);
      direct(cone?.correct(target, right) ?? 0);
      const share = Math.min(1, STEP_SHARE * longestStep(1 / STEP_SHARE));
      if (!(share > SHORTEST_STEP)) break;
      barrier.move(share, share);
      cone?.move(share);
      addScaled(z, share, step, 0, n);
    }
    return complementarity() <= ROUGH_GAP * size() ? found(gain) : null;
  }

  function found(gain: number): { readonly z: Float64Array; readonly face: Face } {
    const components = new Int8Array(n);
    const rows = new Uint8Array(set.rows.length);
    const unclear = barrier.guessActive({ components, rows }, gain, unit);
    return { z: z.slice(), face: { side: components, rows: [...rows.keys()].filter((r) => rows[r] === 1), unclear } };
  }

  return { solve };
}

/** An orthogonal basis of the directions along a set, n values each. */
function directionsOf({ point, equalities }: RelativeInterior): Float64Array {
  const n = point.length;
  const free = n - equalities.rank;
  const basis = new Float64Array(free * n);
  for (let k = 0; k < free; k++) {
    const direction = basis.subarray(k * n, (k + 1) * n);
    direction[equalities.rank + k] = 1;
    equalities.rotateBack(direction);
  }
  return basis;
}
