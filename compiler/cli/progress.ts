import { showText } from "../diagnostics/show-text.ts";
import type { RunEvent } from "../../runtime/runs/events.ts";
import { formatDuration } from "./duration.ts";
import { paint, wrap, type Terminal } from "./terminal.ts";

/** Shows the events of a run: two redrawn lines on a terminal, one plain line a finished unit elsewhere. */
export interface Progress {
  show(event: RunEvent): void;
  /** Ends the drawing and removes it, so that the next output starts on a clean line. */
  close(): void;
}

/** Milliseconds between two drawings: quick enough to look alive, slow enough to cost nothing. */
const REDRAW_EVERY = 80;
/** Milliseconds after which the clock is drawn again where no event came. */
const TICK = 500;

export function createProgress(terminal: Terminal, write: (text: string) => void, now: () => number): Progress {
  return terminal.live ? createBars(terminal, write, now) : createLines(terminal, write);
}

function createLines(terminal: Terminal, write: (text: string) => void): Progress {
  return {
    show(event) {
      const line = describeEvent(event, terminal);
      if (line !== null) write(`${line}\n`);
    },
    close() {},
  };
}

function createBars(terminal: Terminal, write: (text: string) => void, now: () => number): Progress {
  const start = now();
  let drawn = 0;
  let last = -Infinity;
  let overall = { done: 0, total: 0 };
  let current = "";
  const clear = (): void => {
    if (drawn > 0) write(`\r${drawn > 1 ? `\u001b[${drawn - 1}A` : ""}\u001b[0J`);
    drawn = 0;
  };
  const draw = (force: boolean): void => {
    if (!force && now() - last < REDRAW_EVERY) return;
    last = now();
    clear();
    const elapsed = formatDuration(now() - start);
    const lines = [
      `${bar(overall.done, overall.total, terminal)} ${overall.done}/${overall.total} units · ${elapsed}`,
      current,
    ]
      .filter((line) => line !== "")
      .map((line) => clip(line, terminal.columns - 1));
    write(lines.join("\n"));
    drawn = lines.length;
  };
  const timer = setInterval(() => draw(true), TICK);
  timer.unref();
  return {
    close() {
      clearInterval(timer);
      clear();
    },
    show(event) {
      switch (event.kind) {
        case "training":
          current = `  seed ${event.seed} · ${showText(event.unit)} · step ${event.step}/${event.total} · loss ${event.loss.toPrecision(4)}`;
          return draw(false);
        case "regret":
          return;
        case "deciding":
          current = `  seed ${event.seed} · ${showText(event.unit)} · ${event.done}/${event.total} contexts`;
          return draw(false);
        case "unit":
          overall = { done: event.done, total: event.total };
          current = "";
          return draw(true);
        case "table":
        case "finished":
          return clear();
        default: {
          const line = describeEvent(event, terminal);
          if (line === null) return;
          clear();
          write(`${line}\n`);
          return draw(true);
        }
      }
    },
  };
}

/** The event as one line, or `null` where only a bar shows it. */
export function describeEvent(event: RunEvent, terminal: Terminal): string | null {
  switch (event.kind) {
    case "started": {
      const seeds = event.seeds === 1 ? "1 seed" : `${event.seeds} seeds`;
      return `${paint(terminal, showText(event.model), "bold")}: ${seeds}, ${event.methods.length} methods`;
    }
    case "data":
      return `seed ${event.seed}: ${event.train} training, ${event.validation} validation, ${event.test} test rows`;
    case "unit":
      return `[${event.done}/${event.total}] seed ${event.seed} ${showText(event.unit)} ${event.cached ? "kept from before" : formatDuration(event.milliseconds)}`;
    case "weights":
      return event.strength === 0
        ? null
        : `seed ${event.seed}: strength ${event.strength} weighs ${event.min.toPrecision(3)} to ${event.max.toPrecision(3)}, effective sample ${(100 * event.effectiveShare).toFixed(0)} %`;
    case "selected":
      return `seed ${event.seed}: ${showText(event.method)} takes strength ${event.strength} (validation regret ${event.validationRegret.toPrecision(4)})`;
    case "tuned":
      return `seed ${event.seed}: ${showText(event.method)} takes ${showText(event.chosen)} (${event.score.toPrecision(4)} on validation)`;
    case "warning":
      return describeWarning(showText(event.code), showText(event.message), terminal);
    case "training":
    case "regret":
    case "deciding":
    case "table":
    case "finished":
      return null;
  }
}

function describeWarning(code: string, message: string, terminal: Terminal): string {
  const label = `warning[${code}]`;
  const [first = "", ...rest] = wrap(`${label}: ${message}`, terminal.columns);
  // The label is painted after wrapping, since colour codes have no width.
  const head = first.startsWith(label) ? paint(terminal, label, "bold", "yellow") + first.slice(label.length) : first;
  return [head, ...wrap(rest.join(" "), terminal.columns - 2).map((line) => `  ${line}`)].join("\n").trimEnd();
}

function bar(done: number, total: number, terminal: Terminal): string {
  const width = Math.max(10, Math.min(40, terminal.columns - 40));
  const filled = total === 0 ? 0 : Math.round((width * done) / total);
  return paint(terminal, "█".repeat(filled), "green") + paint(terminal, "░".repeat(width - filled), "dim");
}

/** Cuts a line to the visible width, so that redrawing counts lines right; escape codes have no width. */
function clip(line: string, width: number): string {
  let seen = 0;
  let out = "";
  // oxlint-disable-next-line no-control-regex -- the codes that `paint` writes
  for (const piece of line.split(/(\u001b\[\d+m)/)) {
    if (piece.startsWith("\u001b[")) {
      out += piece;
      continue;
    }
    const shown = [...piece].slice(0, Math.max(0, width - seen));
    seen += shown.length;
    out += shown.join("");
  }
  return out;
}
