/** Longest time, in milliseconds, for which signals and timers wait on a loop of calls. */
const LONGEST = 25;

/**
 * Lets the event loop turn now and then: a call of ONNX Runtime blocks, and awaiting it alone never reaches signals and
 * timers.
 */
export function eventLoopTurn(): { readonly yield: () => Promise<void> } {
  let last = performance.now();
  return {
    async yield() {
      if (performance.now() - last < LONGEST) return;
      await new Promise((resolve) => setImmediate(resolve));
      last = performance.now();
    },
  };
}
