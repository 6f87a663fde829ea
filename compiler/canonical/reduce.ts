import type { ExprNode } from "../../runtime/ir/expr.ts";
import { argsOf, isReduce, type BinaryNode } from "../../runtime/ir/scalar-ops.ts";
import { keptAxes, range, sizeOf } from "../../runtime/ir/shape.ts";
import { elementOf, membersOf } from "../analyse/element.ts";
import { opName } from "../analyse/problem.ts";
import { CanonicalFailure } from "./failure.ts";
import { reduceEntropy, isEntropy } from "./entropy.ts";
import { reducePower } from "./power.ts";
import { sumOfSquares } from "./quadratic.ts";
import { stretch, type RowSource, type Workspace } from "./workspace.ts";

/** `1`: from above, as a convex value that is minimised; `-1`: from below, as a concave one that is maximised. */
export type Sense = 1 | -1;

/**
 * Replaces convex and concave values by affine ones, writing the rows that make them equal at a solution. Disciplined
 * convex rules: an operation that bends takes arguments that bend its own way where it rises with them and the other
 * way where it falls, and affine ones where it does both.
 */
export interface Reducer {
  /** Id of an affine value ≥ the value (`1`) or ≤ it (`-1`). @throws CanonicalFailure with the node to blame */
  bound(id: number, sense: Sense): number;
  /** Writes `value ≤ t` (`1`) or `value ≥ t` (`-1`), `t` affine. @throws CanonicalFailure */
  constrain(id: number, sense: Sense, t: number, source?: RowSource): void;
  /** Like `bound(id, 1)`, but convex quadratics of affine values stand. @throws CanonicalFailure */
  quadratic(id: number): number;
}

/** Operations that bend, for which a variable stands in. */
const BENDING: ReadonlySet<ExprNode["op"]> = new Set<ExprNode["op"]>([
  "max",
  "min",
  "reduce_max",
  "reduce_min",
  "pos",
  "abs",
  "norm2",
  "norm_inf",
  "square",
  "sqrt",
  "pow",
  "exp",
  "expm1",
  "log",
  "log1p",
  "softplus",
  "log_sum_exp",
]);

