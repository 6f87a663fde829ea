import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { diffCompilations, VERDICT_ORDER, verdictKey, type Verdict } from "../../review/diff/index.ts";
import { cliError, type CliError } from "../cli-error.ts";
import { Revisions } from "../diff/git.ts";
import { jsonChanges, renderDiffMarkdown, renderDiffText, type JsonChange, type ShownDiff } from "../diff/render.ts";
import { compileSide, pairFiles, type FilePair, type SideFile } from "../diff/sides.ts";
import { textconv } from "../diff/textconv.ts";
import { EXIT } from "../exit-codes.ts";
import type { SpecOptions } from "../program.ts";
import type { Outcome, Session } from "../session.ts";

export interface DiffOptions extends SpecOptions {
  readonly against?: string;
  readonly mergeBase?: boolean;
  readonly failOn?: string;
  readonly format: "text" | "json" | "markdown";
  readonly gitDriver?: boolean;
  readonly textconv?: boolean;
}

/** What `diff --json` says of one pair of files. */
export interface DiffedFile {
  readonly before: string | null;
  readonly after: string | null;
  readonly verdicts: readonly Verdict[];
  readonly wordsOnly: boolean;
  readonly changes: readonly JsonChange[];
}

/**
 * Compares specs by meaning. Exit 0 where nothing that `--fail-on` names was found, 1 where it was or a side has
 * errors, 2 where the command line or a revision is wrong. Opens `.dro` files and the repository, never data.
 */
export function diffCommand(session: Session, paths: readonly string[], options: DiffOptions): Outcome {
  if (options.textconv === true) return { exit: EXIT.done, text: textconv(onePath(paths)) };
  const failOn = parseFailOn(options.failOn);
  const revisions = new Revisions(session.cwd);
  try {
    const pairs =
      options.gitDriver === true ? driverPair(session, paths) : pairFiles(session, { ...options, paths }, revisions);
    return compare(session, pairs, options, failOn);
  } finally {
    revisions.close();
  }
}

function compare(
  session: Session,
  pairs: readonly FilePair[],
  options: DiffOptions,
  failOn: readonly Verdict[],
): Outcome {
  const all: ShownDiff[] = [];
  const broken: string[] = [];
  for (const { before, after } of pairs) {
    const side = (file: SideFile | null): ReturnType<typeof compileSide> | "absent" =>
      file === null ? "absent" : compileSide(session, file, options);
    const [left, right] = [side(before), side(after)];
    for (const [file, compiled] of [
      [before, left],
      [after, right],
    ] as const) {
      if (compiled === null && file !== null) broken.push(file.shown);
    }
    if (left === null || right === null) continue;
    const none = { allModels: [], sources: [] };
    const [x, y] = [left, right].map((one) =>
      one === "absent" ? none : { allModels: one.compilation.allModels, sources: one.sources },
    );
    if (x === undefined || y === undefined) continue;
    const diff = diffCompilations(x, y);
    all.push({
      before: before?.shown ?? null,
      after: after?.shown ?? null,
      diff,
      sources: { before: x.sources, after: y.sources },
    });
  }
  const found = all.flatMap(({ diff }) => diff.models.flatMap(({ changes }) => changes.map((one) => one.verdict)));
  const failing = VERDICT_ORDER.filter((verdict) => failOn.includes(verdict) && found.includes(verdict));
  const files = all.map((shown): DiffedFile => {
    const { before, after, diff } = shown;
    return { before, after, verdicts: diff.verdicts, wordsOnly: diff.wordsOnly, changes: jsonChanges(shown) };
  });
  // Among many files those that are the same are not worth a line.
  const changed =
    all.length > 1
      ? all.filter(({ diff }) => diff.wordsOnly || diff.models.some((one) => one.changes.length > 0))
      : all;
  const text =
    options.format === "markdown"
      ? renderDiffMarkdown(changed)
      : changed.map((shown) => renderDiffText(shown, session.out)).join("");
  const error = errorOf(broken, failing);
  const exit = error === null ? EXIT.done : EXIT.wrong;
  return { exit, text, result: { files, failed: failing.map(verdictKey) }, ...(error === null ? {} : { error }) };
}

function errorOf(broken: readonly string[], failing: readonly Verdict[]): CliError | null {
  if (broken.length > 0) return cliError("cli-diff-broken", { path: broken.join("`, `") }, EXIT.wrong);
  if (failing.length === 0) return null;
  return cliError(
    "cli-diff-verdict",
    { verdicts: failing.join(", "), keys: failing.map(verdictKey).join(",") },
    EXIT.wrong,
  );
}

/** `any` stands for every verdict that is a change. */
function parseFailOn(text: string | undefined): readonly Verdict[] {
  if (text === undefined) return [];
  const changes = VERDICT_ORDER.filter((verdict) => verdict !== "NO CHANGE OF MEANING");
  return text.split(",").flatMap((word) => {
    const key = word.trim().toLowerCase();
    if (key === "any") return changes;
    const verdict = VERDICT_ORDER.find((one) => verdictKey(one) === key);
    if (verdict === undefined) {
      const known = [...changes.map(verdictKey), "any"].join(", ");
      throw cliError(
        "cli-usage",
        { text: `--fail-on knows no \`${key}\`; it takes ${known}`, command: "diff " },
        EXIT.usage,
      );
    }
    return [verdict];
  });
}

function onePath(paths: readonly string[]): string {
  const [path] = paths;
  if (path === undefined || paths.length !== 1) {
    throw cliError("cli-usage", { text: "--textconv takes one file", command: "diff " }, EXIT.usage);
  }
  return path;
}

/** git's own arguments: path, old file, old hash, old mode, new file, new hash, new mode. Imports are the work tree's. */
function driverPair(session: Session, args: readonly string[]): readonly FilePair[] {
  const [path, oldFile, , , newFile] = args;
  if (path === undefined || oldFile === undefined || newFile === undefined) {
    throw cliError("cli-usage", { text: "--git-driver is called by git", command: "diff " }, EXIT.usage);
  }
  const side = (file: string, shown: string): SideFile | null =>
    file === "/dev/null"
      ? null
      : {
          shown,
          path: resolve(session.cwd, path),
          text: readFileSync(resolve(session.cwd, file), "utf8"),
          revision: null,
        };
  return [{ before: side(oldFile, `a/${path}`), after: side(newFile, `b/${path}`) }];
}
