import type { ExprNode } from "../../runtime/ir/expr.ts";
import { range, sizeOf } from "../../runtime/ir/shape.ts";
import { elementOf } from "../analyse/element.ts";
import { opName } from "../analyse/problem.ts";
import { writeCone } from "./cones.ts";
import { isEntropy } from "./entropy.ts";
import { CanonicalFailure } from "./failure.ts";
import { simplerOf } from "./simpler.ts";
import { sumOfSquares, type SquaresForm } from "./quadratic.ts";
import { stretch, type RowSource, type Workspace } from "./workspace.ts";

/** `1`: from above, as a convex value that is minimised; `-1`: from below, as a concave one that is maximised. */
export type Sense = 1 | -1;

/**
 * Replaces convex and concave values by affine ones, writing the rows that make them equal at a solution. Whether a
 * value bends the right way is the curvature analysis's to say; what is left here is which rows express it. What no
 * cone expresses stays a smooth row.
 */
export interface Reducer {
  /** Id of an affine value ≥ the value (`1`) or ≤ it (`-1`). @throws CanonicalFailure with the sub-expression to blame */
  bound(id: number, sense: Sense): number;
  /** Writes `value ≤ t` (`1`) or `value ≥ t` (`-1`), `t` affine. @throws CanonicalFailure */
  constrain(id: number, sense: Sense, t: number, source?: RowSource): void;
  /** Like `bound(id, 1)`, but convex quadratics of affine values stand. @throws CanonicalFailure */
  quadratic(id: number): number;
  /** An affine value whose absolute value is at least that of `id`, and equal at a solution; `null` where none is known. */
  magnitude(id: number): number | null;
  /** A scalar of degree two as a sum of squares, times `sense`; `null` where it is none. */
  squares(id: number, sense: Sense): SquaresForm | null;
  /** `value ≤ t` or `value ≥ t`, both affine. */
  order(id: number, sense: Sense, t: number, source: RowSource): void;
}

/** Operations that are linear in what bends, given that all but one argument of a product read no variable. */
const LINEAR: ReadonlySet<ExprNode["op"]> = new Set<ExprNode["op"]>([
  "neg",
  "add",
  "sub",
  "mul",
  "div",
  "sum",
  "norm1",
  "broadcast",
  "transpose",
  "concat",
  "where",
  "gather",
  "matmul",
]);

