import type { SimpleSet } from "./simple-sets.ts";

/** A convex function with a gradient that is Lipschitz. */
export interface SmoothFunction {
  /** Value at z; `gradient` receives the gradient there. */
  at(z: Float64Array, gradient: Float64Array): number;
}

/** A convex function with an exact proximal operator, such as a norm; 0 unless given. */
export interface ProximalFunction {
  valueAt(z: Float64Array): number;
  /**
   * Overwrites v with `argmin_z step·g(z) + ½‖z − v‖²` over the set. It must be exact with the set's constraint: for
   * `λ‖z‖₁` over a box, shrink and then clamp.
   */
  proximal(v: Float64Array, step: number): void;
}

export interface FirstOrderOptions {
  /** Stops at a gap of this share of 1 + |value|; 1e-8. */
  readonly tolerance?: number;
  /** 10,000 */
  readonly maxIterations?: number;
  /** First guess of the Lipschitz constant of the gradient; it is raised as needed. */
  readonly lipschitz?: number;
  readonly start?: Float64Array;
  /** Gap of the smooth part is charged with this function too. */
  readonly proximal?: ProximalFunction;
}

export interface FirstOrderAnswer {
  readonly z: Float64Array;
  readonly value: number;
  /**
   * Frank–Wolfe gap `max_{w ∈ set} ∇f(z)·(z − w) ≥ f(z) − min f`, a certificate; NaN where the set has no linear
   * minimiser or there is a proximal part, where `stationarity` is all that is known.
   */
  readonly gap: number;
  /** Length of the projected-gradient step at z times the Lipschitz estimate: 0 exactly at the optimum. */
  readonly stationarity: number;
  readonly status: "optimal" | "inaccurate";
  readonly iterations: number;
}

const TOLERANCE = 1e-8;
const MAX_ITERATIONS = 10_000;

/**
 * Accelerated projected (proximal) gradient: FISTA (Beck and Teboulle 2009) with backtracking, and a restart whenever the
 * momentum points uphill (O'Donoghue and Candès 2015), which makes it linear on strongly convex functions. One
 * iteration costs two evaluations and one or two projections.
 */
export function minimiseSmooth(set: SimpleSet, f: SmoothFunction, options: FirstOrderOptions = {}): FirstOrderAnswer {
  const { tolerance = TOLERANCE, maxIterations = MAX_ITERATIONS, proximal } = options;
  const n = set.size;
  let lipschitz = options.lipschitz ?? 1;
  let z = new Float64Array(n);
  if (options.start !== undefined) z.set(options.start);
  set.project(z);
  let y = z.slice();
  let momentum = 1;
  const slope = new Float64Array(n);
  const slopeThere = new Float64Array(n);
  const corner = new Float64Array(n);
  const next = new Float64Array(n);

  /** A step from y; the Lipschitz estimate rises until the quadratic model is above the function. */
  function step(): number {
    const value = f.at(y, slope);
    for (;;) {
      for (let i = 0; i < n; i++) next[i] = y[i]! - slope[i]! / lipschitz;
      if (proximal === undefined) set.project(next);
      else proximal.proximal(next, 1 / lipschitz);
      const there = f.at(next, slopeThere);
      let linear = 0;
      let squared = 0;
      for (let i = 0; i < n; i++) {
        const change = next[i]! - y[i]!;
        linear += slope[i]! * change;
        squared += change * change;
      }
      // Near the optimum rounding in the values hides the curvature: slopes tell it more exactly.
      let curvature = 0;
      for (let i = 0; i < n; i++) curvature += (slopeThere[i]! - slope[i]!) * (next[i]! - y[i]!);
      const model = value + linear + (lipschitz / 2) * squared;
      if (there <= model || curvature <= lipschitz * squared || squared === 0) return lipschitz * Math.sqrt(squared);
      lipschitz *= 2;
    }
  }

  /** Gap at z, with the slope there in `slope`. */
  function measure(at: Float64Array): { readonly value: number; readonly gap: number } {
    const value = f.at(at, slopeThere);
    if (proximal !== undefined) return { value: value + proximal.valueAt(at), gap: NaN };
    if (set.minimise === null) return { value, gap: NaN };
    set.minimise(slopeThere, corner);
    let gap = 0;
    for (let i = 0; i < n; i++) gap += slopeThere[i]! * (at[i]! - corner[i]!);
    return { value, gap };
  }

  let stationarity = Infinity;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    stationarity = step();
    let uphill = 0;
    for (let i = 0; i < n; i++) uphill += (y[i]! - next[i]!) * (next[i]! - z[i]!);
    const before = z;
    z = next.slice();
    if (uphill > 0) momentum = 1;
    const grown = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const carry = (momentum - 1) / grown;
    momentum = grown;
    y = z.map((value, i) => value + carry * (value - before[i]!));
    const { value, gap } = measure(z);
    const size = tolerance * (1 + Math.abs(value));
    const enough = Number.isNaN(gap) ? stationarity <= size : gap <= size;
    if (enough) return { z, value, gap, stationarity, status: "optimal", iterations: iteration };
  }
  return { z, ...measure(z), stationarity, status: "inaccurate", iterations: maxIterations };
}
