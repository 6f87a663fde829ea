import { createSecondOrderBlock } from "../../decide/cone/cones/second-order.ts";
import { addScaled, addWeightedGram, dot } from "../../decide/structured/dense.ts";

/** `weight · √(‖Bz + b‖² + ε²)` */
export interface Norm {
  readonly weight: number;
  /** Bᵀ, n × d row-major. */
  readonly columns: Float64Array;
  /** b, d values. */
  readonly offset: Float64Array;
  /** ε > 0 */
  readonly rounding: number;
}

/**
 * The norm's part of the interior-point method: the cone `t ≥ ‖(Bz + b, ε)‖` with slack s, multiplier λ and one more
 * unknown, t, behind the set's directions. Under Nesterov–Todd scaling of the multiplier, `Δλ = −(H Δs + shift)`.
 */
export interface NormCone {
  /** Takes a norm and a point; adds its slope there to the gradient. */
  load(norm: Norm, z: Float64Array, gradient: Float64Array): void;
  /** Onto the central path, `λ·s = mu`, with the multiplier that t asks for. */
  centre(mu: number): void;
  complementarity(): number;
  /** `weight · t` */
  size(): number;
  /** Adds `−Bᵀλ` to the gradient; returns what is left of t's. */
  accumulate(gradient: Float64Array): number;
  /** @returns false where slack or multiplier has left the inside by rounding */
  updateScaling(mu: number): boolean;
  /** Adds `PᵀHP` for the image P of the directions and of t, the last of `order` unknowns. */
  addTo(matrix: Float64Array, order: number): void;
  /** Makes the next direction the affine one; returns t's right side. */
  clearCorrection(): number;
  /** Aims at `target` with the last direction's second-order term, adds that to the right side, and returns t's. */
  correct(target: number, right: Float64Array): number;
  /** Directions of slack and multiplier for a step of the directions and of t. */
  direct(step: Float64Array): void;
  longestStep(limit: number): number;
  complementarityAfter(share: number): number;
  move(share: number): void;
}

/** @param basis directions along the set, n values each */
export function createNormCone(basis: Float64Array, n: number, d: number): NormCone {
  const free = basis.length / n;
  const size = d + 2;
  // In the place of its dual: the block's s is the multiplier here and its z the slack.
  const block = createSecondOrderBlock(0, size);
  /** B of the basis, d values for each direction; their products, and those with the block's w. */
  const images = new Float64Array(free * d);
  const gram = new Float64Array(free * free);
  const along = new Float64Array(free);
  const ones = new Float64Array(d).fill(1);
  const slack = new Float64Array(size);
  const lambda = new Float64Array(size);
  const slackStep = new Float64Array(size);
  const lambdaStep = new Float64Array(size);
  const shift = new Float64Array(size);
  const slackTail = slack.subarray(1);
  const stepTail = slackStep.subarray(1);
  let columns: Float64Array = new Float64Array(0);
  let weight = 0;

  /** `x += factor · Bᵀ v` for a vector of the cone. */
  function addBack(x: Float64Array, v: Float64Array, factor: number): void {
    for (let i = 0; i < n; i++) x[i]! += factor * dot(columns, i * d, v, 1, d);
  }

  return {
    load(norm, z, gradient) {
      ({ columns, weight } = norm);
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
      slack.set(norm.offset, 1);
      for (let i = 0; i < n; i++) addScaled(slackTail, z[i]!, columns, i * d, d);
      slack[d + 1] = norm.rounding;
      slack[0] = 0;
      addBack(gradient, slack, weight / Math.sqrt(dot(slack, 0, slack, 0, size)));
    },
    centre(mu) {
      // `mu · t / (t² − r²) = weight`
      const square = dot(slackTail, 0, slackTail, 0, size - 1);
      const t = (mu + Math.hypot(mu, 2 * weight * Math.sqrt(square))) / (2 * weight);
      slack[0] = t;
      for (let j = 0; j < size; j++) lambda[j] = ((j === 0 ? weight : -weight) / t) * slack[j]!;
    },
    complementarity: () => dot(slack, 0, lambda, 0, size),
    size: () => weight * slack[0]!,
    accumulate(gradient) {
      addBack(gradient, lambda, -1);
      return weight - lambda[0]!;
    },
    updateScaling: (mu) => block.updateScaling(lambda, slack, mu, "primal-dual"),
    addTo(matrix, order) {
      const { w } = block;
      const scale = block.scale();
      for (let k = 0; k < free; k++) along[k] = dot(images, k * d, w, 1, d);
      const last = free * order;
      for (let k = 0; k < free; k++) {
        const row = k * order;
        for (let l = 0; l <= k; l++) matrix[row + l]! += scale * (gram[k * free + l]! + 2 * along[k]! * along[l]!);
        matrix[last + k] = 2 * scale * w[0]! * along[k]!;
      }
      matrix[last + free] = scale * (2 * w[0]! ** 2 - 1);
    },
    clearCorrection() {
      block.affineShift(lambda, shift);
      return -weight;
    },
    correct(target, right) {
      block.combinedShift(lambda, slack, lambdaStep, slackStep, target, 1, shift);
      addBack(right, lambda, 1);
      addBack(right, shift, -1);
      return lambda[0]! - shift[0]! - weight;
    },
    direct(step) {
      slackStep.fill(0);
      slackStep[0] = step[free]!;
      for (let k = 0; k < free; k++) addScaled(stepTail, step[k]!, images, k * d, d);
      block.applyScaling(slackStep, lambdaStep);
      for (let j = 0; j < size; j++) lambdaStep[j] = -lambdaStep[j]! - shift[j]!;
    },
    longestStep: (limit) => block.longestStep(lambda, slack, lambdaStep, slackStep, limit),
    complementarityAfter(share) {
      let sum = 0;
      for (let j = 0; j < size; j++) {
        sum += (slack[j]! + share * slackStep[j]!) * (lambda[j]! + share * lambdaStep[j]!);
      }
      return sum;
    },
    move(share) {
      addScaled(slack, share, slackStep, 0, size);
      addScaled(lambda, share, lambdaStep, 0, size);
    },
  };
}
