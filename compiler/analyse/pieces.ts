import type { GraphBuilder } from "../../runtime/ir/builder.ts";
import { elementOf, membersOf } from "./element.ts";
import type { Interval } from "./interval.ts";
import { FormFailure } from "./problem.ts";

/** At most so many pieces: each is a row for every scenario. */
export const PIECE_LIMIT = 32;

/** `1`: the value is the largest of its pieces (convex); `-1`: the smallest (concave). */
type Sense = 1 | -1;

/** `sign · factor · value`, `factor ≥ 0`; `null` is 1. */
interface Term {
  readonly sign: Sense;
  readonly factor: number | null;
  readonly id: number;
}

/**
 * Writes a scalar as the largest of scalars that are affine in the decision, by composition rules: affine; sums; scaling
 * by factors of known sign that do not read the decision; `max`, `pos`, `abs`, `norm1`, `norm_inf` of affine and convex
 * expressions; `min` where subtracted; `if` on conditions that do not read the decision. Coefficients may read outcome
 * and context.
 *
 * @param degree of values in the decision
 * @param interval of values that do not read the decision
 * @returns ids of scalars of `b`, without duplicates
 * @throws FormFailure with the sub-expression to blame
 */
export function maxAffinePieces(
  b: GraphBuilder,
  output: number,
  degree: (id: number) => number,
  interval: (id: number) => Interval,
): readonly number[] {
  const limited = (ids: readonly number[], blame: number): readonly number[] => {
    const distinct = [...new Set(ids)];
    if (distinct.length > PIECE_LIMIT) throw new FormFailure("pieces", b.node(blame));
    return distinct;
  };

  function expand(id: number, sense: Sense): readonly number[] {
    if (degree(id) <= 1) return [id];
    const node = b.node(id);
    switch (node.op) {
      case "neg":
      case "add":
      case "sub":
      case "mul":
      case "div":
      case "sum":
        return expandSum(terms(id, 1, null), sense, id);
      case "max":
      case "min":
        return union(node.op === "max" ? 1 : -1, sense, node.args, id);
      case "reduce_max":
      case "reduce_min":
        return union(node.op === "reduce_max" ? 1 : -1, sense, elements(node.args[0], membersOf(b, id, 0)), id);
      case "pos":
        return union(1, sense, [node.args[0], b.const(0)], id);
      case "abs":
        return union(1, sense, [node.args[0], b.unary("neg", node.args[0], node.at)], id);
      case "norm1":
        return expandSum(
          elements(node.args[0], membersOf(b, id, 0)).flatMap((part) => terms(b.unary("abs", part, node.at), 1, null)),
          sense,
          id,
        );
      case "norm_inf":
        return union(
          1,
          sense,
          elements(node.args[0], membersOf(b, id, 0)).flatMap((part) => [part, b.unary("neg", part, node.at)]),
          id,
        );
      case "where": {
        const [condition, yes, no] = node.args;
        if (degree(condition) > 0) throw new FormFailure("condition", node);
        const [a, c] = [expand(yes, sense), expand(no, sense)];
        const count = Math.max(a.length, c.length);
        return limited(
          Array.from({ length: count }, (_, k) =>
            b.where(condition, a[Math.min(k, a.length - 1)]!, c[Math.min(k, c.length - 1)]!, node.at),
          ),
          id,
        );
      }
      case "gather": {
        const inner = elementOf(b, id, 0);
        if (inner === id) throw new FormFailure("nonlinear", b.node(node.args[0]));
        return expand(inner, sense);
      }
      default:
        throw new FormFailure("nonlinear", node);
    }
  }

  /** The largest of `parts` where `bend` is 1, the smallest where it is −1. */
  function union(bend: Sense, sense: Sense, parts: readonly number[], blame: number): readonly number[] {
    if (bend !== sense) throw new FormFailure("bends", b.node(blame));
    return limited(
      parts.flatMap((part) => expand(part, sense)),
      blame,
    );
  }

  function elements(id: number, indices: readonly number[]): readonly number[] {
    return indices.map((i) => elementOf(b, id, i));
  }

  /** The terms of a sum, with factors of known sign collected. */
  function terms(id: number, sign: Sense, factor: number | null): readonly Term[] {
    const node = b.node(id);
    const minus = sign === 1 ? -1 : 1;
    if (degree(id) <= 1) return [{ sign, factor, id }];
    switch (node.op) {
      case "neg":
        return terms(node.args[0], minus, factor);
      case "add":
        return [...terms(node.args[0], sign, factor), ...terms(node.args[1], sign, factor)];
      case "sub":
        return [...terms(node.args[0], sign, factor), ...terms(node.args[1], minus, factor)];
      case "sum":
        return elements(node.args[0], membersOf(b, id, 0)).flatMap((part) => terms(part, sign, factor));
      case "mul": {
        const [u, v] = node.args;
        if (degree(u) > 0 && degree(v) > 0) throw new FormFailure("product", node);
        return degree(u) === 0 ? scaled(u, v) : scaled(v, u);
      }
      case "div":
        if (degree(node.args[1]) > 0) throw new FormFailure("divisor", node);
        return scaled(b.binary("div", b.const(1), node.args[1], node.at), node.args[0]);
      default:
        return [{ sign, factor, id }];
    }

    function scaled(by: number, value: number): readonly Term[] {
      const { lower, upper } = interval(by);
      if (lower < 0 && upper > 0) {
        // A factor of unknown sign is to blame only where what it scales has pieces at all.
        expand(value, 1);
        throw new FormFailure("sign", node);
      }
      const size = lower >= 0 ? by : b.unary("neg", by);
      const next = factor === null ? size : b.binary("mul", factor, size);
      return terms(value, lower >= 0 ? sign : minus, next);
    }
  }

  function expandSum(all: readonly Term[], sense: Sense, blame: number): readonly number[] {
    let sums: readonly number[] = [b.const(0)];
    const value = (term: Term, id: number): number => {
      const size = term.factor === null ? id : b.binary("mul", term.factor, id);
      return term.sign === 1 ? size : b.unary("neg", size);
    };
    const affine = all.filter((term) => degree(term.id) <= 1);
    for (const term of affine) sums = sums.map((sum) => b.binary("add", sum, value(term, term.id)));
    const bent = all.filter((term) => degree(term.id) > 1);
    while (bent.length > 0) {
      const term = bent.shift()!;
      const opposite = bent.findIndex((other) => other.sign === term.sign && areOpposite(term.id, other.id));
      let pieces: readonly number[];
      if (opposite >= 0 && term.sign === sense) {
        // a·pos(u) + b·pos(−u) = max(a·u, −b·u): two pieces rather than four.
        const [other] = bent.splice(opposite, 1);
        pieces = [term, other!].flatMap((t) => expandPos(t).map((piece) => value(t, piece)));
      } else {
        const inner = expand(term.id, term.sign === 1 ? sense : sense === 1 ? -1 : 1);
        pieces = inner.map((piece) => value(term, piece));
      }
      sums = limited(
        sums.flatMap((sum) => pieces.map((piece) => b.binary("add", sum, piece))),
        blame,
      );
    }
    return sums;
  }

  function areOpposite(p: number, q: number): boolean {
    const [u, v] = [b.node(p), b.node(q)];
    return (
      u.op === "pos" &&
      v.op === "pos" &&
      degree(u.args[0]) <= 1 &&
      degree(v.args[0]) <= 1 &&
      b.unary("neg", u.args[0]) === v.args[0]
    );
  }

  function expandPos(term: Term): readonly number[] {
    const node = b.node(term.id);
    return node.op === "pos" ? [node.args[0]] : [term.id];
  }

  return limited(expand(output, 1), output);
}
