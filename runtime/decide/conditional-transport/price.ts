import type { ConditionalLaw } from "../ambiguity/robust-program.ts";
import { goldenSection } from "../golden-section.ts";
import { worstExpectation } from "./worst-expectation.ts";

/** Width of log λ at which the search ends: the price is a guess, which the solver improves on. */
const TOLERANCE = 1e-3;
/** First stretch of log λ looked at, and the most that it is widened by. */
const FIRST_WIDTH = 1;
const WIDEST = 64;

/**
 * The λ of least worst risk at a decision and its t, by a golden-section search in log λ.
 *
 * @param pieces K × W values of the pieces of Λ
 * @param added W: what moving the outcomes adds at λ = 1; it falls as 1/λ
 * @param unit squared radius, the unit of the law's costs
 */
export function leastPrice(pieces: Float64Array, added: Float64Array, law: ConditionalLaw, unit: number): number {
  const width = added.length;
  const count = pieces.length / width;
  const values = new Float64Array(count);
  const at = (log: number): number => {
    const multiplier = Math.exp(log);
    for (let k = 0; k < count; k++) {
      let largest = -Infinity;
      for (let w = 0; w < width; w++) largest = Math.max(largest, pieces[k * width + w]! + added[w]! / multiplier);
      values[k] = largest - multiplier * unit * law.costs[k]!;
    }
    return worstExpectation(values, multiplier * unit, law).value;
  };
  const steepest = added.reduce((a, b) => Math.max(a, b), 0);
  // Where the whole budget moves outcomes, and nothing else counts, λ is about the slope over twice the radius.
  const start = steepest > 0 ? Math.log(steepest / unit) / 2 : 0;
  let low = start - FIRST_WIDTH;
  let high = start + FIRST_WIDTH;
  let [a, b] = [at(low), at(high)];
  const middle = at(start);
  for (let step = FIRST_WIDTH, last = middle; a < last && step < WIDEST; step *= 2) {
    last = a;
    a = at((low -= step));
  }
  for (let step = FIRST_WIDTH, last = middle; b < last && step < WIDEST; step *= 2) {
    last = b;
    b = at((high += step));
  }
  return Math.exp(goldenSection(at, low, high, TOLERANCE));
}
