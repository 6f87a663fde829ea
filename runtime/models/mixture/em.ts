import { forwardSolve, invertLower } from "./cholesky.ts";
import { diagonalFactor, flooredFactor, scatterOf, secondMoments, variances, within } from "./covariances.ts";
import { BLOCK_ROWS, packDense, packDiagonal, rowKernels, type PackedMixture } from "./row-kernels.ts";

/** Standardised joint rows (x, s), n × D, with weights that add up to n. */
export interface JointRows {
  readonly rows: number;
  readonly width: number;
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

/** A Gaussian mixture; covariances are kept as lower Cholesky factors. */
export interface Mixture {
  readonly width: number;
  /** log π_k */
  readonly logWeights: Float64Array;
  /** K vectors of D. */
  readonly means: readonly Float64Array[];
  /** K factors D × D. */
  readonly factors: readonly Float64Array[];
  /** Rows that each component explains. */
  readonly masses: Float64Array;
}

export interface CovarianceRule {
  /** `tied`: one full covariance for all components. */
  readonly kind: "full" | "diagonal" | "tied";
  /** Added to every diagonal, in units of the column's variance. */
  readonly floor: number;
}

const LOG_2PI = Math.log(2 * Math.PI);

/** `log N(v; μ, L Lᵀ)` over the first `dimensions` components. `scratch` holds `L⁻¹(v − μ)` afterwards. */
export function logNormal(
  mean: Float64Array,
  factor: Float64Array,
  width: number,
  dimensions: number,
  values: Float64Array,
  at: number,
  scratch: Float64Array,
): number {
  for (let j = 0; j < dimensions; j++) scratch[j] = values[at + j]! - mean[j]!;
  forwardSolve(factor, width, scratch, 0, dimensions);
  let sum = -0.5 * dimensions * LOG_2PI;
  for (let j = 0; j < dimensions; j++) sum -= 0.5 * scratch[j]! ** 2 + Math.log(factor[j * width + j]!);
  return sum;
}

/** Normalises log terms to weights in place; returns the log of their sum. */
export function softmaxInPlace(terms: Float64Array): number {
  let most = -Infinity;
  for (const term of terms) most = Math.max(most, term);
  let sum = 0;
  for (let k = 0; k < terms.length; k++) sum += terms[k] = Math.exp(terms[k]! - most);
  for (let k = 0; k < terms.length; k++) terms[k]! /= sum;
  return most + Math.log(sum);
}

/** EM on some rows: E-steps and M-steps by turns. */
export interface EmSteps {
  /**
   * The E-step: how much of each row each component explains, of which the next M-step is made.
   * @returns the weighted mean log-likelihood of a row under the mixture
   */
  expectation(mixture: Mixture): number;
  /** The M-step after the last E-step: weights, means and covariances, with the floor on the diagonal. */
  maximisation(): Mixture;
}

/** What an E-step leaves of a component: its mass, `Σ share · v` and `Σ share · v²`. */
interface Explained {
  mass: number;
  readonly sums: Float64Array;
  readonly squares: Float64Array;
}

/** A component that explains less than this share of one row explains none: what it has is rounding. */
const NEGLIGIBLE = 1e-14;

/** EM on the rows with so many components. What is the same in every step is made once, here. */
export function emSteps(data: JointRows, components: number, rule: CovarianceRule): EmSteps {
  const { rows, width, weights } = data;
  const blocks = blocked(data);
  const blockSize = width * BLOCK_ROWS;
  const shareSize = components * BLOCK_ROWS;
  // Full covariances take a second look at the rows, with the shares of the first.
  const shares = rule.kind === "full" ? new Float64Array((blocks.length / blockSize) * shareSize) : null;
  const scatter = rule.kind === "tied" ? scatterOf(data) : null;
  let explained: readonly Explained[] = [];
  return {
    expectation(mixture) {
      const kernels = rowKernels(width, components);
      kernels.load(packed(mixture));
      explained = mixture.means.map(() => ({
        mass: 0,
        sums: new Float64Array(width),
        squares: new Float64Array(width),
      }));
      const { evidence } = kernels;
      let total = 0;
      for (let first = 0, block = 0; first < rows; first += BLOCK_ROWS, block++) {
        const size = Math.min(BLOCK_ROWS, rows - first);
        kernels.rows.set(blocks.subarray(block * blockSize, (block + 1) * blockSize));
        kernels.weights.set(weights.subarray(first, first + size));
        if (size < BLOCK_ROWS) kernels.weights.fill(0, size);
        kernels.fillShares();
        for (let i = 0; i < size; i++)
          total += weights[first + i]! * (evidence[i]! + Math.log(evidence[BLOCK_ROWS + i]!));
        for (let k = 0; k < components; k++) {
          const own = explained[k]!;
          own.mass += kernels.addMoments(k, own.sums, own.squares);
        }
        shares?.set(kernels.shares.subarray(0, shareSize), block * shareSize);
      }
      return total / rows;
    },
    maximisation() {
      if (explained.length === 0) throw new Error("An M-step of EM comes after an E-step.");
      const masses = Float64Array.from(explained, ({ mass }) => (mass < NEGLIGIBLE ? 0 : mass));
      const means = explained.map(({ sums }, k) => sums.map((sum) => (masses[k]! > 0 ? sum / masses[k]! : 0)));
      const total = masses.reduce((a, b) => a + b, 0);
      const logWeights = masses.map((mass) => Math.log(mass / total));
      if (scatter !== null) {
        const factor = flooredFactor(within(scatter, means, masses, total), width, rule.floor);
        return { width, logWeights, means, factors: means.map(() => factor), masses };
      }
      const factors = means.map((mean, k) => {
        const mass = masses[k]!;
        return shares === null
          ? diagonalFactor(variances(mean, explained[k]!.squares, mass), rule.floor)
          : flooredFactor(ownCovariance(data, shares, components, k, mean, mass), width, rule.floor);
      });
      return { width, logWeights, means, factors, masses };
    },
  };
}

/** The law of one component with the moments of the rows. */
export function oneComponent(data: JointRows, rule: CovarianceRule): Mixture {
  const { width } = data;
  const unit = new Float64Array(width * width);
  for (let j = 0; j < width; j++) unit[j * width + j] = 1;
  const steps = emSteps(data, 1, rule);
  // Whatever it is, one component explains every row.
  const means = [new Float64Array(width)];
  steps.expectation({ width, logWeights: new Float64Array(1), means, factors: [unit], masses: new Float64Array(1) });
  return steps.maximisation();
}

/** The rows block by block, each column by column, the last one filled with zeros. */
function blocked({ rows, width, values }: JointRows): Float64Array {
  const blocks = new Float64Array(Math.ceil(rows / BLOCK_ROWS) * BLOCK_ROWS * width);
  for (let i = 0, at = 0; i < rows; i++) {
    const row = i % BLOCK_ROWS;
    for (let j = 0, to = (i - row) * width + row; j < width; j++, at++, to += BLOCK_ROWS) blocks[to] = values[at]!;
  }
  return blocks;
}

/**
 * The mixture for the kernels: `log π + log N(v; μ, L Lᵀ)` is a constant and `−½‖L⁻¹(v − μ)‖²`. Where all components have
 * one factor that is no diagonal, rows are multiplied by `L⁻¹` once and have no correlations afterwards.
 */
function packed({ width, logWeights, means, factors }: Mixture): PackedMixture {
  const constants = logWeights.map((logWeight, k) => {
    let constant = logWeight - 0.5 * width * LOG_2PI;
    for (let j = 0; j < width; j++) constant -= Math.log(factors[k]![j * width + j]!);
    return constant;
  });
  const common = factors[0]!;
  if (means.length > 1 && factors.every((factor) => factor === common) && !isDiagonal(common, width)) {
    const inverse = invertLower(common, width);
    const ones = new Float64Array(width).fill(1);
    const components = means.map((mean, k) => {
      const moved = mean.slice();
      forwardSolve(common, width, moved);
      return packDiagonal(constants[k]!, ones, moved);
    });
    return { common: packDense(0, inverse, new Float64Array(width)), components };
  }
  const components = means.map((mean, k) => {
    const factor = factors[k]!;
    if (!isDiagonal(factor, width)) return packDense(constants[k]!, invertLower(factor, width), mean);
    const reciprocals = mean.map((_, j) => 1 / factor[j * width + j]!);
    return packDiagonal(constants[k]!, reciprocals, mean);
  });
  return { common: null, components };
}

function isDiagonal(factor: Float64Array, width: number): boolean {
  for (let j = 1; j < width; j++) for (let l = 0; l < j; l++) if (factor[j * width + l] !== 0) return false;
  return true;
}

/**
 * A component's covariance over the rows that it has a share in: of many components each row has a share in few.
 * @param shares of the blocks' rows, of one component after another
 */
function ownCovariance(
  data: JointRows,
  shares: Float64Array,
  components: number,
  k: number,
  mean: Float64Array,
  mass: number,
): Float64Array {
  const { rows } = data;
  const members = new Int32Array(rows);
  const own = new Float64Array(rows);
  let size = 0;
  for (let first = 0, at = k * BLOCK_ROWS; first < rows; first += BLOCK_ROWS, at += components * BLOCK_ROWS) {
    const last = Math.min(rows, first + BLOCK_ROWS);
    for (let i = first; i < last; i++) {
      const share = shares[at + i - first]!;
      if (share < NEGLIGIBLE) continue;
      members[size] = i;
      own[size++] = share;
    }
  }
  return secondMoments(data, members, own, size, mean, mass);
}

/** Free parameters: weights, means and covariances. */
export function parameterCount(components: number, width: number, kind: CovarianceRule["kind"]): number {
  const triangle = (width * (width + 1)) / 2;
  const covariances = kind === "tied" ? triangle : components * (kind === "full" ? triangle : width);
  return components - 1 + components * width + covariances;
}
