import type { RandomStream } from "../../tensor/random.ts";
import { columnScales, normalisedWeights, standardised } from "../mixture/standardise.ts";
import type { ConditionalSampler, TrainingSet } from "../sampler.ts";

type Sizes = { readonly context: number; readonly outcome: number };

/** Training outcomes near a context. */
export interface NeighbourSampler extends ConditionalSampler {
  readonly count: number;
  /** Rows nearest to a context, nearest first; of two equally near the earlier one. */
  neighbours(context: Float64Array): Int32Array;
  /** Their outcomes (count × d) and weights: the scenario set of kNN-SAA, without sampling noise. */
  scenarios(context: Float64Array): { readonly outcomes: Float64Array; readonly weights: Float64Array };
}

/**
 * The `neighbours` training rows nearest to a context in Euclidean distance after each context component is
 * standardised on the training rows; fewer where there are fewer rows. Draws are with replacement, by the rows' weights.
 */
export function createNeighbourSampler(data: TrainingSet, sizes: Sizes, neighbours: number): NeighbourSampler {
  const { context: p, outcome: d } = sizes;
  const weights = normalisedWeights(data.weights, data.rows);
  const scales = columnScales(data.contexts, data.rows, p, new Float64Array(data.rows).fill(1));
  const points = standardised(data.contexts, p, scales);
  const count = Math.min(neighbours, data.rows);

  const nearest = (contexts: Float64Array, from: number): Int32Array => {
    const x = standardised(contexts.slice(from, from + p), p, scales);
    const distances = new Float64Array(data.rows);
    for (let i = 0; i < data.rows; i++) {
      let sum = 0;
      for (let j = 0; j < p; j++) sum += (points[i * p + j]! - x[j]!) ** 2;
      distances[i] = sum;
    }
    return smallest(distances, count);
  };
  return {
    count,
    neighbours: (context) => nearest(context, 0),
    scenarios(context) {
      const rows = nearest(context, 0);
      return { outcomes: gatherRows(data.outcomes, d, rows), weights: Float64Array.from(rows, (row) => weights[row]!) };
    },
    sample(contexts, rows, draws, stream) {
      const out = new Float64Array(rows * draws * d);
      for (let i = 0; i < rows; i++) {
        const near = nearest(contexts, i * p);
        const chosen = drawRows(
          Float64Array.from(near, (row) => weights[row]!),
          draws,
          stream,
          i * draws,
        );
        out.set(
          gatherRows(
            data.outcomes,
            d,
            chosen.map((k) => near[k]!),
          ),
          i * draws * d,
        );
      }
      return Promise.resolve(out);
    },
  };
}

/** Training outcomes drawn with replacement, by the rows' weights, whatever the context. */
export function createEmpiricalSampler(data: TrainingSet, sizes: Sizes): ConditionalSampler {
  const weights = normalisedWeights(data.weights, data.rows);
  return {
    sample: (_contexts, rows, draws, stream) =>
      Promise.resolve(gatherRows(data.outcomes, sizes.outcome, drawRows(weights, rows * draws, stream, 0))),
  };
}

/** Row numbers drawn by weight: draw i reads the stream at `position + i`. */
export function drawRows(weights: Float64Array, count: number, stream: RandomStream, position: number): Int32Array {
  const cumulated = new Float64Array(weights.length);
  let total = 0;
  for (const [i, weight] of weights.entries()) cumulated[i] = total += weight;
  const uniforms = new Float64Array(count);
  stream.uniform(uniforms, position);
  return Int32Array.from(uniforms, (u) => firstAbove(cumulated, u * total));
}

/** First index whose cumulated weight exceeds `value`: never a row of weight 0. */
function firstAbove(cumulated: Float64Array, value: number): number {
  let low = 0;
  let high = cumulated.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulated[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Rows of a rows × width matrix one after another. */
export function gatherRows(matrix: Float64Array, width: number, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) out.set(matrix.subarray(row * width, (row + 1) * width), i * width);
  return out;
}

/** Indices of the `count` least values, least first, ties by index. */
function smallest(values: Float64Array, count: number): Int32Array {
  if (count === 0) return new Int32Array(0);
  // The count-th least value bounds the candidates, so that only they are sorted with their indices.
  const bound = values.slice().sort()[count - 1]!;
  const candidates: number[] = [];
  for (const [i, value] of values.entries()) if (value <= bound) candidates.push(i);
  return Int32Array.from(candidates.sort((a, b) => values[a]! - values[b]! || a - b).slice(0, count));
}
