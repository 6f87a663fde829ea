import type { Construct, Place } from "../spec.ts";
import { fillTemplate } from "./droc-error.ts";
import type { Catalogue, MessageArgs, MessageSpec } from "./droc-error.ts";

/** A place in a data file. `line` and `column` count from 1; `column` may be a name where a header gives one. */
export interface DataPlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number | string;
  /** Record number from 1, without the header, for formats that have no lines. */
  readonly row?: number;
}

/** Where an error happened: in the `.dro`, in the data, or both. */
export interface ErrorPlace {
  readonly place?: Place;
  readonly data?: DataPlace;
  /** The declaration that the error is about, for whoever throws without knowing where it stands. */
  readonly about?: Construct;
  /** The error that a library reported, kept for `--verbose` output. */
  readonly cause?: unknown;
}

/**
 * Wrong data, or a spec that can only be found wrong when it runs. Every layer declares its own catalogue
 * (`as const satisfies Catalogue`) and throws `new RuntimeError(catalogue, "code", { …args }, { place })`; a code that
 * is not in the catalogue or a missing argument does not compile.
 */
export class RuntimeError<
  const C extends Catalogue = Catalogue,
  const K extends keyof C & string = keyof C & string,
> extends Error {
  readonly code: string;
  readonly severity: MessageSpec["severity"];
  readonly args: Readonly<Record<string, string | number>>;
  readonly why: string;
  readonly help: string;
  /** Set by `locate` of a run where whoever threw the error does not know the spec. */
  place?: Place;
  readonly data?: DataPlace;
  readonly about?: Construct;

  constructor(catalogue: C, code: K, args: MessageArgs<C[K]>, where: ErrorPlace = {}) {
    const spec: MessageSpec = catalogue[code]!;
    const filled: Readonly<Record<string, string | number>> = args;
    super(fillTemplate(spec.message, filled), where.cause === undefined ? undefined : { cause: where.cause });
    this.name = "RuntimeError";
    this.code = code;
    this.severity = spec.severity;
    this.args = filled;
    this.why = fillTemplate(spec.why, filled);
    this.help = fillTemplate(spec.help, filled);
    if (where.place !== undefined) this.place = where.place;
    if (where.data !== undefined) this.data = where.data;
    if (where.about !== undefined) this.about = where.about;
  }
}

/** `prices.csv:12, column "r_Hlth"`; a row number stands in where the format has no lines. */
export function renderDataPlace(data: DataPlace): string {
  const line = data.line === undefined ? "" : `:${data.line}`;
  const column =
    data.column === undefined
      ? ""
      : typeof data.column === "number"
        ? line === ""
          ? `, column ${data.column}`
          : `:${data.column}`
        : `, column ${JSON.stringify(data.column)}`;
  const row = data.row === undefined || data.line !== undefined ? "" : `, row ${data.row}`;
  return `${data.file}${line}${row}${column}`;
}

/** The error as lines of text: what, where in the `.dro`, where in the data, why, help. No stack trace, no colour. */
export function renderRuntimeError(error: RuntimeError): string {
  const lines = [`${error.severity}[${error.code}]: ${error.message}`];
  if (error.place !== undefined) lines.push(`  --> ${error.place}`);
  if (error.data !== undefined) lines.push(`  data: ${renderDataPlace(error.data)}`);
  if (error.why !== "") lines.push(`  why: ${error.why}`);
  if (error.help !== "") lines.push(`  help: ${error.help}`);
  return lines.join("\n");
}
