import { createSample, fillSample, selectQuantile } from "../../risk/weighted-sample.ts";
import type { ScenarioProgram } from "../scenario-program.ts";
import { longestStep } from "./blocks.ts";
import type { EpigraphBlocks } from "./blocks.ts";
import { addWeightedGram, combineColumns, dot } from "./dense.ts";

interface Block {
  /** Index among the CVaR terms; −1 for the mean. */
  readonly tail: number;
  /** P: J for the mean, J + 1 with the zero piece, which comes last. */
  readonly width: number;
  /** `mass_k = density · p_k` */
  readonly density: number;
  /** K × P each. */
  slack: Float64Array;
  lambda: Float64Array;
  ratio: Float64Array;
  slackStep: Float64Array;
  lambdaStep: Float64Array;
  correction: Float64Array;
  /** K each: u, Δu and 1/D. */
  upper: Float64Array;
  upperStep: Float64Array;
  inverse: Float64Array;
}

/** Blocks of a loss with several pieces: the mean's, and one for each CVaR term. */
export function createEpigraphBlocks(shape: ScenarioProgram): EpigraphBlocks {
  const { size: n, pieces: J, tails } = shape;
  const order = n + tails.length;
  const blocks: Block[] = [];
  if (shape.meanWeight > 0) blocks.push(createBlock(-1, J, shape.meanWeight));
  tails.forEach((tail, c) => blocks.push(createBlock(c, J + 1, tail.weight / (1 - tail.level))));

  let capacity = 0;
  let K = 0;
  let rows = 0;
  let probabilities: Float64Array = new Float64Array(0);
  /** n columns of K·J slopes, so that every pass runs along contiguous memory. */
  let columns: Float64Array = new Float64Array(0);
  /** K·J: the loss's pieces at the loaded z, then their directions. */
  let pieces: Float64Array = new Float64Array(0);
  /** K·J coefficients that the slopes are summed with. */
  let pull: Float64Array = new Float64Array(0);
  let push: Float64Array = new Float64Array(0);
  let work: Float64Array = new Float64Array(0);
  /** n + 1 columns of K·P slopes less their scenario's ḡ. */
  let centred: Float64Array = new Float64Array(0);
  let sample = createSample(0);

  function reserve(count: number): void {
    K = count;
    rows = count * J;
    if (count <= capacity) return;
    capacity = count;
    for (const block of blocks) growBlock(block, count);
    columns = new Float64Array(n * count * J);
    pieces = new Float64Array(count * J);
    pull = new Float64Array(count * J);
    push = new Float64Array(count * J);
    work = new Float64Array(count * (J + 1));
    centred = new Float64Array((n + 1) * count * (J + 1));
    sample = createSample(count);
  }

  function load(program: ScenarioProgram, z: Float64Array, t: Float64Array, chosen: Int32Array | null): number {
    if (chosen !== null) throw new Error("a loss of several pieces is solved with all its scenarios");
    reserve(program.count);
    probabilities = program.probabilities;
    const { slopes, offsets } = program;
    for (let row = 0; row < rows; row++) {
      let value = offsets[row]!;
      for (let i = 0; i < n; i++) {
        const slope = slopes[row * n + i]!;
        columns[i * rows + row] = slope;
        value += slope * z[i]!;
      }
      pieces[row] = value;
    }
    const losses = work.subarray(0, K);
    for (let k = 0; k < K; k++) {
      let loss = -Infinity;
      for (let j = 0; j < J; j++) loss = Math.max(loss, pieces[k * J + j]!);
      losses[k] = loss;
    }
    let spread = 0;
    for (const { tail, density } of blocks) {
      if (tail >= 0) {
        fillSample(sample, losses, probabilities.subarray(0, K));
        t[tail] = selectQuantile(sample, tails[tail]!.level);
      }
      for (let k = 0; k < K; k++) {
        let least = tail < 0 ? losses[k]! : Math.min(losses[k]!, t[tail]!);
        for (let j = 0; j < J; j++) least = Math.min(least, pieces[k * J + j]!);
        const largest = tail < 0 ? losses[k]! : Math.max(losses[k]!, t[tail]!);
        spread += density * probabilities[k]! * (largest - least);
      }
    }
    return spread;
  }

  function centre(t: Float64Array, mu: number): void {
    for (const { tail, width, density, slack, lambda, upper } of blocks) {
      const shift = tail < 0 ? 0 : t[tail]!;
      for (let k = 0; k < K; k++) {
        const base = k * width;
        let largest = tail < 0 ? -Infinity : 0;
        for (let j = 0; j < J; j++) {
          const value = pieces[k * J + j]! - shift;
          slack[base + j] = value;
          largest = Math.max(largest, value);
        }
        if (tail >= 0) slack[base + J] = 0;
        const u = centralUpper(slack, base, width, largest, mu / (density * probabilities[k]!));
        upper[k] = u;
        for (let i = 0; i < width; i++) {
          slack[base + i] = u - slack[base + i]!;
          lambda[base + i] = mu / slack[base + i]!;
        }
      }
    }
  }

  function size(): number {
    let sum = 0;
    for (const { density, upper } of blocks) {
      for (let k = 0; k < K; k++) sum += density * probabilities[k]! * Math.abs(upper[k]!);
    }
    return sum;
  }

  function accumulate(h: Float64Array | null, gradient: Float64Array, right: Float64Array): void {
    // `rows` is null, so the matrix is always wanted.
    if (h === null) return;
    pull.fill(0, 0, rows);
    push.fill(0, 0, rows);
    for (const block of blocks) {
      const { tail, width, density, slack, lambda, ratio, inverse } = block;
      let pulled = 0;
      let pushed = 0;
      for (let k = 0; k < K; k++) {
        const base = k * width;
        let total = 0;
        for (let i = 0; i < width; i++) {
          const d = lambda[base + i]! / slack[base + i]!;
          ratio[base + i] = d;
          total += d;
        }
        inverse[k] = 1 / total;
        const scale = (density * probabilities[k]!) / total;
        for (let j = 0; j < J; j++) {
          const force = lambda[base + j]!;
          const share = ratio[base + j]! * scale;
          pull[k * J + j]! += force;
          push[k * J + j]! += share;
          pulled += force;
          pushed += share;
        }
      }
      if (tail >= 0) {
        gradient[n + tail]! -= pulled;
        right[n + tail]! += pushed;
      }
    }
    for (let i = 0; i < n; i++) {
      gradient[i]! += dot(columns, i * rows, pull, 0, rows);
      right[i]! -= dot(columns, i * rows, push, 0, rows);
    }
    for (const block of blocks) addCurvature(block, h);
  }

  /** `Σ_i d_i (g_i − ḡ)(g_i − ḡ)ᵀ`, which rounding cannot make indefinite. */
  function addCurvature({ tail, width, ratio, inverse }: Block, h: Float64Array): void {
    const count = K * width;
    const core = tail < 0 ? n : n + 1;
    for (let i = 0; i < core; i++) {
      for (let k = 0; k < K; k++) {
        const base = k * width;
        let mean = 0;
        for (let j = 0; j < J; j++) {
          const slope = i < n ? columns[i * rows + k * J + j]! : -1;
          centred[i * count + base + j] = slope;
          mean += ratio[base + j]! * slope;
        }
        mean *= inverse[k]!;
        for (let j = 0; j < J; j++) centred[i * count + base + j]! -= mean;
        if (tail >= 0) centred[i * count + base + J] = -mean;
      }
    }
    // The t column is the last of `centred`, whatever its place in the core.
    addWeightedGram(h, order, centred, n, count, ratio);
    if (tail < 0) return;
    const row = (n + tail) * order;
    for (let r = 0; r < count; r++) work[r] = ratio[r]! * centred[n * count + r]!;
    for (let i = 0; i < n; i++) h[row + i]! += dot(work, 0, centred, i * count, count);
    h[row + n + tail]! += dot(work, 0, centred, n * count, count);
  }

  function correct(target: number, right: Float64Array): void {
    push.fill(0, 0, rows);
    for (const { tail, width, slack, slackStep, lambdaStep, correction, ratio, inverse } of blocks) {
      let pushed = 0;
      for (let k = 0; k < K; k++) {
        const base = k * width;
        let sum = 0;
        let heaviest = 0;
        for (let i = 0; i < width; i++) {
          const at = base + i;
          const kappa = (target - slackStep[at]! * lambdaStep[at]!) / slack[at]!;
          correction[at] = kappa;
          sum += kappa;
          if (ratio[at]! > ratio[base + heaviest]!) heaviest = i;
        }
        // The shares sum to 0; the heaviest piece's own formula would lose all its digits, so it is the others' sum.
        let rest = 0;
        for (let i = 0; i < width; i++) {
          if (i === heaviest) continue;
          const share = correction[base + i]! - ratio[base + i]! * sum * inverse[k]!;
          rest += share;
          if (i < J) push[k * J + i]! += share;
        }
        if (heaviest < J) push[k * J + heaviest]! -= rest;
        // What goes to the pieces that hold t is minus what goes to the zero piece.
        if (tail >= 0) pushed += heaviest === J ? rest : ratio[base + J]! * sum * inverse[k]! - correction[base + J]!;
      }
      if (tail >= 0) right[n + tail]! += pushed;
    }
    for (let i = 0; i < n; i++) right[i]! -= dot(columns, i * rows, push, 0, rows);
  }

  function clearCorrection(): void {
    for (const { correction, width } of blocks) correction.fill(0, 0, K * width);
  }

  function direct(step: Float64Array): void {
    combineColumns(columns, n, rows, step, pieces);
    for (const { tail, width, density, lambda, ratio, inverse, correction, ...steps } of blocks) {
      const { slackStep, lambdaStep, upperStep } = steps;
      const shift = tail < 0 ? 0 : step[n + tail]!;
      for (let k = 0; k < K; k++) {
        const base = k * width;
        const mass = density * probabilities[k]!;
        let sum = -mass;
        let left = mass;
        let heaviest = 0;
        for (let i = 0; i < width; i++) {
          const at = base + i;
          if (i < J) sum += ratio[at]! * (pieces[k * J + i]! - shift);
          sum += correction[at]!;
          left -= lambda[at]!;
          if (ratio[at]! > ratio[base + heaviest]!) heaviest = i;
        }
        const u = sum * inverse[k]!;
        upperStep[k] = u;
        // Multipliers sum to the mass, so the heaviest piece takes what the others leave: its own formula would multiply
        // a rounded difference by the largest ratio.
        for (let i = 0; i < width; i++) {
          if (i === heaviest) continue;
          const at = base + i;
          const slackMove = i < J ? u - (pieces[k * J + i]! - shift) : u;
          const lambdaMove = correction[at]! - lambda[at]! - ratio[at]! * slackMove;
          slackStep[at] = slackMove;
          lambdaStep[at] = lambdaMove;
          left -= lambdaMove;
        }
        const at = base + heaviest;
        lambdaStep[at] = left;
        slackStep[at] = (correction[at]! - lambda[at]! - left) / ratio[at]!;
      }
    }
  }

  function complementarity(): number {
    let sum = 0;
    for (const { width, slack, lambda } of blocks) sum += dot(slack, 0, lambda, 0, K * width);
    return sum;
  }

  function complementarityAfter(primal: number, dual: number): number {
    let sum = 0;
    for (const { width, slack, lambda, slackStep, lambdaStep } of blocks) {
      for (let at = 0; at < K * width; at++) {
        sum += (slack[at]! + primal * slackStep[at]!) * (lambda[at]! + dual * lambdaStep[at]!);
      }
    }
    return sum;
  }

  function move(primal: number, dual: number): void {
    for (const { width, slack, lambda, slackStep, lambdaStep, upper, upperStep } of blocks) {
      for (let at = 0; at < K * width; at++) {
        slack[at]! += primal * slackStep[at]!;
        lambda[at]! += dual * lambdaStep[at]!;
      }
      for (let k = 0; k < K; k++) upper[k]! += primal * upperStep[k]!;
    }
  }

  function multipliers(): readonly Float64Array[] {
    return blocks.map(({ width, lambda }) => {
      const own = new Float64Array(rows);
      for (let k = 0; k < K; k++) for (let j = 0; j < J; j++) own[k * J + j] = lambda[k * width + j]!;
      return own;
    });
  }

  return {
    pairs: () => blocks.reduce((sum, { width }) => sum + K * width, 0),
    load,
    centre,
    size,
    complementarity,
    accumulate,
    clearCorrection,
    correct,
    direct,
    longestSlackStep: (limit) =>
      blocks.reduce((step, { slack, slackStep, width }) => longestStep(slack, slackStep, K * width, step), limit),
    longestLambdaStep: (limit) =>
      blocks.reduce((step, { lambda, lambdaStep, width }) => longestStep(lambda, lambdaStep, K * width, step), limit),
    complementarityAfter,
    move,
    multipliers,
    rows: null,
    guessActive: null,
  };
}

/** The u above every piece with `Σ_i rho/(u − piece_i) = 1`, by Newton's method from the left, where it is monotone. */
function centralUpper(values: Float64Array, base: number, width: number, largest: number, rho: number): number {
  let u = largest + rho;
  for (let iteration = 0; iteration < 50; iteration++) {
    let sum = -1;
    let slope = 0;
    for (let i = 0; i < width; i++) {
      const inverse = 1 / (u - values[base + i]!);
      sum += rho * inverse;
      slope += rho * inverse * inverse;
    }
    if (sum <= 1e-12) break;
    u += sum / slope;
  }
  return u;
}

function createBlock(tail: number, width: number, density: number): Block {
  const block = { tail, width, density };
  return growBlock(block, 0);
}

function growBlock(block: Partial<Block> & Pick<Block, "tail" | "width" | "density">, count: number): Block {
  const wide = (): Float64Array => new Float64Array(count * block.width);
  const narrow = (): Float64Array => new Float64Array(count);
  return Object.assign(block, {
    slack: wide(),
    lambda: wide(),
    ratio: wide(),
    slackStep: wide(),
    lambdaStep: wide(),
    correction: wide(),
    upper: narrow(),
    upperStep: narrow(),
    inverse: narrow(),
  });
}
