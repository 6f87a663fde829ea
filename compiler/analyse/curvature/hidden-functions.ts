import { numberOf } from "../element.ts";
import type { Scope } from "./forward.ts";
import { shapeOfPower } from "./scalar-functions.ts";
import type { Applied } from "./shapes.ts";

/**
 * `c / u` and `u log u`, which are functions of one number though they are not written as one: what their derivatives
 * are on the range of u. `null` for anything else, and where u may leave the domain.
 */
export function hiddenFunction({ b, interval, degree }: Scope, id: number): Applied | null {
  const node = b.node(id);
  if (node.op === "div") {
    const [above, below] = node.args;
    const c = numberOf(b, above);
    const shape = shapeOfPower(-1, interval(below));
    if (c === null || c === 0 || degree(below) === 0 || shape === null || shape.bend === null) return null;
    const [least, most] = shape.bend.map((bend) => c * bend) as [number, number];
    const bend = c > 0 ? ([least, most] as const) : ([most, least] as const);
    return { arg: below, shape: { ...shape, slope: Math.abs(c) * shape.slope, bend } };
  }
  if (node.op !== "mul") return null;
  for (const [value, log] of [node.args, node.args.toReversed()] as const) {
    const { lower, upper } = interval(value!);
    const logarithm = b.node(log!);
    if (logarithm.op !== "log" || logarithm.args[0] !== value || lower < 0) continue;
    // (u log u)′ = log u + 1 rises, (u log u)″ = 1/u falls.
    const shape = shapeOfPower(2, { lower, upper })!;
    const slope = Math.max(Math.abs(Math.log(lower) + 1), Math.abs(Math.log(upper) + 1));
    return { arg: value!, shape: { ...shape, slope, bend: [1 / upper, 1 / lower], domain: 0 } };
  }
  return null;
}
