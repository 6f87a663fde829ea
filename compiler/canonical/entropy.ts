import type { RowSource, Workspace } from "./workspace.ts";

/** `x log y` with its factors: `weight · value · log(inside)`. */
interface Entropy {
  readonly weight: number;
  readonly value: number;
  readonly inside: number;
}

function parts(ws: Workspace, id: number): Entropy | null {
  const { builder: b } = ws;
  const node = b.node(id);
  if (node.op !== "mul") return null;
  for (const [factor, log] of [node.args, node.args.toReversed()] as const) {
    const logarithm = b.node(log!);
    if (logarithm.op !== "log") continue;
    const scaled = b.node(factor!);
    const weight = scaled.op === "mul" ? b.uniform(scaled.args[0]) : null;
    return scaled.op === "mul" && weight !== null && weight > 0
      ? { weight, value: scaled.args[1], inside: logarithm.args[0] }
      : { weight: 1, value: factor!, inside: logarithm.args[0] };
  }
  return null;
}

/** Whether a product is `x log x`, `x log(x / y)` or `x log(y)` of affine values, up to a positive factor. */
export function isEntropy(ws: Workspace, id: number): boolean {
  return parts(ws, id) !== null;
}

/**
 * `x log(x / y) ≤ t` as `x exp(−t / x) ≤ y`, and `−x log(x / y)` from below; `x log x` has y = 1. `x log(y / x)` is the
 * same with the other sign.
 *
 * @returns false, with nothing written, where it is none of these, or bends the other way
 */
export function reduceEntropy(ws: Workspace, id: number, sense: 1 | -1, t: number, source: RowSource): boolean {
  const { builder: b, facts } = ws;
  const found = parts(ws, id);
  if (found === null) return false;
  const { weight, value, inside } = found;
  const affine = (arg: number): boolean => facts.degree(arg) <= 1;
  const ratio = b.node(inside);
  const limit = b.binary("div", t, b.const(weight, b.shape(t)));
  if (!affine(value)) return false;
  if (inside === value) return relative(1, b.const(1, b.shape(t)));
  if (ratio.op !== "div") return false;
  const [above, below] = ratio.args;
  if (above === value && affine(below)) return relative(1, below);
  return below === value && affine(above) && relative(-1, above);

  /** `bend · (x log(x / y))`: convex where `bend` is 1. */
  function relative(bend: 1 | -1, y: number): boolean {
    if (sense === bend) ws.exp(bend === 1 ? b.unary("neg", limit) : limit, value, y, source);
    return sense === bend;
  }
}
