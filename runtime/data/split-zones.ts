import { didYouMean } from "../errors/did-you-mean.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { PartIR } from "../ir/model.ts";
import type { SplitBySpec } from "../predict/spec.ts";
import { DATA_MESSAGES } from "./messages.ts";

export type SplitPart = "train" | "validation" | "test";

const PARTS: readonly SplitPart[] = ["train", "validation", "test"];
/** Values listed in a message. */
const LISTED = 20;

/**
 * The part that each value of the split's column belongs to, in the order in which values first stand in the file. A value
 * that no part takes is in none.
 * @throws RuntimeError `data-zone-missing`, `data-zone-shared`, `data-split-empty`
 */
export function assignZones(split: SplitBySpec, zones: readonly string[], file: string): Map<string, SplitPart> {
  const values = [...new Set(zones)];
  const where = { place: split.at, data: { file, column: split.column } };
  const assigned = new Map<string, SplitPart>();
  const rest: SplitPart[] = [];
  for (const part of PARTS) {
    const rule = split[part];
    if (rule === undefined) continue;
    const named = taken(rule, values, split, where);
    if (named === null) rest.push(part);
    for (const value of named ?? []) {
      const owner = assigned.get(value);
      if (owner !== undefined)
        throw new RuntimeError(DATA_MESSAGES, "data-zone-shared", { zone: value, first: owner, second: part }, where);
      assigned.set(value, part);
    }
  }
  for (const part of rest) for (const value of values) if (!assigned.has(value)) assigned.set(value, part);
  for (const part of PARTS) {
    if (split[part] === undefined || [...assigned.values()].includes(part)) continue;
    const reason = part === "train" ? "There is nothing to learn from." : "Nothing can be evaluated on it.";
    const share = `no value of ${split.column}`;
    throw new RuntimeError(DATA_MESSAGES, "data-split-empty", { part, share, rows: zones.length, reason }, where);
  }
  return new Map(values.flatMap((value) => (assigned.has(value) ? [[value, assigned.get(value)!] as const] : [])));
}

/** The values that a rule names; `null` for all that no other part takes. */
function taken(
  rule: PartIR,
  values: readonly string[],
  split: SplitBySpec,
  where: ConstructorParameters<typeof RuntimeError>[3],
): readonly string[] | null {
  if (!("values" in rule)) {
    if (!("count" in rule)) return null;
    return rule.kind === "first" ? values.slice(0, rule.count) : values.slice(-rule.count);
  }
  return rule.values.map((wanted) => {
    const found = values.find(
      (value) => value === String(wanted) || (typeof wanted === "number" && value !== "" && Number(value) === wanted),
    );
    if (found !== undefined) return found;
    const shown = values.slice(0, LISTED).join(", ");
    const args = {
      zone: String(wanted),
      column: split.column,
      known: values.length > LISTED ? `${shown}, … (${values.length})` : shown,
      suggestion: didYouMean(String(wanted), values),
    };
    throw new RuntimeError(DATA_MESSAGES, "data-zone-missing", args, where);
  });
}
