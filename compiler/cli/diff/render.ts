import type { Origin } from "../../../runtime/ir/expr.ts";
import { showText } from "../../diagnostics/show-text.ts";
import type { Change, SpecDiff, Verdict } from "../../review/diff/index.ts";
import { positionAt, type SourceText } from "../../source/source-text.ts";
import { paint, type Style, type Terminal } from "../terminal.ts";

/** The comparison of two files, with the sources that places refer to. */
export interface ShownDiff {
  readonly before: string | null;
  readonly after: string | null;
  readonly diff: SpecDiff;
  readonly sources: { readonly before: readonly SourceText[]; readonly after: readonly SourceText[] };
}

/** One change as `--format json` prints it. */
export interface JsonChange {
  readonly model: string;
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly verdict: Verdict;
  readonly because: string;
  readonly through: readonly string[];
  readonly at: { readonly before: JsonLine | null; readonly after: JsonLine | null };
}
export interface JsonLine {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function jsonChanges({ diff, sources }: ShownDiff): readonly JsonChange[] {
  return diff.models.flatMap(({ model, changes }) =>
    changes.map(({ what, before, after, verdict, because, through, at }) => ({
      model,
      what,
      before,
      after,
      verdict,
      because,
      through,
      at: { before: lineOf(sources.before, at.before), after: lineOf(sources.after, at.after) },
    })),
  );
}

function lineOf(sources: readonly SourceText[], at: Origin | null): JsonLine | null {
  const source = at === null ? undefined : sources[at.file];
  if (source === undefined || at === null) return null;
  const { line, column } = positionAt(source, at.start);
  return { file: source.name, line, column };
}

const COLORS: Readonly<Record<Verdict, Style>> = {
  INCOMPARABLE: "red",
  "LESS CONSERVATIVE": "red",
  "MORE CONSERVATIVE": "yellow",
  "FEASIBLE SET GROWS": "yellow",
  "FEASIBLE SET SHRINKS": "yellow",
  "OBJECTIVE CHANGES": "red",
  "DATA CHANGES": "yellow",
  "GUARANTEE CHANGES": "yellow",
  "TRAINING ONLY": "cyan",
  "EVALUATION ONLY": "cyan",
  "NO CHANGE OF MEANING": "green",
};

/** For a terminal: each model that changed, each change with its place, values, verdict and reason. */
export function renderDiffText(shown: ShownDiff, terminal: Terminal): string {
  const { diff, before, after } = shown;
  const title =
    before === null || after === null || before === after ? (after ?? before ?? "") : `${before} → ${after}`;
  const lines: string[] = [];
  for (const { model, changes, verdicts } of diff.models) {
    const said = changes.length === 0 && diff.wordsOnly ? "comments, layout or order only" : "";
    lines.push(
      `${paint(terminal, `model ${model}`, "bold")}  ${paint(terminal, showText(title), "dim")}`,
      ...changes.flatMap((one) => changeLines(one, shown, terminal)),
      `  ${verdicts.map((verdict) => paint(terminal, verdict, "bold", COLORS[verdict])).join(", ")}${said === "" ? "" : ` (${said})`}`,
      "",
    );
  }
  return lines.map((line) => `${line}\n`).join("");
}

function changeLines(one: Change, { sources }: ShownDiff, terminal: Terminal): readonly string[] {
  const place = lineOf(sources.after, one.at.after) ?? lineOf(sources.before, one.at.before);
  const where = place === null ? "" : `  ${paint(terminal, `${showText(place.file)}:${place.line}`, "dim")}`;
  const verdict = paint(terminal, one.verdict, "bold", COLORS[one.verdict]);
  const notes = [
    ...(one.through.length === 0 ? [] : [`by ${one.through.join(", ")}`]),
    ...(one.because === "" ? [] : [one.because]),
  ];
  return [
    `  ${showText(one.what)}: ${showText(valuesText(one))} — ${verdict}${where}`,
    ...(notes.length === 0 ? [] : [`    ${paint(terminal, showText(notes.join("; ")), "dim")}`]),
  ];
}

function valuesText({ before, after }: Pick<Change, "before" | "after">): string {
  if (before === null) return `+ ${after ?? ""}`;
  return after === null ? `− ${before}` : `${before} → ${after}`;
}

/** For a pull request: a table a model, the verdicts first. */
export function renderDiffMarkdown(all: readonly ShownDiff[]): string {
  const parts = all.flatMap((shown) =>
    shown.diff.models.map(({ model, changes, verdicts }) => {
      const head = `### \`${model}\` in \`${shown.after ?? shown.before ?? ""}\`: ${verdicts.map((verdict) => `**${verdict}**`).join(", ")}\n`;
      if (changes.length === 0)
        return `${head}\n${shown.diff.wordsOnly ? "Comments, layout or order only." : "The same text."}\n`;
      const rows = jsonChanges({ ...shown, diff: { ...shown.diff, models: [{ model, changes, verdicts }] } }).map(
        (one) => {
          const place = one.at.after ?? one.at.before;
          const where = place === null ? "" : `${place.line}`;
          const notes = [
            ...(one.through.length === 0 ? [] : [`by ${one.through.join(", ")}`]),
            ...(one.because === "" ? [] : [one.because]),
          ];
          return `| ${where} | ${cell(one.what)} | ${code(one.before)} | ${code(one.after)} | ${one.verdict} | ${cell(notes.join("; "))} |`;
        },
      );
      return `${head}\n| Line | What | Before | After | Does | Why |\n| ---: | --- | --- | --- | --- | --- |\n${rows.join("\n")}\n`;
    }),
  );
  return parts.join("\n");
}

/** Text in a table's cell: nothing of a spec may end the cell or start markup. */
function cell(text: string): string {
  return showText(text)
    .replaceAll(/[\\|<>*_`[\]]/g, (c) => `\\${c}`)
    .replaceAll("\n", " ");
}

function code(text: string | null): string {
  if (text === null) return "";
  const ticks = "`".repeat(1 + Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)));
  return `${ticks} ${showText(text).replaceAll("|", "\\|").replaceAll("\n", " ")} ${ticks}`;
}
