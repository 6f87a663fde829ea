import { numberOf } from "../analyse/element.ts";
import type { Sense } from "./reduce.ts";
import type { Workspace } from "./workspace.ts";

/**
 * A value that equals `id` over the variables' bounds, or has the same bound of that sense, and is easier to write rows
 * for; `null` where none is known.
 */
export function simplerOf(ws: Workspace, id: number, sense: Sense): number | null {
  const { builder: b, facts } = ws;
  const node = b.node(id);
  switch (node.op) {
    case "abs": {
      const sign = facts.sign(node.args[0]);
      return sign === null ? null : sign === 1 ? node.args[0] : b.unary("neg", node.args[0], node.at);
    }
    case "pos": {
      const sign = facts.sign(node.args[0]);
      return sign === 1 ? node.args[0] : sign === -1 ? b.const(0, node.shape) : null;
    }
    case "max":
    case "min": {
      const [u, v] = node.args;
      if (u === v) return u;
      const [p, q] = [facts.interval(u), facts.interval(v)];
      if (p.lower >= q.upper) return node.op === "max" ? u : v;
      return q.lower >= p.upper ? (node.op === "max" ? v : u) : null;
    }
    case "where": {
      if (facts.degree(node.args[0]) === 0) return null;
      const [, yes, no] = node.args;
      const op = facts.switchOf(id);
      return op === null ? (sense === 1 ? infimalConvolution(ws, id) : null) : b.binary(op, yes, no, node.at);
    }
    case "log": {
      const exponents = exponentsOf(ws, node.args[0]);
      if (exponents === null) return null;
      return exponents.length === 1
        ? exponents[0]!
        : b.reduce("log_sum_exp", b.concat(exponents, [exponents.length]), undefined, node.at);
    }
    case "log1p": {
      const inner = b.node(node.args[0]);
      return inner.op === "exp" ? b.unary("softplus", inner.args[0], node.at) : null;
    }
    default:
      return null;
  }
}

/** Scalars u of `Σ exp(u)`, factors moved into the exponents; `null` where a value is no such sum. */
function exponentsOf(ws: Workspace, id: number): readonly number[] | null {
  const { builder: b, facts } = ws;
  const node = b.node(id);
  if (node.shape.length > 0) return null;
  if (facts.degree(id) === 0) return facts.interval(id).lower > 0 ? [b.unary("log", id)] : null;
  switch (node.op) {
    case "exp":
      return [node.args[0]];
    case "sum": {
      const inner = b.node(node.args[0]);
      if (inner.op !== "exp") return null;
      const { shape } = inner;
      const size = shape.reduce((n, extent) => n * extent, 1);
      return Array.from({ length: size }, (_, i) => b.gather(inner.args[0], [i], []));
    }
    case "add": {
      const parts = node.args.map((arg) => exponentsOf(ws, arg));
      return parts.every((part) => part !== null) ? parts.flat() : null;
    }
    case "mul": {
      const [u, v] = node.args;
      const [factor, value] = facts.degree(u) === 0 ? [u, v] : [v, u];
      if (facts.degree(factor) > 0 || facts.interval(factor).lower <= 0) return null;
      const log = b.unary("log", factor);
      return exponentsOf(ws, value)?.map((exponent) => b.binary("add", exponent, log)) ?? null;
    }
    default:
      return null;
  }
}

/**
 * Huber's loss, quadratic `c u²` within δ of zero and linear with the same slope beyond, is
 * `min_v c v² + 2cδ |u − v|` (an infimal convolution: Rockafellar 1970, §16).
 */
function infimalConvolution(ws: Workspace, id: number): number | null {
  const { builder: b, facts } = ws;
  const found = huberOf(ws, id);
  if (found === null) return null;
  const { u, factor, delta } = found;
  const { shape, at } = b.node(id);
  const text = "the part of a Huber loss's argument that is squared";
  const v = ws.auxiliary({ base: "v", shape, repeat: facts.repeat(u), role: "cone", text, at });
  const squared = b.binary("mul", b.const(factor, shape), b.unary("square", v));
  const rest = b.unary("abs", b.binary("sub", u, v));
  return b.binary("add", squared, b.binary("mul", b.const(2 * factor * delta, shape), rest), at);
}

/** `if |u| ≤ δ then c u² else 2cδ |u| − cδ²`, u affine, δ and c known positive numbers. */
function huberOf(
  ws: Workspace,
  id: number,
): { readonly u: number; readonly factor: number; readonly delta: number } | null {
  const { builder: b, facts } = ws;
  const node = b.node(id);
  if (node.op !== "where") return null;
  const condition = b.node(node.args[0]);
  if (condition.op !== "le" && condition.op !== "lt" && condition.op !== "ge" && condition.op !== "gt") return null;
  const below = condition.op === "le" || condition.op === "lt";
  const [magnitude, limit] = condition.args;
  const size = b.node(magnitude);
  const delta = numberOf(b, limit);
  if (size.op !== "abs" || delta === null || !(delta > 0)) return null;
  const u = size.args[0];
  if (facts.degree(u) > 1) return null;
  const [inner, outer] = below ? [node.args[1], node.args[2]] : [node.args[2], node.args[1]];
  const factor = squareFactor(inner);
  if (factor === null || factor <= 0 || !facts.bends(id, 1)) return null;
  // Convex and continuous, with branches that touch and a line outside: its slope is that of the square's end.
  return facts.smooth(id) && linearIn(outer) ? { u, factor, delta } : null;

  function squareFactor(of: number): number | null {
    const part = b.node(of);
    if (part.op === "square" && part.args[0] === u) return 1;
    if (part.op !== "mul") return null;
    for (const [c, rest] of [part.args, part.args.toReversed()] as const) {
      const number = numberOf(b, c!);
      const inner = number === null ? null : squareFactor(rest!);
      if (number !== null && inner !== null) return number * inner;
    }
    return null;
  }

  /** Affine in `|u|`. */
  function linearIn(of: number): boolean {
    if (of === magnitude || numberOf(b, of) !== null) return true;
    const part = b.node(of);
    switch (part.op) {
      case "add":
      case "sub":
        return part.args.every(linearIn);
      case "mul":
        return part.args.some((arg) => numberOf(b, arg) !== null) && part.args.every(linearIn);
      case "broadcast":
        return linearIn(part.args[0]);
      default:
        return false;
    }
  }
}
