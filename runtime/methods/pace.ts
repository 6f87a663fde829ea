/** Longest stretch of computing, in milliseconds, before signals and timers get their turn. */
const STRETCH = 50;

/**
 * For long loops without input or output: `await pace.turn()` returns at once until a stretch has passed, then lets the
 * event loop run and ends the work where the signal says so.
 */
export interface Pace {
  turn(): Promise<void>;
}

export function startPace(signal?: AbortSignal): Pace {
  let last = performance.now();
  return {
    async turn() {
      if (performance.now() - last < STRETCH) return;
      await new Promise<void>((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      last = performance.now();
    },
  };
}

/** Milliseconds between two reports of progress. */
const REPORT_EVERY = 200;

/** A gate for reports: true a few times a second at most, and at the first call. */
export function throttled(): () => boolean {
  let last = -Infinity;
  return () => {
    const now = performance.now();
    if (now - last < REPORT_EVERY) return false;
    last = now;
    return true;
  };
}
