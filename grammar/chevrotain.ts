/**
 * The one place that loads Chevrotain. Its package entry imports some five hundred small modules (300–400 ms cold); the
 * single-file bundle that it ships beside them loads in 13 ms, which is what lets `droc check` start fast. The bundle is
 * not among the package's exports, so it is found from the entry's own path; without it the entry serves.
 */
import type * as Chevrotain from "chevrotain";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const entry = createRequire(import.meta.url).resolve("chevrotain");
const bundle = join(dirname(entry), "..", "chevrotain.min.mjs");
const chevrotain: typeof Chevrotain = await import(pathToFileURL(existsSync(bundle) ? bundle : entry).href);

export const { createToken, createTokenInstance, EmbeddedActionsParser, EOF, isRecognitionException, Lexer } =
  chevrotain;
export const {
  Alternation,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
  Terminal,
} = chevrotain;
