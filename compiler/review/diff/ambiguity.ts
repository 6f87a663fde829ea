import type { AmbiguityIR, OptionValue } from "../../../runtime/ir/model.ts";
import { change, type Change } from "./change.ts";
import { diffOptions } from "./options.ts";
import { numberText, optionsText, valueText } from "./text.ts";
import type { Verdict } from "./verdict.ts";

/** What sets the size of a set of laws, and whether a larger value is a larger set. */
const SIZES: Readonly<Record<string, "larger" | "smaller">> = {
  radius: "larger",
  budget: "larger",
  penalty: "smaller",
  tail: "smaller",
  covariance: "larger",
};

/**
 * The worst law of a larger set is at least as bad, whatever the decision. Two sets are ordered where they have one
 * kind, order, norm, centre and way, and sizes that compare; balls hold their centre, so that a set around the
 * scenarios themselves is more conservative than none.
 */
export function diffAmbiguity(a: AmbiguityIR | undefined, b: AmbiguityIR | undefined): readonly Change[] {
  if (a === undefined && b === undefined) return [];
  if (a === undefined || b === undefined) return [addedOrRemoved(a, b)];
  const at = [a.set.at ?? a.at, b.set.at ?? b.at] as const;
  const otherWay = (["via", "lift"] as const).flatMap((key) => {
    const [x, y] = [a[key], b[key]];
    if (x === undefined && y === undefined) return [];
    if (x !== undefined && y !== undefined) return diffOptions(`ambiguity.${key}`, x, y, "INCOMPARABLE", OTHER);
    const shown = (value: typeof x): string | null => (value === undefined ? null : optionsText(value));
    return [
      change({
        what: `ambiguity ${key}`,
        before: shown(x),
        after: shown(y),
        verdict: "INCOMPARABLE",
        because: OTHER,
        at,
      }),
    ];
  });
  if (a.eachStage !== b.eachStage) {
    const stage = { what: "ambiguity", before: shown(a), after: shown(b), at };
    otherWay.push(change({ ...stage, verdict: "INCOMPARABLE", because: OTHER }));
  }
  if (a.set.name !== b.set.name) {
    const because = "the two kinds of set are not ordered";
    const shown = { what: "ambiguity", before: optionsText(a.set), after: optionsText(b.set), at };
    return [change({ ...shown, verdict: "INCOMPARABLE", because }), ...otherWay];
  }
  const differing = diffOptions("ambiguity", a.set, b.set, "INCOMPARABLE", OTHER);
  const real = differing.filter((one) => one.verdict !== "NO CHANGE OF MEANING");
  const [only] = real;
  const size = only === undefined ? undefined : sizeName(only.what);
  if (real.length !== 1 || only === undefined || size === undefined || otherWay.length > 0) {
    const because = "sets of different orders, norms, centres or ways are not ordered by their sizes";
    return [...differing.map((one) => (real.includes(one) ? { ...one, because } : one)), ...otherWay];
  }
  const [before, after] = [a.set.options[size]?.value, b.set.options[size]?.value];
  const verdict = before === undefined || after === undefined ? "INCOMPARABLE" : orderOf(before, after, SIZES[size]!);
  const because =
    verdict === "INCOMPARABLE"
      ? "the run chooses the size, and neither choice is above the other whatever it takes"
      : verdict === "MORE CONSERVATIVE"
        ? "same kind of set, order, norm and centre: the set holds the former one"
        : "same kind of set, order, norm and centre: the former set holds it";
  return differing.map((one) => (one === only ? { ...one, verdict, because } : one));
}

const OTHER = "the sets of laws are not ordered";

function sizeName(what: string): string | undefined {
  return Object.keys(SIZES).find((name) => what === `ambiguity.${name}`);
}

function orderOf(before: OptionValue, after: OptionValue, larger: "larger" | "smaller"): Verdict {
  const [x, y] = [rangeOf(before), rangeOf(after)];
  if (x === null || y === null) return "INCOMPARABLE";
  const rises = x.greatest <= y.least;
  const falls = y.greatest <= x.least;
  if (rises === falls) return "INCOMPARABLE";
  return rises === (larger === "larger") ? "MORE CONSERVATIVE" : "LESS CONSERVATIVE";
}

/** The values that a size may take. */
function rangeOf(value: OptionValue): { readonly least: number; readonly greatest: number } | null {
  if (typeof value === "number") return { least: value, greatest: value };
  if (typeof value !== "object" || !("oneOf" in value)) return null;
  const numbers = value.oneOf.filter((one) => typeof one === "number");
  if (numbers.length !== value.oneOf.length || numbers.length === 0) return null;
  return { least: Math.min(...numbers), greatest: Math.max(...numbers) };
}

function addedOrRemoved(a: AmbiguityIR | undefined, b: AmbiguityIR | undefined): Change {
  const set = b ?? a;
  if (set === undefined) throw new Error("no ambiguity on either side");
  const added = a === undefined;
  const shown = {
    what: "ambiguity",
    before: a === undefined ? null : optionsText(a.set),
    after: b === undefined ? null : optionsText(b.set),
  };
  const at = [a?.set.at ?? a?.at, b?.set.at ?? b?.at] as const;
  const center = set.set.options["center"]?.value;
  const [size, value] = Object.entries(set.set.options).find(([key]) => SIZES[key] !== undefined) ?? [];
  const range = value === undefined ? null : rangeOf(value.value);
  if (center !== "conditional" || set.via !== undefined || set.lift !== undefined) {
    const because = "the set is not centred on the scenarios that were decided on without it";
    return change({ ...shown, verdict: "INCOMPARABLE", because, at });
  }
  if (size === "radius" && range?.greatest === 0) {
    const because = "a radius of 0 leaves the scenarios as they are";
    return change({ ...shown, verdict: "NO CHANGE OF MEANING", because, at });
  }
  const verdict = added ? "MORE CONSERVATIVE" : "LESS CONSERVATIVE";
  const because = `the set holds its centre, the law that was decided on without it${range === null ? "" : `; ${size ?? "size"} ${range.least === range.greatest ? numberText(range.least) : valueText(value!.value)}`}`;
  return change({ ...shown, verdict, because, at });
}

const shown = (set: AmbiguityIR): string => (set.eachStage ? "each stage" : "all stages together");
