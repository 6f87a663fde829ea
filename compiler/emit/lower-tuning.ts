import type { OptionsIR, OptionValue } from "../../runtime/ir/model.ts";
import type { BaselineSpec, MethodSpec, TunedCandidate, TunedSpec } from "../../runtime/spec.ts";

/** An option whose value is chosen on validation: the way to it, and what it may be. */
interface Tuned {
  readonly path: readonly string[];
  readonly values: readonly (number | readonly number[])[];
  readonly by: TunedSpec["by"];
}

/** A baseline as a run takes it: where options are chosen on validation, every combination of their values. */
export function lowerTuned(group: OptionsIR, lower: (one: OptionsIR) => BaselineSpec): MethodSpec {
  const tuned = tunedOptions(group, []);
  if (tuned.length === 0) return lower(group);
  let combinations: readonly (readonly (number | readonly number[])[])[] = [[]];
  for (const { values } of tuned)
    combinations = combinations.flatMap((taken) => values.map((value) => [...taken, value]));
  const candidates = combinations.map((values): TunedCandidate => {
    const one = tuned.reduce((made, { path }, k) => withOption(made, path, values[k]!), group);
    const chosen = Object.fromEntries(tuned.map(({ path }, k) => [path.join("."), values[k]!]));
    return { chosen, spec: lower(one) };
  });
  return candidates.length === 1
    ? candidates[0]!.spec
    : { method: "tuned", name: group.name, by: tuned[0]!.by, candidates };
}

function tunedOptions(group: OptionsIR, path: readonly string[]): readonly Tuned[] {
  return Object.entries(group.options).flatMap(([name, { value }]): readonly Tuned[] => {
    if (typeof value !== "object") return [];
    const own = [...path, name];
    if ("options" in value) return tunedOptions(value, own);
    if (!("oneOf" in value) || (value.by !== "regret" && value.by !== "loss")) return [];
    return [{ path: own, values: value.oneOf.map(numbers), by: value.by }];
  });
}

/** @throws Error on a value that is no number and no list of them, which the checker lets nobody choose from */
function numbers(value: OptionValue): number | readonly number[] {
  if (typeof value === "number") return value;
  if (typeof value === "object" && Array.isArray(value)) {
    return value.map((item: OptionValue) => {
      if (typeof item === "number") return item;
      throw new Error("a list to choose from holds more than numbers");
    });
  }
  throw new Error("only numbers are chosen on validation");
}

function withOption(group: OptionsIR, [name, ...rest]: readonly string[], value: OptionValue): OptionsIR {
  const setting = group.options[name!]!;
  if (rest.length === 0) return { ...group, options: { ...group.options, [name!]: { ...setting, value } } };
  const inner = setting.value;
  if (typeof inner !== "object" || !("options" in inner)) throw new Error(`${name} has no options`);
  return {
    ...group,
    options: { ...group.options, [name!]: { ...setting, value: withOption(inner, rest, value) } },
  };
}
