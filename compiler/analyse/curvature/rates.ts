import type { ExprNode } from "../../../runtime/ir/expr.ts";
import { argsOf, isReduce } from "../../../runtime/ir/scalar-ops.ts";
import { sizeOf } from "../../../runtime/ir/shape.ts";
import { dependsOn, forward, type Scope } from "./forward.ts";
import type { ExactAffine } from "./exact-affine.ts";
import type { Quadratic } from "./quadratics.ts";
import { numberOf } from "../element.ts";
import { hiddenFunction } from "./hidden-functions.ts";
import { growthOfSum, growthsOf, rootRate } from "./special-rates.ts";
import { appliedFunction } from "./shapes.ts";
import { smoothedKink } from "./smoothness.ts";
import { continuousSwitch } from "./switches.ts";

/** How fast a value can change with the variables; `Infinity` where no bound is proved. */
export interface Rate {
  /** Of the flattened value, Euclidean to Euclidean: bounds the spectral norm of its Jacobian J. */
  readonly whole: number;
  /** Of each element alone: bounds the norm of every row of J. */
  readonly each: number;
  /** Bounds the spectral norm of `Σ w_i ∇²u_i` for all `|w_i| ≤ 1`; `Infinity` where a gradient may jump. */
  readonly bend: number;
}

const still: Rate = { whole: 0, each: 0, bend: 0 };

/** 0 · ∞ is 0: what does not move is not scaled. */
const times = (p: number, q: number): number => (p === 0 || q === 0 ? 0 : p * q);

/**
 * Lipschitz constants of values and of their gradients by the chain and product rules: exact for affine values with
 * known coefficients and for quadratics, bounds elsewhere.
 *
 * @param norm bound of a value's Euclidean norm
 */
