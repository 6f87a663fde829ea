/** Rows of one call of a program, at most. */
const MOST = 256;

/**
 * Rows put together for one call: as many as are there, so that a row of a slow source does not wait for those to come. A
 * row of another size is a batch of its own, for the error to fall on it.
 * @param p values of a row
 */
export async function* inOneCall(
  rows: AsyncIterable<Float64Array> | Iterable<Float64Array>,
  p: number,
): AsyncGenerator<Float64Array, void, undefined> {
  const source = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
  const take = async (): Promise<IteratorResult<Float64Array>> => source.next();
  let batch: Float64Array[] = [];
  let ended = false;
  try {
    let coming = take();
    while (true) {
      if (batch.length > 0 && (batch.length === MOST || !(await isThere(coming)))) {
        yield joined(batch);
        batch = [];
      }
      const { done = false, value } = await coming;
      if (done) break;
      coming = take();
      // Told of where it is waited for.
      coming.catch(() => {});
      if (value.length === p) {
        batch.push(value);
        continue;
      }
      if (batch.length > 0) yield joined(batch);
      batch = [];
      yield value;
    }
    ended = true;
    if (batch.length > 0) yield joined(batch);
  } finally {
    if (!ended) await source.return?.();
  }
}

/** Whether a promise is settled once everything that is due has been done. */
function isThere(promise: Promise<unknown>): Promise<boolean> {
  const now = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([promise.then(yes, yes), now]);
}

const yes = (): boolean => true;

function joined(batch: readonly Float64Array[]): Float64Array {
  const p = batch[0]!.length;
  const values = new Float64Array(batch.length * p);
  batch.forEach((row, i) => values.set(row, i * p));
  return values;
}
