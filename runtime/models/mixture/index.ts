import { setImmediate } from "node:timers/promises";
import type { MixtureSpec } from "../../spec.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { TrainHooks, TrainingSet } from "../sampler.ts";
import { checkTrainingSet } from "../training-set.ts";
import { conditionMixture } from "./conditional.ts";
import type { MixtureSampler } from "./conditional.ts";
import { emSteps, oneComponent, parameterCount } from "./em.ts";
import type { CovarianceRule, JointRows, Mixture } from "./em.ts";
import { columnScales, normalisedWeights, standardised } from "./standardise.ts";
import type { ColumnScales } from "./standardise.ts";
import { startMixture } from "./start.ts";
import { mixtureTensors, type MixtureTensors } from "./stored.ts";

export type { ConditionalMixture, MixtureSampler } from "./conditional.ts";

type Sizes = { readonly context: number; readonly outcome: number };

/** How one number of components did. */
export interface MixtureCandidate {
  readonly components: number;
  /** What the criterion compares, lower is better: AIC, BIC, or minus the held-out mean of log q(s | x). */
  readonly score: number;
  /** Mean log-likelihood of a standardised joint row. */
  readonly logLikelihood: number;
  readonly iterations: number;
  /** A component sits on fewer rows than its covariance needs: its likelihood means nothing and it is not chosen. */
  readonly degenerate: boolean;
}

export interface FittedMixture extends MixtureSampler {
  readonly candidates: readonly MixtureCandidate[];
  /** Mean log-likelihood of a standardised joint row after each EM step of the chosen fit. */
  readonly history: readonly number[];
  /** What `loadMixture` makes the same mixture of. */
  readonly tensors: MixtureTensors;
}

/** EM steps that each restart makes before the best one goes on. */
const SHORT_STEPS = 10;
const MAX_STEPS = 500;
/** Rows that restarts are compared on, where there are more. */
const START_ROWS = 4096;
/** EM stops when a step gains less than this in the mean log-likelihood of a row. */
const TOLERANCE = 1e-6;
/** Share of the rows that `holdout` keeps back. */
const HELD_OUT = 0.2;

/**
 * Fits a Gaussian mixture to the joint (x, s) by EM and conditions it on x in closed form (002 §2). Rows are
 * standardised first, so that `floor` is relative to the variance of the data. Each candidate number of components gets
 * `restarts` k-means++ starts of a few steps (on a random part of the rows where there are many), the best of which runs on; the criterion chooses among candidates.
 * `holdout` scores log q(s | x) on a random fifth of the rows and refits the chosen number on all.
 * @param sizes p and d
 * @param hooks `signal` ends the fit; `onStep` is called with the candidates done and minus the log-likelihood
 */
export async function fitMixture(
  spec: MixtureSpec,
  data: TrainingSet,
  sizes: Sizes,
  stream: RandomStream,
  hooks: Pick<TrainHooks, "signal" | "onStep"> = {},
): Promise<FittedMixture> {
  checkTrainingSet("gmm", data, sizes);
  const rule: CovarianceRule = { kind: spec.covariance, floor: spec.floor };
  const width = sizes.context + sizes.outcome;
  const joint = joinRows(data, sizes);
  const weights = normalisedWeights(data.weights, data.rows);
  const scales = columnScales(joint, data.rows, width, weights);
  const rows: JointRows = { rows: data.rows, width, values: standardised(joint, width, scales), weights };
  const attempt = (part: JointRows, components: number, name: string): Promise<Fit> =>
    fitComponents(part, components, rule, spec.restarts, stream.child(`${name}/${components}`), hooks.signal);

  const parts = spec.criterion === "holdout" && spec.components.length > 1 ? holdOut(rows, stream) : null;
  const attempts: { readonly candidate: MixtureCandidate; readonly fit: Fit }[] = [];
  for (const components of spec.components) {
    const fit = await attempt(parts?.kept ?? rows, components, parts === null ? "fit" : "holdout");
    const score =
      parts === null
        ? information(fit.logLikelihood * data.rows, components, width, data.rows, spec)
        : heldOutLoss(fit.mixture, parts.held, scales, sizes);
    const { logLikelihood, history, degenerate } = fit;
    attempts.push({ candidate: { components, score, logLikelihood, iterations: history.length, degenerate }, fit });
    hooks.onStep?.(attempts.length, spec.components.length, -logLikelihood);
  }
  const sound = attempts.filter(({ candidate }) => !candidate.degenerate);
  // Where every candidate is degenerate, fewer components are the lesser evil.
  const eligible =
    sound.length > 0 ? sound : attempts.toSorted((a, b) => a.candidate.components - b.candidate.components).slice(0, 1);
  const chosen = eligible.reduce((best, other) => (other.candidate.score < best.candidate.score ? other : best));
  const final = parts === null ? chosen.fit : await attempt(rows, chosen.candidate.components, "fit");
  return {
    ...conditionMixture(final.mixture, scales, sizes),
    candidates: attempts.map(({ candidate }) => candidate),
    history: final.history,
    tensors: mixtureTensors(final.mixture, scales),
  };
}

interface Fit {
  readonly mixture: Mixture;
  readonly logLikelihood: number;
  readonly history: readonly number[];
  readonly degenerate: boolean;
}

