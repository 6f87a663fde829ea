/**
 * Rows of `contexts` nearest to a query in Euclidean distance, nearest first; ties go to the lower row. Contexts are as
 * the model sees them (standardised where the spec says so), which is what makes the distance meaningful.
 *
 * @param contexts rows × p, row-major
 * @param skip rows [from, to) that may not be used: the fold that the query belongs to
 */
export function nearestRows(
  contexts: Float64Array,
  rows: number,
  query: Float64Array,
  count: number,
  skip: { readonly from: number; readonly to: number } = { from: 0, to: 0 },
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
      const gap = contexts[at]! - query[j]!;
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
