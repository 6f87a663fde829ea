import { createSecondOrderBlock } from "../../decide/cone/cones/second-order.ts";
import type { Reach } from "../../decide/implied-bounds.ts";
import { addScaled, addWeightedGram, dot, factorize, solveFactored } from "../../decide/structured/dense.ts";
import type { RelativeInterior } from "../../decide/structured/relative-interior.ts";
import { createSetBarrier } from "../../decide/structured/set-barrier.ts";
import { createDiagonalNewton } from "./diagonal-newton.ts";
import type { Face } from "./face.ts";

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

/** `½ zᵀHz + c·z + w √(‖Bz + b‖² + ε²)`, the H that the solver was made with. */
export interface NormCost {
  /** c, n values. */
  readonly linear: Float64Array;
  readonly norm?: {
    readonly weight: number;
    /** Bᵀ, n × d row-major. */
    readonly columns: Float64Array;
    /** b, d values. */
    readonly offset: Float64Array;
    /** ε > 0 */
    readonly rounding: number;
  };
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
 * @param outcomes d, 0 where no cost has a norm
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
  const block = createSecondOrderBlock(0, d + 2);
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
  /** B of the basis, d values for each direction; their products, and those with the cone's w. */
  const images = new Float64Array(free * d);
  const gram = new Float64Array(d > 0 ? free * free : 0);
  const along = new Float64Array(free);
  const ones = new Float64Array(d).fill(1);
  const slack = new Float64Array(d + 2);
  const lambda = new Float64Array(d + 2);
  const slackStep = new Float64Array(d + 2);
  const lambdaStep = new Float64Array(d + 2);
  const shift = new Float64Array(d + 2);

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

  /** `x += factor · Bᵀ v` for a vector of the cone. */
  function addNorm(x: Float64Array, columns: Float64Array, v: Float64Array, factor: number): void {
    for (let i = 0; i < n; i++) x[i]! += factor * dot(columns, i * d, v, 1, d);
  }

  function imagesOf(columns: Float64Array): void {
    images.fill(0);
    for (let k = 0; k < free; k++) {
      const image = images.subarray(k * d, (k + 1) * d);
      for (let i = 0; i < n; i++) {
        const share = basis[k * n + i]!;
        if (share !== 0) addScaled(image, share, columns, i * d, d);
      }
    }
    gram.fill(0);
    addWeightedGram(gram, free, images, free, d, ones);
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
    if (d > 0) addCone();
    factorize(matrix, order, order);
  }

  /** `PᵀHP` of the cone's `H = η² (2wwᵀ − J)` and its image P of the directions and of t. */
  function addCone(): void {
    const { w } = block;
    const scale = block.scale();
    for (let k = 0; k < free; k++) along[k] = dot(images, k * d, w, 1, d);
    for (let k = 0; k < free; k++) {
      for (let l = 0; l <= k; l++) matrix[k * order + l]! += scale * (gram[k * free + l]! + 2 * along[k]! * along[l]!);
      matrix[free * order + k] = 2 * scale * w[0]! * along[k]!;
    }
    matrix[free * (order + 1)] = scale * (2 * w[0]! ** 2 - 1);
  }

  /** Directions of everything for the right side: `right` for z, `forT` for t, and the cone's shift. */
  function direct(forT: number): void {
    if (newton !== null) {
      newton.solve(right, step);
      barrier.direct(step);
      return;
    }
    for (let k = 0; k < free; k++) reduced[k] = dot(basis, k * n, right, 0, n);
    if (d > 0) reduced[free] = forT;
    solveFactored(matrix, order, order, reduced);
    step.fill(0);
    for (let k = 0; k < free; k++) addScaled(step, reduced[k]!, basis, k * n, n);
    barrier.direct(step);
    if (d === 0) return;
    slackStep.fill(0);
    slackStep[0] = reduced[free]!;
    const tail = slackStep.subarray(1);
    for (let k = 0; k < free; k++) addScaled(tail, reduced[k]!, images, k * d, d);
    block.applyScaling(slackStep, lambdaStep);
    for (let j = 0; j < d + 2; j++) lambdaStep[j] = -lambdaStep[j]! - shift[j]!;
  }

  function longestStep(limit: number): number {
    const longest = barrier.longestLambdaStep(barrier.longestSlackStep(limit));
    // The block stands in the place of its dual: its H maps directions of the slack to those of the multiplier.
    return d === 0 ? longest : block.longestStep(lambda, slack, lambdaStep, slackStep, longest);
  }

