/** JSON as Prettier lays it out, so that generated files are formatted files: lists on one line where they fit. */
export function prettyJson(value: unknown, width = 120): string {
  return `${layOut(value, "", 0, width)}\n`;
}

/** `used`: columns that stand before and after the value on its line. */
function layOut(value: unknown, indent: string, used: number, width: number): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const flat = flatList(value);
    if (flat !== null && indent.length + used + flat.length <= width) return flat;
    const items = value.map((item) => `${inner}${layOut(item, inner, 1, width)}`);
    return `[\n${items.join(",\n")}\n${indent}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return "{}";
  const rows = entries.map(([key, item]) => {
    const name = `${JSON.stringify(key)}: `;
    return `${inner}${name}${layOut(item, inner, name.length + 1, width)}`;
  });
  return `{\n${rows.join(",\n")}\n${indent}}`;
}

/** A list without objects on one line; `null` where it has some. */
function flatList(list: readonly unknown[]): string | null {
  const items = list.map((item) => {
    if (Array.isArray(item)) return flatList(item);
    return typeof item === "object" && item !== null ? null : JSON.stringify(item);
  });
  return items.every((item) => item !== null) ? `[${items.join(", ")}]` : null;
}
