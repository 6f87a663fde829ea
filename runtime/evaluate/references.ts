import type { Decider, DecisionAnswer } from "../decide/types.ts";
import { solve } from "../methods/solve.ts";
import type { DecisionProblem, MetricSpec } from "../spec.ts";
import type { Tensor } from "../tensor/safetensors.ts";
import type { EvaluationContexts } from "./contexts.ts";

/**
 * A decision at each context that others are compared with, besides the best one under the model's own risk.
 * `tail α`: the best under the CVaR of that tail mass, for the scenarios of the law. `hindsight`: the best for the
 * outcome that came.
 */
export type Reference =
  | { readonly kind: "tail"; readonly tail: number; readonly z: Float64Array }
  | { readonly kind: "hindsight"; readonly z: Float64Array };

/** What a reference is solved with. */
export interface ReferenceRequest {
  readonly name: string;
  readonly kind: "tail" | "hindsight";
  readonly decider: Decider;
}

const TAIL = "tail ";
const HINDSIGHT = "hindsight";

/** The references that the metrics of a spec need, by name, with the tail mass that each is the best for. */
export function referenceNames(metrics: readonly MetricSpec[]): readonly { name: string; tail: number | null }[] {
  const names = new Map<string, number | null>();
  for (const metric of metrics) {
    if (metric.metric === "relative_regret" && metric.tail !== undefined)
      names.set(`${TAIL}${metric.tail}`, metric.tail);
    if (metric.metric === "hindsight_regret") names.set(HINDSIGHT, null);
  }
  return [...names].map(([name, tail]) => ({ name, tail }));
}

/** Solves references context by context and keeps them for `openReferences`. */
export function solveReferences(
  problem: DecisionProblem,
  requests: readonly ReferenceRequest[],
  contexts: EvaluationContexts,
  count: number,
): {
  solve(position: number, row: number, outcomes: Float64Array, scenarios: number): void;
  tensors(): Record<string, Tensor>;
} {
  const { context: p, decision: n, outcome: d } = problem.sizes;
  const rows = requests.map((request) => ({ request, z: new Float64Array(count * n) }));
  const warm = new Map<string, DecisionAnswer>();
  return {
    solve(position, row, outcomes, scenarios) {
      const context = contexts.values.subarray(position * p, (position + 1) * p);
      for (const { request, z } of rows) {
        const { name, kind, decider } = request;
        const set =
          kind === "tail"
            ? { count: scenarios, outcomes }
            : { count: 1, outcomes: contexts.outcomes.slice(position * d, (position + 1) * d) };
        const what = `the evaluator (${name}) at ${contexts.split} context ${position}`;
        const answer = solve(decider, set, context, what, warm.get(name));
        warm.set(name, answer);
        z.set(answer.z, row * n);
      }
    },
    tensors: () =>
      Object.fromEntries(rows.map(({ request, z }) => [`${PREFIX}${request.name}`, { shape: [count, n], data: z }])),
  };
}

const PREFIX = "reference/";

/** The references among the tensors of solved optima, by name. */
export function referenceTensors(tensors: Readonly<Record<string, Tensor>>): Readonly<Record<string, Float64Array>> {
  const found: Record<string, Float64Array> = {};
  for (const [name, { data }] of Object.entries(tensors)) {
    if (name.startsWith(PREFIX) && data instanceof Float64Array) found[name.slice(PREFIX.length)] = data;
  }
  return found;
}

/** The decisions of `referenceTensors` as references. */
export function openReferences(decisions: Readonly<Record<string, Float64Array>>): readonly Reference[] {
  return Object.entries(decisions).map(([name, z]) =>
    name === HINDSIGHT ? { kind: "hindsight", z } : { kind: "tail", tail: Number(name.slice(TAIL.length)), z },
  );
}
