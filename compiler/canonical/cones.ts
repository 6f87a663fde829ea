import type { BinaryNode } from "../../runtime/ir/scalar-ops.ts";
import { argsOf, isReduce } from "../../runtime/ir/scalar-ops.ts";
import { keptAxes, range, sizeOf } from "../../runtime/ir/shape.ts";
import { membersOf } from "../analyse/element.ts";
import { reduceEntropy } from "./entropy.ts";
import { reducePower } from "./power.ts";
import { rootFactor } from "./quadratic.ts";
import type { Reducer, Sense } from "./reduce.ts";
import type { RowSource, Workspace } from "./workspace.ts";

/**
 * Rows `value ≤ t` or `value ≥ t` for an operation that is known to bend that way: linear ones and cones, over bounds of
 * its arguments.
 *
 * @returns false, with nothing written, where the operation has no cone or an argument no bound of the side it needs
 */
export function writeCone(
  ws: Workspace,
  reducer: Reducer,
  id: number,
  sense: Sense,
  t: number,
  source: RowSource,
): boolean {
  const { builder: b, facts } = ws;
  const node = b.node(id);
  const one = b.const(1, b.shape(t));
  const negative = (value: number): number => b.unary("neg", value);
  const plus = (x: number, y: number): number => b.binary("add", x, y);
  const minus = (x: number, y: number): number => b.binary("sub", x, y);
  const twice = (value: number): number => b.binary("mul", b.const(2), value);
  const spread = (value: number): number =>
    isReduce(node) ? b.broadcast(value, b.shape(node.args[0]), keptAxes(b.shape(node.args[0]), node.axes)) : value;

  switch (node.op) {
    case "max":
    case "min":
      return (node.op === "max") === (sense === 1) && every(node.args, t);
    case "reduce_max":
    case "reduce_min":
      return (node.op === "reduce_max") === (sense === 1) && every([node.args[0]], spread(t));
    case "pos":
      if (sense !== 1 || !every([node.args[0]], t)) return false;
      reducer.order(b.const(0, b.shape(t)), 1, t, source);
      return true;
    case "abs":
    case "norm_inf": {
      const [u] = node.args;
      const limit = spread(t);
      const sign = facts.sign(u);
      if (sense !== 1 || ([1, -1] as const).some((side) => sign !== -side && !facts.bends(u, side))) return false;
      if (facts.degree(u) <= 1) {
        reducer.order(u, 1, limit, source);
        reducer.order(negative(u), 1, limit, source);
        return true;
      }
      if (sign !== -1) reducer.constrain(u, 1, limit, source);
      if (sign !== 1) reducer.constrain(u, -1, negative(limit), source);
      return true;
    }
    case "norm2":
      return cone(sense === 1 ? grouped(id, reducer.magnitude(node.args[0])) : null, [], t);
    case "square":
      return cone(sense === 1 ? doubled(reducer.magnitude(node.args[0])) : null, [minus(t, one)], plus(t, one));
    case "sum": {
      // Σ u²
      const u = squaredIn(id);
      return cone(
        sense === 1 && u !== null ? doubled(grouped(id, reducer.magnitude(u))) : null,
        [minus(t, one)],
        plus(t, one),
      );
    }
    case "sqrt":
      return root(node.args[0]);
    case "pow":
      return reducePower(ws, reducer, id, sense, t, source);
    case "exp":
    case "expm1": {
      if (sense !== 1 || !facts.bends(node.args[0], 1)) return false;
      ws.exp(reducer.bound(node.args[0], 1), one, node.op === "exp" ? t : plus(t, one), source);
      return true;
    }
    case "log":
    case "log1p":
      return logarithm(node.op, node.args[0]);
    case "softplus": {
      if (sense !== 1 || !facts.bends(node.args[0], 1)) return false;
      const u = reducer.bound(node.args[0], 1);
      const [w, rest] = [between(b.shape(t), "exp(u − t)"), between(b.shape(t), "exp(−t)")];
      ws.exp(minus(u, t), one, w, source);
      ws.exp(negative(t), one, rest, source);
      ws.linear(plus(w, rest), "<=", one, source);
      return true;
    }
    case "log_sum_exp": {
      if (sense !== 1 || !facts.bends(node.args[0], 1)) return false;
      const u = reducer.bound(node.args[0], 1);
      const w = between(b.shape(u), "exp(u − t)");
      ws.exp(minus(u, spread(t)), b.const(1, b.shape(u)), w, source);
      ws.linear(b.sum(w, node.axes), "<=", one, source);
      return true;
    }
    case "div":
      return quotient(node);
    case "mul":
      return reduceEntropy(ws, id, sense, t, source);
    default:
      return false;
  }

  /** `limit` bounds each of the values. */
  function every(args: readonly number[], limit: number): boolean {
    if (!args.every((arg) => facts.bends(arg, sense))) return false;
    for (const arg of args) reducer.constrain(arg, sense, limit, source);
    return true;
  }

  /** `‖(root, parts)‖ ≤ bound` */
  function cone(value: number | null, parts: readonly number[], bound: number): boolean {
    if (value !== null) ws.soc([value, ...parts], bound, source);
    return value !== null;
  }

  /** From above the norm that the root is, from below `t² ≤ u`. */
  function root(arg: number): boolean {
    const inner = b.node(arg);
    if (sense === -1) {
      if (inner.op === "mul" && inner.args.every((part) => facts.sign(part) === 1 && facts.bends(part, -1))) {
        // The geometric mean.
        const [x, y] = inner.args.map((part) => reducer.bound(part, -1)) as [number, number];
        return cone(twice(t), [minus(x, y)], plus(x, y));
      }
      if (!facts.bends(arg, -1)) return false;
      const v = reducer.bound(arg, -1);
      return cone(twice(t), [minus(v, one)], plus(v, one));
    }
    if (inner.op === "square") {
      if (!([1, -1] as const).every((side) => facts.bends(inner.args[0], side))) return false;
      reducer.constrain(b.unary("abs", inner.args[0]), 1, t, source);
      return true;
    }
    const u = squaredIn(arg);
    if (u !== null) return cone(grouped(arg, reducer.magnitude(u)), [], t);
    return facts.quadratic(arg)?.sumOfSquares === true && cone(rootFactor(ws, arg), [], t);
  }

  function logarithm(op: "log" | "log1p", arg: number): boolean {
    const ratio = b.node(arg);
    if (sense === 1) {
      if (op !== "log" || ratio.op !== "div" || facts.degree(ratio.args[0]) > 0) return false;
      if (!facts.bends(ratio.args[1], -1)) return false;
      // log(c / v) = log c − log v
      const below = b.unary("log", ratio.args[1], node.at);
      reducer.constrain(below, -1, minus(b.unary("log", ratio.args[0]), t), source);
      return true;
    }
    if (!facts.bends(arg, -1)) return false;
    const v = reducer.bound(arg, -1);
    const inside = op === "log" ? v : plus(v, one);
    if (facts.degree(t) === 0) reducer.order(inside, -1, b.unary("exp", t), source);
    else ws.exp(t, one, inside, source);
    return true;
  }

  /** `u² / v` and `c / v`, v concave and not negative: `‖(2u, t − v)‖ ≤ t + v`; v convex and not positive: mirrored. */
  function quotient({ args: [above, below] }: BinaryNode): boolean {
    const sign = facts.sign(below);
    if (sign === null || !facts.bends(below, sign === 1 ? -1 : 1)) return false;
    const u = b.node(above).op === "square" ? argsOf(b.node(above))[0]! : squaredIn(above);
    const numerator = facts.sign(above);
    if (u === null && (facts.degree(above) > 0 || numerator === null)) return false;
    const side = (u === null ? numerator! : 1) * sign;
    if (sense !== side) return false;
    const limit = side === 1 ? t : negative(t);
    const top =
      u === null
        ? b.unary("sqrt", numerator === 1 ? above : negative(above))
        : b.node(above).op === "square"
          ? reducer.magnitude(u)
          : grouped(above, reducer.magnitude(u));
    if (top === null) return false;
    const v = sign === 1 ? reducer.bound(below, -1) : negative(reducer.bound(below, 1));
    return cone(twice(top), [minus(limit, v)], plus(limit, v));
  }

  /** u of `Σ u²`. */
  function squaredIn(of: number): number | null {
    const sum = b.node(of);
    const inner = sum.op === "sum" ? b.node(sum.args[0]) : null;
    return inner?.op === "square" ? inner.args[0] : null;
  }

  function doubled(value: number | null): number | null {
    return value === null ? null : twice(value);
  }

  /** What falls into each element of the reduction `of`, along a last axis. */
  function grouped(of: number, value: number | null): number | null {
    if (value === null) return null;
    const shape = b.shape(of);
    const groups = range(sizeOf(shape)).map((i) => membersOf(b, of, i));
    return b.gather(value, groups.flat(), [...shape, groups[0]?.length ?? 0]);
  }

  function between(shape: readonly number[], text: string): number {
    return ws.auxiliary({ base: "w", shape, repeat: facts.repeat(id), role: "cone", text, lower: 0, at: source.at });
  }
}