  function solve({ linear, norm }: NormCost): ReturnType<NormInteriorPoint["solve"]> {
    z.set(set.point);
    differentiate(linear);
    gradient.set(smooth);
    let radius = 0;
    const weight = norm?.weight ?? 0;
    if (norm !== undefined) {
      imagesOf(norm.columns);
      slack.set(norm.offset, 1);
      for (let i = 0; i < n; i++) addScaled(slack.subarray(1), z[i]!, norm.columns, i * d, d);
      slack[d + 1] = norm.rounding;
      slack[0] = 0;
      radius = Math.sqrt(dot(slack, 0, slack, 0, d + 2));
      addNorm(gradient, norm.columns, slack, weight / radius);
    }
    set.equalities.rotate(gradient);
    gradient.fill(0, 0, set.equalities.rank);
    set.equalities.rotateBack(gradient);
    let gain = 0;
    for (let i = 0; i < n; i++) gain += Math.abs(gradient[i]!) * unit[i]!;
    const pairs = barrier.pairs() + (norm === undefined ? 0 : 1);
    const face = { side: new Int8Array(n), rows: [], unclear: barrier.pairs() };
    if (pairs === 0 || gain < NOTHING_TO_GAIN) return { z: z.slice(), face };
    const first = (START_GAP * gain) / pairs;
    barrier.centre(z, first);
    if (norm !== undefined) {
      // On the central path, and with the multiplier that t asks for: `first · t / (t² − r²) = w`.
      const t = (first + Math.hypot(first, 2 * weight * radius)) / (2 * weight);
      slack[0] = t;
      const inverse = weight / t;
      for (let j = 0; j < d + 2; j++) lambda[j] = (j === 0 ? inverse : -inverse) * slack[j]!;
    }

    for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
      const gap = barrier.complementarity() + (norm === undefined ? 0 : dot(slack, 0, lambda, 0, d + 2));
      const mu = gap / pairs;
      const numbers = differentiate(linear);
      gradient.set(smooth);
      diagonal.fill(0);
      barrier.accumulateDiagonal(diagonal, rowWeights, gradient);
      if (norm !== undefined) addNorm(gradient, norm.columns, lambda, -1);
      let residual = Math.abs(norm === undefined ? 0 : weight - lambda[0]!);
      for (let k = 0; k < free; k++) residual = Math.max(residual, Math.abs(dot(basis, k * n, gradient, 0, n)));
      const size = Math.abs(dot(smooth, 0, z, 0, n)) + weight * (slack[0] ?? 0) + gain * GAP;
      if (gap <= GAP * size && residual <= RESIDUAL * (numbers + weight)) return found(gain);
      if (norm !== undefined && !block.updateScaling(lambda, slack, mu, "primal-dual")) break;
      factor();
      barrier.clearCorrection();
      for (let i = 0; i < n; i++) right[i] = -smooth[i]!;
      if (norm !== undefined) block.affineShift(lambda, shift);
      direct(-weight);
      const predicted = longestStep(1);
      let after = barrier.complementarityAfter(predicted, predicted);
      for (let j = 0; norm !== undefined && j < d + 2; j++) {
        after += (slack[j]! + predicted * slackStep[j]!) * (lambda[j]! + predicted * lambdaStep[j]!);
      }
      const target = (after / gap) ** 3 * mu;
      barrier.correct(target, right);
      let forT = -weight;
      if (norm !== undefined) {
        block.combinedShift(lambda, slack, lambdaStep, slackStep, target, 1, shift);
        addNorm(right, norm.columns, lambda, 1);
        addNorm(right, norm.columns, shift, -1);
        forT += lambda[0]! - shift[0]!;
      }
      direct(forT);
      const share = Math.min(1, STEP_SHARE * longestStep(1 / STEP_SHARE));
      if (!(share > SHORTEST_STEP)) break;
      barrier.move(share, share);
      addScaled(z, share, step, 0, n);
      if (norm === undefined) continue;
      addScaled(slack, share, slackStep, 0, d + 2);
      addScaled(lambda, share, lambdaStep, 0, d + 2);
    }
    const left = barrier.complementarity() + (norm === undefined ? 0 : dot(slack, 0, lambda, 0, d + 2));
    const size = Math.abs(dot(smooth, 0, z, 0, n)) + weight * (slack[0] ?? 0);
    return left <= ROUGH_GAP * size ? found(gain) : null;
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
