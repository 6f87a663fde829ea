import type { ExprGraph, ExprNode } from "../../runtime/ir/expr.ts";
import type { ForecastModelIR } from "../../runtime/ir/model.ts";
import { argsOf } from "../../runtime/ir/scalar-ops.ts";
import { sizeOf } from "../../runtime/ir/shape.ts";
import type { LinearLoss } from "../../runtime/robust/sets/linear-loss.ts";

/** A loss of a score against a target that has an exact form under sets of laws: `scale · loss`. */
export interface KnownLoss {
  readonly loss: LinearLoss;
  readonly scale: number;
}

/** Coefficients of 1, f, y, f², f y and y²: f the prediction, y what is predicted. */
type Polynomial = readonly [one: number, f: number, y: number, ff: number, fy: number, yy: number];

/** What a sub-expression is, as far as the known losses need it. */
type Form =
  | { readonly kind: "polynomial"; readonly of: Polynomial }
  /** The larger of two. */
  | { readonly kind: "max"; readonly of: readonly [Polynomial, Polynomial] }
  /** `constant + scale · exp(of)` */
  | { readonly kind: "exp"; readonly scale: number; readonly of: Polynomial; readonly constant: number }
  /** `scale · log(1 + exp(of))` */
  | { readonly kind: "softplus"; readonly scale: number; readonly of: Polynomial };

const ZERO: Polynomial = [0, 0, 0, 0, 0, 0];

/**
 * Which of the known losses a model's loss is, however it is written: `square(f(x) - y)`, `abs(f(x) - y)`,
 * `max(0, 1 - y * f(x))`, `log(1 + exp(-y * f(x)))`, or a multiple. `null` for any other, for a predictor of several
 * values, and where the predictor is not linear in its inputs.
 */
export function knownLoss({ predictor, loss }: ForecastModelIR): KnownLoss | null {
  if (predictor.network.name !== "linear") return null;
  const form = formOf(loss.graph, predictor.name, predictor.to);
  if (form === null) return null;
  switch (form.kind) {
    case "polynomial": {
      const [one, f, y, ff, fy, yy] = form.of;
      const plain = one === 0 && f === 0 && y === 0;
      return plain && ff > 0 && near(ff, yy) && near(fy, -2 * ff) ? { loss: "square", scale: ff } : null;
    }
    case "max": {
      const [a, b] = form.of;
      if (isResidual(a) && b.every((value, k) => near(value, -a[k]!))) {
        return { loss: "absolute", scale: Math.abs(a[1]) };
      }
      const margin = a.every((value) => value === 0) ? b : b.every((value) => value === 0) ? a : null;
      if (margin === null) return null;
      const [one, f, y, ff, fy, yy] = margin;
      const plain = f === 0 && y === 0 && ff === 0 && yy === 0;
      return plain && one > 0 && near(fy, -one) ? { loss: "hinge", scale: one } : null;
    }
    case "softplus": {
      const [one, f, y, ff, fy, yy] = form.of;
      const plain = one === 0 && f === 0 && y === 0 && ff === 0 && yy === 0;
      return plain && near(fy, -1) && form.scale > 0 ? { loss: "logistic", scale: form.scale } : null;
    }
    case "exp":
      return null;
  }
}

/** `c (f − y)`, c ≠ 0 */
function isResidual([one, f, y, ff, fy, yy]: Polynomial): boolean {
  return f !== 0 && near(y, -f) && one === 0 && ff === 0 && fy === 0 && yy === 0;
}

/** Equal but for the rounding of written arithmetic. */
function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
}

