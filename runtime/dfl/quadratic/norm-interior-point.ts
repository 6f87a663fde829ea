import type { Reach } from "../../decide/implied-bounds.ts";
import { addScaled, addWeightedGram, dot, factorize, solveFactored } from "../../decide/structured/dense.ts";
import type { RelativeInterior } from "../../decide/structured/relative-interior.ts";
import { createSetBarrier } from "../../decide/structured/set-barrier.ts";
import { createDiagonalNewton } from "./diagonal-newton.ts";
import type { Face } from "./face.ts";
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

/** `½ zᵀHz + c·z` and a norm, with the H that the solver was made with. */
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
 * `t ≥ ‖(Bz + b, ε)‖` under Nesterov–Todd scaling, bounds and rows have their logarithms, and equalities are eliminated by
 * an orthogonal basis, so that the Newton systems have as many unknowns as the set has dimensions. Unlike active sets it
 * does not mind vertices at which many more constraints meet than there are dimensions, such as paths.
 *
 * @param hessian H, n × n row-major, positive semidefinite; `null` for 0
 * @param outcomes d, the dimension of the norm that every cost has; 0 where none has one
 */
export function createNormInteriorPoint(
  set: RelativeInterior,
  reach: Reach,
  hessian: Float64Array | null,
  outcomes: number,
): NormInteriorPoint {
  const n = set.point.length;
  const d = outcomes;
  const free = n - set.equalities.rank;
  const order = d > 0 ? free + 1 : free;
  const barrier = createSetBarrier(set);
  const unit = Float64Array.from(reach.upper, (upper, i) => {
    const width = upper - reach.lower[i]!;
    return width < Infinity ? width : Math.max(1, Math.abs(set.point[i]!));
  });

  /** Directions along the set, n values each. */
  const basis = new Float64Array(free * n);
  for (let k = 0; k < free; k++) {
    const direction = basis.subarray(k * n, (k + 1) * n);
    direction[set.equalities.rank + k] = 1;
    set.equalities.rotateBack(direction);
  }
  const ridge = d === 0 ? diagonalOf(hessian, n) : null;
  const newton = ridge === null ? null : createDiagonalNewton(set, n);
  const rowsAlong = set.rows.map((row) => Float64Array.from({ length: free }, (_, k) => dot(basis, k * n, row, 0, n)));
  const curvature = new Float64Array(free * free);
  if (hessian !== null && newton === null) {
    const image = new Float64Array(n);
    for (let k = 0; k < free; k++) {
      for (let i = 0; i < n; i++) image[i] = dot(hessian, i * n, basis, k * n, n);
      for (let l = 0; l <= k; l++) curvature[k * free + l] = dot(image, 0, basis, l * n, n);
    }
  }

  const z = new Float64Array(n);
  const smooth = new Float64Array(n);
  const gradient = new Float64Array(n);
  const right = new Float64Array(n);
  const step = new Float64Array(n);
  const diagonal = new Float64Array(n);
  const rowWeights = new Float64Array(set.rows.length);
  const matrix = new Float64Array(order * order);
  const reduced = new Float64Array(order);
  const cone = d === 0 ? null : createNormCone(basis, n, d);

  /** `c + Hz`; returns the size of its numbers. */
  function differentiate(linear: Float64Array): number {
    let size = 0;
    for (let i = 0; i < n; i++) {
      const curved = ridge !== null ? ridge[i]! * z[i]! : hessian === null ? 0 : dot(hessian, i * n, z, 0, n);
      smooth[i] = linear[i]! + curved;
      size = Math.max(size, Math.abs(linear[i]!), Math.abs(curved));
    }
    return size;
  }

  function factor(): void {
    if (newton !== null && ridge !== null) {
      for (let i = 0; i < n; i++) diagonal[i]! += ridge[i]!;
      newton.factor(diagonal, rowWeights);
      return;
    }
    for (let k = 0; k < free; k++) for (let l = 0; l <= k; l++) matrix[k * order + l] = curvature[k * free + l]!;
    addWeightedGram(matrix, order, basis, free, n, diagonal);
    rowsAlong.forEach((row, r) => {
      for (let k = 0; k < free; k++) {
        const share = rowWeights[r]! * row[k]!;
        if (share !== 0) for (let l = 0; l <= k; l++) matrix[k * order + l]! += share * row[l]!;
      }
    });
    if (cone !== null) {
      matrix.fill(0, free * order);
      cone.addTo(matrix, order);
    }
    factorize(matrix, order, order);
  }

  /** Directions of everything for the right side: `right` for z, `forT` for the cone's t. */
  function direct(forT: number): void {
    if (newton !== null) {
      newton.solve(right, step);
      barrier.direct(step);
      return;
    }
    for (let k = 0; k < free; k++) reduced[k] = dot(basis, k * n, right, 0, n);
    if (cone !== null) reduced[free] = forT;
    solveFactored(matrix, order, order, reduced);
    step.fill(0);
    for (let k = 0; k < free; k++) addScaled(step, reduced[k]!, basis, k * n, n);
    barrier.direct(step);
    cone?.direct(reduced);
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
    gradient.fill(0, 0, set.equalities.rank);
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
      for (let k = 0; k < free; k++) residual = Math.max(residual, Math.abs(dot(basis, k * n, gradient, 0, n)));
      if (gap <= GAP * (size() + gain * GAP) && residual <= RESIDUAL * numbers) return found(gain);
      if (cone?.updateScaling(gap / pairs) === false) break;
      factor();
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

/** The diagonal of a matrix that is positive on it and 0 elsewhere; `null` for others. */
function diagonalOf(matrix: Float64Array | null, n: number): Float64Array | null {
  if (matrix?.every((value, at) => (at % (n + 1) === 0 ? value > 0 : value === 0)) !== true) return null;
  return Float64Array.from({ length: n }, (_, i) => matrix[i * (n + 1)]!);
}