export function ratesOf(
  scope: Scope,
  norm: (id: number) => number,
  exact: (id: number) => ExactAffine | null,
  quadratic: (id: number) => Quadratic | null,
): (id: number) => Rate {
  const { b, interval } = scope;
  const growth = growthsOf(scope, (id) => rate(id));
  const rough = forward((id) =>
    dependsOn(scope, id) ? tidy(id, tighter(compute(id, b.node(id)), special(id))) : still,
  );
  const rate = (id: number): Rate => {
    const bound = rough(id);
    const affine = bound.bend === 0 ? exact(id) : null;
    if (affine !== null) return { whole: affine.norm, each: affine.rowNorm, bend: 0 };
    const form = quadratic(id);
    if (form === null) return bound;
    const most = 2 * Math.max(Math.abs(form.leastEigenvalue), Math.abs(form.greatestEigenvalue));
    return { ...bound, bend: Math.min(bound.bend, most) };
  };
  return rate;

  /** A row is no longer than the Jacobian, which is no larger than its rows together. */
  function tidy(id: number, { whole, each, bend }: Rate): Rate {
    const root = Math.sqrt(sizeOf(b.shape(id)));
    return { whole: Math.min(whole, root * each), each: Math.min(each, whole), bend };
  }

  /** Values whose rate is known as a whole and not by their parts. */
  function special(id: number): Rate | null {
    const node = b.node(id);
    const exponent = node.op === "sqrt" ? 0.5 : node.op === "pow" ? numberOf(b, node.args[1]) : null;
    if (exponent === 0.5) return rootRate(scope, id, argsOf(node)[0]!, { rate, quadratic });
    if (node.op === "log" || node.op === "log1p") {
      const grown = node.op === "log" ? growth(node.args[0]) : growthOfSum(growth(node.args[0]), { slope: 0, bend: 0 });
      return grown === null
        ? null
        : { whole: Infinity, each: grown.slope, bend: times(sizeOf(node.shape), grown.bend) };
    }
    const hidden = hiddenFunction(scope, id);
    if (hidden === null) return null;
    const { slope, bend } = hidden.shape!;
    return chained(rate(hidden.arg), slope, Math.max(Math.abs(bend![0]), Math.abs(bend![1])));
  }

  function largest(id: number): number {
    const { lower, upper } = interval(id);
    return Math.max(Math.abs(lower), Math.abs(upper));
  }

  function compute(id: number, node: ExprNode): Rate {
    const smooth = smoothedKink(scope, id);
    if (smooth !== null) {
      const u = rate(smooth.arg);
      return chained(smooth.joins ? { ...u, each: u.whole } : u, smooth.slope, smooth.bend);
    }
    const applied = appliedFunction(scope, id);
    if (applied !== null) {
      const { arg, shape } = applied;
      if (shape === null) return unbounded;
      const [least, most] = shape.bend ?? [-Infinity, Infinity];
      return chained(rate(arg), shape.slope, Math.max(Math.abs(least), Math.abs(most)));
    }
    if (isReduce(node)) return reduction(id, node.op, node.args[0]);
    switch (node.op) {
      case "input":
        return { whole: 1, each: 1, bend: 0 };
      case "add":
      case "sub": {
        const [u, v] = node.args.map(rate);
        return { whole: u!.whole + v!.whole, each: u!.each + v!.each, bend: u!.bend + v!.bend };
      }
      case "mul":
        return multiplied(node.args[0], node.args[1]);
      case "div": {
        const [u, v] = node.args;
        if (!dependsOn(scope, v)) return scaledBy(rate(u), 1 / smallest(v));
        // u·(1/v)
        const low = smallest(v);
        const inverse = chained(rate(v), 1 / low ** 2, 2 / low ** 3);
        return productRule(rate(u), largest(u), inverse, 1 / low);
      }
      case "max":
      case "min":
        return chosen(node.args);
      case "where": {
        const [condition, yes, no] = node.args;
        if (!dependsOn(scope, condition)) {
          const [u, v] = [rate(yes), rate(no)];
          return { ...chosen([yes, no]), bend: u.bend + v.bend };
        }
        return continuousSwitch(scope, id) === null ? unbounded : chosen([yes, no]);
      }
      case "broadcast":
      case "gather": {
        const u = rate(node.args[0]);
        const copies = node.op === "gather" ? mostRepeated(node.indices) : repeats(id, node.args[0]);
        return { whole: Math.sqrt(copies) * u.whole, each: u.each, bend: times(copies, u.bend) };
      }
      case "transpose":
        return rate(node.args[0]);
      case "concat": {
        const parts = node.args.map(rate);
        return {
          whole: Math.hypot(...parts.map((u) => u.whole)),
          each: Math.max(...parts.map((u) => u.each)),
          bend: parts.reduce((total, u) => total + u.bend, 0),
        };
      }
      case "softmax": {
        // ‖diag(p) − ppᵀ‖ ≤ 1/2; for |w| ≤ 1 the second derivative of wᵀp along d is at most 2·Var(d) ≤ ‖d‖².
        const u = rate(node.args[0]);
        return { whole: u.whole / 2, each: u.whole / 2, bend: u.whole ** 2 + u.bend / 2 };
      }
      case "matmul":
        return matrixProduct(node.args[0], node.args[1]);
      default:
        return unbounded;
    }
  }

  function multiplied(u: number, v: number): Rate {
    return productRule(rate(u), largest(u), rate(v), largest(v));
  }

  /** Element by element one of the arguments, without a jump. */
  function chosen(args: readonly number[]): Rate {
    const parts = args.map(rate);
    return {
      whole: Math.hypot(...parts.map((u) => u.whole)),
      each: Math.max(...parts.map((u) => u.each)),
      bend: Infinity,
    };
  }

  function reduction(id: number, op: string, arg: number): Rate {
    const u = rate(arg);
    const count = sizeOf(b.shape(arg)) / sizeOf(b.shape(id));
    const root = Math.sqrt(count);
    switch (op) {
      case "sum": {
        const plain: Rate = { whole: root * u.whole, each: Math.min(root * u.whole, count * u.each), bend: u.bend };
        const node = b.node(arg);
        if (node.op !== "mul") return plain;
        // Σ u_i v_i: the gradient is Jᵀ_u v + Jᵀ_v u.
        const [p, q] = node.args;
        return { ...plain, each: Math.min(plain.each, times(rate(p).whole, norm(q)) + times(rate(q).whole, norm(p))) };
      }
      case "norm1":
        return { whole: root * u.whole, each: Math.min(root * u.whole, count * u.each), bend: oneSigned(arg, u.bend) };
      case "norm2":
        return { whole: u.whole, each: u.whole, bend: Infinity };
      case "norm_inf":
      case "reduce_max":
      case "reduce_min":
        return { whole: u.whole, each: u.each, bend: Infinity };
      case "log_sum_exp":
        // The gradient is a convex combination of rows, and ‖diag(p) − ppᵀ‖ ≤ 1/2.
        return { whole: u.whole, each: u.each, bend: u.whole ** 2 / 2 + u.bend };
      case "prod": {
        const most = largest(arg);
        const rest = most ** (count - 1);
        const cross = (count - 1) * (count >= 2 ? most ** (count - 2) : 0);
        return {
          whole: times(rest, root * u.whole),
          each: times(rest, root * u.whole),
          bend: times(cross, u.whole ** 2) + times(rest, u.bend),
        };
      }
      default:
        return unbounded;
    }
  }

  function oneSigned(arg: number, bend: number): number {
    const { lower, upper } = interval(arg);
    return lower >= 0 || upper <= 0 ? bend : Infinity;
  }

  function matrixProduct(u: number, v: number): Rate {
    const [p, q] = [rate(u), rate(v)];
    const [rows, columns] = [b.shape(u)[0]!, b.shape(v)[1]!];
    return {
      whole: times(p.whole, norm(v)) + times(q.whole, norm(u)),
      each: times(p.whole, norm(v)) + times(q.whole, norm(u)),
      bend:
        times(rows * largest(u), q.bend) +
        times(columns * largest(v), p.bend) +
        2 * Math.sqrt(rows * columns) * times(p.whole, q.whole),
    };
  }

  function smallest(id: number): number {
    const { lower, upper } = interval(id);
    return lower > 0 ? lower : upper < 0 ? -upper : 0;
  }

  function repeats(id: number, arg: number): number {
    return sizeOf(b.shape(id)) / Math.max(1, sizeOf(b.shape(arg)));
  }
}

