/** Items 0 … size − 1 by priority; putting an item again lowers its priority. */
export interface Heap {
  put(item: number, priority: number): void;
  /** The item of least priority; −1 where there is none. */
  take(): number;
}

/** A binary heap with the place of each item (Williams 1964). */
export function createHeap(size: number): Heap {
  const items = new Int32Array(size);
  const place = new Int32Array(size).fill(-1);
  const priority = new Float64Array(size);
  let count = 0;

  function set(at: number, item: number): void {
    items[at] = item;
    place[item] = at;
  }

  function rise(start: number): void {
    const item = items[start]!;
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (priority[items[parent]!]! <= priority[item]!) break;
      set(at, items[parent]!);
      at = parent;
    }
    set(at, item);
  }

  function sink(start: number): void {
    const item = items[start]!;
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= count) break;
      if (child + 1 < count && priority[items[child + 1]!]! < priority[items[child]!]!) child++;
      if (priority[items[child]!]! >= priority[item]!) break;
      set(at, items[child]!);
      at = child;
    }
    set(at, item);
  }

  return {
    put(item, value) {
      priority[item] = value;
      if (place[item] === -1) set(count++, item);
      rise(place[item]!);
    },
    take() {
      if (count === 0) return -1;
      const first = items[0]!;
      place[first] = -1;
      const last = items[--count]!;
      if (count > 0) {
        set(0, last);
        sink(0);
      }
      return first;
    },
  };
}
