import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { ExprGraph, Origin } from "../../runtime/ir/expr.ts";
import { shapeOf } from "../check/axes.ts";
import { argsOfTerm, type Term } from "../check/term.ts";
import type { Location } from "../source/source-text.ts";

/**
 * A checked term as a graph: axes become sizes, shared terms stay shared. Parameters stay labelled constants, so that
 * emitted code can name them; what depends on written numbers alone is one constant.
 */
export function lowerTerm(term: Term, originOf: (at: Location) => Origin): ExprGraph {
  const builder = new GraphBuilder();
  const ids = new Map<Term, number>();
  const pending = [term];
  while (pending.length > 0) {
    const next = pending.at(-1)!;
    const missing = isWritten(next) ? [] : argsOfTerm(next).filter((arg) => !ids.has(arg));
    if (missing.length > 0) {
      pending.push(...missing.reverse());
      continue;
    }
    pending.pop();
    if (!ids.has(next)) ids.set(next, lowerNode(builder, next, ids, originOf(next.at)));
  }
  return builder.finish(ids.get(term)!);
}

/** Known without any parameter. */
function isWritten(term: Term): boolean {
  return term.constant !== null && !term.usesParams;
}

function lowerNode(builder: GraphBuilder, term: Term, ids: ReadonlyMap<Term, number>, at: Origin): number {
  const shape = shapeOf(term.type.axes);
  if (isWritten(term)) return builder.const(term.constant!, shape, at);
  const id = (arg: Term): number => ids.get(arg)!;
  switch (term.op) {
    case "const":
      return builder.const(term.constant!, shape, at, term.param ?? undefined);
    case "input":
      return builder.input(term.name, shape, at);
    case "sum":
    case "prod":
    case "reduce_max":
    case "reduce_min":
    case "log_sum_exp":
    case "norm1":
    case "norm2":
    case "norm_inf":
      return builder.reduce(term.op, id(term.args[0]), term.over, at);
    case "softmax":
      return builder.softmax(id(term.args[0]), at);
    case "broadcast":
      return builder.broadcast(id(term.args[0]), shape, term.places, at);
    case "where":
      return builder.where(id(term.args[0]), id(term.args[1]), id(term.args[2]), at);
    case "gather":
      return builder.gather(id(term.args[0]), term.indices, shape, at);
    case "concat":
      return builder.concat(term.args.map(id), shape, at);
    case "neg":
    case "abs":
    case "exp":
    case "log":
    case "log1p":
    case "expm1":
    case "sqrt":
    case "square":
    case "pos":
    case "softplus":
    case "sigmoid":
    case "tanh":
    case "sin":
    case "cos":
    case "sign":
    case "not":
      return builder.unary(term.op, id(term.args[0]), at);
    case "add":
    case "sub":
    case "mul":
    case "div":
    case "pow":
    case "max":
    case "min":
    case "lt":
    case "le":
    case "gt":
    case "ge":
    case "eq":
    case "ne":
    case "and":
    case "or":
      return builder.binary(term.op, id(term.args[0]), id(term.args[1]), at);
  }
}
