import type { Origin } from "../../../runtime/ir/expr.ts";
import type { OptionsIR, OptionValue, Setting } from "../../../runtime/ir/model.ts";
import { change, type Change, type ChangeDraft } from "./change.ts";
import { isList, isOptions } from "../../cli/explain/text-of.ts";
import { optionsText, valueText } from "./text.ts";
import type { Verdict } from "./verdict.ts";

type Settings = OptionsIR["options"];

/** Differences of two option groups, each option with its own line: `train.optimizer.rate`. */
export function diffOptions(
  path: string,
  a: OptionsIR,
  b: OptionsIR,
  verdict: Verdict,
  because = "",
): readonly Change[] {
  if (a.name !== b.name) {
    const shown = { before: optionsText(a), after: optionsText(b) };
    return [change({ what: path, ...shown, verdict, because, at: [a.at, b.at] })];
  }
  return diffSettings(path, a.options, b.options, verdict, because, [a.at, b.at]);
}

/** The same of bare options. */
export function diffSettings(
  path: string,
  a: Settings,
  b: Settings,
  verdict: Verdict,
  because = "",
  owner: readonly [Origin | undefined, Origin | undefined] = [undefined, undefined],
): readonly Change[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.flatMap((key) => diffSetting(`${path}.${key}`, a[key], b[key], verdict, because, owner));
}

function diffSetting(
  what: string,
  a: Setting<OptionValue> | undefined,
  b: Setting<OptionValue> | undefined,
  verdict: Verdict,
  because: string,
  owner: readonly [Origin | undefined, Origin | undefined],
): readonly Change[] {
  const at = [a?.at ?? owner[0], b?.at ?? owner[1]] as const;
  const base = { what, before: shown(a), after: shown(b), at };
  if (a === undefined || b === undefined) return [change({ ...base, verdict, because })];
  const [x, y] = [a.value, b.value];
  if (isOptions(x) && isOptions(y) && x.name === y.name) {
    const inner = diffSettings(what, x.options, y.options, verdict, because, at);
    return inner.length > 0 || a.origin === b.origin ? inner : [madeExplicit(base, a.origin)];
  }
  if (!equalValues(x, y)) return [change({ ...base, verdict, because })];
  return a.origin === b.origin ? [] : [madeExplicit(base, a.origin)];
}

function madeExplicit(base: Omit<ChangeDraft, "verdict">, before: "explicit" | "implicit"): Change {
  const because =
    before === "implicit" ? "the default is written out" : "the default takes the place of the same value";
  return change({ ...base, verdict: "NO CHANGE OF MEANING", because });
}

/** Equal by value, whoever chose it. */
export function equalValues(a: OptionValue, b: OptionValue): boolean {
  return valueKey(a) === valueKey(b);
}

function valueKey(value: OptionValue): string {
  if (typeof value === "number") return String(Number(value.toPrecision(14)) + 0);
  if (typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(valueKey).join(",")}]`;
  if ("oneOf" in value) return `oneOf(${value.oneOf.map(valueKey).join(",")}) ${value.by ?? ""}`;
  if ("from" in value) return `${value.from}..${value.to} ${value.by ?? ""}`;
  const options = Object.entries(value.options).map(([key, setting]) => `${key}:${valueKey(setting.value)}`);
  return `${value.name}{${options.toSorted().join(",")}}`;
}

/**
 * Differences of two lists of groups without an order: methods compared, corruptions.
 *
 * @param explain what there is to say of the changes between two groups of one name, at this path
 */
export function diffLists(
  path: string,
  a: readonly OptionsIR[],
  b: readonly OptionsIR[],
  verdict: Verdict,
  explain: (changes: readonly Change[], path: string, a: OptionsIR, b: OptionsIR) => readonly Change[] = (changes) =>
    changes,
): readonly Change[] {
  const right = [...b];
  const left = a.filter((one) => {
    const found = right.findIndex((other) => valueKey(other) === valueKey(one));
    if (found >= 0) right.splice(found, 1);
    return found < 0;
  });
  const changes: Change[] = [];
  for (const one of left) {
    const found = right.findIndex((other) => other.name === one.name);
    if (found < 0) {
      changes.push(change({ what: path, before: optionsText(one), after: null, verdict, at: [one.at, undefined] }));
      continue;
    }
    const [other] = right.splice(found, 1);
    if (other === undefined) continue;
    const own = `${path} ${one.name}`;
    changes.push(...explain(diffOptions(own, one, other, verdict), own, one, other));
  }
  return [
    ...changes,
    ...right.map((one) =>
      change({ what: path, before: null, after: optionsText(one), verdict, at: [undefined, one.at] }),
    ),
  ];
}

const shown = (setting: Setting<OptionValue> | undefined): string | null =>
  setting === undefined ? null : valueText(setting.value);
