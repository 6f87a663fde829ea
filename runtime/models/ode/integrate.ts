/** The right-hand side of `dy/dt = f(t, y)`: fills `out` with the slope at `state`. */
export type OdeField = (t: number, state: Float64Array, out: Float64Array) => Promise<void>;

/** A method of Runge and Kutta: each stage's time and its shares of the earlier slopes, then the step's shares. */
interface Tableau {
  readonly times: readonly number[];
  readonly stages: readonly (readonly number[])[];
  readonly step: readonly number[];
  /** The step's shares less those of the method of one order less, which estimates the error. */
  readonly error?: readonly number[];
}

/** Dormand & Prince 1980, table 2: order 5 with an embedded one of order 4; its last stage is the next step's first. */
export const DORMAND_PRINCE: Tableau = {
  times: [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1],
  stages: [
    [],
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19_372 / 6561, -25_360 / 2187, 64_448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46_732 / 5247, 49 / 176, -5103 / 18_656],
    [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
  ],
  step: [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0],
  error: [71 / 57_600, 0, -71 / 16_695, 71 / 1920, -17_253 / 339_200, 22 / 525, -1 / 40],
};

const TABLEAUS = {
  euler: { times: [0], stages: [[]], step: [1] },
  midpoint: { times: [0, 1 / 2], stages: [[], [1 / 2]], step: [0, 1] },
  rk4: {
    times: [0, 1 / 2, 1 / 2, 1],
    stages: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
    step: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
  },
  dormand_prince: DORMAND_PRINCE,
} as const satisfies Readonly<Record<string, Tableau>>;

export type OdeMethod = keyof typeof TABLEAUS;

/** Integrates by `steps` equal steps. @returns the state at `to` */
export async function integrateFixed(
  method: OdeMethod,
  field: OdeField,
  start: Float64Array,
  [from, to]: readonly [number, number],
  steps: number,
): Promise<Float64Array> {
  const tableau: Tableau = TABLEAUS[method];
  const slopes = tableau.times.map(() => new Float64Array(start.length));
  const h = (to - from) / steps;
  let state: Float64Array = start.slice();
  for (let k = 0; k < steps; k++) {
    await fillSlopes(tableau, field, from + k * h, h, state, slopes, 0);
    state = moved(state, h, tableau.step, slopes);
  }
  return state;
}

export interface AdaptiveOptions {
  /** Error of a step that is accepted, in units of `1 + |y|`, as the root of the mean square over the state. */
  readonly tolerance: number;
  /** Most steps, rejected ones included. */
  readonly mostSteps?: number;
}

export interface AdaptiveSolution {
  readonly state: Float64Array;
  /** Times that the field was evaluated. */
  readonly evaluations: number;
  /** False where the tolerance was not met within the most steps: the rest was then integrated in one go by RK4. */
  readonly met: boolean;
}

const MOST_STEPS = 1000;
/** A new step is this share of what the error allows, within a tenth and five times the last. */
const SAFETY = 0.9;
const SHRINK = 0.1;
const GROW = 5;
/** Steps of the fixed rule that finishes where the tolerance cannot be met. */
const REST_STEPS = 64;

/** Integrates by the pair of Dormand and Prince with steps chosen by its error estimate (Hairer et al. 1993, II.4). */
export async function integrateAdaptive(
  field: OdeField,
  start: Float64Array,
  [from, to]: readonly [number, number],
  { tolerance, mostSteps = MOST_STEPS }: AdaptiveOptions,
): Promise<AdaptiveSolution> {
  const slopes = DORMAND_PRINCE.times.map(() => new Float64Array(start.length));
  const error = new Float64Array(start.length);
  const direction = Math.sign(to - from);
  let state: Float64Array = start.slice();
  let t = from;
  let h = (to - from) / 20;
  let evaluations = 1;
  if (start.length === 0 || direction === 0) return { state, evaluations: 0, met: true };
  await field(t, state, slopes[0]!);
  for (let step = 0; step < mostSteps; step++) {
    if ((to - t) * direction <= Math.abs(to - from) * 1e-12) return { state, evaluations, met: true };
    if ((t + h - to) * direction > 0) h = to - t;
    await fillSlopes(DORMAND_PRINCE, field, t, h, state, slopes, 1);
    evaluations += DORMAND_PRINCE.times.length - 1;
    const next = moved(state, h, DORMAND_PRINCE.step, slopes);
    combine(error, h, DORMAND_PRINCE.error!, slopes);
    const size = errorSize(error, state, next, tolerance);
    if (size <= 1) {
      t += h;
      state = next;
      // First same as last.
      const last = slopes.at(-1)!;
      slopes[slopes.length - 1] = slopes[0]!;
      slopes[0] = last;
    }
    const factor = Number.isFinite(size) ? SAFETY * size ** -0.2 : SHRINK;
    h *= Math.min(GROW, Math.max(SHRINK, factor));
  }
  const rest = await integrateFixed("rk4", field, state, [t, to], REST_STEPS);
  return { state: rest, evaluations: evaluations + 4 * REST_STEPS, met: false };
}

async function fillSlopes(
  { times, stages }: Tableau,
  field: OdeField,
  t: number,
  h: number,
  state: Float64Array,
  slopes: readonly Float64Array[],
  first: number,
): Promise<void> {
  for (let i = first; i < times.length; i++)
    await field(t + times[i]! * h, i === 0 ? state : moved(state, h, stages[i]!, slopes), slopes[i]!);
}

function moved(
  state: Float64Array,
  h: number,
  shares: readonly number[],
  slopes: readonly Float64Array[],
): Float64Array {
  const next = new Float64Array(state.length);
  combine(next, h, shares, slopes);
  for (let i = 0; i < next.length; i++) next[i]! += state[i]!;
  return next;
}

/** `h Σ shares[k] · slopes[k]` into `out`. */
function combine(out: Float64Array, h: number, shares: readonly number[], slopes: readonly Float64Array[]): void {
  out.fill(0);
  shares.forEach((share, k) => {
    if (share === 0) return;
    const slope = slopes[k]!;
    for (let i = 0; i < out.length; i++) out[i]! += h * share * slope[i]!;
  });
}

function errorSize(error: Float64Array, state: Float64Array, next: Float64Array, tolerance: number): number {
  let sum = 0;
  for (let i = 0; i < error.length; i++)
    sum += (error[i]! / (tolerance * (1 + Math.max(Math.abs(state[i]!), Math.abs(next[i]!))))) ** 2;
  return Math.sqrt(sum / error.length);
}
