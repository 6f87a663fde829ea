/** Text from a spec on its way into TypeScript: everything a stranger wrote passes through one of these. */

/** What no comment or string of ours shows as it is: control characters, line separators, and what reorders text. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

const escapeCharacter = (character: string): string =>
  `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`.replace(/^\\u(.{5,})$/, "\\u{$1}");

/** A string literal that is safe in every position: JSON with invisible characters escaped. */
export function stringLiteral(text: string): string {
  return JSON.stringify(text).replace(invisible, escapeCharacter);
}

/** A number literal that reads back as the same float64. */
export function numberLiteral(value: number): string {
  if (Object.is(value, -0)) return "-0";
  return String(value);
}

/** One line of a comment: cannot end the comment, start a line of its own, or address a tool. */
export function commentText(text: string): string {
  return text
    .replace(/[\r\n\t\u2028\u2029]+/g, " ")
    .replace(invisible, escapeCharacter)
    .replaceAll("*/", "* /")
    .replace(/@(?=\s*(?:ts-|jsx))/gi, "(at)")
    .trim();
}

/** The lines of a documentation text, each safe in a comment; no blank ones at the ends. */
export function commentLines(text: string): string[] {
  const lines = text.split(/\r\n|[\r\n\u2028\u2029]/).map(commentText);
  while (lines.length > 0 && lines[0] === "") lines.shift();
  while (lines.length > 0 && lines.at(-1) === "") lines.pop();
  return lines;
}

/** A block comment in TSDoc's form. */
export function docComment(lines: readonly string[]): string {
  if (lines.length === 1) return `/** ${lines[0]} */`;
  return ["/**", ...lines.map((line) => (line === "" ? " *" : ` * ${line}`)), " */"].join("\n");
}

/** A short piece of source for a comment: one line, cut where it is long. */
export function excerpt(source: string, length = 90): string {
  const line = commentText(source.replace(/\s+/g, " "));
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
