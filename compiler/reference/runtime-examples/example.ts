import { bases, type BaseName } from "./bases.ts";

/**
 * A wrong and a right form of what a code of the running line is about: a folder of files and a command line, which
 * test/docs runs. The wrong one must end in the code at the place that `says` tells, the right one must end well.
 */
export interface RuntimeExample {
  /** The folder that both forms start from. */
  readonly base: BaseName;
  /** The file that the two forms differ in; `command` where they differ in what is typed. */
  readonly in: string;
  /** The part of that file which both forms stand in for; the whole file where it is left out. */
  readonly of?: string;
  readonly wrong: string;
  readonly right: string;
  /** What is typed, one command a line, instead of the base's own. */
  readonly command?: string;
  /** Further parts of files that both forms change: file, text, replacement. */
  readonly also?: readonly (readonly [file: string, of: string, by: string])[];
  /** Files that stand by in both forms, beside those of the base. */
  readonly beside?: Readonly<Record<string, string>>;
  /** What is printed for the wrong form: where, and what is wrong. */
  readonly says: string;
}

export type RuntimeExamples = Readonly<Record<string, RuntimeExample>>;

/** A folder and what is typed in it. */
export interface RuntimeCase {
  readonly files: Readonly<Record<string, string>>;
  /** Commands of a shell, one a line; `droc` and `node` among them. */
  readonly lines: readonly string[];
}

/** The folder and the commands of one form. @throws Error where the base lacks a text that the example replaces */
export function caseOf(example: RuntimeExample, form: "wrong" | "right"): RuntimeCase {
  const files: Record<string, string> = { ...bases[example.base].files, ...example.beside };
  const replace = (file: string, of: string, by: string): void => {
    const text = files[file];
    if (text?.includes(of) !== true) throw new Error(`${file} of the base ${example.base} has no ${of}`);
    files[file] = text.replace(of, () => by);
  };
  for (const [file, of, by] of example.also ?? []) replace(file, of, by);
  const text = example[form];
  if (example.in === "command") return { files, lines: text.split("\n") };
  if (example.of === undefined) files[example.in] = text.endsWith("\n") ? text : `${text}\n`;
  else replace(example.in, example.of, text);
  return { files, lines: commandOf(example).split("\n") };
}

/** What is typed for both forms of an example that differ in a file. */
export function commandOf(example: RuntimeExample): string {
  return example.command ?? bases[example.base].command;
}
