import { fillTemplate, type MessageArgs } from "../../runtime/errors/droc-error.ts";
import { cliCatalogue, type CliCode } from "./catalogue.ts";
import type { ExitCode } from "./exit-codes.ts";

/** A message of the catalogue with its arguments filled in, and the exit code that it ends the process with. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: string;
  readonly why: string;
  readonly help: string;
  readonly exit: ExitCode;

  constructor(code: string, text: { message: string; why: string; help: string }, exit: ExitCode) {
    super(text.message);
    this.code = code;
    this.why = text.why;
    this.help = text.help;
    this.exit = exit;
  }
}

/** Reports `code` of the command line's catalogue. */
export function cliError<C extends CliCode>(
  code: C,
  args: MessageArgs<(typeof cliCatalogue)[C]>,
  exit: ExitCode,
): CliError {
  const spec = cliCatalogue[code];
  return new CliError(
    code,
    {
      message: fillTemplate(spec.message, args),
      why: fillTemplate(spec.why, args),
      help: fillTemplate(spec.help, args),
    },
    exit,
  );
}

/** `EACCES` and the like in words, for messages about files. */
export function fileReason(error: unknown): string {
  const code = errorCode(error);
  const words: Readonly<Record<string, string>> = {
    EACCES: "permission denied",
    EPERM: "operation not permitted",
    EROFS: "the file system is read-only",
    ENOENT: "no such file or folder",
    ENOTDIR: "a part of the path is not a folder",
    EISDIR: "it is a folder",
    EEXIST: "a file of that name is in the way",
    ENOSPC: "no space left on the device",
    ENAMETOOLONG: "the name is too long",
    ELOOP: "too many symbolic links",
  };
  return (code !== null ? words[code] : undefined) ?? (error instanceof Error ? error.message : String(error));
}

/** The `code` of a Node error, or `null`. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}
