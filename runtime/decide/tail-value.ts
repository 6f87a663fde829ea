import { cvar } from "../risk/index.ts";
import { createSample, massAt, selectMass } from "../risk/weighted-sample.ts";

/** CVaR of losses whose value at risk is nearly known, over memory of its own. */
export interface TailValue {
  /**
   * As `cvar` of the first `count` losses, finite, and their positive weights. Where the value at risk lies within `room` of
   * `guess`, which is checked, only the losses there are put in order.
   *
   * @throws RuntimeError `risk-level`
   */
  measure(
    losses: Float64Array,
    weights: Float64Array,
    count: number,
    level: number,
    guess: number,
    room: number,
  ): ReturnType<typeof cvar>;
}

export function createTailValue(): TailValue {
  let near = createSample(0);

  function measure(
    losses: Float64Array,
    weights: Float64Array,
    count: number,
    level: number,
    guess: number,
    room: number,
  ): ReturnType<typeof cvar> {
    if (near.values.length < count) near = createSample(count);
    const { values, weights: kept } = near;
    let [below, above, excess, reached] = [0, 0, 0, 0];
    for (let k = 0; k < count; k++) {
      const loss = losses[k]!;
      const over = loss - guess;
      const weight = weights[k]!;
      if (over < -room) below += weight;
      else if (over > room) {
        above += weight;
        excess += weight * over;
      } else {
        values[reached] = loss;
        kept[reached++] = weight;
      }
    }
    let inside = 0;
    for (let k = 0; k < reached; k++) inside += kept[k]!;
    const total = below + inside + above;
    const target = massAt(level, total) - below;
    if (!(level < 1 && target > 0 && target <= inside && Number.isFinite(guess)))
      return cvar(losses.subarray(0, count), level, weights.subarray(0, count));
    near.count = reached;
    const threshold = selectMass(near, target);
    let sum = excess + above * (guess - threshold);
    for (let k = 0; k < reached; k++) {
      const over = values[k]! - threshold;
      if (over > 0) sum += kept[k]! * over;
    }
    return { value: threshold + sum / ((1 - level) * total), var: threshold };
  }

  return { measure };
}
