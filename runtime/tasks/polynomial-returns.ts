import type { RandomStream } from "../tensor/random.ts";
import type { TaskOption } from "./task.ts";
import type { NoiseMap } from "./true-law.ts";

/** Scale of the Student noise, 003 E.1 (β = 0.02). */
export const STRESS_SCALE = 0.02;
/** Degrees of freedom of the Student noise, 003 E.1 (ν = 3). */
const STUDENT_DEGREES = 3;

/** Options of 003 E.1 shared by the portfolio tasks. */
export const RETURN_OPTIONS: readonly TaskOption[] = [
  { name: "assets", kind: "integer", default: 10, minimum: 1, maximum: 1000, doc: "d, outcomes of a row" },
  { name: "covariates", kind: "integer", default: 5, minimum: 1, maximum: 1000, doc: "p, values of a context" },
  { name: "degree", kind: "integer", default: 4, minimum: 1, maximum: 12, doc: "degree of the map from x to returns" },
  {
    name: "signal",
    kind: "real",
    default: 0.02,
    minimum: 0,
    maximum: 100,
    doc: "standard deviation of each asset's f_i(x) over the training contexts",
  },
  { name: "noise", kind: "real", default: 0.01, minimum: 0, maximum: 100, doc: "σ of the Gaussian residual" },
  {
    name: "stress_lower",
    kind: "real",
    default: 0.05,
    minimum: 0,
    maximum: 1,
    doc: "least share λ of Student stress in a row",
  },
  {
    name: "stress_upper",
    kind: "real",
    default: 0.35,
    minimum: 0,
    maximum: 1,
    doc: "greatest share λ of Student stress in a row; λ is uniform between the two",
  },
];

export interface ReturnConstants {
  readonly assets: number;
  readonly covariates: number;
  readonly degree: number;
  readonly signal: number;
  readonly noise: number;
  readonly stressLower: number;
  readonly stressUpper: number;
}

/**
 * The law of 003 E.1, eqs. 6–7: `s_i = (1 − λ)(f_i(x) + σ e_i) + λ·0.02·τ_i`, `f_i(x) = c_i Σ_j w_ij x_j^deg`,
 * `w_ij ~ U[−1, 1]`, `e_i ~ N(0, 1)`, `τ_i ~ t_3`, all independent.
 *
 * The paper leaves two things open. It gives λ as a range, which is read as one draw λ ~ U[lower, upper] for each row,
 * shared by its assets. It gives no scale of f, whose moments explode with the degree; `c_i` makes the standard
 * deviation of f_i over the training contexts of replicate 0 equal to `signal`. The mean of f is left as it falls.
 */
export function polynomialReturns(
  constants: ReturnConstants,
  training: Float64Array,
  stream: RandomStream,
): NoiseMap & { readonly signalAt: (contexts: Float64Array, from: number) => Float64Array } {
  const { assets: d, covariates: p, degree, noise, stressLower, stressUpper } = constants;
  const weights = new Float64Array(d * p);
  stream.child("weights").uniform(weights);
  for (let k = 0; k < weights.length; k++) weights[k] = 2 * weights[k]! - 1;
  const scale = signalScale(weights, constants, training);

  const signalAt = (contexts: Float64Array, from: number): Float64Array => {
    const f = new Float64Array(d);
    for (let i = 0; i < d; i++) f[i] = scale[i]! * polynomial(weights, i, p, degree, contexts, from);
    return f;
  };
  return {
    context: p,
    outcome: d,
    uniforms: 1,
    // One residual and a Student value (1 + 3 normals) an asset.
    normals: d * (2 + STUDENT_DEGREES),
    signalAt,
    at(contexts, from) {
      const f = signalAt(contexts, from);
      return (uniforms, normals, draw, out, to) => {
        const share = stressLower + (stressUpper - stressLower) * uniforms[draw]!;
        let z = draw * d * (2 + STUDENT_DEGREES);
        for (let i = 0; i < d; i++, z += 2 + STUDENT_DEGREES) {
          let square = 0;
          for (let k = 2; k < 2 + STUDENT_DEGREES; k++) square += normals[z + k]! ** 2;
          const student = normals[z + 1]! / Math.sqrt(square / STUDENT_DEGREES);
          out[to + i] = (1 - share) * (f[i]! + noise * normals[z]!) + share * STRESS_SCALE * student;
        }
      };
    },
  };
}

function polynomial(
  weights: Float64Array,
  asset: number,
  p: number,
  degree: number,
  contexts: Float64Array,
  from: number,
): number {
  let sum = 0;
  for (let j = 0; j < p; j++) sum += weights[asset * p + j]! * contexts[from + j]! ** degree;
  return sum;
}

/** `c_i = signal / sd(Σ_j w_ij x_j^deg)` over the contexts; 0 where there is no spread to scale (one row). */
function signalScale(weights: Float64Array, constants: ReturnConstants, contexts: Float64Array): Float64Array {
  const { assets: d, covariates: p, degree, signal } = constants;
  const rows = contexts.length / p;
  return Float64Array.from({ length: d }, (_, i) => {
    let mean = 0;
    let squares = 0;
    for (let row = 0; row < rows; row++) {
      const value = polynomial(weights, i, p, degree, contexts, row * p);
      const delta = value - mean;
      mean += delta / (row + 1);
      squares += delta * (value - mean);
    }
    return squares > 0 ? signal / Math.sqrt(squares / rows) : 0;
  });
}
