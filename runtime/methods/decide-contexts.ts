import type { DecisionAnswer, Decider, ScenarioSet } from "../decide/types.ts";
import type { EvaluationContexts } from "../evaluate/contexts.ts";
import type { Evaluator } from "../evaluate/evaluator.ts";
import { UNAMBIGUOUS_COLUMN } from "../evaluate/reference-scores.ts";
import { createScorer, tailColumn, type ScenarioMetric, type Scorer } from "../evaluate/score.ts";
import type { DecisionProblem } from "../spec.ts";
import type { Tensor, TensorFile } from "../tensor/safetensors.ts";
import { readsContext } from "./context-use.ts";
import type { Pace } from "./pace.ts";
import type { ContextRange } from "./task.ts";
import { solve } from "./solve.ts";
import { openTies } from "./ties.ts";
import { chunkSize, type ScenarioSource } from "./sources.ts";

/** One way to decide on a source's scenarios; several share the sampling. */
export interface Variant {
  readonly id: string;
  /** Scenario weights at a context; `null` weighs all alike. */
  readonly weights: ((scenarios: ScenarioSet, position: number) => Float64Array) | null;
  /** In place of the options' decider. */
  readonly decider?: Decider;
}

/** Decisions and scores of one variant over all contexts. */
export interface DecidedContexts {
  readonly id: string;
  /** count × n. */
  readonly z: Float64Array;
  /** 1 where the decision did not reach the tolerance. */
  readonly inaccurate: Float64Array;
  readonly gap: Float64Array;
  /** Share of the scenarios' values that had to be moved into the outcome's declared range. */
  readonly moved: Float64Array;
  readonly regret: Float64Array;
  readonly expected: Float64Array;
  readonly realised: Float64Array;
  readonly tail: Readonly<Record<string, Float64Array>>;
}

export interface DecideContextsOptions {
  readonly problem: DecisionProblem;
  readonly decider: Decider;
  readonly contexts: EvaluationContexts;
  /** The contexts to decide; the first solve of a range starts cold, so that its numbers are its own. */
  readonly range: ContextRange;
  readonly evaluator: Evaluator;
  readonly source: ScenarioSource;
  /** Scenarios a context, for the size of the chunks. */
  readonly scenarios: number;
  readonly variants: readonly Variant[];
  /** Tail metrics to compute; the others are always there. */
  readonly tails: readonly ScenarioMetric[];
  readonly pace: Pace;
  /** Called with the number of contexts of the range that are done. */
  onContext(done: number): void;
}

interface Row {
  readonly variant: Variant;
  readonly scorer: Scorer;
  readonly z: Float64Array;
  readonly inaccurate: Float64Array;
  readonly gap: Float64Array;
  readonly moved: Float64Array;
  warm: DecisionAnswer | undefined;
  /** The set that `warm` was decided on, where the answer can be used again. */
  solved: ScenarioSet | null;
}

/**
 * Decides at every context of a range with every variant and scores each decision. Scenarios are sampled a chunk of
 * contexts at a time and shared by the variants; each solve starts from the neighbouring context's answer; one scenario
 * set for all contexts is solved once where the loss does not read the context.
 * @returns columns with one row for each context of the range
 */
export async function decideContexts(options: DecideContextsOptions): Promise<DecidedContexts[]> {
  const { problem, decider, contexts, range, evaluator, source, variants, tails, pace } = options;
  const { context: p, decision: n, outcome: d } = problem.sizes;
  const contextual = readsContext(problem, contexts.outcomes, contexts.count);
  const rows: Row[] = variants.map((variant) => ({
    variant,
    scorer: createScorer(problem, contexts, evaluator, tails),
    z: new Float64Array(contexts.count * n),
    inaccurate: new Float64Array(contexts.count),
    gap: new Float64Array(contexts.count),
    moved: new Float64Array(contexts.count),
    warm: undefined,
    solved: null,
  }));
  const ambiguous = tails.some((metric) => tailColumn(metric) === UNAMBIGUOUS_COLUMN);
  const ties = ambiguous ? await openTies(problem, contexts) : null;
  const step = chunkSize(options.scenarios, d);
  for (let from = range.from; from < range.to; from += step) {
    const to = Math.min(from + step, range.to);
    const sets = await source.draw(contexts, from, to);
    for (let position = from; position < to; position++) {
      const context = contexts.values.subarray(position * p, (position + 1) * p);
      await evaluator.prepare(position);
      for (const row of rows) {
        const drawn = sets[position - from]!;
        const set = row.variant.weights === null ? drawn : { ...drawn, weights: row.variant.weights(drawn, position) };
        if (row.warm === undefined || contextual || row.solved !== set) {
          const what = `${row.variant.id} at ${contexts.split} context ${position}`;
          row.warm = solve(row.variant.decider ?? decider, set, context, what, row.warm);
          row.solved = set;
        }
        const answer = row.warm;
        row.z.set(answer.z, position * n);
        row.inaccurate[position] = answer.status === "optimal" ? 0 : 1;
        row.gap[position] = answer.gap;
        row.moved[position] = (drawn.moved ?? 0) / drawn.outcomes.length;
        const tie = ties?.worst(row.variant.decider ?? ties.exact ?? decider, set, position, answer);
        row.scorer.score(position, answer.z, set, tie);
      }
      await pace.turn();
      options.onContext(position + 1 - range.from);
    }
  }
  return rows.map(({ variant, scorer, z, inaccurate, gap, moved }) =>
    rangeOf({ id: variant.id, z, inaccurate, gap, moved, ...scorer.columns }, range),
  );
}

