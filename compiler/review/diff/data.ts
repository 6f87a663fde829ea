import type { DataIR, FieldIR, SplitIR } from "../../../runtime/ir/model.ts";
import { columnText, splitText, typeText } from "../../cli/explain/text-of.ts";
import { canonicalJson } from "../../ir/canonical-json.ts";
import { change, type Change } from "./change.ts";
import { diffOptions } from "./options.ts";
import { numberText, optionsText } from "./text.ts";

/** What is read, how it becomes context and outcome, and which rows train, validate and test. */
export function diffData(a: DataIR, b: DataIR): readonly Change[] {
  return [...diffSource(a, b), ...diffFields(a, b), ...diffSplit(a, b)];
}

function diffSource(a: DataIR, b: DataIR): readonly Change[] {
  const [x, y] = [a.source, b.source];
  if (x.kind === "synthetic" && y.kind === "synthetic") return diffOptions("data", x.task, y.task, "DATA CHANGES");
  if (text(x) === text(y)) return [];
  const at = [a.at, b.at] as const;
  return [change({ what: "data: source", before: text(x), after: text(y), verdict: "DATA CHANGES", at })];
}

function diffFields(a: DataIR, b: DataIR): readonly Change[] {
  const changes: Change[] = [];
  for (const field of a.fields) {
    const other = b.fields.find((one) => one.name === field.name);
    const base = { what: `data: ${field.role} ${field.name}`, before: fieldText(field) };
    if (other === undefined) {
      changes.push(change({ ...base, after: null, verdict: "DATA CHANGES", at: [field.at, undefined] }));
    } else if (fieldKey(field) !== fieldKey(other)) {
      changes.push(change({ ...base, after: fieldText(other), verdict: "DATA CHANGES", at: [field.at, other.at] }));
    }
  }
  for (const field of b.fields) {
    if (a.fields.some((one) => one.name === field.name)) continue;
    const added = { what: `data: ${field.role} ${field.name}`, before: null, after: fieldText(field) };
    changes.push(change({ ...added, verdict: "DATA CHANGES", at: [undefined, field.at] }));
  }
  return changes;
}

function fieldKey(field: FieldIR): string {
  const { doc: _, at: __, columns, range, horizon, per, axes, unit, transforms, role, type, name } = field;
  return canonicalJson({
    name,
    role,
    type,
    unit: { ...unit },
    axes: axes.map(({ dim, size }) => ({ dim, size })),
    columns: columns === null ? null : columnText(columns),
    transforms: [...transforms],
    range: range === undefined ? null : [range.lower, range.upper],
    horizon: horizon === undefined ? null : `${horizon.name}: ${typeText(horizon)}`,
    per: per ?? null,
  });
}

function fieldText(field: FieldIR): string {
  const { range, columns, transforms } = field;
  const within = range === undefined ? "" : ` in ${numberText(range.lower)}..${numberText(range.upper)}`;
  const from = columns === null ? "" : ` = ${columnText(columns)}`;
  return `${typeText(field)}${within}${from}${transforms.map((one) => ` |> ${one}`).join("")}`;
}

function diffSplit(a: DataIR, b: DataIR): readonly Change[] {
  const [x, y] = [a.split, b.split];
  const at = [placeOf(x.value), placeOf(y.value)] as const;
  const base = { what: "data: split", before: splitText(x.value), after: splitText(y.value), at };
  if (splitKey(x.value) !== splitKey(y.value)) return [change({ ...base, verdict: "DATA CHANGES" })];
  if (x.origin === y.origin) return [];
  const because =
    x.origin === "implicit" ? "the default is written out" : "the default takes the place of the same value";
  return [change({ ...base, verdict: "NO CHANGE OF MEANING", because })];
}

function placeOf(split: SplitIR): (Change["at"]["before"] & {}) | undefined {
  return split.kind === "task" ? undefined : split.at;
}

/** To twelve digits: `70%` and `0.7` are one share. */
function splitKey(split: SplitIR): string {
  if (split.kind === "task") return "task";
  if (split.kind === "by") return splitText(split);
  return [split.kind, ...[split.train, split.validation, split.test].map((share) => share.toPrecision(12))].join(" ");
}

const text = (source: DataIR["source"]): string =>
  source.kind === "synthetic"
    ? `synthetic ${optionsText(source.task)}`
    : `${source.kind}(${JSON.stringify(source.path)})`;
