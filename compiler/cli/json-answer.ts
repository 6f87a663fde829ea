import type { Outcome } from "./session.ts";
import { drocVersion } from "./package-info.ts";

/** What every command prints with `--json`: one object, documented in docs/cli-json.md. */
export interface JsonAnswer {
  readonly droc: string;
  readonly command: string;
  readonly exit: number;
  readonly diagnostics: readonly unknown[];
  readonly result: unknown;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly why: string;
    readonly help: string;
  } | null;
}

export function jsonAnswer(command: string, outcome: Outcome): string {
  const { error } = outcome;
  const answer: JsonAnswer = {
    droc: drocVersion(),
    command,
    exit: outcome.exit,
    diagnostics: outcome.diagnostics ?? [],
    result: outcome.result ?? null,
    error: error === undefined ? null : { code: error.code, message: error.message, why: error.why, help: error.help },
  };
  return `${JSON.stringify(answer, null, 2)}\n`;
}
