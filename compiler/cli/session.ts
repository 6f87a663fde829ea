import { describeTerminal, type Terminal } from "./terminal.ts";
import type { CliError } from "./cli-error.ts";
import type { ExitCode } from "./exit-codes.ts";

/** The process seen by a command: where it writes, where it stands, when it is to stop. */
export interface Session {
  readonly out: Terminal;
  readonly err: Terminal;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** True where the answer is one JSON object: then nothing else may be written to stdout. */
  readonly json: boolean;
  /** To stderr: progress and errors. */
  note(text: string): void;
}

/** What every command returns. */
export interface Outcome {
  readonly exit: ExitCode;
  /** To stdout, except with `--json`. */
  readonly text?: string;
  /** In the JSON answer, beside `result`. */
  readonly diagnostics?: readonly unknown[];
  readonly result?: unknown;
  readonly error?: CliError;
}

export function createSession(signal: AbortSignal, json: boolean): Session {
  return {
    out: describeTerminal(process.stdout, process.env),
    err: describeTerminal(process.stderr, process.env),
    cwd: process.cwd(),
    env: process.env,
    signal,
    json,
    note: (text) => void process.stderr.write(text),
  };
}
