import type { DecisionAnswer, Decider } from "../decide/types.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { DecisionProblem } from "../spec.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { riskOf } from "../risk/index.ts";
import { solve } from "../methods/solve.ts";
import type { Pace } from "../methods/pace.ts";
import { mean } from "./statistics.ts";
import { lossTable } from "./losses.ts";
import { openReferences, solveReferences, type Reference, type ReferenceRequest } from "./references.ts";
import type { EvaluationContexts } from "./contexts.ts";

/** The law that regret is measured under, at one context: `count × d` outcomes. */
export interface EvaluationLaw {
  draw(context: Float64Array, count: number, stream: RandomStream): Promise<Float64Array>;
}

/** What a decision is worth under the law at one context. */
export interface Worth {
  /** `ρ[ℓ(z, s)]` with the deterministic terms. */
  readonly risk: number;
  /** `E ℓ(z, s)`. */
  readonly expected: number;
  /** Losses at the scenarios; overwritten by the next call. */
  readonly losses: Float64Array;
}

/**
 * Frozen evaluator: at every context M scenarios of the law, the same for every method, and the best decision under
 * those same scenarios, so that the regret of no decision is negative beyond the solver's tolerance.
 */
export interface Evaluator {
  readonly scenarios: number;
  /** Makes the scenarios of one context available; needed before `worth`. */
  prepare(position: number): Promise<void>;
  worth(position: number, z: Float64Array): Worth;
  /** `ρ(z*)` at each context. */
  readonly optimalRisk: Float64Array;
  /** `E ℓ(z*, s)` at each context. */
  readonly optimalExpected: Float64Array;
  /** Further decisions that a decision is compared with. */
  readonly references: readonly Reference[];
}

export interface EvaluatorOptions {
  readonly problem: DecisionProblem;
  readonly law: EvaluationLaw;
  readonly contexts: EvaluationContexts;
  readonly scenarios: number;
  /** Scenarios of a context come from the child named by its position in the split. */
  readonly stream: RandomStream;
}

/** Scenarios kept in memory, in bytes; beyond it they are drawn again when needed. */
const KEPT_BYTES = 192 * 2 ** 20;

/** Scenarios of every context, drawn when first needed. */
export function createScenarioCache(options: EvaluatorOptions): (position: number) => Promise<Float64Array> {
  const { problem, law, contexts, scenarios, stream } = options;
  const { context: p, outcome: d } = problem.sizes;
  const keep = contexts.count * scenarios * d * Float64Array.BYTES_PER_ELEMENT <= KEPT_BYTES;
  const kept = new Map<number, Float64Array>();
  return async (position) => {
    const found = kept.get(position);
    if (found !== undefined) return found;
    const context = contexts.values.subarray(position * p, (position + 1) * p);
    const drawn = await law.draw(context, scenarios, stream.child(String(contexts.positions[position]!)));
    // One is always kept: the methods of a unit ask for the same context one after another.
    if (!keep) kept.clear();
    kept.set(position, drawn);
    return drawn;
  };
}

/**
 * Solves for the best decision under the law at the contexts from … to − 1.
 * @returns tensors `risk`, `expected`, `z`, `gap`, one row a context, for `openEvaluator`
 */
export async function solveOptima(
  options: EvaluatorOptions,
  { from, to }: { readonly from: number; readonly to: number },
  draw: (position: number) => Promise<Float64Array>,
  decider: Decider,
  pace: Pace,
  onContext?: (done: number) => void,
  requests: readonly ReferenceRequest[] = [],
): Promise<TensorFile> {
  const { problem, contexts, scenarios } = options;
  const { context: p, decision: n } = problem.sizes;
  const losses = lossTable(problem);
  const count = to - from;
  const risk = new Float64Array(count);
  const expected = new Float64Array(count);
  const gap = new Float64Array(count);
  const decisions = new Float64Array(count * n);
  let warm: DecisionAnswer | undefined;
  const further = solveReferences(problem, requests, contexts, count);
  for (let position = from; position < to; position++) {
    const context = contexts.values.subarray(position * p, (position + 1) * p);
    const outcomes = await draw(position);
    const what = `the evaluator at ${contexts.split} context ${position}`;
    warm = solve(decider, { count: scenarios, outcomes }, context, what, warm);
    const at = losses.at(warm.z, outcomes, scenarios, context);
    const row = position - from;
    risk[row] = riskOf(problem.risk, warm.z, at);
    expected[row] = mean(at);
    gap[row] = warm.gap;
    decisions.set(warm.z, row * n);
    further.solve(position, row, outcomes, scenarios);
    onContext?.(row + 1);
    await pace.turn();
  }
  const column = [count];
  return {
    tensors: {
      risk: { shape: column, data: risk },
      expected: { shape: column, data: expected },
      gap: { shape: column, data: gap },
      z: { shape: [count, n], data: decisions },
      ...further.tensors(),
    },
    metadata: {},
  };
}

/** The evaluator with its optima. */
export function openEvaluator(
  options: EvaluatorOptions,
  draw: (position: number) => Promise<Float64Array>,
  optima: {
    readonly risk: Float64Array;
    readonly expected: Float64Array;
    readonly references?: Readonly<Record<string, Float64Array>>;
  },
): Evaluator {
  const { problem, contexts, scenarios } = options;
  const p = problem.sizes.context;
  const table = lossTable(problem);
  const losses = new Float64Array(scenarios);
  let ready = -1;
  let outcomes: Float64Array = new Float64Array(0);
  return {
    scenarios,
    optimalRisk: optima.risk,
    optimalExpected: optima.expected,
    references: openReferences(optima.references ?? {}),
    async prepare(position) {
      outcomes = await draw(position);
      ready = position;
    },
    worth(position, z) {
      if (position !== ready) throw new Error(`The evaluator is not prepared for context ${position}.`);
      const context = contexts.values.subarray(position * p, (position + 1) * p);
      table.at(z, outcomes, scenarios, context, losses);
      return { risk: riskOf(problem.risk, z, losses), expected: mean(losses), losses };
    },
  };
}
