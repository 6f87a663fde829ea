import type { BaseName } from "./bases.ts";

/**
 * A wrong and a right spec for one code. Both are a base spec with the part `of` replaced, or whole specs where `of` is
 * absent. Each pair is compiled by test/docs: the wrong one must report the code alone, the right one nothing.
 */
export interface DiagnosticExample {
  /** The spec that both sides change; the portfolio where it is not named. */
  readonly base?: BaseName;
  readonly of?: string;
  readonly wrong: ExampleSide;
  readonly right: ExampleSide;
  /** Codes that the wrong side cannot but report beside its own. */
  readonly also?: readonly string[];
  /** Files beside the spec, for both sides, by their path from its folder. */
  readonly files?: Readonly<Record<string, ExampleFile>>;
}

/** The text that stands in for `of`, or more where the text alone does not provoke the code. */
export type ExampleSide = string | ExampleVariant;

export interface ExampleVariant {
  readonly text: string | (() => string);
  /** What the page shows instead of a text that is too long to print. */
  readonly shows?: string;
  /** Values for `--set`. */
  readonly set?: Readonly<Record<string, string>>;
}

/** The text of a file, or what the page says of it and how to make it. */
export type ExampleFile = string | { readonly shows: string; readonly make: (path: string) => void };

/** A side with its texts written out. */
export interface ExampleParts {
  readonly text: string;
  readonly shows: string;
  readonly set: Readonly<Record<string, string>>;
}

/** The parts of a side, the same whichever way it is written. */
export function partsOf(side: ExampleSide): ExampleParts {
  if (typeof side === "string") return { text: side, shows: side, set: {} };
  const text = typeof side.text === "string" ? side.text : side.text();
  return { text, shows: side.shows ?? text, set: side.set ?? {} };
}