export function createReducer(ws: Workspace): Reducer {
  const { builder: b, facts } = ws;
  const known = new Map<string, number>();
  const negative = (id: number): number => b.unary("neg", id);
  const plus = (x: number, y: number): number => b.binary("add", x, y);
  const minus = (x: number, y: number): number => b.binary("sub", x, y);
  const affine = (id: number): boolean => facts.degree(id) <= 1;
  const reducer: Reducer = { bound, constrain, quadratic };

  function bound(id: number, sense: Sense): number {
    if (affine(id)) return id;
    const key = `${id} ${sense}`;
    const found = known.get(key) ?? compute();
    known.set(key, found);
    return found;

    function compute(): number {
      const node = b.node(id);
      if (!standsAlone(id, sense)) return linear(id, sense, (arg, s) => bound(arg, s));
      const t = ws.auxiliary({
        base: "u",
        shape: node.shape,
        repeat: facts.repeat(id),
        role: sense === 1 ? "epigraph" : "hypograph",
        text: `${sense === 1 ? "epigraph" : "hypograph"} of \`${labelOf(id)}\``,
        at: node.at,
      });
      constrain(id, sense, t);
      return t;
    }
  }

  /** Whether a value is bounded as a whole by a variable rather than part by part. */
  function standsAlone(id: number, sense: Sense): boolean {
    const node = b.node(id);
    if (BENDING.has(node.op)) return true;
    switch (node.op) {
      case "div":
        return facts.degree(node.args[1]) > 0;
      case "mul":
        return node.args.every((arg) => facts.degree(arg) > 0) && (node.shape.length === 0 || isEntropy(ws, id));
      case "sum":
        return isSquares(id) || sumOfSquares(ws, id, sense) !== null;
      case "add":
      case "sub":
        return node.args.every((arg) => !affine(arg)) && sumOfSquares(ws, id, sense) !== null;
      default:
        return false;
    }
  }

  /** The operation that bends, as a spec writes it. */
  function labelOf(id: number): string {
    const node = b.node(id);
    return standsAlone(id, 1) && ["sum", "add", "sub", "mul"].includes(node.op)
      ? isEntropy(ws, id)
        ? "log"
        : "square"
      : opName(node);
  }

  function isSquares(id: number): boolean {
    const node = b.node(id);
    return node.op === "sum" && b.node(node.args[0]).op === "square";
  }

  /** The value rebuilt from what `part` makes of its arguments, for operations that are linear in what bends. */
  function linear(id: number, sense: Sense, part: (arg: number, sense: Sense) => number): number {
    const node = b.node(id);
    const { at } = node;
    switch (node.op) {
      case "neg":
        return b.unary("neg", part(node.args[0], other(sense)), at);
      case "add":
        return b.binary("add", part(node.args[0], sense), part(node.args[1], sense), at);
      case "sub":
        return b.binary("sub", part(node.args[0], sense), part(node.args[1], other(sense)), at);
      case "mul": {
        const [u, v] = node.args;
        if (facts.degree(u) > 0 && facts.degree(v) > 0) return byElement(id, sense, part, "product");
        const [factor, value] = facts.degree(u) === 0 ? [u, v] : [v, u];
        const sign = signOf(factor);
        if (sign === null) return byElement(id, sense, part, "sign");
        return b.binary("mul", factor, part(value, sign === 1 ? sense : other(sense)), at);
      }
      case "div": {
        const sign = signOf(node.args[1]);
        if (sign === null) return byElement(id, sense, part, "sign");
        return b.binary("div", part(node.args[0], sign === 1 ? sense : other(sense)), node.args[1], at);
      }
      case "sum":
        return b.sum(part(node.args[0], sense), node.axes, at);
      case "norm1":
        return b.sum(part(b.unary("abs", node.args[0], at), sense), node.axes, at);
      case "broadcast":
        return b.broadcast(part(node.args[0], sense), node.shape, node.axes, at);
      case "transpose":
        return b.transpose(part(node.args[0], sense), at);
      case "concat":
        return b.concat(
          node.args.map((arg) => part(arg, sense)),
          node.shape,
          at,
        );
      case "where": {
        const [condition, yes, no] = node.args;
        if (facts.degree(condition) > 0) throw new CanonicalFailure("condition", node);
        return b.where(condition, part(yes, sense), part(no, sense), at);
      }
      case "gather":
        return sizeOf(node.shape) < sizeOf(b.shape(node.args[0]))
          ? byElement(id, sense, part, "neither")
          : b.gather(part(node.args[0], sense), node.indices, node.shape, at);
      case "matmul":
        return byElement(id, sense, part, "product");
      default:
        throw new CanonicalFailure("neither", node);
    }
  }

  /** Element by element, where the elements need not bend the same way. */
  function byElement(
    id: number,
    sense: Sense,
    part: (arg: number, sense: Sense) => number,
    reason: CanonicalFailure["reason"],
  ): number {
    const node = b.node(id);
    const elements = range(sizeOf(node.shape)).map((i) => elementOf(b, id, i));
    if (elements.includes(id)) throw new CanonicalFailure(reason, node);
    return b.concat(
      elements.map((element) => part(element, sense)),
      node.shape,
    );
  }

  function signOf(id: number): Sense | null {
    const { lower, upper } = facts.interval(id);
    return lower >= 0 ? 1 : upper <= 0 ? -1 : null;
  }

  function constrain(id: number, sense: Sense, t: number, from?: RowSource): void {
    const node = b.node(id);
    const source = from ?? { label: labelOf(id), at: node.at };
    if (affine(id)) {
      order(id, sense, t, source);
    } else if (standsAlone(id, sense)) {
      bend(id, sense, t, source);
    } else if (!peel(id, sense, t, source)) {
      order(bound(id, sense), sense, t, source);
    }
  }

  /** `value ≤ t` or `value ≥ t`, both affine, with differences from zero on two sides. */
  function order(id: number, sense: Sense, t: number, source: RowSource): void {
    const node = b.node(id);
    const [x, y] = node.op === "sub" && b.uniform(t) === 0 ? node.args : [id, t];
    if (sense === 1) ws.linear(x, "<=", y, source);
    else ws.linear(y, "<=", x, source);
  }

  /** Moves affine terms and constant factors to the side of `t`, so that no variable is needed. */
  function peel(id: number, sense: Sense, t: number, source: RowSource): boolean {
    const node = b.node(id);
    switch (node.op) {
      case "neg":
        constrain(node.args[0], other(sense), negative(t), source);
        return true;
      case "add": {
        const [x, y] = node.args;
        if (affine(y)) constrain(x, sense, minus(t, y), source);
        else if (affine(x)) constrain(y, sense, minus(t, x), source);
        else return false;
        return true;
      }
      case "sub": {
        const [x, y] = node.args;
        if (affine(y)) constrain(x, sense, plus(t, y), source);
        else if (affine(x)) constrain(y, other(sense), minus(x, t), source);
        else return false;
        return true;
      }
      case "mul": {
        const factor = b.uniform(node.args[0]);
        if (factor === null || factor === 0) return false;
        constrain(
          node.args[1],
          factor > 0 ? sense : other(sense),
          b.binary("div", t, stretch(b, b.const(factor), b.shape(t))),
          source,
        );
        return true;
      }
      default:
        return false;
    }
  }

  /** Rows for an operation that bends. */
  function bend(id: number, sense: Sense, t: number, source: RowSource): void {
    const node = b.node(id);
    const one = b.const(1, b.shape(t));
    const convex = (): void => {
      if (sense !== 1) throw new CanonicalFailure("convex", node);
    };
    const concave = (): void => {
      if (sense !== -1) throw new CanonicalFailure("concave", node);
    };
    const spread = (value: number): number =>
      isReduce(node) ? b.broadcast(value, b.shape(node.args[0]), keptAxes(b.shape(node.args[0]), node.axes)) : value;
    switch (node.op) {
      case "max":
      case "min":
        if (node.op === "max") convex();
        else concave();
        for (const arg of node.args) constrain(arg, sense, t, source);
        return;
      case "reduce_max":
      case "reduce_min":
        if (node.op === "reduce_max") convex();
        else concave();
        constrain(node.args[0], sense, spread(t), source);
        return;
      case "pos":
        convex();
        constrain(node.args[0], 1, t, source);
        order(b.const(0, b.shape(t)), 1, t, source);
        return;
      case "abs":
      case "norm_inf": {
        convex();
        const u = node.args[0];
        const limit = spread(t);
        const sign = signOf(u);
        if (affine(u)) {
          order(u, 1, limit, source);
          order(negative(u), 1, limit, source);
        } else if (sign === null) {
          throw new CanonicalFailure("monotone", node);
        } else if (sign === 1) constrain(u, 1, limit, source);
        else constrain(u, -1, negative(limit), source);
        return;
      }
      case "norm2":
        convex();
        ws.soc([grouped(id, magnitude(node.args[0], node))], t, source);
        return;
      case "square":
        convex();
        ws.soc([twice(magnitude(node.args[0], node)), minus(t, one)], plus(t, one), source);
        return;
      case "sqrt": {
        const inner = b.node(node.args[0]);
        if (sense === 1 && inner.op === "square") {
          constrain(b.unary("abs", inner.args[0]), 1, t, source);
        } else if (sense === 1 && isSquares(node.args[0])) {
          const root = b.node(argsOf(inner)[0]!);
          ws.soc([grouped(node.args[0], magnitude(argsOf(root)[0]!, node))], t, source);
        } else {
          concave();
          const v = bound(node.args[0], -1);
          ws.soc([twice(t), minus(v, one)], plus(v, one), source);
        }
        return;
      }
      case "pow":
        reducePower(ws, reducer, id, sense, t, source);
        return;
      case "exp":
      case "expm1":
        convex();
        ws.exp(bound(node.args[0], 1), one, node.op === "exp" ? t : plus(t, one), source);
        return;
      case "log":
      case "log1p": {
        const ratio = b.node(node.args[0]);
        if (sense === 1 && node.op === "log" && ratio.op === "div" && facts.degree(ratio.args[0]) === 0) {
          // log(c / v) = log c − log v
          constrain(b.unary("log", ratio.args[1], node.at), -1, minus(b.unary("log", ratio.args[0]), t), source);
          return;
        }
        concave();
        const v = bound(node.args[0], -1);
        const inner = node.op === "log" ? v : plus(v, one);
        if (facts.degree(t) === 0) order(inner, -1, b.unary("exp", t), source);
        else ws.exp(t, one, inner, source);
        return;
      }
      case "softplus": {
        convex();
        const u = bound(node.args[0], 1);
        const w = cone(id, b.shape(t), "exp(u − t)", source);
        const w0 = cone(id, b.shape(t), "exp(−t)", source);
        ws.exp(minus(u, t), one, w, source);
        ws.exp(negative(t), one, w0, source);
        ws.linear(plus(w, w0), "<=", one, source);
        return;
      }
      case "log_sum_exp": {
        convex();
        const u = bound(node.args[0], 1);
        const w = cone(id, b.shape(u), "exp(u − t)", source);
        ws.exp(minus(u, spread(t)), b.const(1, b.shape(u)), w, source);
        ws.linear(b.sum(w, node.axes), "<=", one, source);
        return;
      }
      case "div":
        divide(node, sense, t, source);
        return;
      case "mul":
        if (isEntropy(ws, id)) reduceEntropy(ws, id, sense, t, source);
        else squares(id, sense, t, source);
        return;
      case "sum":
        if (isSquares(id)) {
          convex();
          const u = argsOf(b.node(node.args[0]))[0]!;
          ws.soc([twice(grouped(id, magnitude(u, node))), minus(t, one)], plus(t, one), source);
        } else squares(id, sense, t, source);
        return;
      case "add":
      case "sub":
        squares(id, sense, t, source);
        return;
      default:
        throw new CanonicalFailure("neither", node);
    }
  }

  /** `‖root‖² + rest ≤ ±t` */
  function squares(id: number, sense: Sense, t: number, source: RowSource): void {
    const form = sumOfSquares(ws, id, sense);
    if (form === null) throw new CanonicalFailure("product", b.node(id));
    const limit = minus(sense === 1 ? t : negative(t), form.rest);
    ws.soc([twice(form.root), minus(limit, b.const(1))], plus(limit, b.const(1)), source);
  }

  /** `u² / v` and `c / v`, `v` concave and not negative: `‖(2u, t − v)‖ ≤ t + v`. */
  function divide(node: BinaryNode, sense: Sense, t: number, source: RowSource): void {
    const [above, below] = node.args;
    if (facts.interval(below).lower < 0) throw new CanonicalFailure("divisor", node);
    const numerator = b.node(above);
    const squared = numerator.op === "square" || isSquares(above);
    const sign = signOf(above);
    if (!squared && (facts.degree(above) > 0 || sign === null)) throw new CanonicalFailure("numerator", node);
    const side: Sense = squared || sign === 1 ? 1 : -1;
    if (sense !== side) throw new CanonicalFailure(side === 1 ? "convex" : "concave", node);
    const limit = side === 1 ? t : negative(t);
    const v = bound(below, -1);
    const root = squared
      ? numerator.op === "square"
        ? magnitude(numerator.args[0], node)
        : grouped(above, magnitude(argsOf(b.node(argsOf(numerator)[0]!))[0]!, node))
      : b.unary("sqrt", side === 1 ? above : negative(above));
    ws.soc([twice(root), minus(limit, v)], plus(limit, v), source);
  }

  /** An affine value whose absolute value bounds that of `id`, for operations that are even and rise with it. */
  function magnitude(id: number, node: ExprNode): number {
    if (affine(id)) return id;
    const sign = signOf(id);
    if (sign === null) throw new CanonicalFailure("monotone", node);
    return bound(id, sign);
  }

  function cone(id: number, shape: readonly number[], text: string, source: RowSource): number {
    return ws.auxiliary({ base: "w", shape, repeat: facts.repeat(id), role: "cone", text, lower: 0, at: source.at });
  }

  function twice(id: number): number {
    return b.binary("mul", b.const(2), id);
  }

  /** What falls into each element of the reduction `id`, along a last axis. */
  function grouped(id: number, value: number): number {
    const shape = b.shape(id);
    const groups = range(sizeOf(shape)).map((i) => membersOf(b, id, i));
    return b.gather(value, groups.flat(), [...shape, groups[0]?.length ?? 0]);
  }

  function quadratic(id: number): number {
    if (affine(id)) return id;
    const node = b.node(id);
    if (node.op === "square" && affine(node.args[0])) return id;
    if (node.op !== "square" && sumOfSquares(ws, id, 1) !== null) return id;
    const splits = ["neg", "add", "sub", "mul", "div", "sum", "broadcast", "transpose", "concat", "where"];
    const alone = isSquares(id) ? !affine(argsOf(b.node(argsOf(node)[0]!))[0]!) : standsAlone(id, 1);
    if (!splits.includes(node.op) || alone) return bound(id, 1);
    return linear(id, 1, (arg, sense) => (sense === 1 ? quadratic(arg) : bound(arg, -1)));
  }

  return reducer;
}

function other(sense: Sense): Sense {
  return sense === 1 ? -1 : 1;
}
