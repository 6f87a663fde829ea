import { columnScales, standardised } from "../models/mixture/standardise.ts";
import type { TrainingSet } from "../models/sampler.ts";

/** Rows [from, to) that a search may not return: the fold that the query belongs to. */
export interface SkippedRows {
  readonly from: number;
  readonly to: number;
}

/** Finds training rows near a context. */
export interface NeighbourFinder {
  /**
   * The `count` nearest rows (fewer where there are fewer), nearest first; of two equally near the lower row.
   * @param query p values as the model sees them
   */
  nearest(query: Float64Array, count: number, skip?: SkippedRows): Int32Array;
}

/** Euclidean distance after each context component is standardised on the training rows. */
export function neighbourFinder(train: TrainingSet, contextSize: number): NeighbourFinder {
  const ones = new Float64Array(train.rows).fill(1);
  const scales = columnScales(train.contexts, train.rows, contextSize, ones);
  const points = standardised(train.contexts, contextSize, scales);
  return {
    nearest: (query, count, skip) =>
      nearestRows(points, train.rows, standardised(query, contextSize, scales), count, skip),
  };
}

/**
 * Rows of `points` (rows × p) nearest to a query by partial selection: a heap of the best so far, whose worst bounds the
 * distance of every later row.
 */
export function nearestRows(
  points: Float64Array,
  rows: number,
  query: Float64Array,
  count: number,
  skip: SkippedRows = { from: 0, to: 0 },
): Int32Array {
  const p = query.length;
  const wanted = Math.min(count, rows - (skip.to - skip.from));
  // A max-heap of the best so far, as two parallel arrays: distance at the root is the one to beat.
  const distances = new Float64Array(wanted);
  const found = new Int32Array(wanted);
  let size = 0;
  const worse = (a: number, b: number): boolean =>
    distances[a]! > distances[b]! || (distances[a] === distances[b] && found[a]! > found[b]!);
  const swap = (a: number, b: number): void => {
    const distance = distances[a]!;
    distances[a] = distances[b]!;
    distances[b] = distance;
    const row = found[a]!;
    found[a] = found[b]!;
    found[b] = row;
  };
  const sink = (end: number): void => {
    for (let parent = 0; ;) {
      const left = 2 * parent + 1;
      if (left >= end) return;
      const child = left + 1 < end && worse(left + 1, left) ? left + 1 : left;
      if (!worse(child, parent)) return;
      swap(child, parent);
      parent = child;
    }
  };
  for (let row = 0; row < rows; row++) {
    if (row === skip.from && skip.to > skip.from) {
      row = skip.to - 1;
      continue;
    }
    const bound = size < wanted ? Infinity : wanted === 0 ? -Infinity : distances[0]!;
    let distance = 0;
    for (let j = 0, at = row * p; j < p && distance < bound; j++, at++) {
      const gap = points[at]! - query[j]!;
      distance += gap * gap;
    }
    if (distance >= bound) continue;
    if (size < wanted) {
      distances[size] = distance;
      found[size] = row;
      for (let child = size++; child > 0;) {
        const parent = (child - 1) >> 1;
        if (!worse(child, parent)) break;
        swap(child, parent);
        child = parent;
      }
    } else {
      distances[0] = distance;
      found[0] = row;
      sink(size);
    }
  }
  for (let end = size - 1; end > 0; end--) {
    swap(0, end);
    sink(end);
  }
  return found;
}
