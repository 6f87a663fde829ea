/**
 * Does `work` for every item, at most `atOnce` at a time, begun in order. Where one fails, the others are asked to end and
 * waited for, so that nothing goes on behind the caller's back.
 * @param signal passed on to the work, with an end of its own
 * @returns results in the order of the items
 * @throws of the failures that came before the others were asked to end, that of the first item; else the signal's reason
 */
export async function runAll<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, signal: AbortSignal, index: number) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const results: R[] = [];
  const failures: { readonly index: number; readonly error: unknown }[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && !both.aborted) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, both, index);
      } catch (error) {
        // What fails after the end was asked for fails for that reason.
        if (!both.aborted) failures.push({ index, error });
        stop.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  const [first] = failures.toSorted((a, b) => a.index - b.index);
  if (first !== undefined) throw first.error;
  signal?.throwIfAborted();
  return results;
}
