import type { MessageSpec } from "../errors/droc-error.ts";
import { RuntimeError, type DataPlace } from "../errors/runtime-error.ts";
import type { Construct } from "../spec.ts";

/** An error as plain data: what a structured clone would lose of it. */
export interface CarriedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  /** What a `RuntimeError` has besides; `null` for any other. */
  readonly located: {
    readonly code: string;
    readonly severity: MessageSpec["severity"];
    readonly args: Readonly<Record<string, string | number>>;
    readonly why: string;
    readonly help: string;
    readonly place: string | null;
    readonly data: DataPlace | null;
    readonly about: Construct | null;
  } | null;
}

/** What was thrown, as data that crosses to another process. */
export function carryError(error: unknown): CarriedError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: null, located: null };
  const { name, message, stack = null } = error;
  if (!(error instanceof RuntimeError)) return { name, message, stack, located: null };
  const { code, severity, args, why, help, place = null, data = null, about = null } = error;
  return { name, message, stack, located: { code, severity, args, why, help, place, data, about } };
}

/** The error again, with the code, arguments, texts and places that it had where it was thrown. */
export function reviveError({ name, message, stack, located }: CarriedError): Error {
  if (located === null) {
    const error = new Error(message);
    error.name = name;
    if (stack !== null) error.stack = stack;
    return error;
  }
  const { code, severity, args, why, help, place, data, about } = located;
  // The texts are filled in already: without arguments nothing in them is taken for a placeholder again.
  const error = new RuntimeError(
    { [code]: { severity, message, why, help } },
    code,
    {},
    {
      ...(place === null ? {} : { place }),
      ...(data === null ? {} : { data }),
      ...(about === null ? {} : { about }),
    },
  );
  return Object.assign(error, { args });
}
