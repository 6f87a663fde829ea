import type { DecisionProblem } from "../spec.ts";

/** Outcomes tried before the loss is taken to ignore the context. */
const PROBES = 256;

/**
 * Whether the decision problem reads the context at all. One that does not has one answer for one scenario set,
 * whatever the context, and is solved once. Found by handing the emitted functions a context that notes being read, at
 * evenly spaced outcomes (a branch of the loss might read it for some outcomes only).
 */
export function readsContext(problem: DecisionProblem, outcomes: Float64Array, rows: number): boolean {
  const { context, outcome, decision } = problem.sizes;
  let read = false;
  const spy = new Proxy(new Float64Array(context), {
    get(target, property) {
      read = true;
      const value: unknown = Reflect.get(target, property);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const slopes = new Float64Array(problem.pieces.count * decision);
  const offsets = new Float64Array(problem.pieces.count);
  const z = new Float64Array(decision);
  const probes = Math.min(rows, PROBES);
  for (let k = 0; k < probes; k++) {
    const row = Math.floor((k * rows) / probes);
    const s = outcomes.slice(row * outcome, (row + 1) * outcome);
    problem.pieces.fill(s, spy, slopes, offsets);
    problem.loss(z, s, spy);
    if (read) return true;
  }
  return false;
}
