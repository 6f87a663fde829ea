/** Where a piecewise quadratic function of one variable changes its slope, nearest first: a binary heap over reused arrays. */
export interface Breakpoints {
  clear(): void;
  /** Adds one without order; `arrange` comes before `takeNearest`. */
  add(step: number, item: number): void;
  arrange(): void;
  readonly count: number;
  /** Step of the nearest one; there must be one. */
  nearest(): number;
  /** Takes the nearest one out and returns its item. */
  takeNearest(): number;
}

/** Room for `capacity` of them. */
export function createBreakpoints(capacity: number): Breakpoints {
  const steps = new Float64Array(capacity);
  const items = new Int32Array(capacity);
  let count = 0;

  function sink(start: number): void {
    const step = steps[start]!;
    const item = items[start]!;
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) break;
      if (child + 1 < count && steps[child + 1]! < steps[child]!) child++;
      if (steps[child]! >= step) break;
      steps[at] = steps[child]!;
      items[at] = items[child]!;
      at = child;
    }
    steps[at] = step;
    items[at] = item;
  }

  return {
    clear() {
      count = 0;
    },
    add(step, item) {
      steps[count] = step;
      items[count++] = item;
    },
    arrange() {
      for (let at = (count >> 1) - 1; at >= 0; at--) sink(at);
    },
    get count() {
      return count;
    },
    nearest: () => steps[0]!,
    takeNearest() {
      const item = items[0]!;
      count--;
      if (count > 0) {
        steps[0] = steps[count]!;
        items[0] = items[count]!;
        sink(0);
      }
      return item;
    },
  };
}