async function fitComponents(
  data: JointRows,
  components: number,
  rule: CovarianceRule,
  restarts: number,
  stream: RandomStream,
  signal: AbortSignal | undefined,
): Promise<Fit> {
  const starts = components === 1 ? 1 : Math.max(1, restarts);
  // Which start is best shows on some of the rows; the best one then runs on all of them.
  const sampled = starts > 1 && data.rows > START_ROWS;
  const part = sampled ? selectRows(data, stream.child("start").permutation(data.rows).slice(0, START_ROWS)) : data;
  let best: Fit | null = null;
  for (let restart = 0; restart < starts; restart++) {
    const start = startMixture(part, components, rule, stream.child(`restart/${restart}`));
    const fit = await climb(part, start, rule, starts === 1 ? MAX_STEPS : SHORT_STEPS, [], signal);
    if (best === null || better(fit, best)) best = fit;
  }
  if (sampled) return climb(data, best!.mixture, rule, MAX_STEPS, [], signal);
  if (best!.history.length < SHORT_STEPS || starts === 1) return best!;
  return climb(data, best!.mixture, rule, MAX_STEPS, best!.history, signal);
}

function better(a: Fit, b: Fit): boolean {
  return a.degenerate === b.degenerate ? a.logLikelihood > b.logLikelihood : b.degenerate;
}

/** EM from a mixture until it gains nothing or `steps` are done. */
export async function climb(
  data: JointRows,
  start: Mixture,
  rule: CovarianceRule,
  steps: number,
  before: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Fit> {
  const { expectation, maximisation } = emSteps(data, start.means.length, rule);
  const history = [...before];
  let mixture = start;
  let logLikelihood = expectation(mixture);
  for (let step = 0; step < steps; step++) {
    await setImmediate();
    signal?.throwIfAborted();
    mixture = maximisation();
    const next = expectation(mixture);
    history.push(next);
    const gain = next - logLikelihood;
    logLikelihood = next;
    if (gain < TOLERANCE) break;
  }
  return { mixture, logLikelihood, history, degenerate: isDegenerate(mixture, data, rule) };
}

/** A variance of no more than so many floors is the floor's, not the data's. */
const FLOORED = 4;

/**
 * Whether a component's likelihood means nothing: it sits on fewer rows than its covariance needs (D + 1 for a full one,
 * 2 otherwise), or has collapsed onto rows that repeat or lie in a plane in which the data as a whole do not.
 */
function isDegenerate({ means, masses, factors }: Mixture, data: JointRows, rule: CovarianceRule): boolean {
  if (means.length === 1) return false;
  const needed = rule.kind === "full" ? data.width + 1 : 2;
  if (masses.some((mass) => mass < needed)) return true;
  const flat = FLOORED * Math.max(rule.floor, 1e-12);
  if (factors.every((factor) => leastPivot(factor, data.width) > flat)) return false;
  const all = oneComponent(data, rule);
  return leastPivot(all.factors[0]!, data.width) > flat;
}

/** The least variance of a column given those before it. */
function leastPivot(factor: Float64Array, width: number): number {
  let least = Infinity;
  for (let j = 0; j < width; j++) least = Math.min(least, factor[j * width + j]! ** 2);
  return least;
}

/** AIC or BIC from the log-likelihood of all rows. */
function information(total: number, components: number, width: number, rows: number, spec: MixtureSpec): number {
  const parameters = parameterCount(components, width, spec.covariance);
  return (spec.criterion === "bic" ? Math.log(rows) : 2) * parameters - 2 * total;
}

function heldOutLoss(mixture: Mixture, held: JointRows, scales: ColumnScales, sizes: Sizes): number {
  // The rows are standardised already; the jacobian is the same for every candidate.
  const unit = { mean: scales.mean.map(() => 0), spread: scales.spread.map(() => 1) };
  const { context: p, outcome: d } = sizes;
  const take = (from: number, to: number): Float64Array =>
    Float64Array.from({ length: held.rows * (to - from) }, (_, k) => {
      const row = Math.floor(k / (to - from));
      return held.values[row * held.width + from + (k % (to - from))]!;
    });
  const logs = conditionMixture(mixture, unit, sizes).logDensity(take(0, p), take(p, p + d), held.rows);
  let loss = 0;
  let total = 0;
  for (const [i, log] of logs.entries()) {
    loss -= held.weights[i]! * log;
    total += held.weights[i]!;
  }
  return loss / total;
}

function holdOut(data: JointRows, stream: RandomStream): { readonly kept: JointRows; readonly held: JointRows } {
  const order = stream.child("holdout").permutation(data.rows);
  const cut = Math.min(data.rows - 1, Math.max(1, Math.round(data.rows * HELD_OUT)));
  if (cut < 1) return { kept: data, held: data };
  return { kept: selectRows(data, order.slice(cut).sort()), held: selectRows(data, order.slice(0, cut).sort()) };
}

function selectRows(data: JointRows, rows: Int32Array): JointRows {
  const values = new Float64Array(rows.length * data.width);
  for (const [i, row] of rows.entries())
    values.set(data.values.subarray(row * data.width, (row + 1) * data.width), i * data.width);
  const weights = Float64Array.from(rows, (row) => data.weights[row]!);
  return { rows: rows.length, width: data.width, values, weights: normalisedWeights(weights, rows.length) };
}

/** Rows of x followed by s. */
export function joinRows(data: TrainingSet, { context: p, outcome: d }: Sizes): Float64Array {
  const joint = new Float64Array(data.rows * (p + d));
  for (let i = 0; i < data.rows; i++) {
    joint.set(data.contexts.subarray(i * p, (i + 1) * p), i * (p + d));
    joint.set(data.outcomes.subarray(i * d, (i + 1) * d), i * (p + d) + p);
  }
  return joint;
}
