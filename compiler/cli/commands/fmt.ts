import { showText } from "../../diagnostics/show-text.ts";
import { readFileSync } from "node:fs";
import { parse, print, type SyntaxProblem } from "../../../grammar/index.ts";
import { decodeSource, readSourceFile } from "../../source/read-source.ts";
import { replaceFile } from "../atomic-write.ts";
import { cliError, type CliError, fileReason } from "../cli-error.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Outcome, Session } from "../session.ts";
import { reportSyntaxErrors } from "../syntax-errors.ts";
import { paint } from "../terminal.ts";

export interface FmtOptions {
  readonly check?: boolean;
  readonly stdin?: boolean;
}

/** `unchanged` was canonical already; `changed` was rewritten, or would be with `--check`. */
export interface FormattedFile {
  readonly file: string;
  readonly status: "unchanged" | "changed" | "broken";
  /** The canonical text, with `--stdin` only. */
  readonly text?: string;
}

const STDIN = "<stdin>";

/** Rewrites files in the canonical form. A file that does not parse is left alone and makes the exit code 1. */
export async function fmtCommand(session: Session, files: readonly string[], options: FmtOptions): Promise<Outcome> {
  const stdin = options.stdin === true;
  const checkOnly = options.check === true;
  if (stdin && files.length > 0) throw usage("--stdin reads no file: leave the file names out");
  if (!stdin && files.length === 0) throw usage("name the files to format, or give --stdin");

  const formatted: FormattedFile[] = [];
  const diagnostics: unknown[] = [];
  let exit: ExitCode = EXIT.done;
  let report = "";
  for (const file of stdin ? [STDIN] : files) {
    const source = readText(file);
    const { text, problems } = formatSource(source);
    if (text === null) {
      diagnostics.push(...reportSyntaxErrors(session, file, source, problems));
      formatted.push({ file, status: "broken" });
      exit = EXIT.wrong;
      continue;
    }
    const changed = text !== source;
    formatted.push({ file, status: changed ? "changed" : "unchanged", ...(stdin ? { text } : {}) });
    if (changed && checkOnly) {
      exit = EXIT.wrong;
      report += paint(session.out, `${showText(file)}: not canonical`, "yellow") + "\n";
    } else if (stdin && !checkOnly) {
      report += text;
    } else if (changed) {
      replace(file, text);
      report += `${showText(file)}: formatted\n`;
    }
  }
  const broken = formatted.filter((f) => f.status === "broken").map((f) => showText(f.file));
  const error =
    broken.length === 0 ? {} : { error: cliError("cli-fmt-broken", { path: broken.join("`, `") }, EXIT.wrong) };
  return { exit, text: report, diagnostics, result: { files: formatted }, ...error };
}

/**
 * The canonical form of `source`, or its syntax errors. Throws where the printed text would not parse or print to
 * itself: then the printer is at fault and the file must not be touched.
 */
export function formatSource(source: string): {
  readonly text: string | null;
  readonly problems: readonly SyntaxProblem[];
} {
  const { file, problems } = parse(source);
  if (problems.length > 0) return { text: null, problems };
  const text = print(file, source);
  const again = parse(text);
  if (again.problems.length > 0 || print(again.file, text) !== text) {
    throw new Error("the canonical form of this file does not read back as itself");
  }
  return { text, problems };
}

function readText(file: string): string {
  const read = file === STDIN ? decodeSource(readFileSync(0)) : readSourceFile(file);
  if ("text" in read) return read.text;
  const words = {
    missing: "there is no such file",
    directory: "it is a folder",
    "not-regular": "it is not a regular file",
    "not-utf8": "it is not UTF-8 text",
    "too-large": "it is too large for a spec",
  } as const;
  const { problem } = read;
  const reason = problem.kind === "unreadable" ? problem.reason : words[problem.kind];
  throw cliError("cli-file-not-readable", { path: showText(file), reason }, EXIT.wrong);
}

function replace(file: string, text: string): void {
  try {
    replaceFile(file, text);
  } catch (error) {
    throw cliError("cli-file-not-writable", { path: showText(file), reason: fileReason(error) }, EXIT.wrong);
  }
}

function usage(text: string): CliError {
  return cliError("cli-usage", { text, command: "fmt " }, EXIT.usage);
}
