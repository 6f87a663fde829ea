import type { OptionsIR, OptionValue } from "../../../runtime/ir/model.ts";
import { valueText } from "./text.ts";
import type { Change } from "./change.ts";
import type { Verdict } from "./verdict.ts";

/** What sets the size of a set of laws, and whether a larger value is a larger set, whatever the others are. */
const SIZES: Readonly<Record<string, "larger" | "smaller">> = {
  radius: "larger",
  budget: "larger",
  penalty: "smaller",
  tail: "smaller",
  covariance: "larger",
  mean: "larger",
  spread: "larger",
  lipschitz: "larger",
  corruption: "larger",
  noise: "larger",
  support: "larger",
  label_cost: "smaller",
};

/** Of two sets: the worst law of a larger one is at least as bad, whatever the decision. */
export interface SetOrder {
  readonly verdict: Extract<Verdict, "MORE CONSERVATIVE" | "LESS CONSERVATIVE" | "INCOMPARABLE">;
  readonly because: string;
}

export const OTHER_KIND =
  "the two kinds of set are not ordered: laws that are near by one need not be near by the other";
export const NOT_BY_SIZE = "sets of different orders, norms, centres or ways are not ordered by their sizes";

/**
 * How the second of two sets stands to the first.
 *
 * @param differing what they differ in, with the option last in its path
 */
export function orderSets(a: OptionsIR, b: OptionsIR, differing: readonly Change[]): SetOrder {
  if (a.name !== b.name) return { verdict: "INCOMPARABLE", because: OTHER_KIND };
  const names = differing.map(({ what }) => what.slice(what.lastIndexOf(".") + 1));
  if (names.some((name) => SIZES[name] === undefined)) return { verdict: "INCOMPARABLE", because: NOT_BY_SIZE };
  const pairs = names.map((name) => [name, sizeOf(a, name), sizeOf(b, name)] as const);
  if (pairs.some(([, before, after]) => before === undefined || after === undefined))
    return { verdict: "INCOMPARABLE", because: NOT_BY_SIZE };
  const orders = pairs.map(([name, before, after]) => orderOf(before!, after!, SIZES[name]!));
  const [first] = orders;
  if (first === undefined || orders.includes("INCOMPARABLE")) {
    const because = "the run chooses the size, and neither choice is above the other whatever it takes";
    return { verdict: "INCOMPARABLE", because };
  }
  if (orders.some((order) => order !== first))
    return { verdict: "INCOMPARABLE", because: "one of the sizes makes the set larger, another smaller" };
  const because =
    first === "MORE CONSERVATIVE"
      ? "same kind of set, order, norm and centre: the set holds the former one"
      : "same kind of set, order, norm and centre: the former set holds it";
  return { verdict: first, because };
}

function sizeOf({ options }: OptionsIR, name: string): OptionValue | undefined {
  // Labels that have no price stay where they are.
  return options[name]?.value ?? (name === "label_cost" ? Infinity : undefined);
}

function orderOf(before: OptionValue, after: OptionValue, larger: "larger" | "smaller"): SetOrder["verdict"] {
  const [x, y] = [rangeOf(before), rangeOf(after)];
  if (x === null || y === null) return "INCOMPARABLE";
  const rises = x.greatest <= y.least;
  const falls = y.greatest <= x.least;
  if (rises === falls) return "INCOMPARABLE";
  return rises === (larger === "larger") ? "MORE CONSERVATIVE" : "LESS CONSERVATIVE";
}

interface Range {
  readonly least: number;
  readonly greatest: number;
}

/** The values that a size may take; `null` where they are no numbers. */
function rangeOf(value: OptionValue): Range | null {
  if (typeof value === "number") return { least: value, greatest: value };
  if (typeof value !== "object" || !("oneOf" in value)) return null;
  const numbers = value.oneOf.filter((one) => typeof one === "number");
  if (numbers.length !== value.oneOf.length || numbers.length === 0) return null;
  return { least: Math.min(...numbers), greatest: Math.max(...numbers) };
}

/** The sizes that a set has one of; `mean` and the like stand beside one of them. */
const MAIN: readonly string[] = ["radius", "budget", "penalty", "tail", "covariance"];

/** The main size of a set and the values it may take; `null` where the run finds it. */
export function mainSize({ options }: OptionsIR): (Range & { readonly name: string; readonly text: string }) | null {
  const name = MAIN.find((one) => options[one] !== undefined);
  const value = name === undefined ? undefined : options[name]?.value;
  const range = value === undefined ? null : rangeOf(value);
  return name === undefined || value === undefined || range === null
    ? null
    : { ...range, name, text: valueText(value) };
}
