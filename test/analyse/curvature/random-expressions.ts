import * as fc from "fast-check";
import type { Interval } from "../../../compiler/analyse/interval.ts";
import { GraphBuilder } from "../../../runtime/ir/builder.ts";
import type { BinaryOp, ExprGraph, ReduceOp, UnaryOp } from "../../../runtime/ir/expr.ts";
import { range, sizeOf } from "../../../runtime/ir/shape.ts";

/** Inputs of random expressions: `x` anywhere, `y` positive, `g` ≥ 0, `f` ≤ 0 vary; `t` and `k` ≥ 0 do not. */
export const variables: readonly string[] = ["x", "y", "g", "f"];
export const ranges: ReadonlyMap<string, Interval> = new Map([
  ["x", { lower: -2, upper: 2 }],
  ["y", { lower: 0.25, upper: 2 }],
  ["g", { lower: 0, upper: 3 }],
  ["f", { lower: -2, upper: 0 }],
  ["t", { lower: -1, upper: 1 }],
  ["k", { lower: 0, upper: 2 }],
]);
/** The same without upper ends: what is proved of it may not lean on them. */
export const halfOpen: ReadonlyMap<string, Interval> = new Map([
  ["y", { lower: 0, upper: Infinity }],
  ["g", { lower: 0, upper: Infinity }],
  ["f", { lower: -Infinity, upper: 0 }],
  ["k", { lower: 0, upper: Infinity }],
]);

interface Step {
  readonly op: number;
  readonly first: number;
  readonly second: number;
  readonly variant: number;
}

export interface RandomExpression {
  readonly graph: ExprGraph;
  readonly seed: number;
}

const shapes: readonly (readonly number[])[] = [[], [], [2], [3], [2, 2]];
const unary: readonly UnaryOp[] = [
  "neg",
  "abs",
  "pos",
  "exp",
  "log",
  "sqrt",
  "square",
  "square",
  "softplus",
  "log1p",
  "expm1",
  "sigmoid",
  "tanh",
  "sin",
  "cos",
  "sign",
];
const binary: readonly BinaryOp[] = ["add", "add", "sub", "max", "min"];
const reduce: readonly ReduceOp[] = [
  "sum",
  "sum",
  "reduce_max",
  "reduce_min",
  "log_sum_exp",
  "norm1",
  "norm2",
  "norm_inf",
  "prod",
];
const comparing: readonly BinaryOp[] = ["lt", "le", "gt", "ge", "eq", "and", "or"];
const exponents: readonly number[] = [2, 3, 4, 1.5, 0.5, 0.3, -0.5, -1, -2, -3, 2.5];
const factors: readonly number[] = [2, 0.5, -1.5, 3, -0.25];

/** A random scalar or array expression of at most a dozen operations; domains are entered as often as not. */
export const randomExpression: fc.Arbitrary<RandomExpression> = fc
  .record({
    shape: fc.constantFrom(...shapes),
    steps: fc.array(fc.record({ op: fc.nat(32), first: fc.nat(1000), second: fc.nat(1000), variant: fc.nat(1000) }), {
      minLength: 1,
      maxLength: 9,
    }),
    seed: fc.nat(1_000_000),
  })
  .map(({ shape, steps, seed }) => ({ graph: build(shape, steps), seed }));

function build(shape: readonly number[], steps: readonly Step[]): ExprGraph {
  const b = new GraphBuilder();
  const pool = ["x", "y", "g", "f", "t", "k"].map((name) => b.input(name, shape));
  pool.push(
    b.const(
      range(sizeOf(shape)).map((i) => 0.7 - 0.4 * i),
      shape,
    ),
    b.const(1.5, shape),
  );
  const given = pool.length;
  for (const step of steps) pool.push(apply(b, pool, given, step));
  const last = pool.at(-1)!;
  return b.finish(b.shape(last).length === 0 || steps.length % 3 === 0 ? last : b.sum(last));
}

