import type { RandomStream } from "../tensor/random.ts";

/** Rows of each step: every epoch passes all of them once, in an order of its own; its last batch may be smaller. */
export interface Batches {
  readonly perEpoch: number;
  /** Rows of a step, at most `size` of them. */
  rows(step: number): Int32Array;
}

/** @param among the rows that there are */
export function createBatches(among: Int32Array, size: number, stream: RandomStream): Batches {
  const perEpoch = Math.ceil(among.length / size);
  let epoch = -1;
  let order: Int32Array = new Int32Array(0);
  return {
    perEpoch,
    rows(step) {
      const current = Math.floor(step / perEpoch);
      if (current !== epoch) {
        epoch = current;
        order = stream.child(String(epoch)).permutation(among.length);
      }
      const from = (step % perEpoch) * size;
      return order.slice(from, from + size).map((index) => among[index]!);
    },
  };
}
