const RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * The least of a function with one valley between `low` and `high`, by golden-section search (Kiefer 1953): each step reuses
 * one of the two values inside.
 *
 * @param tolerance width of the stretch at which the search ends
 * @returns the better of the two last points inside
 */
export function goldenSection(of: (at: number) => number, low: number, high: number, tolerance: number): number {
  let [left, right] = [high - RATIO * (high - low), low + RATIO * (high - low)];
  let [fromLeft, fromRight] = [of(left), of(right)];
  while (high - low > tolerance) {
    if (fromLeft <= fromRight) {
      high = right;
      [right, fromRight] = [left, fromLeft];
      left = high - RATIO * (high - low);
      fromLeft = of(left);
    } else {
      low = left;
      [left, fromLeft] = [right, fromRight];
      right = low + RATIO * (high - low);
      fromRight = of(right);
    }
  }
  return fromLeft <= fromRight ? left : right;
}
