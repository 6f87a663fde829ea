import { affine, combine, ConeBuilder, type Affine } from "./cone-builder.ts";
import { expectation, uniform, type ReweightingSet } from "./types.ts";

/** Added to the kernel's diagonal, relative to its mean: a Gaussian kernel of near points is singular to rounding. */
const JITTER = 1e-8;

/** Residual and relative gap of weights that the solver itself calls inaccurate: a nearly singular kernel allows no more. */
const ACCURACY = 1e-5;

/**
 * Laws on the rows within a maximum mean discrepancy of the nominal one, `√((q − p)ᵀ K (q − p)) ≤ radius` (Staib &
 * Jegelka 2019): a second-order cone program in the weights.
 * @param kernel K, n × n, positive semidefinite
 */
export function mmdSet(kernel: Float64Array, radius: number): ReweightingSet {
  const n = Math.round(Math.sqrt(kernel.length));
  const factor = cholesky(kernel, n);
  return {
    name: "mmd",
    worst(losses, probabilities = uniform(n)) {
      // In units of their spread: what the solver calls zero is then small beside it.
      const mean = expectation(probabilities, losses);
      const spread = losses.reduce((most, f) => Math.max(most, Math.abs(f - mean)), 0);
      if (radius === 0 || !(spread > 0)) return { value: mean, weights: Float64Array.from(probabilities) };
      const scaled = losses.map((f) => (f - mean) / spread);
      const builder = new ConeBuilder();
      const q = builder.variables(n);
      builder.nonnegative(...q);
      builder.zero(combine([1, affine(-1)], ...q.map((x) => [1, x] as const)));
      // ‖Lᵀ(q − p)‖ ≤ radius
      const moved = q.map((_, j) =>
        combine(
          ...q.slice(j).flatMap((x, k): (readonly [number, Affine])[] => {
            const l = factor[(j + k) * n + j]!;
            return [
              [l, x],
              [l, affine(-probabilities[j + k]!)],
            ];
          }),
        ),
      );
      builder.norm2(affine(radius), moved);
      const answer = builder.minimise(combine(...q.map((x, i) => [-scaled[i]!, x] as const)));
      const near = answer.primalResidual < ACCURACY && Math.abs(answer.gap) < ACCURACY;
      if (answer.status !== "optimal" && !near)
        throw new Error(`The worst weights of the mmd set are ${answer.status}.`);
      const raw = q.map((x) => Math.max(0, answer.value(x)));
      const total = raw.reduce((sum, w) => sum + w, 0);
      const weights = Float64Array.from(raw, (w) => w / total);
      return { value: expectation(weights, losses), weights };
    },
    // min_{τ, ν ≥ 0} τ + pᵀ(f − τ + ν) + radius ‖u‖ with L u = f − τ + ν.
    dual(builder, losses, probabilities) {
      const [tau, norm] = [builder.variable(), builder.variable()];
      const slack = builder.variables(n);
      const u = builder.variables(n);
      builder.nonnegative(...slack);
      const excess = losses.map((loss, i) => combine([1, loss], [-1, tau], [1, slack[i]!]));
      excess.forEach((e, i) =>
        builder.zero(combine([-1, e], ...u.slice(0, i + 1).map((x, j) => [factor[i * n + j]!, x] as const))),
      );
      builder.norm2(norm, u);
      return combine([1, tau], ...excess.map((e, i) => [probabilities[i]!, e] as const), [radius, norm]);
    },
  };
}

/** `exp(−‖x − x′‖² / (2 width²))` between rows of a table, n × n. */
export function gaussianKernel(points: Float64Array, rows: number, width: number): Float64Array {
  const columns = points.length / rows;
  const kernel = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < rows; j++) {
      let square = 0;
      for (let k = 0; k < columns; k++) square += (points[i * columns + k]! - points[j * columns + k]!) ** 2;
      kernel[i * rows + j] = Math.exp(-square / (2 * width ** 2));
    }
  return kernel;
}

/** Lower factor of a positive semidefinite matrix, row-major. */
function cholesky(matrix: Float64Array, n: number): Float64Array {
  let trace = 0;
  for (let i = 0; i < n; i++) trace += matrix[i * n + i]!;
  const jitter = (JITTER * trace) / n;
  const l = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = matrix[i * n + j]! + (i === j ? jitter : 0);
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      l[i * n + j] = i === j ? Math.sqrt(Math.max(sum, jitter)) : sum / l[j * n + j]!;
    }
  }
  return l;
}
