/** Why work was asked to end: an item before it has failed, and the failure of the first item is what is told. */
export class EndedByFailure extends Error {
  override readonly name = "EndedByFailure";

  constructor() {
    super("work on an item before it failed");
  }
}

/**
 * Does `work` for every item, at most `atOnce` at a time, begun in order. Where one fails, none is begun any more, those
 * after it are asked to end (with an `EndedByFailure`), and those before it, which may fail yet, go on; all are waited for,
 * so that nothing goes on behind the caller's back.
 * @param signal passed on to the work, with an end of its own
 * @returns results in the order of the items
 * @throws the failure of the first item that fails, whichever failed first by the clock; else the signal's reason
 */
export async function runAll<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, signal: AbortSignal, index: number) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  const results: R[] = [];
  const running = new Map<number, AbortController>();
  const failures: { readonly index: number; readonly error: unknown }[] = [];
  let next = 0;

  const fail = (index: number, error: unknown): void => {
    failures.push({ index, error });
    for (const [other, end] of running) if (other > index) end.abort(new EndedByFailure());
  };
  const goesOn = (): boolean => next < items.length && failures.length === 0 && signal?.aborted !== true;
  const lane = async (): Promise<void> => {
    while (goesOn()) {
      const index = next++;
      const end = new AbortController();
      const own = signal === undefined ? end.signal : AbortSignal.any([signal, end.signal]);
      running.set(index, end);
      try {
        results[index] = await work(items[index]!, own, index);
      } catch (error) {
        // What fails after its end was asked for fails for that reason; what does not comes before every failure so far.
        if (!own.aborted) fail(index, error);
      } finally {
        running.delete(index);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  // Each came before the one that was told of before it.
  const first = failures.at(-1);
  if (first !== undefined) throw first.error;
  signal?.throwIfAborted();
  return results;
}
