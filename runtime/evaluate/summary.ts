import type { ComparedSeed } from "../methods/compare-seed.ts";
import type { PlannedMethod } from "../methods/plan.ts";
import type { Comparison, MethodResult, MetricValue } from "../report/results.ts";
import type { MetricSpec } from "../spec.ts";
import type { RandomStream } from "../tensor/random.ts";
import { pairedBootstrap } from "./bootstrap.ts";
import { sliceBounds } from "./contexts.ts";
import { hardestMask } from "./hardest.ts";
import { metricsOf, type Metric, type MetricInput } from "./metrics.ts";
import { mean, pairedT, standardDeviation } from "./statistics.ts";

/** Resamples and level of the bootstrap intervals. */
export const BOOTSTRAP = { resamples: 2000, level: 0.95 } as const;

export interface SummaryOptions {
  readonly metrics: readonly MetricSpec[];
  readonly slices: number;
  readonly stream: RandomStream;
  /** Contexts are consecutive times: the bootstrap then draws blocks. */
  readonly ordered: boolean;
}

export interface Summary {
  readonly metrics: readonly Metric[];
  readonly methods: readonly MethodResult[];
  readonly comparisons: readonly Comparison[];
}

/** Block length for n neighbouring contexts: n^(1/3), the usual order (Hall, Horowitz and Jing 1995). */
export function blockLength(contexts: number, ordered: boolean): number {
  return ordered ? Math.max(1, Math.round(contexts ** (1 / 3))) : 1;
}

/** Values with their uncertainty, and comparisons: of trained methods with everything else, and of the best baseline. */
export function summarise(
  methods: readonly PlannedMethod[],
  seeds: readonly ComparedSeed[],
  options: SummaryOptions,
): Summary {
  const metrics = metricsOf(options.metrics);
  const inputs = new Map(methods.map((method) => [method.id, inputsOf(method.id, seeds, options.metrics)]));
  const results = methods.map((method) => methodResult(method, metrics, inputs.get(method.id)!, seeds, options));
  const comparisons: Comparison[] = [];
  const pairs = comparedPairs(methods);
  for (const pair of bestPairs(results, metrics[0])) {
    if (!pairs.some((known) => String(known) === String(pair))) pairs.push(pair);
  }
  for (const [method, baseline] of pairs) {
    for (const metric of metrics) {
      const compared = compare(metric, inputs.get(method)!, inputs.get(baseline)!, options);
      if (compared !== null) comparisons.push({ method, baseline, metric: metric.id, ...compared });
    }
  }
  return { metrics, methods: results, comparisons };
}