export function createReducer(ws: Workspace): Reducer {
  const { builder: b, facts } = ws;
  const known = new Map<string, number>();
  const forms = new Map<string, SquaresForm | null>();
  const affine = (id: number): boolean => facts.degree(id) <= 1;
  const reducer: Reducer = { bound, constrain, quadratic, magnitude, squares, order };

  function bound(id: number, sense: Sense): number {
    if (affine(id)) return id;
    const key = `${id} ${sense}`;
    const found = known.get(key) ?? compute();
    known.set(key, found);
    return found;

    function compute(): number {
      const simpler = simplerOf(ws, id, sense);
      if (simpler !== null) return bound(simpler, sense);
      return standsAlone(id, sense) ? above(id, sense) : linear(id, sense, bound);
    }
  }

  /** A variable in place of a value. */
  function above(id: number, sense: Sense): number {
    const node = b.node(id);
    const t = ws.auxiliary({
      base: "u",
      shape: node.shape,
      repeat: facts.repeat(id),
      role: sense === 1 ? "epigraph" : "hypograph",
      text: `${sense === 1 ? "epigraph" : "hypograph"} of \`${labelOf(id)}\``,
      at: node.at,
    });
    bend(id, sense, t, { label: labelOf(id), at: node.at });
    return t;
  }

  /** Whether a value is bounded as a whole by a variable rather than part by part. */
  function standsAlone(id: number, sense: Sense): boolean {
    const node = b.node(id);
    switch (node.op) {
      case "div":
        return facts.degree(node.args[1]) > 0;
      case "where":
        return facts.degree(node.args[0]) > 0;
      case "mul":
        return node.args.every((arg) => facts.degree(arg) > 0) && (node.shape.length === 0 || isEntropy(ws, id));
      case "sum":
        return squaredIn(id) !== null || squares(id, sense) !== null;
      case "add":
      case "sub":
        return node.args.every((arg) => !affine(arg)) && squares(id, sense) !== null;
      default:
        return !LINEAR.has(node.op);
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

  /** u of `Σ u²`. */
  function squaredIn(id: number): number | null {
    const node = b.node(id);
    const inner = node.op === "sum" ? b.node(node.args[0]) : null;
    return inner?.op === "square" ? inner.args[0] : null;
  }

  function squares(id: number, sense: Sense): SquaresForm | null {
    const key = `${id} ${sense}`;
    if (!forms.has(key)) forms.set(key, sumOfSquares(ws, id, sense));
    return forms.get(key)!;
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
        if (facts.degree(u) > 0 && facts.degree(v) > 0) return byElement(id, sense, part);
        const [factor, value] = facts.degree(u) === 0 ? [u, v] : [v, u];
        const sign = facts.sign(factor);
        if (sign === null) return byElement(id, sense, part);
        return b.binary("mul", factor, part(value, sign === 1 ? sense : other(sense)), at);
      }
      case "div": {
        const sign = facts.sign(node.args[1]);
        if (sign === null) return byElement(id, sense, part);
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
        return b.where(condition, part(yes, sense), part(no, sense), at);
      }
      case "gather":
        return sizeOf(node.shape) < sizeOf(b.shape(node.args[0]))
          ? byElement(id, sense, part)
          : b.gather(part(node.args[0], sense), node.indices, node.shape, at);
      case "matmul":
        return byElement(id, sense, part);
      default:
        throw new Error(`${node.op} is not linear`);
    }
  }

  /** Element by element, where the elements need not bend the same way; as a whole where it has no finer parts. */
  function byElement(id: number, sense: Sense, part: (arg: number, sense: Sense) => number): number {
    const elements = range(sizeOf(b.shape(id))).map((i) => elementOf(b, id, i));
    if (elements.includes(id)) return above(id, sense);
    return b.concat(
      elements.map((element) => part(element, sense)),
      b.shape(id),
    );
  }

  function constrain(id: number, sense: Sense, t: number, from?: RowSource): void {
    const node = b.node(id);
    const source = from ?? { label: labelOf(id), at: node.at };
    if (affine(id)) {
      order(id, sense, t, source);
      return;
    }
    const simpler = simplerOf(ws, id, sense);
    if (simpler !== null) {
      constrain(simpler, sense, t, source);
    } else if (standsAlone(id, sense)) {
      bend(id, sense, t, source);
    } else if (!peel(id, sense, t, source)) {
      order(bound(id, sense), sense, t, source);
    }
  }

  /** Differences from zero are written on two sides. */
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
        constrain(node.args[0], other(sense), b.unary("neg", t), source);
        return true;
      case "add": {
        const [x, y] = node.args;
        if (affine(y)) constrain(x, sense, b.binary("sub", t, y), source);
        else if (affine(x)) constrain(y, sense, b.binary("sub", t, x), source);
        else return false;
        return true;
      }
      case "sub": {
        const [x, y] = node.args;
        if (affine(y)) constrain(x, sense, b.binary("add", t, y), source);
        else if (affine(x)) constrain(y, other(sense), b.binary("sub", x, t), source);
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

  /** Rows for an operation that bends: those of a factor, which is its own proof, of a cone, or a smooth one. */
  function bend(id: number, sense: Sense, t: number, source: RowSource): void {
    const node = b.node(id);
    const form = ["mul", "sum", "add", "sub"].includes(node.op) && squaredIn(id) === null ? squares(id, sense) : null;
    if (form !== null) {
      const limit = b.binary("sub", sense === 1 ? t : b.unary("neg", t), form.rest);
      const [below, over] = [b.binary("sub", limit, b.const(1)), b.binary("add", limit, b.const(1))];
      ws.soc([b.binary("mul", b.const(2), form.root), below], over, source);
      return;
    }
    if (!facts.bends(id, sense)) refuse(id, sense);
    if (writeCone(ws, reducer, id, sense, t, source)) return;
    if (!facts.smooth(id)) throw CanonicalFailure.of("kink", node);
    ws.smooth(sense === 1 ? b.binary("sub", id, t) : b.binary("sub", t, id), source);
  }

  function refuse(id: number, sense: Sense): never {
    if (facts.bends(id, other(sense))) throw CanonicalFailure.of(sense === 1 ? "concave" : "convex", b.node(id));
    throw CanonicalFailure.blaming(facts.blame(id));
  }

  function magnitude(id: number): number | null {
    if (affine(id)) return id;
    const sign = facts.sign(id);
    if (sign !== null) return facts.bends(id, sign) ? bound(id, sign) : null;
    return facts.bends(id, 1) && facts.bends(id, -1) ? bound(b.unary("abs", id), 1) : null;
  }

  function quadratic(id: number): number {
    if (affine(id)) return id;
    const simpler = simplerOf(ws, id, 1);
    if (simpler !== null) return quadratic(simpler);
    const node = b.node(id);
    if (node.op === "square" && affine(node.args[0])) return id;
    if (node.op !== "square" && squares(id, 1) !== null) return id;
    const inner = squaredIn(id);
    const alone = inner === null ? standsAlone(id, 1) : !affine(inner);
    if (alone) return bound(id, 1);
    return linear(id, 1, (arg, sense) => (sense === 1 ? quadratic(arg) : bound(arg, -1)));
  }

  return reducer;
}

function other(sense: Sense): Sense {
  return sense === 1 ? -1 : 1;
}
