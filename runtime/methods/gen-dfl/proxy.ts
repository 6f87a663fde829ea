import type { DecisionAnswer, Decider } from "../../decide/types.ts";
import type { ConditionalSampler, TrainingSet } from "../../models/sampler.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { projectOnRange, type OutcomeRange } from "../outcome-range.ts";

/** The frozen law `q(c | x)` that regret is measured under (004 §4.2), at the training contexts. */
export interface ProxyLaw {
  /** Scenarios at a training row's context, `count` × d; the same at every call. */
  scenarios(row: number): Promise<Float64Array>;
  readonly count: number;
  /** `w*` at a training row: the best decision under these scenarios. @throws what `decide` throws */
  target(row: number): Promise<DecisionAnswer>;
}

/** Numbers kept in memory; beyond it scenarios are drawn again when needed. */
const KEPT = 2 ** 23;

export function proxyLaw(
  sampler: ConditionalSampler,
  decider: Decider,
  train: TrainingSet,
  sizes: { readonly context: number; readonly outcome: number },
  options: { readonly count: number; readonly range: OutcomeRange | null; readonly stream: RandomStream },
): ProxyLaw {
  const { context: p, outcome: d } = sizes;
  const { count, range, stream } = options;
  const keep = train.rows * count * d <= KEPT;
  const drawn = new Map<number, Float64Array>();
  const targets = new Map<number, DecisionAnswer>();
  const contextOf = (row: number): Float64Array => train.contexts.slice(row * p, (row + 1) * p);

  async function scenarios(row: number): Promise<Float64Array> {
    const found = drawn.get(row);
    if (found !== undefined) return found;
    const outcomes = await sampler.sample(contextOf(row), 1, count, stream.child(String(row)));
    if (range !== null) projectOnRange(range, outcomes);
    if (!keep) drawn.clear();
    drawn.set(row, outcomes);
    return outcomes;
  }

  return {
    scenarios,
    count,
    async target(row) {
      const found = targets.get(row);
      if (found !== undefined) return found;
      // Every solve starts cold: what it finds is then a function of the row alone.
      const answer = decider.decide({ count, outcomes: await scenarios(row) }, contextOf(row));
      targets.set(row, answer);
      return answer;
    },
  };
}
