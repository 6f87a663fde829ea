import type { DecisionAnswer, Decider, ScenarioSet } from "../decide/types.ts";
import type { EvaluationContexts } from "../evaluate/contexts.ts";
import type { Evaluator } from "../evaluate/evaluator.ts";
import { createScorer, type Scorer } from "../evaluate/score.ts";
import type { DecisionProblem, MetricSpec } from "../spec.ts";
import type { Tensor, TensorFile } from "../tensor/safetensors.ts";
import { readsContext } from "./context-use.ts";
import type { Pace } from "./pace.ts";
import { solve } from "./solve.ts";
import { chunkSize, type ScenarioSource } from "./sources.ts";

/** One way to decide on a source's scenarios; several share the sampling. */
export interface Variant {
  readonly id: string;
  /** Scenario weights at a context; `null` weighs all alike. */
  readonly weights: ((scenarios: ScenarioSet, position: number) => Float64Array) | null;
}

/** Decisions and scores of one variant over all contexts. */
export interface DecidedContexts {
  readonly id: string;
  /** count × n. */
  readonly z: Float64Array;
  /** 1 where the decision did not reach the tolerance. */
  readonly inaccurate: Float64Array;
  readonly gap: Float64Array;
  readonly regret: Float64Array;
  readonly expected: Float64Array;
  readonly realised: Float64Array;
  readonly tail: Readonly<Record<string, Float64Array>>;
}

export interface DecideContextsOptions {
  readonly problem: DecisionProblem;
  readonly decider: Decider;
  readonly contexts: EvaluationContexts;
  readonly evaluator: Evaluator;
  readonly source: ScenarioSource;
  /** Scenarios a context, for the size of the chunks. */
  readonly scenarios: number;
  readonly variants: readonly Variant[];
  /** Tail metrics to compute; the others are always there. */
  readonly tails: readonly Extract<MetricSpec, { metric: "tail_w1" | "quantile_gap" | "cvar_gap" }>[];
  readonly pace: Pace;
  onContext(done: number): void;
}

interface Row {
  readonly variant: Variant;
  readonly scorer: Scorer;
  readonly z: Float64Array;
  readonly inaccurate: Float64Array;
  readonly gap: Float64Array;
  warm: DecisionAnswer | undefined;
  /** The set that `warm` was decided on, where the answer can be used again. */
  solved: ScenarioSet | null;
}

/**
 * Decides at every context with every variant and scores each decision. Scenarios are sampled a chunk of contexts at a
 * time and shared by the variants; each solve starts from the neighbouring context's answer; one scenario set for all
 * contexts is solved once where the loss does not read the context.
 */
export async function decideContexts(options: DecideContextsOptions): Promise<DecidedContexts[]> {
  const { problem, decider, contexts, evaluator, source, variants, tails, pace } = options;
  const { context: p, decision: n, outcome: d } = problem.sizes;
  const contextual = readsContext(problem, contexts.outcomes, contexts.count);
  const rows: Row[] = variants.map((variant) => ({
    variant,
    scorer: createScorer(problem, contexts, evaluator, tails),
    z: new Float64Array(contexts.count * n),
    inaccurate: new Float64Array(contexts.count),
    gap: new Float64Array(contexts.count),
    warm: undefined,
    solved: null,
  }));
  const step = chunkSize(options.scenarios, d);
  for (let from = 0; from < contexts.count; from += step) {
    const to = Math.min(from + step, contexts.count);
    const sets = await source.draw(contexts, from, to);
    for (let position = from; position < to; position++) {
      const context = contexts.values.subarray(position * p, (position + 1) * p);
      await evaluator.prepare(position);
      for (const row of rows) {
        const drawn = sets[position - from]!;
        const set = row.variant.weights === null ? drawn : { ...drawn, weights: row.variant.weights(drawn, position) };
        if (row.warm === undefined || contextual || row.solved !== set) {
          const what = `${row.variant.id} at ${contexts.split} context ${position}`;
          row.warm = solve(decider, set, context, what, row.warm);
          row.solved = set;
        }
        const answer = row.warm;
        row.z.set(answer.z, position * n);
        row.inaccurate[position] = answer.status === "optimal" ? 0 : 1;
        row.gap[position] = answer.gap;
        row.scorer.score(position, answer.z, set);
      }
      await pace.turn();
      options.onContext(position + 1);
    }
  }
  return rows.map(({ variant, scorer, z, inaccurate, gap }) => ({
    id: variant.id,
    z,
    inaccurate,
    gap,
    ...scorer.columns,
  }));
}

/** The same for a method that takes one decision whatever the context and believes in no scenarios. */
export async function scoreFixedDecision(
  options: Omit<DecideContextsOptions, "source" | "scenarios" | "variants" | "decider">,
  id: string,
  decision: DecisionAnswer,
): Promise<DecidedContexts> {
  const { problem, contexts, evaluator, pace } = options;
  const n = problem.sizes.decision;
  const scorer = createScorer(problem, contexts, evaluator, []);
  const z = new Float64Array(contexts.count * n);
  for (let position = 0; position < contexts.count; position++) {
    await evaluator.prepare(position);
    z.set(decision.z, position * n);
    scorer.score(position, decision.z, null);
    await pace.turn();
    options.onContext(position + 1);
  }
  return {
    id,
    z,
    inaccurate: new Float64Array(contexts.count).fill(decision.status === "optimal" ? 0 : 1),
    gap: new Float64Array(contexts.count).fill(decision.gap),
    ...scorer.columns,
  };
}

const COLUMNS = ["inaccurate", "gap", "regret", "expected", "realised"] as const;

/** Decided contexts as tensors named `id/column`, for a unit of the run folder. */
export function packDecided(decided: readonly DecidedContexts[]): TensorFile {
  const tensors: Record<string, Tensor> = {};
  for (const row of decided) {
    const count = row.regret.length;
    tensors[`${row.id}/z`] = { shape: [count, row.z.length / Math.max(1, count)], data: row.z };
    for (const column of COLUMNS) tensors[`${row.id}/${column}`] = { shape: [count], data: row[column] };
    for (const [name, values] of Object.entries(row.tail)) {
      tensors[`${row.id}/tail/${name}`] = { shape: [count], data: values };
    }
  }
  return { tensors, metadata: {} };
}

/** @throws Error where the unit was written without that id or column, which its identity rules out */
export function unpackDecided(file: TensorFile, id: string): DecidedContexts {
  const tail: Record<string, Float64Array> = {};
  const prefix = `${id}/tail/`;
  for (const name of Object.keys(file.tensors)) {
    if (name.startsWith(prefix)) tail[name.slice(prefix.length)] = doubles(file, name);
  }
  return {
    id,
    z: doubles(file, `${id}/z`),
    inaccurate: doubles(file, `${id}/inaccurate`),
    gap: doubles(file, `${id}/gap`),
    regret: doubles(file, `${id}/regret`),
    expected: doubles(file, `${id}/expected`),
    realised: doubles(file, `${id}/realised`),
    tail,
  };
}

/** A float64 tensor of a unit. */
export function doubles(file: TensorFile, name: string): Float64Array {
  const tensor = file.tensors[name];
  if (tensor === undefined || !(tensor.data instanceof Float64Array)) {
    throw new Error(`A unit of the run folder lacks the float64 tensor ${name}.`);
  }
  return tensor.data;
}
