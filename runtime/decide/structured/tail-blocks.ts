import { createSample, fillSample, selectQuantile } from "../../risk/weighted-sample.ts";
import type { ScenarioProgram } from "../scenario-program.ts";
import { ABOVE, BELOW, KINK } from "./active-set.ts";
import type { ActiveSet } from "./active-set.ts";
import { longestStep } from "./blocks.ts";
import type { EpigraphBlocks } from "./blocks.ts";
import { addWeightedGram, combineColumns, dot } from "./dense.ts";

/**
 * One CVaR term of a loss with one piece: `max(a_k·z + b_k − t, 0)`. With two pieces everything is a scalar formula, in
 * terms of the ratios `r = s/λ` and the scenario's curvature `w = 1/(r_loss + r_zero)`.
 */
interface TailBlock {
  readonly tail: number;
  /** `mass_k = density · p_k` */
  readonly density: number;
  slack: Float64Array;
  zeroSlack: Float64Array;
  lambda: Float64Array;
  zeroLambda: Float64Array;
  ratio: Float64Array;
  zeroRatio: Float64Array;
  curvature: Float64Array;
  /** `κ·r − s` of each piece. */
  aim: Float64Array;
  zeroAim: Float64Array;
  slackStep: Float64Array;
  zeroSlackStep: Float64Array;
  /** The zero piece's multiplier moves by its negative. */
  lambdaStep: Float64Array;
  zeroLambdaStep: Float64Array;
}