/** The trained method against every other; other settings of DW-FM against the uniform flow and the controls. */
function comparedPairs(methods: readonly PlannedMethod[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (const method of methods) {
    if (method.role !== "trained" && method.how.kind !== "dw_fm") continue;
    for (const baseline of methods) {
      if (baseline.id === method.id) continue;
      if (pairs.some(([a, b]) => a === baseline.id && b === method.id)) continue;
      const near = baseline.how.kind === "uniform_fm" || baseline.role === "control";
      if (method.role === "trained" || near) pairs.push([method.id, baseline.id]);
    }
  }
  return pairs;
}

/**
 * Where a baseline is better by the first metric than the trained method, that baseline against the others: which of them
 * to take is the question then.
 */
function bestPairs(results: readonly MethodResult[], metric: Metric | undefined): [string, string][] {
  if (metric === undefined || metric.better === "none") return [];
  const sign = metric.better === "lower" ? 1 : -1;
  const ranked = results.flatMap(({ id, role, values }) => {
    const found = values.find((value) => value.metric === metric.id)?.mean ?? null;
    return found !== null && (role === "trained" || role === "baseline") ? [{ id, role, value: sign * found }] : [];
  });
  ranked.sort((a, b) => a.value - b.value);
  const [best, ...others] = ranked;
  if (best === undefined || best.role === "trained") return [];
  return others.flatMap(({ id, role }): [string, string][] => (role === "baseline" ? [[best.id, id]] : []));
}

function inputsOf(id: string, seeds: readonly ComparedSeed[], metrics: readonly MetricSpec[]): MetricInput[] {
  return seeds.map(({ decided, optimalExpected, hardness }) => {
    const { regret, expected, realised, tail: all } = decided.get(id)!;
    // A method without scenarios of its own has no distribution to compare.
    const tail = Object.fromEntries(Object.entries(all).filter(([, values]) => values.every(Number.isFinite)));
    const hardest = new Map<number, Uint8Array>();
    for (const metric of metrics) {
      if (metric.metric !== "regret" || metric.hardest === undefined) continue;
      hardest.set(metric.hardest, hardestMask(hardness, metric.hardest));
    }
    return { columns: { regret, expected, realised, tail }, optimalExpected, hardest };
  });
}

function methodResult(
  method: PlannedMethod,
  metrics: readonly Metric[],
  inputs: readonly MetricInput[],
  seeds: readonly ComparedSeed[],
  options: SummaryOptions,
): MethodResult {
  const contexts = seeds[0]!.contexts.count;
  const all = range(0, contexts);
  const bounds = options.slices > 1 ? sliceBounds(contexts, options.slices) : [];
  const values = metrics.map((metric): MetricValue => {
    const perSeed = inputs.map((input) => metric.value(input, all));
    const slices = bounds.map(([from, to]) => meanOrNull(inputs.map((input) => metric.value(input, range(from, to)))));
    const known = perSeed.filter((value): value is number => value !== null);
    return { metric: metric.id, perSeed, mean: meanOrNull(perSeed), sd: standardDeviation(known), slices };
  });
  let unsolved = 0;
  for (const { decided } of seeds) for (const flag of decided.get(method.id)!.inaccurate) unsolved += flag;
  const moved = seeds.flatMap(({ decided }) => Array.from(decided.get(method.id)!.moved));
  return {
    id: method.id,
    label: method.label,
    role: method.role,
    note: method.note,
    values,
    regrets: inputs.map((input) => Array.from(input.columns.regret)),
    unsolved,
    moved: meanOrNull(moved) ?? 0,
  };
}

type Difference = Omit<Comparison, "method" | "baseline" | "metric">;

function compare(
  metric: Metric,
  method: readonly MetricInput[],
  baseline: readonly MetricInput[],
  options: SummaryOptions,
): Difference | null {
  const all = range(0, method[0]!.columns.regret.length);
  const differences: number[] = [];
  const baselines: number[] = [];
  for (let r = 0; r < method.length; r++) {
    const a = metric.value(method[r]!, all);
    const b = metric.value(baseline[r]!, all);
    if (a === null || b === null) return null;
    differences.push(a - b);
    baselines.push(b);
  }
  const difference = mean(differences);
  const base = mean(baselines);
  return {
    difference,
    sd: standardDeviation(differences),
    relative: base === 0 ? null : difference / Math.abs(base),
    t: pairedT(differences),
    bootstrap: bootstrapOf(metric, method, baseline, options),
  };
}

/** Interval for metrics that are means over the same contexts at every seed; `null` for the others. */
function bootstrapOf(
  metric: Metric,
  method: readonly MetricInput[],
  baseline: readonly MetricInput[],
  options: SummaryOptions,
): Comparison["bootstrap"] {
  if (metric.perContext === null) return null;
  const differences: Float64Array[] = [];
  const masks: (Uint8Array | null)[] = [];
  for (let r = 0; r < method.length; r++) {
    const a = metric.perContext(method[r]!);
    const b = metric.perContext(baseline[r]!);
    if (a === null || b === null) return null;
    differences.push(a.values.map((value, i) => value - b.values[i]!));
    masks.push(a.mask);
  }
  const block = blockLength(differences[0]!.length, options.ordered);
  return pairedBootstrap(differences, masks, options.stream, { ...BOOTSTRAP, block });
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, k) => from + k);
}

function meanOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value): value is number => value !== null);
  return known.length === 0 || known.length < values.length ? null : mean(known);
}
