import { dependsOn, type Scope } from "./forward.ts";

/** `sign · k · log(arg)` for a `k > 0` that reads no variable; `null` where a value is nothing of the kind. */
export function logarithmOf(scope: Scope, id: number): { readonly arg: number; readonly sign: 1 | -1 } | null {
  const { b, interval } = scope;
  const node = b.node(id);
  if (node.op === "log") return { arg: node.args[0], sign: 1 };
  const flipped = (inner: number): { readonly arg: number; readonly sign: 1 | -1 } | null => {
    const found = logarithmOf(scope, inner);
    return found === null ? null : { arg: found.arg, sign: found.sign === 1 ? -1 : 1 };
  };
  if (node.op === "neg") return flipped(node.args[0]);
  if (node.op !== "mul" && node.op !== "div") return null;
  const [u, v] = node.op === "mul" && dependsOn(scope, node.args[0]) ? [node.args[1], node.args[0]] : node.args;
  const [factor, rest] = node.op === "mul" ? [u, v] : [v, u];
  const { lower, upper } = interval(factor);
  if (dependsOn(scope, factor) || (lower <= 0 && upper >= 0)) return null;
  return lower > 0 ? logarithmOf(scope, rest) : flipped(rest);
}
