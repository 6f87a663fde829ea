import type { OptionsIR } from "../../../runtime/ir/model.ts";
import { isOptions } from "../../cli/explain/text-of.ts";
import type { Change } from "./change.ts";
import { orderSets } from "./set-order.ts";

const SAID = {
  "MORE CONSERVATIVE": "its set holds the former one: the baseline is more conservative",
  "LESS CONSERVATIVE": "the former set holds its: the baseline is less conservative",
} as const;

/** Says of a compared method whose own set of laws changed whether it is more conservative; the problem is the same. */
export function explainBaseline(
  changes: readonly Change[],
  path: string,
  a: OptionsIR,
  b: OptionsIR,
): readonly Change[] {
  const [x, y] = [a.options["set"]?.value, b.options["set"]?.value];
  if (x === undefined || y === undefined || !isOptions(x) || !isOptions(y)) return changes;
  const own = changes.filter(({ what, verdict }) => what.startsWith(`${path}.set`) && verdict === "EVALUATION ONLY");
  if (own.length === 0) return changes;
  const { verdict, because } = orderSets(x, y, own);
  const said = verdict === "INCOMPARABLE" ? because : SAID[verdict];
  return changes.map((one) => (own.includes(one) ? { ...one, because: said } : one));
}
