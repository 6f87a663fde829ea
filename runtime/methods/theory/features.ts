import type { RandomStream } from "../../tensor/random.ts";
import type { FlowSizes } from "../../models/flow-matching/velocity.ts";
import type { Interpolation } from "./interpolation.ts";

/** Random rectified features of `(s_t, t, x)`. */
export const RANDOM_FEATURES = 64;
/** State, context and field enter by themselves up to so many components each. */
const OWN_COMPONENTS = 32;

export interface Features {
  /** N × q. */
  readonly values: Float64Array;
  readonly size: number;
}

/**
 * What fields are corrected by: a constant, the time, the state, the context, the difference of the two trained fields,
 * and rectified random projections of all of it (Rahimi and Recht 2008), which no constant direction misses for long.
 *
 * @param difference N × d, of the weighted and the plain field; zeros where there is only one
 */
export function fieldFeatures(
  tuples: Interpolation,
  difference: Float64Array,
  { context: p, outcome: d }: FlowSizes,
  stream: RandomStream,
): Features {
  const own = { state: d <= OWN_COMPONENTS ? d : 0, context: p <= OWN_COMPONENTS ? p : 0 };
  const width = d + p + 2;
  const directions = new Float64Array(RANDOM_FEATURES * width);
  stream.normal(directions);
  const size = 2 + 2 * own.state + own.context + RANDOM_FEATURES;
  const values = new Float64Array(tuples.count * size);
  const scale = 1 / Math.sqrt(width);
  for (let k = 0; k < tuples.count; k++) {
    let at = k * size;
    values[at++] = 1;
    values[at++] = tuples.times[k]!;
    for (let j = 0; j < own.state; j++) values[at++] = tuples.states[k * d + j]!;
    for (let j = 0; j < own.state; j++) values[at++] = difference[k * d + j]!;
    for (let j = 0; j < own.context; j++) values[at++] = tuples.contexts[k * p + j]!;
    for (let f = 0; f < RANDOM_FEATURES; f++) {
      let [sum, to] = [0, f * width];
      for (let j = 0; j < d; j++) sum += directions[to++]! * tuples.states[k * d + j]!;
      for (let j = 0; j < p; j++) sum += directions[to++]! * tuples.contexts[k * p + j]!;
      // The time is stretched to the spread of a standardised value.
      sum += directions[to++]! * (tuples.times[k]! - 0.5) * Math.sqrt(12) + directions[to]!;
      values[at++] = Math.max(0, sum * scale);
    }
  }
  return { values, size };
}
