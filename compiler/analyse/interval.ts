import type { GraphBuilder } from "../../runtime/ir/builder.ts";
import { unaryFunctions } from "../../runtime/ir/scalar-ops.ts";
import { sizeOf } from "../../runtime/ir/shape.ts";

/** All elements of a value lie in `[lower, upper]`. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

const everything: Interval = { lower: -Infinity, upper: Infinity };

/** Interval arithmetic: enough to prove the sign of the factors that scale bent terms. `ranges`: of inputs by name. */
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
        const lower = f(u.lower);
        return { lower: Number.isNaN(lower) ? (node.op === "sqrt" ? 0 : -Infinity) : lower, upper: f(u.upper) };
      }
      case "abs": {
        const u = interval(node.args[0]);
        const most = Math.max(Math.abs(u.lower), Math.abs(u.upper));
        const least = u.lower > 0 ? u.lower : u.upper < 0 ? -u.upper : 0;
        return { lower: least, upper: most };
      }
      case "square":
      case "norm1":
      case "norm2":
      case "norm_inf":
        return { lower: 0, upper: Infinity };
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
        const count = sizeOf(b.shape(node.args[0])) / Math.max(1, sizeOf(node.shape));
        return { lower: count * u.lower, upper: count * u.upper };
      }
      case "reduce_max":
      case "reduce_min":
      case "broadcast":
      case "gather":
      case "transpose":
        return interval(node.args[0]);
      case "concat":
        return node.args.map(interval).reduce(union);
      case "pow": {
        const u = interval(node.args[0]);
        return u.lower >= 0 ? { lower: 0, upper: Infinity } : everything;
      }
      case "prod": {
        const u = interval(node.args[0]);
        return u.lower >= 0 ? { lower: 0, upper: Infinity } : everything;
      }
      case "log_sum_exp":
      case "matmul":
        return everything;
    }
  }

  // Ids are in an order of evaluation: going up from the last known one needs no recursion.
  return (id) => {
    while (known.length <= id) known.push(compute(known.length));
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

function reciprocal(lower: number, upper: number): Interval {
  return { lower: 1 / upper, upper: 1 / lower };
}

/** 0 · ∞ is 0 here: the bound of a factor that is exactly zero. */
const times = (p: number, q: number): number => (p === 0 || q === 0 ? 0 : p * q);

function product(a: Interval, b: Interval): Interval {
  return hull([times(a.lower, b.lower), times(a.lower, b.upper), times(a.upper, b.lower), times(a.upper, b.upper)]);
}
