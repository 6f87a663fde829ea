import type { FloatData } from "../tensor/executor.ts";
import type { TrainingMemory } from "./resume.ts";
import type { HistoryEntry } from "./types.ts";
import type { RegretWatch } from "./watch.ts";

/** The course of a training, and the weights that it is to end with. */
export interface Progress extends TrainingMemory {
  readonly entries: readonly HistoryEntry[];
  /** The weights of least regret, or without a watch the last ones, and their step. */
  readonly kept: { readonly parameters: Float32Array; readonly step: number };
  /** Counts one step's loss and weights. */
  step(loss: number): void;
  /** Takes weights in where nothing tells which are best. */
  take(parameters: FloatData, done: number): void;
  /** Makes an entry, measuring the weights where there is a watch. */
  record(parameters: FloatData, done: number): Promise<void>;
}

const FIELDS = ["step", "loss", "regret", "seconds"] as const;

/**
 * @param size number of weights
 * @param told each entry
 */
export function createProgress(
  size: number,
  watch: RegretWatch | null,
  told: ((entry: HistoryEntry) => void) | undefined,
): Progress {
  const entries: HistoryEntry[] = [];
  const kept = { parameters: new Float32Array(size), step: 0 };
  /** NaN before there is one: then any weights are better than none. */
  let least = NaN;
  let seconds = 0;
  let since = performance.now();
  let summed = 0;

  function keep(parameters: FloatData, done: number): void {
    kept.parameters.set(parameters);
    kept.step = done;
  }

  return {
    entries,
    kept,
    step(loss) {
      summed += loss;
    },
    take(parameters, done) {
      if (watch === null) keep(parameters, done);
    },
    async record(parameters, done) {
      seconds += (performance.now() - since) / 1000;
      const steps = done - (entries.at(-1)?.step ?? 0);
      const regret = await watch?.measure(parameters);
      const loss = steps === 0 ? NaN : summed / steps;
      const entry = { step: done, loss, ...(regret === undefined ? {} : { regret }), seconds };
      entries.push(entry);
      summed = 0;
      if (regret !== undefined && (regret < least || Number.isNaN(least))) {
        keep(parameters, done);
        least = regret;
      }
      told?.(entry);
      since = performance.now();
    },
    save: () => ({
      best: Float64Array.from(kept.parameters),
      progress: Float64Array.of(kept.step, least, seconds, summed),
      entries: Float64Array.from(entries.flatMap((entry) => FIELDS.map((name) => entry[name] ?? NaN))),
    }),
    restore(saved) {
      kept.parameters.set(saved["best"] ?? []);
      [kept.step = 0, least = NaN, seconds = 0, summed = 0] = saved["progress"] ?? [];
      entries.splice(0, entries.length, ...entriesOf(saved["entries"] ?? new Float64Array(0)));
    },
  };
}

function entriesOf(values: Float64Array): HistoryEntry[] {
  return Array.from({ length: values.length / FIELDS.length }, (_, i) => {
    const [step = 0, loss = NaN, regret = NaN, seconds = 0] = values.subarray(
      i * FIELDS.length,
      (i + 1) * FIELDS.length,
    );
    return { step, loss, ...(Number.isNaN(regret) ? {} : { regret }), seconds };
  });
}
