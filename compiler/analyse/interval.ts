import type { GraphBuilder } from "../../runtime/ir/builder.ts";
import { numberOf } from "./element.ts";
import { unaryFunctions, type ReduceNode } from "../../runtime/ir/scalar-ops.ts";
import { sizeOf } from "../../runtime/ir/shape.ts";

/** All elements of a value lie in `[lower, upper]`. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

const everything: Interval = { lower: -Infinity, upper: Infinity };

/**
 * Interval arithmetic: encloses the values of a node wherever it and all that it is made of are finite. `ranges`: of
 * inputs by name.
 */
export function intervalsOf(b: GraphBuilder, ranges: ReadonlyMap<string, Interval>): (id: number) => Interval {
  const known: Interval[] = [];
  const interval = (id: number): Interval => known[id]!;

  function compute(id: number): Interval {
    const node = b.node(id);
    switch (node.op) {
      case "const":
        return hull(node.value);
      case "input":
        return ranges.get(node.name) ?? everything;
      case "neg": {
        const u = interval(node.args[0]);
        return { lower: -u.upper, upper: -u.lower };
      }
      case "exp":
      case "expm1":
      case "softplus":
      case "sigmoid":
      case "tanh":
      case "pos":
      case "sign": {
        const u = interval(node.args[0]);
        const f = unaryFunctions[node.op];
        return { lower: f(u.lower), upper: Number.isNaN(f(u.upper)) ? Infinity : f(u.upper) };
      }
      case "log":
      case "log1p":
      case "sqrt": {
        const u = interval(node.args[0]);
        const f = unaryFunctions[node.op];
        const [lower, upper] = [f(u.lower), f(u.upper)];
        const least = node.op === "sqrt" ? 0 : -Infinity;
        return { lower: Number.isNaN(lower) ? least : lower, upper: Number.isNaN(upper) ? Infinity : upper };
      }
      case "abs":
        return magnitude(interval(node.args[0]));
      case "square": {
        const { lower, upper } = magnitude(interval(node.args[0]));
        return { lower: lower ** 2, upper: upper ** 2 };
      }
      case "norm1":
      case "norm2":
      case "norm_inf": {
        const { lower, upper } = magnitude(interval(node.args[0]));
        const count = groupSize(node);
        const factor = node.op === "norm1" ? count : node.op === "norm2" ? Math.sqrt(count) : 1;
        return { lower: factor * lower, upper: factor * upper };
      }
      case "sin":
      case "cos":
        return { lower: -1, upper: 1 };
      case "softmax":
      case "not":
      case "lt":
      case "le":
      case "gt":
      case "ge":
      case "eq":
      case "ne":
      case "and":
      case "or":
        return { lower: 0, upper: 1 };
      case "add": {
        const [u, v] = [interval(node.args[0]), interval(node.args[1])];
        return { lower: u.lower + v.lower, upper: u.upper + v.upper };
      }
      case "sub": {
        const [u, v] = [interval(node.args[0]), interval(node.args[1])];
        return { lower: u.lower - v.upper, upper: u.upper - v.lower };
      }
      case "mul":
        return product(interval(node.args[0]), interval(node.args[1]));
      case "div": {
        const v = interval(node.args[1]);
        // A bound of 0 is never reached where the quotient is defined.
        if (v.lower >= 0 && v.upper > 0) return product(interval(node.args[0]), reciprocal(v.lower, v.upper));
        if (v.upper <= 0 && v.lower < 0) {
          const { lower, upper } = reciprocal(-v.upper, -v.lower);
          return product(interval(node.args[0]), { lower: -upper, upper: -lower });
        }
        return everything;
      }
      case "max": {
        const [u, v] = [interval(node.args[0]), interval(node.args[1])];
        return { lower: Math.max(u.lower, v.lower), upper: Math.max(u.upper, v.upper) };
      }
      case "min": {
        const [u, v] = [interval(node.args[0]), interval(node.args[1])];
        return { lower: Math.min(u.lower, v.lower), upper: Math.min(u.upper, v.upper) };
      }
      case "where":
        return union(interval(node.args[1]), interval(node.args[2]));
      case "sum": {
        const u = interval(node.args[0]);
        const count = groupSize(node);
        return { lower: times(count, u.lower), upper: times(count, u.upper) };
      }
      case "reduce_max":
      case "reduce_min":
      case "broadcast":
      case "gather":
      case "transpose":
        return interval(node.args[0]);
      case "concat":
        return node.args.map(interval).reduce(union);
      case "pow":
        return power(interval(node.args[0]), numberOf(b, node.args[1]));
      case "prod": {
        const u = interval(node.args[0]);
        const count = groupSize(node);
        if (u.lower >= 0) return { lower: u.lower ** count, upper: u.upper ** count };
        const most = magnitude(u).upper ** count;
        return { lower: -most, upper: most };
      }
      case "log_sum_exp": {
        const u = interval(node.args[0]);
        const more = Math.log(groupSize(node));
        return { lower: u.lower + more, upper: u.upper + more };
      }
      case "matmul": {
        const { lower, upper } = product(interval(node.args[0]), interval(node.args[1]));
        const shared = b.shape(node.args[0])[1]!;
        return { lower: times(shared, lower), upper: times(shared, upper) };
      }
    }
  }

  /** How many elements fall into one. */
  function groupSize(node: ReduceNode): number {
    return sizeOf(b.shape(node.args[0])) / Math.max(1, sizeOf(node.shape));
  }

  // Ids are in an order of evaluation: going up from the last known one needs no recursion.
  return (id) => {
    while (known.length <= id) {
      const { lower, upper } = compute(known.length);
      // −0 is 0: its reciprocal would be the wrong infinity.
      known.push({ lower: lower + 0, upper: upper + 0 });
    }
    return known[id]!;
  };
}

