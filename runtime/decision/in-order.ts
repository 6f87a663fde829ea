/**
 * Does `work` for every item of a sequence, at most `atOnce` at a time, and gives the results in the order of the items.
 * The next item is asked for only when there is room for it, so that what is held does not grow with the sequence.
 * Where the caller stops early, or something fails, the others are asked to end and waited for.
 */
export async function* inOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  atOnce: number,
  work: (item: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const stop = new AbortController();
  const running: Promise<Settled<R>>[] = [];
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let ended = false;
  /** The next item, while it is being waited for. */
  let coming: Promise<Settled<IteratorResult<T>>> | null = null;
  try {
    while (true) {
      if (!ended && coming === null && running.length < atOnce) coming = settle(Promise.resolve(source.next()));
      const [first] = running;
      if (first === undefined && coming === null) return;
      // A result that is there goes out at once, even where the next item is long in coming.
      const next = await Promise.race([
        ...(first === undefined ? [] : [first.then((result) => ({ kind: "result", result }) as const)]),
        ...(coming === null ? [] : [coming.then((item) => ({ kind: "item", item }) as const)]),
      ]);
      if (next.kind === "result") {
        void running.shift();
        yield unwrap(next.result);
        continue;
      }
      coming = null;
      const { done = false, value } = unwrap(next.item);
      if (done) ended = true;
      else running.push(settle(work(value, stop.signal)));
    }
  } finally {
    stop.abort();
    await Promise.all(running);
    if (!ended) {
      await coming;
      await source.return?.();
    }
  }
}

type Settled<R> = { readonly value: R } | { readonly error: unknown };

/** A promise that never rejects, so that one that nobody waits for yet is no unhandled failure. */
function settle<R>(promise: Promise<R>): Promise<Settled<R>> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}

function unwrap<R>(settled: Settled<R>): R {
  if ("error" in settled) throw settled.error;
  return settled.value;
}
