import { fillTemplate, type MessageArgs } from "../errors/droc-error.ts";
import type { RunWarning } from "../report/results.ts";
import type { RunEvent } from "./events.ts";
import { RUN_MESSAGES, type RunMessages } from "./messages.ts";
import type { RunFolder } from "./run-folder.ts";

/** Passes events to the caller and, in order, to `metrics.jsonl`; collects warnings for the results. */
export interface EventLog {
  emit(event: RunEvent): void;
  /** Warns from a piece of work: its warnings stand where its rank says, whenever they come. */
  warnAt(rank: number): Warn;
  /** Each warning once, by rank. */
  readonly warnings: readonly RunWarning[];
  /**
   * Waits until every event is on disk.
   * @throws RuntimeError `output-not-writable` where one could not be written
   */
  flush(): Promise<void>;
}

export type Warn = <K extends keyof RunMessages & string>(code: K, args: MessageArgs<RunMessages[K]>) => void;

export function openEventLog(folder: RunFolder, onEvent?: (event: RunEvent) => void): EventLog {
  const given: { readonly rank: number; readonly warning: RunWarning }[] = [];
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
  const warnAt =
    (rank: number): Warn =>
    (code, args) => {
      const spec = RUN_MESSAGES[code];
      const filled: Readonly<Record<string, string | number>> = args;
      const message = [spec.message, spec.why, spec.help].map((text) => fillTemplate(text, filled)).join(" ");
      const known = given.some(({ warning }) => warning.code === code && warning.message === message);
      given.push({ rank, warning: { code, message } });
      if (!known) emit({ kind: "warning", code, message });
    };
  return {
    emit,
    warnAt,
    get warnings() {
      const sorted = given.toSorted((a, b) => (a.rank === b.rank ? 0 : a.rank - b.rank)).map(({ warning }) => warning);
      const messages = sorted.map(({ message }) => message);
      return sorted.filter(({ message }, k) => messages.indexOf(message) === k);
    },
    async flush() {
      await pending;
      if (failure !== null) throw failure.error;
    },
  };
}
