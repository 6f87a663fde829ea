import { lineText, positionAt, type SourceText } from "../source/source-text.ts";
import type { Diagnostic, RelatedPlace } from "./diagnostic.ts";
import { showText } from "./show-text.ts";

export interface TextOptions {
  /** ANSI colours; `false` for files, pipes and `NO_COLOR`. */
  readonly color: boolean;
}

/**
 * Diagnostics for a person:
 *
 * ```
 * error[unknown-name]: nothing here is called `gama`
 *   --> model.dro:12:16
 *    |
 * 12 | risk mean(L) + gama * cvar(L, level = 90%)
 *    |                ^^^^
 *    = why: an expression can only use what the spec declares
 *    = help: did you mean `gamma`?
 * ```
 *
 * Control characters of the source are shown, never sent to the terminal.
 */
export function renderText(
  diagnostics: readonly Diagnostic[],
  sources: readonly SourceText[],
  options: TextOptions,
): string {
  const paint = createPaint(options.color);
  return diagnostics.map((d) => renderOne(d, sources, paint)).join("\n");
}

/** `2 errors, 1 warning`; empty where there is nothing to say. */
export function summarize(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Diagnostic["severity"]): string | null => {
    const n = diagnostics.filter((d) => d.severity === severity).length;
    return n === 0 ? null : `${n} ${severity}${n === 1 ? "" : "s"}`;
  };
  return [count("error"), count("warning"), count("note")].filter((part) => part !== null).join(", ");
}

type Style = "error" | "warning" | "note" | "dim" | "bold" | "help";
type Paint = (style: Style, text: string) => string;

const ansi: Readonly<Record<Style, string>> = {
  error: "1;31",
  warning: "1;33",
  note: "1;36",
  dim: "34",
  bold: "1",
  help: "32",
};

function createPaint(color: boolean): Paint {
  return (style, text) => (color ? `\u001b[${ansi[style]}m${text}\u001b[0m` : text);
}

function renderOne(d: Diagnostic, sources: readonly SourceText[], paint: Paint): string {
  const lines = [`${paint(d.severity, `${d.severity}[${d.code}]`)}${paint("bold", `: ${showText(d.message)}`)}`];
  const places: readonly RelatedPlace[] = [{ file: d.file, span: d.span, message: "" }, ...d.related];
  const width = Math.max(...places.map((place) => String(endLine(place, sources)).length));
  const gutter = " ".repeat(width);
  places.forEach((place, i) => {
    lines.push(...renderFrame(place, sources, width, i === 0 ? d.severity : "note", i === 0 ? "-->" : ":::", paint));
  });
  if (d.why !== "") lines.push(`${gutter} ${paint("dim", "=")} why: ${showText(d.why)}`);
  if (d.help !== "") lines.push(`${gutter} ${paint("dim", "=")} ${paint("help", "help")}: ${showText(d.help)}`);
  return `${lines.join("\n")}\n`;
}

function sourceOf(place: RelatedPlace, sources: readonly SourceText[]): SourceText | undefined {
  return sources.find((source) => source.name === place.file);
}

function endLine(place: RelatedPlace, sources: readonly SourceText[]): number {
  const source = sourceOf(place, sources);
  return source === undefined ? 1 : positionAt(source, place.span.end).line;
}

/** Longest part of a line that is shown, so that one long line cannot fill the screen. */
const mostColumns = 160;

function renderFrame(
  place: RelatedPlace,
  sources: readonly SourceText[],
  width: number,
  style: Style,
  arrow: string,
  paint: Paint,
): string[] {
  const source = sourceOf(place, sources);
  if (source === undefined) return [`${" ".repeat(width)}${paint("dim", arrow)} ${showText(place.file)}`];
  const from = positionAt(source, place.span.start);
  const to = positionAt(source, Math.max(place.span.start, place.span.end));
  const full = lineText(source, from.line);
  const startColumn = Math.min(from.column - 1, full.length);
  const endColumn = from.line === to.line ? Math.min(to.column - 1, full.length) : full.length;
  const cut = startColumn > mostColumns / 2 ? startColumn - mostColumns / 4 : 0;
  const shown = full.slice(cut, cut + mostColumns);
  const before = showText(full.slice(cut, startColumn));
  const marked = showText(full.slice(startColumn, Math.min(endColumn, cut + mostColumns)));
  const carets = "^".repeat(Math.max(1, [...marked].length));
  const bar = paint("dim", "|");
  const pad = " ".repeat(width);
  const message = place.message === "" ? "" : ` ${showText(place.message)}`;
  const rest = from.line === to.line ? "" : ` … to line ${to.line}`;
  return [
    `${pad}${paint("dim", arrow)} ${showText(source.name)}:${from.line}:${from.column}`,
    `${pad} ${bar}`,
    `${paint("dim", String(from.line).padStart(width))} ${bar} ${cut > 0 ? "…" : ""}${showText(shown)}`,
    `${pad} ${bar} ${cut > 0 ? " " : ""}${" ".repeat([...before].length)}${paint(style, carets + rest + message)}`,
  ];
}