function hull(values: readonly number[]): Interval {
  return {
    lower: values.reduce((a, v) => Math.min(a, v), Infinity),
    upper: values.reduce((a, v) => Math.max(a, v), -Infinity),
  };
}

function union(a: Interval, b: Interval): Interval {
  return { lower: Math.min(a.lower, b.lower), upper: Math.max(a.upper, b.upper) };
}

function magnitude(u: Interval): Interval {
  const least = u.lower > 0 ? u.lower : u.upper < 0 ? -u.upper : 0;
  return { lower: least, upper: Math.max(Math.abs(u.lower), Math.abs(u.upper)) };
}

/** `u^p`; `p` is `null` where it is not one known number. */
function power(u: Interval, p: number | null): Interval {
  if (p === null) return u.lower >= 0 ? { lower: 0, upper: Infinity } : everything;
  if (!Number.isInteger(p)) {
    // Defined for u ≥ 0 alone.
    const [a, c] = [Math.max(u.lower, 0) ** p, Math.max(u.upper, 0) ** p];
    return { lower: Math.min(a, c), upper: Math.max(a, c) };
  }
  if (p % 2 === 0) {
    const { lower, upper } = magnitude(u);
    return hull([lower ** p, upper ** p]);
  }
  if (p > 0) return { lower: u.lower ** p, upper: u.upper ** p };
  if (u.lower >= 0) return { lower: u.upper ** p, upper: u.lower ** p };
  // −0 to an odd negative power is −∞, and a bound of 0 is never reached.
  if (u.upper <= 0) return { lower: u.upper === 0 ? -Infinity : u.upper ** p, upper: u.lower ** p };
  return everything;
}

function reciprocal(lower: number, upper: number): Interval {
  // A lower end of −0 is 0 from above too.
  return { lower: 1 / upper, upper: lower === 0 ? Infinity : 1 / lower };
}

/** 0 · ∞ is 0 here: the bound of a factor that is exactly zero. */
const times = (p: number, q: number): number => (p === 0 || q === 0 ? 0 : p * q);

function product(a: Interval, b: Interval): Interval {
  return hull([times(a.lower, b.lower), times(a.lower, b.upper), times(a.upper, b.lower), times(a.upper, b.upper)]);
}
