import { showText } from "../../diagnostics/show-text.ts";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { formatSpec } from "../../review/format.ts";
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
  /** What happens without `--check`; may be said. */
  readonly write?: boolean;
}

/** `unchanged` was canonical already; `changed` was rewritten, or would be with `--check`. */
export interface FormattedFile {
  readonly file: string;
  readonly status: "unchanged" | "changed" | "broken";
  /** The canonical text, with `--stdin` only. */
  readonly text?: string;
}

const STDIN = "<stdin>";

/**
 * Rewrites files in the canonical form, after comparing the hashes of what they mean before and after. A file that does
 * not parse is left alone and makes the exit code 1.
 */
export async function fmtCommand(session: Session, files: readonly string[], options: FmtOptions): Promise<Outcome> {
  const stdin = options.stdin === true;
  const checkOnly = options.check === true;
  if (options.write === true && (checkOnly || stdin))
    throw usage("--write rewrites files: leave --check or --stdin out");
  if (stdin && files.length > 0) throw usage("--stdin reads no file: leave the file names out");
  if (!stdin && files.length === 0) throw usage("name the files to format, or give --stdin");

  const formatted: FormattedFile[] = [];
  const diagnostics: unknown[] = [];
  let exit: ExitCode = EXIT.done;
  let report = "";
  for (const file of stdin ? [STDIN] : files) {
    const source = readText(file);
    const { text, problems } = formatSpec(source, resolve(session.cwd, stdin ? "stdin.dro" : file));
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