/** The smaller of two bounds of each. */
function tighter(u: Rate, v: Rate | null): Rate {
  if (v === null) return u;
  return { whole: Math.min(u.whole, v.whole), each: Math.min(u.each, v.each), bend: Math.min(u.bend, v.bend) };
}

/** φ applied to each element. */
function chained(u: Rate, slope: number, bend: number): Rate {
  return {
    whole: times(slope, u.whole),
    each: times(slope, u.each),
    bend: times(bend, u.whole ** 2) + times(slope, u.bend),
  };
}

function scaledBy(u: Rate, factor: number): Rate {
  return { whole: times(factor, u.whole), each: times(factor, u.each), bend: times(factor, u.bend) };
}

function productRule(u: Rate, mostU: number, v: Rate, mostV: number): Rate {
  return {
    whole: times(u.whole, mostV) + times(v.whole, mostU),
    each: times(u.each, mostV) + times(v.each, mostU),
    bend: times(u.bend, mostV) + times(v.bend, mostU) + 2 * times(u.whole, v.whole),
  };
}

const unbounded: Rate = { whole: Infinity, each: Infinity, bend: Infinity };

function mostRepeated(indices: readonly number[]): number {
  const counts = new Map<number, number>();
  let most = 0;
  for (const index of indices) {
    const count = (counts.get(index) ?? 0) + 1;
    counts.set(index, count);
    most = Math.max(most, count);
  }
  return most;
}

/** A bound of the Euclidean norm of a value, from its range, its parts and what is known of inputs by name. */
export function normsOf(
  { b, interval }: Pick<Scope, "b" | "interval">,
  given: ReadonlyMap<string, number>,
): (id: number) => number {
  const norm = forward((id): number => {
    const node = b.node(id);
    const { lower, upper } = interval(id);
    const root = Math.sqrt(sizeOf(node.shape));
    return Math.min(root * Math.max(Math.abs(lower), Math.abs(upper)), byParts(node));
  });
  return norm;

  function byParts(node: ExprNode): number {
    const args = argsOf(node).map(norm);
    switch (node.op) {
      case "const":
        return Math.hypot(...node.value);
      case "input":
        return given.get(node.name) ?? Infinity;
      case "neg":
      case "abs":
      case "pos":
      case "transpose":
      case "tanh":
      case "sin":
        return args[0]!;
      case "add":
      case "sub":
        return args[0]! + args[1]!;
      case "concat":
        return Math.hypot(...args);
      case "gather":
        return Math.sqrt(mostRepeated(node.indices)) * args[0]!;
      case "broadcast":
        return Math.sqrt(sizeOf(node.shape) / Math.max(1, sizeOf(b.shape(node.args[0])))) * args[0]!;
      case "mul":
        return Math.min(...node.args.map((arg, i) => times(largestOf(arg), args[1 - i]!)));
      default:
        return Infinity;
    }
  }

  function largestOf(id: number): number {
    const { lower, upper } = interval(id);
    return Math.max(Math.abs(lower), Math.abs(upper));
  }
}
