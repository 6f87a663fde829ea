/**
 * JSON with one member a line, except that arrays and objects of plain values stay on their line: a person can read it
 * and a thousand regrets take one line. Equal values give equal text.
 */
export function formatJson(value: unknown, indent = ""): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  const entries = Array.isArray(value)
    ? value.map((item: unknown) => [null, item] as const)
    : Object.entries(value).filter(([, item]) => item !== undefined);
  const flat = entries.every(([, item]) => item === null || typeof item !== "object");
  if (flat) return JSON.stringify(value);
  const inner = `${indent}  `;
  const lines = entries.map(
    ([key, item]) => `${inner}${key === null ? "" : `${JSON.stringify(key)}: `}${formatJson(item, inner)}`,
  );
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return `${open}\n${lines.join(",\n")}\n${indent}${close}`;
}
