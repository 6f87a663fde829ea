import type { ExprNode } from "../../../runtime/ir/expr.ts";
import { argsOf, isReduce } from "../../../runtime/ir/scalar-ops.ts";
import { numberOf } from "../element.ts";
import { dependsOn, upstream, type Scope } from "./forward.ts";
import { logarithmOf } from "./logarithms.ts";
import type { Quadratic } from "./quadratics.ts";
import { appliedFunction, type Applied } from "./shapes.ts";
import { continuousSwitch } from "./switches.ts";

/** What is proved of the curvature of every element of a value, jointly in all variables. */
export interface Bend {
  readonly convex: boolean;
  readonly concave: boolean;
  /** Non-negative, and its logarithm is convex (or it is zero): sums, products and maxima of such values are such. */
  readonly logConvex: boolean;
  /** Non-negative, and its logarithm is concave where it is positive. */
  readonly logConcave: boolean;
  /** `‖w‖²` for a `w` of which each element is affine, or convex and non-negative, or concave and non-positive. */
  readonly normSquared: boolean;
}

const unknown: Bend = { convex: false, concave: false, logConvex: false, logConcave: false, normSquared: false };
const known = (convex: boolean, concave: boolean): Bend => ({ ...unknown, convex, concave });

/**
 * Curvature by disciplined convex composition with signs, and beyond it: quadratics by the eigenvalues of their
 * matrix, products and quotients of log-convex values, `u·log(u/v)`, sums of squares over positive values, roots of
 * sums of squares, switches that meet where they switch.
 */
