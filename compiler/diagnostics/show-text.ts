/**
 * Text as a terminal may show it: tabs become two spaces, control characters (also those that move the cursor, change
 * colours or reverse the reading direction) become visible symbols, so that a file cannot disguise what it says.
 */
export function showText(text: string): string {
  let out = "";
  for (const c of text) {
    const code = c.codePointAt(0)!;
    if (code === 9) out += "  ";
    else if (code < 32) out += String.fromCodePoint(0x2400 + code);
    else if (code === 127) out += "␡";
    else if (isInvisible(code)) out += `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
    else out += c;
  }
  return out;
}

/** C1 controls, zero-width and bidirectional formatting characters, and lone surrogates. */
function isInvisible(code: number): boolean {
  return (
    (code >= 0x80 && code < 0xa0) ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    (code >= 0xd800 && code < 0xe000) ||
    code === 0xfeff
  );
}
