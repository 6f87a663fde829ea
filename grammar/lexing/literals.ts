/** Values of literals, and what is wrong with those that have none. */

const STRICT_NUMBER = /^\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:[eE][+-]?\d+)?%?$/;

/** The value of a number's text, `25%` being 0.25, correctly rounded; `null` where the text is not a number. */
export function numberValue(text: string): number | null {
  if (!STRICT_NUMBER.test(text)) return null;
  const percent = text.endsWith("%");
  const digits = (percent ? text.slice(0, -1) : text).replaceAll("_", "");
  // Shifting the decimal exponent, not dividing, so that 29% is the double nearest to 0.29.
  const value = percent && !/[eE]/.test(digits) ? Number(`${digits}e-2`) : Number(digits) / (percent ? 100 : 1);
  return Number.isFinite(value) ? value : null;
}

/** What to write instead of a text for which `numberValue` is `null`. */
export function numberHint(text: string): string {
  if (text.startsWith(".")) return `write \`0${text}\``;
  if (/\.%?$/.test(text)) return `write \`${text.replace(/\.(%?)$/, ".0$1")}\``;
  if (/^0[xXbBoO]/.test(text)) return "numbers are decimal";
  if (/_/.test(text) && /^[\d_.eE%+-]+$/.test(text)) return "group digits with single underscores, as in `200_000`";
  if (/[eE][+-]?%?$/.test(text)) return "an exponent needs digits, as in `1e-3`";
  const product = /^(\d[\d_.]*)([A-Za-z]\w*)$/.exec(text);
  if (product && !/^[eE]\d/.test(product[2] ?? "")) return `for a product write \`${product[1]} * ${product[2]}\``;
  if (STRICT_NUMBER.test(text)) return "it is larger than any double; the largest is about 1.8e308";
  return "write digits, as in `1`, `0.5`, `1e-3`, `200_000` or `25%`";
}

const ESCAPE = /\\(?:u\{([0-9A-Fa-f]{1,6})\}|(.)|$)/gsu;
const SIMPLE: Readonly<Record<string, string>> = { '"': '"', "\\": "\\", n: "\n", t: "\t" };

export interface BadEscape {
  readonly text: string;
  /** Offset within the quoted text. */
  readonly offset: number;
}

/** Unescapes the inside of a string; escapes that mean nothing are kept as written and reported. */
export function textValue(inside: string): { readonly value: string; readonly bad: readonly BadEscape[] } {
  const bad: BadEscape[] = [];
  const value = inside.replace(ESCAPE, (whole, hex: string | undefined, letter: string | undefined, offset: number) => {
    if (hex !== undefined) {
      const code = Number.parseInt(hex, 16);
      if (code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)) return String.fromCodePoint(code);
    }
    const simple = letter === undefined ? undefined : SIMPLE[letter];
    if (simple !== undefined) return simple;
    bad.push({ text: whole, offset });
    return whole;
  });
  return { value, bad };
}

/** The canonical text of a string: the inverse of `textValue`, quotes included. */
export function quoteText(value: string): string {
  const escaped = value.replace(/["\\]|[\p{Cc}\p{Cs}\u2028\u2029\uFEFF]/gu, (found) => {
    if (found === "\n") return "\\n";
    if (found === "\t") return "\\t";
    if (found === '"' || found === "\\") return `\\${found}`;
    return `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`;
  });
  return `"${escaped}"`;
}

/** Whether an ISO date (with an optional time) exists in the calendar. */
export function isRealDate(text: string): boolean {
  const [day = "", time = ""] = text.split("T");
  const parsed = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== day) return false;
  if (time === "") return true;
  const [hour = 0, minute = 0, second = 0] = time.replace("Z", "").split(":").map(Number);
  return hour < 24 && minute < 60 && second < 60;
}

const GREEK =
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon phi chi psi omega".split(
    " ",
  );

/** What to write instead of a character that no token takes. */
export function characterHint(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x3b1 && code <= 0x3c9) return `names are ASCII: write \`${GREEK[code - 0x3b1]}\``;
  if (code >= 0x391 && code <= 0x3a9) return `names are ASCII: write \`${GREEK[code - 0x391]}\``;
  if ("“”„«»‘’".includes(character)) return 'strings take straight double quotes: `"…"`';
  if (code === 0xa0 || (code >= 0x2000 && code <= 0x200b) || code === 0x3000) return "replace it by an ordinary space";
  if (code === 0x2264 || code === 0x2265) return "write `<=` or `>=`";
  if (character === "%") return "a percentage is a number directly followed by `%`, as in `25%`";
  if (character === "\\") return "delete it: an expression goes on by itself after an operator";
  if (character === "&") return "write `and`";
  if (character === "?") return "a choice is written `if c then a else b`";
  if (code > 127) return "names and numbers are written in ASCII; other characters belong in strings and comments";
  return "delete it";
}
