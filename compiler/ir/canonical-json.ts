/** What canonical JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * JSON with sorted keys and no space, the same text for the same value. Numbers that JSON lacks (±Infinity, NaN, −0)
 * are written as tagged strings, so that none is confused with another.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === "number") {
    const plain = Number.isFinite(value) && !Object.is(value, -0);
    return plain ? JSON.stringify(value) : `{"number":"${Object.is(value, -0) ? "-0" : String(value)}"}`;
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const entries = Object.entries(value).flatMap(([key, item]) =>
    item === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(item)}`],
  );
  return `{${entries.sort().join(",")}}`;
}

function isList(value: readonly Json[] | { readonly [key: string]: Json | undefined }): value is readonly Json[] {
  return Array.isArray(value);
}

/** Values in the order of their canonical text: for lists whose order has no meaning. */
export function sortedJson(values: readonly Json[]): readonly Json[] {
  const keyed = values.map((value) => ({ value, text: canonicalJson(value) }));
  return keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0)).map((entry) => entry.value);
}
