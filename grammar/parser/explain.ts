/** Turns "expected this, found that" into the problem that helps. */
import type { IToken } from "chevrotain";
import { EOF } from "../chevrotain.ts";
import type { Span } from "../ast.ts";
import { characterHint } from "../lexing/literals.ts";
import { isCloser } from "../lexing/brackets.ts";
import { Newline, T, Unknown } from "../lexing/token-types.ts";
import { wordSpecs } from "../lexing/words.ts";
import { nearest } from "./nearest.ts";
import type { SyntaxCode } from "../problems.ts";
import { endOf, spanOf } from "../spans.ts";

export interface Surprise {
  /** Label of what was expected. */
  readonly expected: string;
  /** The rule that expected it. */
  readonly rule: string;
  readonly found: IToken;
  readonly previous: IToken;
  readonly following: IToken;
  readonly sourceLength: number;
}

export interface Explanation {
  readonly code: SyntaxCode;
  readonly span: Span;
  readonly args: Readonly<Record<string, string | number>>;
}

/** A token as messages quote it. */
export function quoted(token: IToken): string {
  if (token.tokenType === EOF) return "the end of the file";
  if (token.tokenType === Newline) return "the end of the line";
  return `\`${token.image === "" ? (token.tokenType.LABEL ?? "").replaceAll("`", "") : shortened(token.image)}\``;
}

function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}

/** What an unknown character is reported as. */
export function explainCharacter(token: IToken): Explanation {
  const character = [...token.image][0] ?? "";
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return {
    code: "unknown-character",
    span: spanOf(token, token, 0),
    args: { character: `\`${character}\``, codepoint: `U+${code}`, hint: characterHint(character) },
  };
}

export function explain(surprise: Surprise): Explanation {
  const { found, previous, expected, rule } = surprise;
  if (found.tokenType === Unknown) return explainCharacter(found);
  const ended =
    found.tokenType === EOF || found.tokenType === Newline || isCloser(found.tokenType) || found.tokenType === T.Comma;
  const place = Number.isFinite(previous.startOffset) ? endOf(previous) : 0;
  const gap = { start: place, end: place };
  const span = found.tokenType === EOF || found.image === "" ? gap : spanOf(found, found, surprise.sourceLength);
  const word = wordSpecs.get(found.image);
  const after = previous.image === "" ? "here" : `after \`${shortened(previous.image)}\``;

  if (expected === "a name" && word?.reserved) return { code: "reserved-name", span, args: { word: found.image } };
  if (expected === "a value") {
    if (word?.reserved) {
      return { code: "unexpected-keyword", span, args: { word: found.image, hint: `write a value ${after}` } };
    }
    const args = { what: "a value", where: after, hint: valueHint(found, ended) };
    return { code: "missing-value", span: ended ? gap : span, args };
  }
  if (expected === "`=`" && !ended) {
    return { code: "missing-equals", span, args: { found: quoted(found), text: shortened(found.image) } };
  }
  if (expected === "`:`" && (rule === "optionEntry" || rule === "field")) {
    const why =
      rule === "optionEntry"
        ? "an option without a value would be silently ignored"
        : "a field without a type cannot be checked";
    return { code: "missing-colon", span, args: { key: previous.image, why } };
  }
  if (expected === "a name" && ended) {
    return { code: "missing-value", span: gap, args: { what: "a name", where: after, hint: "write the name" } };
  }
  const meant = /^[a-z]{2,}$/.test(found.image) ? nearest(found.image, JOINING_WORDS) : null;
  const hint = meant === null || meant === found.image ? `write ${expected} ${after}` : `did you mean \`${meant}\`?`;
  return { code: "expected-token", span, args: { expected, found: quoted(found), hint } };
}

/** Words that join the parts of a declaration, as they are misspelt where something else is expected. */
const JOINING_WORDS = ["on", "with", "from", "because", "observing", "by", "then", "else", "to"];

function valueHint(found: IToken, ended: boolean): string {
  if (ended) return "write a number, a name, a call, a list or an expression";
  return `write a value before ${quoted(found)}, or delete what stands before it`;
}
