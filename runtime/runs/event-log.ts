import { fillTemplate, type MessageArgs } from "../errors/droc-error.ts";
import type { RunWarning } from "../report/results.ts";
import type { RunEvent } from "./events.ts";
import { RUN_MESSAGES, type RunMessages } from "./messages.ts";
import type { RunFolder } from "./run-folder.ts";

/** Passes events to the caller and, in order, to `metrics.jsonl`; collects warnings for the results. */
export interface EventLog {
  emit(event: RunEvent): void;
  warn<K extends keyof RunMessages & string>(code: K, args: MessageArgs<RunMessages[K]>): void;
  readonly warnings: readonly RunWarning[];
  /**
   * Waits until every event is on disk.
   * @throws RuntimeError `output-not-writable` where one could not be written
   */
  flush(): Promise<void>;
}

export function openEventLog(folder: RunFolder, onEvent?: (event: RunEvent) => void): EventLog {
  const warnings: RunWarning[] = [];
  let pending: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | null = null;
  const emit = (event: RunEvent): void => {
    onEvent?.(event);
    if (event.kind === "deciding") return;
    const line = JSON.stringify({ time: new Date().toISOString(), ...event });
    pending = pending
      .then(() => folder.append("metrics.jsonl", line))
      .catch((error: unknown) => {
        failure ??= { error };
      });
  };
  return {
    emit,
    warnings,
    warn(code, args) {
      const spec = RUN_MESSAGES[code];
      const filled: Readonly<Record<string, string | number>> = args;
      const message = [spec.message, spec.why, spec.help].map((text) => fillTemplate(text, filled)).join(" ");
      if (warnings.some((known) => known.code === code && known.message === message)) return;
      warnings.push({ code, message });
      emit({ kind: "warning", code, message });
    },
    async flush() {
      await pending;
      if (failure !== null) throw failure.error;
    },
  };
}
