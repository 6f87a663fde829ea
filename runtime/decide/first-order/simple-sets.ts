/**
 * A closed convex set with an exact projection, and (where it is bounded) an exact linear minimiser: what first-order
 * methods need to know of it.
 */
export interface SimpleSet {
  readonly size: number;
  /** Overwrites v with its nearest point in the set. */
  project(v: Float64Array): void;
  /** Overwrites `out` with a minimiser of `slope · z` over the set; `null` where the set is unbounded. */
  readonly minimise: ((slope: Float64Array, out: Float64Array) => void) | null;
}

/** `{ z : lower ≤ z ≤ upper }`; bounds may be infinite. */
export function boxSet(lower: ArrayLike<number>, upper: ArrayLike<number>): SimpleSet {
  const size = lower.length;
  let bounded = true;
  for (let i = 0; i < size; i++) {
    if (!(lower[i]! <= upper[i]!)) throw new RangeError(`bounds ${i} are ${lower[i]} and ${upper[i]}`);
    bounded &&= upper[i]! - lower[i]! < Infinity;
  }
  return {
    size,
    project(v) {
      for (let i = 0; i < size; i++) v[i] = Math.min(Math.max(v[i]!, lower[i]!), upper[i]!);
    },
    minimise: !bounded
      ? null
      : (slope, out) => {
          for (let i = 0; i < size; i++) out[i] = slope[i]! > 0 ? lower[i]! : upper[i]!;
        },
  };
}

/** `{ z : ‖z − centre‖₂ ≤ radius }` */
export function ballSet(centre: ArrayLike<number>, radius: number): SimpleSet {
  const size = centre.length;
  if (!(radius >= 0 && radius < Infinity)) throw new RangeError(`the radius is ${radius}`);
  const onSphere = (direction: Float64Array, out: Float64Array, sign: number): void => {
    const length = Math.hypot(...direction);
    for (let i = 0; i < size; i++) out[i] = centre[i]! + (length > 0 ? (sign * radius * direction[i]!) / length : 0);
  };
  return {
    size,
    project(v) {
      for (let i = 0; i < size; i++) v[i]! -= centre[i]!;
      if (Math.hypot(...v) <= radius) for (let i = 0; i < size; i++) v[i]! += centre[i]!;
      else onSphere(v.slice(), v, 1);
    },
    minimise: (slope, out) => onSphere(slope, out, -1),
  };
}

/** `{ z : Σz = total, 0 ≤ z }` */
export function simplexSet(size: number, total = 1): SimpleSet {
  return cappedSimplexSet(size, Infinity, total);
}

/**
 * `{ z : Σz = total, 0 ≤ z ≤ cap }`. The projection is `clamp(v − τ, 0, cap)` with the τ at which it sums to the total,
 * found exactly among the breakpoints `v_i` and `v_i − cap` (Wang and Lu 2015): O(n log n).
 *
 * @throws RangeError where no point sums to the total
 */
export function cappedSimplexSet(size: number, cap: number, total = 1): SimpleSet {
  if (!(total >= 0 && cap >= 0 && (cap === Infinity ? size > 0 || total === 0 : cap * size >= total))) {
    throw new RangeError(`${size} values in [0, ${cap}] do not sum to ${total}`);
  }
  return {
    size,
    project(v) {
      const shift = thresholdOf(v, cap, total);
      for (let i = 0; i < size; i++) v[i] = Math.min(Math.max(v[i]! - shift, 0), cap);
    },
    minimise(slope, out) {
      out.fill(0, 0, size);
      let left = total;
      for (const i of Int32Array.from({ length: size }, (_, j) => j).sort((a, b) => slope[a]! - slope[b]! || a - b)) {
        out[i] = Math.min(cap, left);
        left -= out[i]!;
        if (left <= 0) break;
      }
    },
  };
}

/** τ with `Σ clamp(v_i − τ, 0, cap) = total`. */
function thresholdOf(v: Float64Array, cap: number, total: number): number {
  const starts = v.toSorted().toReversed();
  // From high τ down: an item starts to count at τ = v_i and is full at τ = v_i − cap.
  let sum = 0;
  let free = 0;
  let at = starts[0]!;
  let entering = 0;
  let filling = 0;
  while (entering < starts.length || filling < starts.length) {
    const enter = entering < starts.length ? starts[entering]! : -Infinity;
    const fill = filling < entering ? starts[filling]! - cap : -Infinity;
    const next = Math.max(enter, fill);
    if (next === -Infinity) break;
    const grown = sum + free * (at - next);
    if (grown >= total) return at - (total - sum) / free;
    sum = grown;
    at = next;
    if (enter >= fill) {
      entering++;
      free++;
    } else {
      filling++;
      free--;
    }
  }
  return free > 0 ? at - (total - sum) / free : at;
}

/** `{ z : a·z ≤ bound }` */
export function halfspaceSet(a: ArrayLike<number>, bound: number): SimpleSet {
  let squared = 0;
  for (let i = 0; i < a.length; i++) squared += a[i]! * a[i]!;
  if (!(squared > 0)) throw new RangeError("the row of a half-space is 0");
  return {
    size: a.length,
    project(v) {
      let over = -bound;
      for (let i = 0; i < a.length; i++) over += a[i]! * v[i]!;
      if (over <= 0) return;
      for (let i = 0; i < a.length; i++) v[i]! -= (over / squared) * a[i]!;
    },
    minimise: null,
  };
}

/** `{ z : a·z = bound }` */
export function hyperplaneSet(a: ArrayLike<number>, bound: number): SimpleSet {
  const above = halfspaceSet(a, bound);
  const below = halfspaceSet(
    Array.from(a, (value) => -value),
    -bound,
  );
  return {
    size: a.length,
    project(v) {
      above.project(v);
      below.project(v);
    },
    minimise: null,
  };
}

const DYKSTRA_ROUNDS = 20_000;

/**
 * The intersection of sets, projected on by Dykstra's algorithm (Boyle and Dykstra 1986) until a round moves no point by
 * more than `tolerance`, relative to 1 + its size. An empty intersection has no projection; the point then returned is
 * near none of the sets.
 */
export function intersectionSet(sets: readonly SimpleSet[], tolerance = 1e-12): SimpleSet {
  const [first] = sets;
  if (first === undefined) throw new RangeError("an intersection needs a set");
  const { size } = first;
  const corrections = sets.map(() => new Float64Array(size));
  const before = new Float64Array(size);
  return {
    size,
    project(v) {
      for (const correction of corrections) correction.fill(0);
      for (let round = 0; round < DYKSTRA_ROUNDS; round++) {
        let moved = 0;
        sets.forEach((set, k) => {
          const correction = corrections[k]!;
          for (let i = 0; i < size; i++) {
            v[i]! += correction[i]!;
            before[i] = v[i]!;
          }
          set.project(v);
          for (let i = 0; i < size; i++) {
            const change = before[i]! - v[i]!;
            moved = Math.max(moved, Math.abs(change - correction[i]!) / (1 + Math.abs(v[i]!)));
            correction[i] = change;
          }
        });
        if (moved <= tolerance) return;
      }
    },
    minimise: null,
  };
}
