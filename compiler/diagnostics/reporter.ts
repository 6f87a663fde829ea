import {
  fillTemplate,
  type MessageArgs,
  type MessageSpec,
  type Placeholders,
} from "../../runtime/errors/droc-error.ts";
import type { Location } from "../source/source-text.ts";
import { catalogue, type Code } from "./catalogue/index.ts";
import type { Diagnostic, RelatedPlace } from "./diagnostic.ts";
import { relatedMessages, type RelatedCode } from "./related.ts";

type Args = Readonly<Record<string, string | number>>;

/** Collects what a compilation has to say. A code that the catalogue lacks, or a missing argument, does not compile. */
export interface Reporter {
  report<C extends Code>(
    code: C,
    at: Location,
    args: MessageArgs<(typeof catalogue)[C]>,
    related?: readonly RelatedPlace[],
  ): void;
  /** For problems that another layer found and names by code; an unknown code is a broken invariant. */
  reportFound(code: string, at: Location, args: Args, related?: readonly RelatedPlace[]): void;
  readonly diagnostics: readonly Diagnostic[];
  /** True once an error was reported. */
  readonly failed: boolean;
}

/** Past this many the first ones are mended first anyway. More than a file's syntax can have, whose last says so. */
const mostDiagnostics = 400;

export function createReporter(): Reporter {
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  let failed = false;
  const add = (code: string, spec: MessageSpec, at: Location, args: Args, related: readonly RelatedPlace[]): void => {
    if (spec.severity === "error") failed = true;
    const message = fillTemplate(spec.message, args);
    // A shared declaration is checked once for each model that uses it.
    const key = `${code} ${at.source.name} ${at.span.start} ${at.span.end} ${message}`;
    if (seen.has(key) || diagnostics.length >= mostDiagnostics) return;
    seen.add(key);
    diagnostics.push({
      code,
      severity: spec.severity,
      message,
      why: fillTemplate(spec.why, args),
      help: fillTemplate(spec.help, args).trim(),
      file: at.source.name,
      span: at.span,
      related,
    });
  };
  return {
    diagnostics,
    get failed() {
      return failed;
    },
    report: (code, at, args, related = []) => add(code, catalogue[code], at, args, related),
    reportFound(code, at, args, related = []) {
      const spec = specOf(code);
      if (spec === null) throw new Error(`no message for the code ${code}`);
      add(code, spec, at, args, related);
    },
  };
}

/** A related place with its message from `relatedMessages`. */
export function relatedPlace<C extends RelatedCode>(
  code: C,
  at: Location,
  args: Readonly<Record<Placeholders<(typeof relatedMessages)[C]>, string | number>>,
): RelatedPlace {
  return { file: at.source.name, span: at.span, message: fillTemplate(relatedMessages[code], args) };
}

/** The message of a code, or `null` where the catalogue has none. */
export function specOf(code: string): MessageSpec | null {
  const all: Readonly<Record<string, MessageSpec>> = catalogue;
  return Object.hasOwn(all, code) ? all[code]! : null;
}