/** Blocks of a loss with one piece, whose mean is linear in z and so no block: the portfolio's shape. */
export function createTailBlocks(shape: ScenarioProgram): EpigraphBlocks {
  const { size: n, tails } = shape;
  const order = n + tails.length;
  const blocks = tails.map((tail, c) => growBlock({ tail: c, density: tail.weight / (1 - tail.level) }, 0));

  let capacity = 0;
  let K = 0;
  let total = 0;
  let scenarios: Int32Array | null = null;
  let probabilities = new Float64Array(0);
  /** n columns of K slopes, so that every pass runs along contiguous memory. */
  let columns = new Float64Array(0);
  /** `a_k·z + b_k` at the loaded z, then its direction. */
  let losses = new Float64Array(0);
  let pull = new Float64Array(0);
  let push = new Float64Array(0);
  let weight = new Float64Array(0);
  let sample = createSample(0);

  function reserve(count: number): void {
    K = count;
    if (count <= capacity) return;
    capacity = count;
    for (const block of blocks) growBlock(block, count);
    columns = new Float64Array(n * count);
    probabilities = new Float64Array(count);
    losses = new Float64Array(count);
    pull = new Float64Array(count);
    push = new Float64Array(count);
    weight = new Float64Array(count);
    sample = createSample(count);
  }

  function load(program: ScenarioProgram, z: Float64Array, t: Float64Array, chosen: Int32Array | null): number {
    total = program.count;
    scenarios = chosen;
    reserve(chosen === null ? program.count : chosen.length);
    const { slopes, offsets } = program;
    for (let k = 0; k < K; k++) {
      const scenario = chosen === null ? k : chosen[k]!;
      let value = offsets[scenario]!;
      for (let i = 0; i < n; i++) {
        const slope = slopes[scenario * n + i]!;
        columns[i * K + k] = slope;
        value += slope * z[i]!;
      }
      losses[k] = value;
      probabilities[k] = program.probabilities[scenario]!;
    }
    let spread = 0;
    for (const { tail, density } of blocks) {
      fillSample(sample, losses.subarray(0, K), probabilities.subarray(0, K));
      // Scenarios left out lie below the tail, so the tail's mass is measured from the top of those chosen.
      const level = Math.max(0, 1 - (1 - tails[tail]!.level) / sample.total);
      const threshold = selectQuantile(sample, level);
      t[tail] = threshold;
      for (let k = 0; k < K; k++) spread += density * probabilities[k]! * Math.abs(losses[k]! - threshold);
    }
    return spread;
  }

  function centre(t: Float64Array, mu: number): void {
    for (const { tail, density, slack, zeroSlack, lambda, zeroLambda } of blocks) {
      for (let k = 0; k < K; k++) {
        const excess = losses[k]! - t[tail]!;
        const rho = mu / (density * probabilities[k]!);
        // 1/s + 1/(s + |excess|) = 1/rho, where s is the slack of the larger piece.
        const gap = Math.abs(excess);
        const near = (2 * rho - gap + Math.hypot(gap, 2 * rho)) / 2;
        const least = near > 0 ? near : rho;
        slack[k] = excess > 0 ? least : least + gap;
        zeroSlack[k] = excess > 0 ? least + gap : least;
        lambda[k] = mu / slack[k]!;
        zeroLambda[k] = mu / zeroSlack[k]!;
      }
    }
  }

  function accumulate(h: Float64Array | null, gradient: Float64Array, right: Float64Array): void {
    pull.fill(0, 0, K);
    push.fill(0, 0, K);
    weight.fill(0, 0, K);
    for (const block of blocks) {
      const { tail, density, slack, zeroSlack, lambda, zeroLambda, ratio, zeroRatio, curvature } = block;
      let pulled = 0;
      let pushed = 0;
      let curved = 0;
      for (let k = 0; k < K; k++) {
        const own = slack[k]! / lambda[k]!;
        const zero = zeroSlack[k]! / zeroLambda[k]!;
        const w = 1 / (own + zero);
        const share = density * probabilities[k]! * zero * w;
        ratio[k] = own;
        zeroRatio[k] = zero;
        curvature[k] = w;
        weight[k]! += w;
        pull[k]! += lambda[k]!;
        push[k]! += share;
        pulled += lambda[k]!;
        pushed += share;
        curved += w;
      }
      const row = n + tail;
      gradient[row]! -= pulled;
      right[row]! += pushed;
      if (h === null) continue;
      for (let i = 0; i < n; i++) h[row * order + i]! -= dot(columns, i * K, curvature, 0, K);
      h[row * order + row]! += curved;
    }
    for (let i = 0; i < n; i++) {
      gradient[i]! += dot(columns, i * K, pull, 0, K);
      right[i]! -= dot(columns, i * K, push, 0, K);
    }
    if (h !== null && blocks.length > 0) addWeightedGram(h, order, columns, n, K, weight);
  }

  function clearCorrection(): void {
    for (const { slack, zeroSlack, aim, zeroAim } of blocks) {
      for (let k = 0; k < K; k++) {
        aim[k] = -slack[k]!;
        zeroAim[k] = -zeroSlack[k]!;
      }
    }
  }

  function correct(target: number, right: Float64Array): void {
    push.fill(0, 0, K);
    for (const block of blocks) {
      const { tail, slack, zeroSlack, lambda, zeroLambda, aim, zeroAim, curvature } = block;
      const { slackStep, zeroSlackStep, lambdaStep } = block;
      let pushed = 0;
      for (let k = 0; k < K; k++) {
        const own = (target - slackStep[k]! * lambdaStep[k]!) / lambda[k]!;
        const zero = (target + zeroSlackStep[k]! * lambdaStep[k]!) / zeroLambda[k]!;
        const share = curvature[k]! * (own - zero);
        aim[k] = own - slack[k]!;
        zeroAim[k] = zero - zeroSlack[k]!;
        push[k]! += share;
        pushed += share;
      }
      right[n + tail]! += pushed;
    }
    for (let i = 0; i < n; i++) right[i]! -= dot(columns, i * K, push, 0, K);
  }

  function direct(step: Float64Array): void {
    combineColumns(columns, n, K, step, losses);
    for (const block of blocks) {
      const { tail, ratio, zeroRatio, curvature, aim, zeroAim } = block;
      const { slackStep, zeroSlackStep, lambdaStep, zeroLambdaStep } = block;
      const shift = step[n + tail]!;
      for (let k = 0; k < K; k++) {
        const move = curvature[k]! * (losses[k]! - shift + aim[k]! - zeroAim[k]!);
        lambdaStep[k] = move;
        zeroLambdaStep[k] = -move;
        slackStep[k] = aim[k]! - move * ratio[k]!;
        zeroSlackStep[k] = zeroAim[k]! + move * zeroRatio[k]!;
      }
    }
  }

  function complementarity(): number {
    let sum = 0;
    for (const { slack, zeroSlack, lambda, zeroLambda } of blocks) {
      sum += dot(slack, 0, lambda, 0, K) + dot(zeroSlack, 0, zeroLambda, 0, K);
    }
    return sum;
  }

  function complementarityAfter(primal: number, dual: number): number {
    let sum = 0;
    for (const block of blocks) {
      const { slack, zeroSlack, lambda, zeroLambda, slackStep, zeroSlackStep, lambdaStep } = block;
      for (let k = 0; k < K; k++) {
        const move = dual * lambdaStep[k]!;
        sum +=
          (slack[k]! + primal * slackStep[k]!) * (lambda[k]! + move) +
          (zeroSlack[k]! + primal * zeroSlackStep[k]!) * (zeroLambda[k]! - move);
      }
    }
    return sum;
  }

  function move(primal: number, dual: number): void {
    for (const block of blocks) {
      const { slack, zeroSlack, lambda, zeroLambda, slackStep, zeroSlackStep, lambdaStep } = block;
      for (let k = 0; k < K; k++) {
        slack[k]! += primal * slackStep[k]!;
        zeroSlack[k]! += primal * zeroSlackStep[k]!;
        lambda[k]! += dual * lambdaStep[k]!;
        zeroLambda[k]! -= dual * lambdaStep[k]!;
      }
    }
  }

  function longestSlackStep(limit: number): number {
    let step = limit;
    for (const { slack, zeroSlack, slackStep, zeroSlackStep } of blocks) {
      step = longestStep(zeroSlack, zeroSlackStep, K, longestStep(slack, slackStep, K, step));
    }
    return step;
  }

  function longestLambdaStep(limit: number): number {
    let step = limit;
    for (const { lambda, zeroLambda, lambdaStep, zeroLambdaStep } of blocks) {
      step = longestStep(zeroLambda, zeroLambdaStep, K, longestStep(lambda, lambdaStep, K, step));
    }
    return step;
  }

  function size(): number {
    let sum = 0;
    // The zero piece's slack is u itself.
    for (const { density, zeroSlack } of blocks) sum += density * dot(zeroSlack, 0, probabilities, 0, K);
    return sum;
  }

  function multipliers(): readonly Float64Array[] {
    return blocks.map(({ lambda }) => {
      const all = new Float64Array(total);
      for (let k = 0; k < K; k++) all[scenarios === null ? k : scenarios[k]!] = lambda[k]!;
      return all;
    });
  }

  /** Of a slack and its multiplier one vanishes: after the affine step, the one that is smaller in its own unit. */
  function guessActive(active: ActiveSet): void {
    let spread = 0;
    for (const { slack, zeroSlack } of blocks) {
      for (let k = 0; k < K; k++) spread += Math.abs(zeroSlack[k]! - slack[k]!);
    }
    active.spread = spread / (K * blocks.length);
    blocks.forEach((block, c) => {
      const { density, slack, zeroSlack, lambda, zeroLambda, slackStep, zeroSlackStep, lambdaStep } = block;
      const states = active.scenarios[c]!;
      states.fill(BELOW, 0, total);
      for (let k = 0; k < K; k++) {
        const unit = active.spread / (density * probabilities[k]!);
        const above = zeroSlack[k]! + zeroSlackStep[k]! > (zeroLambda[k]! - lambdaStep[k]!) * unit;
        const below = slack[k]! + slackStep[k]! > (lambda[k]! + lambdaStep[k]!) * unit;
        const scenario = scenarios === null ? k : scenarios[k]!;
        if (!below) states[scenario] = above ? ABOVE : KINK;
        else if (above && lambda[k]! > zeroLambda[k]!) states[scenario] = ABOVE;
      }
    });
  }

  return {
    rows: () => ({ columns, count: K, weights: blocks.map(({ curvature }) => curvature) }),
    guessActive: blocks.length > 0 ? guessActive : null,
    pairs: () => 2 * K * blocks.length,
    load,
    centre,
    size,
    complementarity,
    accumulate,
    clearCorrection,
    correct,
    direct,
    longestSlackStep,
    longestLambdaStep,
    complementarityAfter,
    move,
    multipliers,
  };
}

function growBlock(block: Pick<TailBlock, "tail" | "density">, count: number): TailBlock {
  const fresh = (): Float64Array => new Float64Array(count);
  return Object.assign(block, {
    slack: fresh(),
    zeroSlack: fresh(),
    lambda: fresh(),
    zeroLambda: fresh(),
    ratio: fresh(),
    zeroRatio: fresh(),
    curvature: fresh(),
    aim: fresh(),
    zeroAim: fresh(),
    slackStep: fresh(),
    zeroSlackStep: fresh(),
    lambdaStep: fresh(),
    zeroLambdaStep: fresh(),
  });
}