export function curvaturesOf(scope: Scope, quadratic: (id: number) => Quadratic | null): (id: number) => Bend {
  const { b, interval } = scope;
  const bend = upstream(b, compute);
  return bend;

  function compute(id: number): Bend {
    const { lower } = interval(id);
    if (!dependsOn(scope, id)) {
      const positive = lower >= 0;
      return { convex: true, concave: true, logConvex: positive, logConcave: positive, normSquared: positive };
    }
    const node = b.node(id);
    const found = node.op === "input" ? known(true, true) : composed(id, node);
    // A value whose logarithm is convex is the exponential of a convex one.
    const convex = found.convex || found.logConvex;
    const logConcave = found.logConcave || (found.concave && lower >= 0);
    if (convex || found.concave) return { ...found, convex, logConcave };
    const form = quadratic(id);
    if (form === null) return { ...found, logConcave };
    return {
      ...found,
      convex: form.definiteness === "positive-semidefinite",
      concave: form.definiteness === "negative-semidefinite",
      normSquared: form.sumOfSquares,
    };
  }

  function composed(id: number, node: ExprNode): Bend {
    const applied = appliedFunction(scope, id);
    if (applied !== null) return composition(node, applied);
    if (isReduce(node)) return reduction(node.op, node.args[0]);
    switch (node.op) {
      case "add":
        return sum(node.args.map(bend));
      case "sub": {
        const [u, v] = [bend(node.args[0]), bend(node.args[1])];
        return known(u.convex && v.concave, u.concave && v.convex);
      }
      case "mul":
        return product(node.args[0], node.args[1]);
      case "div":
        return quotient(node.args[0], node.args[1]);
      case "pow": {
        // A base that varies from element to element, positive: `base^v = exp(v log base)`.
        const [base, exponent] = node.args;
        if (dependsOn(scope, base) || interval(base).lower <= 0) return unknown;
        const { convex, concave } = bend(exponent);
        return { ...unknown, logConvex: convex && concave, logConcave: convex && concave };
      }
      case "max":
      case "min":
        return extreme(node.op, node.args[0], node.args[1]);
      case "where":
        return choice(id, node.args);
      case "softmax": {
        const { convex, concave } = bend(node.args[0]);
        return { ...unknown, logConcave: convex && concave };
      }
      case "matmul": {
        const [u, v] = node.args;
        if (!dependsOn(scope, u)) return sum([scaled(u, v)]);
        if (!dependsOn(scope, v)) return sum([scaled(v, u)]);
        return { ...unknown, logConvex: bend(u).logConvex && bend(v).logConvex };
      }
      case "broadcast":
      case "gather":
      case "transpose":
      case "concat":
        return every(argsOf(node).map(bend));
      default:
        return unknown;
    }
  }

  /** φ(u): φ convex, and u affine, or convex where φ rises, or concave where φ falls. */
  function composition(node: ExprNode, { arg, shape }: Applied): Bend {
    const u = bend(arg);
    if (shape === null) return unknown;
    const affine = u.convex && u.concave;
    // Between two points where u is convex and in φ's domain, u might leave it.
    const stays = affine || u.concave || interval(arg).lower >= shape.domain;
    const up = affine || (shape.rising && u.convex) || (shape.falling && u.concave);
    const down = affine || (shape.rising && u.concave) || (shape.falling && u.convex);
    const simple = known(shape.convex && up && stays, shape.concave && down && stays);
    const { lower, upper } = interval(arg);
    switch (node.op) {
      case "exp":
        return { ...simple, logConvex: u.convex, logConcave: u.concave };
      case "log":
        return { ...simple, convex: simple.convex || u.logConvex, concave: simple.concave || u.logConcave };
      case "log1p":
        // log(1 + u), and 1 is log-convex.
        return { ...simple, convex: simple.convex || u.logConvex };
      case "sigmoid":
        return { ...simple, logConcave: u.concave };
      case "square":
        return {
          ...simple,
          logConvex: u.logConvex,
          logConcave: u.logConcave,
          normSquared: affine || (u.convex && lower >= 0) || (u.concave && upper <= 0),
        };
      case "sqrt":
      case "pow":
        return power(node, simple, arg, u);
      default:
        return simple;
    }
  }

  function power(node: ExprNode, simple: Bend, arg: number, u: Bend): Bend {
    const p = node.op === "sqrt" ? 0.5 : node.op === "pow" ? numberOf(b, node.args[1]) : null;
    if (p === null) {
      const { convex, concave } = bend(arg);
      // c^x = exp(x log c)
      return { ...simple, logConvex: convex && concave, logConcave: convex && concave };
    }
    const root = u.normSquared && p >= 0.5;
    const mean = p === 0.5 && isProductOfConcave(arg);
    return {
      ...simple,
      // ‖w‖^(2p) with 2p ≥ 1
      convex: simple.convex || root,
      concave: simple.concave || mean,
      logConvex: p > 0 ? u.logConvex : u.logConcave,
      logConcave: p > 0 ? u.logConcave : u.logConvex,
    };
  }

  /** The geometric mean of two non-negative concave values is concave. */
  function isProductOfConcave(id: number): boolean {
    const node = b.node(id);
    return node.op === "mul" && node.args.every((arg) => bend(arg).concave && interval(arg).lower >= 0);
  }

  /** `c·u`, c without variables. */
  function scaled(c: number, u: number): Bend {
    const { lower, upper } = interval(c);
    const part = bend(u);
    if (lower >= 0) return part;
    if (upper <= 0) return known(part.concave, part.convex);
    const affine = part.convex && part.concave;
    return known(affine, affine);
  }

  function product(u: number, v: number): Bend {
    if (!dependsOn(scope, u)) return scaled(u, v);
    if (!dependsOn(scope, v)) return scaled(v, u);
    const [p, q] = [bend(u), bend(v)];
    const entropy = entropySign(u, v) || entropySign(v, u);
    return {
      ...unknown,
      convex: entropy > 0,
      concave: entropy < 0,
      logConvex: p.logConvex && q.logConvex,
      logConcave: p.logConcave && q.logConcave,
    };
  }

  /** 1 where `u · v` is a positive multiple of `w log(w/y)`, jointly convex, −1 of its opposite, else 0. */
  function entropySign(u: number, v: number): number {
    const found = logarithmOf(scope, v);
    if (found === null) return 0;
    const [top, inside] = [unscaled(u), unscaled(found.arg)];
    const { convex, concave } = bend(top.id);
    const affine = convex && concave;
    if (!affine) return 0;
    // w log(−k·w) is the opposite of −w log(k·(−w)).
    if (top.id === inside.id) return top.sign * found.sign * inside.sign;
    const node = b.node(inside.id);
    if (node.op !== "div" || inside.sign < 0) return 0;
    const [numerator, denominator] = [unscaled(node.args[0]), unscaled(node.args[1])];
    const below = bend(denominator.id);
    const positive = interval(numerator.id).lower >= 0 || interval(denominator.id).lower >= 0;
    const fits = numerator.id === top.id && numerator.sign > 0 && denominator.sign > 0;
    return fits && positive && below.convex && below.concave ? top.sign * found.sign : 0;
  }

  /** The value without factors of known sign that read no variable. */
  function unscaled(id: number): { readonly id: number; readonly sign: 1 | -1 } {
    const node = b.node(id);
    const by = (factor: number, rest: number): { readonly id: number; readonly sign: 1 | -1 } | null => {
      const { lower, upper } = interval(factor);
      if (dependsOn(scope, factor) || (lower <= 0 && upper >= 0)) return null;
      const inner = unscaled(rest);
      return lower > 0 ? inner : { id: inner.id, sign: inner.sign === 1 ? -1 : 1 };
    };
    if (node.op === "mul") return by(node.args[0], node.args[1]) ?? by(node.args[1], node.args[0]) ?? { id, sign: 1 };
    if (node.op === "div") return by(node.args[1], node.args[0]) ?? { id, sign: 1 };
    if (node.op === "neg") {
      const inner = unscaled(node.args[0]);
      return { id: inner.id, sign: inner.sign === 1 ? -1 : 1 };
    }
    return { id, sign: 1 };
  }

  function quotient(u: number, v: number): Bend {
    if (!dependsOn(scope, v)) return scaled(v, u);
    const [p, q] = [bend(u), bend(v)];
    const { lower, upper } = interval(v);
    const logs = {
      logConvex: p.logConvex && q.logConcave,
      logConcave: p.logConcave && q.logConvex,
    };
    // ‖w‖²/v is jointly convex over v > 0, and falls in v; so is c/v.
    const over = p.normSquared && q.concave && lower >= 0;
    // c/v with c ≤ 0, or with v < 0: the same reflected.
    const numerator = interval(u);
    const fixed = !dependsOn(scope, u);
    const reciprocal = (lower >= 0 && q.concave) || (upper <= 0 && q.convex);
    const positive = lower >= 0 === numerator.lower >= 0;
    const signed = fixed && reciprocal && (numerator.lower >= 0 || numerator.upper <= 0);
    return { ...unknown, ...logs, convex: over || (signed && positive), concave: signed && !positive };
  }

  function extreme(op: "max" | "min", x: number, y: number): Bend {
    const [u, v] = [bend(x), bend(y)];
    const [p, q] = [interval(x), interval(y)];
    // One of them is always the larger.
    if (p.lower >= q.upper || q.lower >= p.upper) {
      const first = p.lower >= q.upper === (op === "max");
      const [chosen, other] = first ? [u, v] : [v, u];
      return other.convex || other.concave ? chosen : unknown;
    }
    return op === "max"
      ? { ...unknown, convex: u.convex && v.convex, logConvex: u.logConvex && v.logConvex }
      : { ...unknown, concave: u.concave && v.concave, logConcave: u.logConcave && v.logConcave };
  }

  function reduction(op: string, arg: number): Bend {
    const u = bend(arg);
    const { lower, upper } = interval(arg);
    const affine = u.convex && u.concave;
    switch (op) {
      case "sum":
        return sum([u]);
      case "prod":
        return { ...unknown, logConvex: u.logConvex, logConcave: u.logConcave };
      case "reduce_max":
        return { ...unknown, convex: u.convex, logConvex: u.logConvex };
      case "reduce_min":
        return { ...unknown, concave: u.concave, logConcave: u.logConcave };
      case "log_sum_exp":
        return known(u.convex, false);
      case "norm1":
        // Where no element changes sign it is a sum.
        if (lower >= 0) return sum([u]);
        if (upper <= 0) return known(u.concave, u.convex);
        return known(affine, false);
      case "norm2":
      case "norm_inf":
        return known(affine || (u.convex && lower >= 0) || (u.concave && upper <= 0), false);
      default:
        return unknown;
    }
  }

  function choice(id: number, [condition, yes, no]: readonly [number, number, number]): Bend {
    const [u, v] = [bend(yes), bend(no)];
    if (!dependsOn(scope, condition)) return every([u, v]);
    const found = continuousSwitch(scope, id);
    if (found === null) return unknown;
    return known(found === "max" && u.convex && v.convex, found === "min" && u.concave && v.concave);
  }
}

function sum(parts: readonly Bend[]): Bend {
  return { ...every(parts), logConcave: false };
}

function every(parts: readonly Bend[]): Bend {
  return {
    convex: parts.every((part) => part.convex),
    concave: parts.every((part) => part.concave),
    logConvex: parts.every((part) => part.logConvex),
    logConcave: parts.every((part) => part.logConcave),
    normSquared: parts.every((part) => part.normSquared),
  };
}
