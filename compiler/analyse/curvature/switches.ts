import { argsOf } from "../../../runtime/ir/scalar-ops.ts";
import { affineForm, type AffineForm } from "../affine.ts";
import { layoutOf } from "../layout.ts";
import { FormFailure } from "../problem.ts";
import type { Scope } from "./forward.ts";

/** Elements times inputs up to which branches are compared coefficient by coefficient. */
const SIZE_LIMIT = 20_000;

/**
 * `if p >= q then a else b` is `max(a, b)` where `a − b` is a positive multiple of `p − q`, and `min(a, b)` where it
 * is a negative one: the branches meet where it switches. `null` where that is not proved.
 */
export function continuousSwitch({ b }: Scope, id: number): "max" | "min" | null {
  const node = b.node(id);
  if (node.op !== "where") return null;
  const [conditionId, yes, no] = node.args;
  const condition = b.node(conditionId);
  if (condition.op !== "gt" && condition.op !== "ge" && condition.op !== "lt" && condition.op !== "le") return null;
  const rises = condition.op === "gt" || condition.op === "ge";
  const [above, below] = rises ? condition.args : [condition.args[1], condition.args[0]];
  if (above === yes && below === no) return "max";
  if (above === no && below === yes) return "min";

  const graph = b.finish(b.concat([b.binary("sub", yes, no), b.binary("sub", above, below)]));
  const inputs = graph.nodes.flatMap((n) => (n.op === "input" ? [n] : []));
  const layout = layoutOf(
    inputs.map((n) => ({ name: n.name, axes: n.shape.map((size) => ({ dim: null, size })), unit: {} })),
  );
  const output = graph.nodes[graph.output]!;
  if (output.shape[0]! * Math.max(1, layout.size) > SIZE_LIMIT || argsOf(output).length < 2) return null;
  try {
    return proportion(affineForm(graph, layout), layout.size);
  } catch (failure) {
    if (!(failure instanceof FormFailure)) throw failure;
    return null;
  }
}

/** How the first half of the elements is a multiple of the second half, element by element: all of one sign. */
function proportion({ offset, coefficients }: AffineForm, n: number): "max" | "min" | null {
  const elements = offset.length / 2;
  let found: "max" | "min" | null = null;
  for (let i = 0; i < elements; i++) {
    const row = (element: number): number[] => [
      offset[element]!,
      ...(coefficients?.subarray(element * n, (element + 1) * n) ?? []),
    ];
    const [difference, test] = [row(i), row(elements + i)];
    const lead = test.reduce((best, v, k) => (Math.abs(v) > Math.abs(test[best]!) ? k : best), 0);
    if (test[lead] === 0) return null;
    const factor = difference[lead]! / test[lead]!;
    const size = Math.max(...difference.map(Math.abs));
    if (!difference.every((v, k) => Math.abs(v - factor * test[k]!) <= 1e-12 * size)) return null;
    const kind = factor > 0 ? "max" : "min";
    if (found !== null && found !== kind) return null;
    found = kind;
  }
  return found;
}
