/** A promise that is resolved from outside. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function createGate(): Gate {
  let resolveIt: (() => void) | undefined;
  const opened = new Promise<void>((resolve) => (resolveIt = resolve));
  return { opened, open: () => resolveIt?.() };
}

/** Resolved when the signal is aborted. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  const { opened, open } = createGate();
  signal.addEventListener("abort", open, { once: true });
  if (!signal.aborted) await opened;
}