function apply(b: GraphBuilder, pool: readonly number[], given: number, step: Step): number {
  // Mostly the latest values, so that expressions grow deep.
  const fresh = pool.length > given && step.first % 3 > 0;
  const u = fresh
    ? pool[pool.length - 1 - (step.first % Math.min(pool.length - given, 3))]!
    : pool[step.first % given]!;
  const shape = b.shape(u);
  const v = conform(b, pool[step.second % pool.length]!, shape);
  const choose = <T>(list: readonly T[]): T => list[step.variant % list.length]!;
  const axes = range(shape.length).filter((axis) => (step.variant >> axis) % 2 === 0);
  const n = sizeOf(shape);
  switch (step.op) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      return b.unary(choose(unary), u);
    case 6:
    case 7:
    case 8:
    case 9:
      return b.binary(choose(binary), u, v);
    case 10:
    case 11:
      return b.binary("mul", b.const(choose(factors)), u);
    case 12:
      return b.binary("mul", u, v);
    case 13:
      return b.binary("div", u, v);
    case 14:
      return b.binary("div", b.const(choose([1, -2])), u);
    case 15:
      return b.binary("pow", u, b.const(choose(exponents)));
    case 16:
      return b.binary("pow", b.const(choose([0.5, 2, 1])), u);
    case 17:
    case 18:
    case 19:
      return b.reduce(choose(reduce), u, axes.length > 0 ? axes : undefined);
    case 20:
      return b.binary(choose(comparing), u, v);
    case 21: {
      // A switch that meets where it switches, or not.
      const difference = b.binary("sub", u, v);
      const more = b.binary("mul", b.const(choose(factors)), difference);
      return b.where(b.binary(choose(["ge", "lt"]), u, v), b.binary("add", v, more), step.variant % 5 === 0 ? u : v);
    }
    case 22:
      return b.where(b.binary("gt", conform(b, pool[4]!, shape), b.const(0)), u, v);
    case 23:
      return b.binary("mul", u, b.unary("log", step.variant % 2 === 0 ? u : b.binary("div", u, v)));
    case 24:
      return b.binary("div", b.sum(b.unary("square", u)), b.sum(v));
    case 25:
      return b.unary("sqrt", b.sum(b.unary("square", b.binary("add", u, v))));
    case 26: {
      const row = b.reshape(u, [1, n]);
      return b.matmul(row, b.transpose(b.reshape(v, [1, n])));
    }
    case 27:
      return b.softmax(u);
    case 28:
      return b.concat([u, b.gather(v, [step.variant % n, 0])]);
    case 29: {
      // A switch on one number, whose branches meet for some of the numbers.
      const limit = choose([0.5, 1, -0.5, 0]);
      const side = b.const(limit, shape);
      const [tested, tail] =
        step.variant % 3 === 0
          ? [u, b.binary("sub", u, side)]
          : [b.unary("abs", u), b.binary("sub", b.unary("abs", u), side)];
      const square = b.binary("mul", b.const(0.5), b.unary("square", u));
      const slope = b.const(choose([limit, 2 * limit, -1, 3]));
      const line = b.binary("add", b.const(limit ** 2 / 2, shape), b.binary("mul", slope, tail));
      return b.where(b.binary(choose(["le", "lt", "gt"]), tested, side), square, line);
    }
    case 30: {
      const grown = b.unary("exp", u);
      const more = b.binary("mul", b.const(choose([0.5, 2, 3])), b.unary("exp", v));
      return b.unary("log", step.variant % 2 === 0 ? b.sum(grown) : b.binary("add", grown, more));
    }
    case 31: {
      const own = b.unary("square", u);
      const weighted =
        step.variant % 2 === 0 ? own : b.binary("add", own, b.binary("mul", b.const(3), b.unary("square", v)));
      const squares = step.variant % 5 === 0 ? weighted : b.sum(weighted);
      return b.unary("sqrt", b.binary("add", squares, b.const(choose([0, 0.5, 4]), b.shape(squares))));
    }
    default: {
      // A quadratic form with a random symmetric matrix.
      const [p, q] = [b.broadcast(b.reshape(u, [n]), [n, n], [0]), b.broadcast(b.reshape(v, [n]), [n, n], [1])];
      const matrix = range(n * n).map((i) => ((step.variant * (i + 3)) % 7) - (i % (n + 1) === 0 ? 0 : 3));
      const form = b.sum(b.binary("mul", b.const(matrix, [n, n]), b.binary("mul", p, q)));
      return step.variant % 2 === 0 ? form : b.binary("add", form, b.sum(b.unary("square", b.concat([u, v]))));
    }
  }
}

/** `id` with its elements repeated or cut to `shape`. */
function conform(b: GraphBuilder, id: number, shape: readonly number[]): number {
  const n = sizeOf(b.shape(id));
  return b.gather(
    id,
    range(sizeOf(shape)).map((i) => i % n),
    shape,
  );
}