function formOf(graph: ExprGraph, prediction: string, target: string): Form | null {
  const forms: (Form | null)[] = [];
  for (const node of graph.nodes) forms.push(sizeOf(node.shape) === 1 ? build(node) : null);
  return forms[graph.output]!;

  function build(node: ExprNode): Form | null {
    if (node.op === "const") return polynomial([node.value[0]!, 0, 0, 0, 0, 0]);
    if (node.op === "input") {
      if (node.name === prediction) return polynomial([0, 1, 0, 0, 0, 0]);
      return node.name === target ? polynomial([0, 0, 1, 0, 0, 0]) : null;
    }
    const args = argsOf(node).map((id) => forms[id]!);
    if (node.op === "log_sum_exp" || node.op === "concat") return null;
    const [u, v] = args;
    if (u == null || (args.length > 1 && v == null)) return null;
    switch (node.op) {
      case "neg":
        return scaled(u, -1);
      case "add":
        return sum(u, v!);
      case "sub": {
        const negative = scaled(v!, -1);
        return negative === null ? null : sum(u, negative);
      }
      case "mul":
        return product(u, v!);
      case "div": {
        const by = constantOf(v!);
        return by === null || by === 0 ? null : scaled(u, 1 / by);
      }
      case "square":
        return product(u, u);
      case "pow":
        return constantOf(v!) === 2 ? product(u, u) : constantOf(v!) === 1 ? u : null;
      case "abs":
        return u.kind === "polynomial" ? { kind: "max", of: [u.of, times(u.of, -1)] } : null;
      case "pos":
        return u.kind === "polynomial" ? { kind: "max", of: [u.of, ZERO] } : null;
      case "max":
        return u.kind === "polynomial" && v!.kind === "polynomial" ? { kind: "max", of: [u.of, v!.of] } : null;
      case "exp":
        return u.kind === "polynomial" ? { kind: "exp", scale: 1, of: u.of, constant: 0 } : null;
      case "log1p":
        return u.kind === "exp" && u.scale === 1 && u.constant === 0 ? softplusOf(u.of) : null;
      case "log":
        return u.kind === "exp" && u.scale === 1 && u.constant === 1 ? softplusOf(u.of) : null;
      case "softplus":
        return u.kind === "polynomial" ? softplusOf(u.of) : null;
      // One element stays what it is.
      case "sum":
      case "prod":
      case "reduce_max":
      case "reduce_min":
      case "broadcast":
      case "gather":
        return u;
      default:
        return null;
    }
  }
}

const polynomial = (of: Polynomial): Form => ({ kind: "polynomial", of });
const softplusOf = (of: Polynomial): Form => ({ kind: "softplus", scale: 1, of });

function times([one, f, y, ff, fy, yy]: Polynomial, by: number): Polynomial {
  return [by * one, by * f, by * y, by * ff, by * fy, by * yy];
}

function constantOf(form: Form): number | null {
  return form.kind === "polynomial" && form.of.slice(1).every((value) => value === 0) ? form.of[0] : null;
}

/** A maximum stays one under positive factors alone. */
function scaled(form: Form, by: number): Form | null {
  switch (form.kind) {
    case "polynomial":
      return polynomial(times(form.of, by));
    case "max":
      return by > 0 ? { kind: "max", of: [times(form.of[0], by), times(form.of[1], by)] } : null;
    case "exp":
      return { ...form, scale: form.scale * by, constant: form.constant * by };
    case "softplus":
      return { ...form, scale: form.scale * by };
  }
}

function sum(a: Form, b: Form): Form | null {
  if (a.kind === "polynomial" && b.kind === "polynomial") {
    const [one, f, y, ff, fy, yy] = a.of;
    return polynomial([one + b.of[0], f + b.of[1], y + b.of[2], ff + b.of[3], fy + b.of[4], yy + b.of[5]]);
  }
  const [form, constant] = a.kind === "polynomial" ? [b, constantOf(a)] : [a, constantOf(b)];
  if (constant === null) return null;
  if (form.kind === "exp") return { ...form, constant: form.constant + constant };
  return constant === 0 ? form : null;
}

function product(a: Form, b: Form): Form | null {
  const [x, y] = [constantOf(a), constantOf(b)];
  if (x !== null) return scaled(b, x);
  if (y !== null) return scaled(a, y);
  if (a.kind !== "polynomial" || b.kind !== "polynomial") return null;
  const [p, q] = [a.of, b.of];
  // Products of degree above two are none of the known losses.
  if ([...p.slice(3), ...q.slice(3)].some((value) => value !== 0)) return null;
  return polynomial([
    p[0] * q[0],
    p[0] * q[1] + p[1] * q[0],
    p[0] * q[2] + p[2] * q[0],
    p[1] * q[1],
    p[1] * q[2] + p[2] * q[1],
    p[2] * q[2],
  ]);
}
