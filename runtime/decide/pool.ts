import type { DecisionProblem } from "../spec.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { ScenarioSet } from "./types.ts";

/** Decisions kept for contrastive losses. Not reentrant: it owns its working memory. */
export interface SolutionPool {
  /** Decisions in the order in which they came; n values each. */
  readonly solutions: readonly Float64Array[];
  /** Index of a decision; it is added unless one within the tolerance is there. */
  add(z: Float64Array): number;
  /**
   * With probability `solveProbability` solves and adds the decision, else leaves the pool as it is. Draw `position` of
   * the stream decides, so that a resumed training makes the same choices.
   *
   * @returns the index of the decision, or −1 where it was not solved for
   */
  grow(position: number, solve: () => Float64Array): number;
  /** Losses of every decision at every scenario: solutions × scenarios, row-major. */
  losses(scenarios: ScenarioSet, context: Float64Array): Float64Array;
  /** The decision of least cost for a linear objective `costs · z`: what a solver would answer if the pool were the set. */
  best(costs: ArrayLike<number>): { readonly index: number; readonly objective: number };
}

export interface PoolOptions {
  /** p_solve of Mulamba et al. (2021): 1 solves every time, 0 never. */
  readonly solveProbability: number;
  /** `pool` of the training's streams. */
  readonly stream: RandomStream;
  /** Decisions that differ by no more than this in each component, relative to 1 + its size, are one; 1e-9. */
  readonly tolerance?: number;
}

const TOLERANCE = 1e-9;

/**
 * A growing pool of decisions (Mulamba et al. 2021, "Contrastive losses and solution caching"; 004 §4b).
 *
 * @throws RangeError where the probability is none
 */
export function createSolutionPool(problem: DecisionProblem, options: PoolOptions): SolutionPool {
  const { solveProbability, stream, tolerance = TOLERANCE } = options;
  if (!(solveProbability >= 0 && solveProbability <= 1)) {
    throw new RangeError(`the probability of solving is ${solveProbability}`);
  }
  const { decision: n, outcome: d } = problem.sizes;
  const { count: pieces, fill: fillPieces } = problem.pieces;
  const solutions: Float64Array[] = [];
  const draw = new Float64Array(1);
  const outcome = new Float64Array(d);
  const slopes = new Float64Array(pieces * n);
  const offsets = new Float64Array(pieces);

  const same = (a: Float64Array, b: Float64Array): boolean =>
    a.every((value, i) => Math.abs(value - b[i]!) <= tolerance * (1 + Math.abs(value)));

  function add(z: Float64Array): number {
    if (z.length !== n) throw new RangeError(`a decision has ${n} values and ${z.length} were given`);
    const found = solutions.findIndex((known) => same(z, known));
    return found >= 0 ? found : solutions.push(z.slice()) - 1;
  }

  return {
    solutions,
    add,
    grow(position, solve) {
      stream.uniform(draw, position);
      return draw[0]! < solveProbability ? add(solve()) : -1;
    },
    losses({ count, outcomes }, context) {
      const out = new Float64Array(solutions.length * count);
      // Each scenario's pieces are filled once and read by every decision.
      for (let k = 0; k < count; k++) {
        for (let i = 0; i < d; i++) outcome[i] = outcomes[k * d + i]!;
        fillPieces(outcome, context, slopes, offsets);
        for (let index = 0; index < solutions.length; index++) {
          const z = solutions[index]!;
          let loss = -Infinity;
          for (let j = 0; j < pieces; j++) {
            let value = offsets[j]!;
            for (let i = 0; i < n; i++) value += slopes[j * n + i]! * z[i]!;
            loss = Math.max(loss, value);
          }
          out[index * count + k] = loss;
        }
      }
      return out;
    },
    best(costs) {
      let index = -1;
      let objective = Infinity;
      solutions.forEach((z, at) => {
        let value = 0;
        for (let i = 0; i < n; i++) value += costs[i]! * z[i]!;
        if (value < objective) {
          index = at;
          objective = value;
        }
      });
      return { index, objective };
    },
  };
}
