import type { WriteStream } from "node:tty";

/** What a stream can show. */
export interface Terminal {
  readonly color: boolean;
  /** True where lines can be redrawn. */
  readonly live: boolean;
  /** `Infinity` where nothing wraps: a file, a pipe. */
  readonly columns: number;
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "cyan";
const CODES: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
};

/**
 * Colour follows, in this order: `FORCE_COLOR` (`0` or `false` turns it off, else on), a non-empty `NO_COLOR`
 * (https://no-color.org), whether the stream is a terminal other than `dumb`.
 */
export function describeTerminal(stream: WriteStream | NodeJS.WriteStream, env: NodeJS.ProcessEnv): Terminal {
  const tty = stream.isTTY === true && env["TERM"] !== "dumb";
  const force = env["FORCE_COLOR"];
  const forced = force === undefined ? null : force !== "0" && force !== "false";
  const refused = (env["NO_COLOR"] ?? "") !== "";
  return {
    color: forced ?? (refused ? false : tty),
    live: tty && env["CI"] === undefined,
    columns: tty ? (stream.columns ?? 80) : Infinity,
  };
}

/** Wraps `text` in the codes of `styles` where the terminal has colour. */
export function paint(terminal: Terminal, text: string, ...styles: readonly Style[]): string {
  if (!terminal.color || text === "") return text;
  return styles.reduce((inner, style) => `\u001b[${CODES[style][0]}m${inner}\u001b[${CODES[style][1]}m`, text);
}

/** Pads by visible width; the strings here hold no wide characters. */
export function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - text.length));
}

/** Breaks text between words into lines of at most `width`; a longer word keeps a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