/** The same for a method that takes one decision whatever the context and believes in no scenarios. */
export async function scoreFixedDecision(
  options: Omit<DecideContextsOptions, "source" | "scenarios" | "variants" | "decider">,
  id: string,
  decision: DecisionAnswer,
): Promise<DecidedContexts> {
  const { problem, contexts, range, evaluator, pace } = options;
  const n = problem.sizes.decision;
  const scorer = createScorer(problem, contexts, evaluator, []);
  const z = new Float64Array(contexts.count * n);
  for (let position = range.from; position < range.to; position++) {
    await evaluator.prepare(position);
    z.set(decision.z, position * n);
    scorer.score(position, decision.z, null);
    await pace.turn();
    options.onContext(position + 1 - range.from);
  }
  const inaccurate = new Float64Array(contexts.count).fill(decision.status === "optimal" ? 0 : 1);
  const gap = new Float64Array(contexts.count).fill(decision.gap);
  const moved = new Float64Array(contexts.count);
  return rangeOf({ id, z, inaccurate, gap, moved, ...scorer.columns }, range);
}

/** The rows of a range, in arrays of their own. */
function rangeOf(decided: DecidedContexts, { from, to }: ContextRange): DecidedContexts {
  const rows = (column: Float64Array): Float64Array => column.slice(from, to);
  const n = decided.z.length / Math.max(1, decided.regret.length);
  return {
    id: decided.id,
    z: decided.z.slice(from * n, to * n),
    inaccurate: rows(decided.inaccurate),
    gap: rows(decided.gap),
    moved: rows(decided.moved),
    regret: rows(decided.regret),
    expected: rows(decided.expected),
    realised: rows(decided.realised),
    tail: Object.fromEntries(Object.entries(decided.tail).map(([name, values]) => [name, rows(values)])),
  };
}

const COLUMNS = ["inaccurate", "gap", "moved", "regret", "expected", "realised"] as const;

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
    moved: doubles(file, `${id}/moved`),
    regret: doubles(file, `${id}/regret`),
    expected: doubles(file, `${id}/expected`),
    realised: doubles(file, `${id}/realised`),
    tail,
  };
}

/** Tensors of consecutive ranges, such as `packDecided` and the optima have, as one: rows after rows. */
export function joinRanges(parts: readonly TensorFile[]): TensorFile {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first ?? { tensors: {}, metadata: {} };
  const tensors = Object.entries(first.tensors).map(([name, { shape }]): [string, Tensor] => {
    const columns = parts.map((part) => doubles(part, name));
    const data = new Float64Array(columns.reduce((sum, column) => sum + column.length, 0));
    let at = 0;
    for (const column of columns) {
      data.set(column, at);
      at += column.length;
    }
    const rows = parts.reduce((sum, part) => sum + part.tensors[name]!.shape[0]!, 0);
    return [name, { shape: [rows, ...shape.slice(1)], data }];
  });
  return { tensors: Object.fromEntries(tensors), metadata: first.metadata };
}

/** A float64 tensor of a unit. */
export function doubles(file: TensorFile, name: string): Float64Array {
  const tensor = file.tensors[name];
  if (tensor === undefined || !(tensor.data instanceof Float64Array)) {
    throw new Error(`A unit of the run folder lacks the float64 tensor ${name}.`);
  }
  return tensor.data;
}
