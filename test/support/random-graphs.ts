import * as fc from "fast-check";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import type { BinaryOp, ExprGraph, ReduceOp, UnaryOp } from "../../runtime/ir/expr.ts";
import { isReduce } from "../../runtime/ir/scalar-ops.ts";
import { evaluateNodes } from "../../runtime/ir/evaluate.ts";
import { range, sizeOf } from "../../runtime/ir/shape.ts";

const smooth: readonly UnaryOp[] = ["neg", "square", "softplus", "sigmoid", "tanh", "sin", "cos"];
const bounded: readonly UnaryOp[] = ["exp", "expm1"];
const positive: readonly UnaryOp[] = ["log", "log1p", "sqrt"];
const kinked: readonly UnaryOp[] = ["abs", "pos", "sign", "not"];
const binary: readonly BinaryOp[] = ["add", "sub", "mul", "max", "min"];
const comparing: readonly BinaryOp[] = ["lt", "le", "gt", "ge", "eq", "ne", "and", "or"];
const reducing: readonly ReduceOp[] = [
  "sum",
  "prod",
  "reduce_max",
  "reduce_min",
  "log_sum_exp",
  "norm1",
  "norm2",
  "norm_inf",
];

/** One instruction: which operation, on which of the values so far, and how to vary it. */
interface Step {
  readonly op: number;
  readonly first: number;
  readonly second: number;
  readonly variant: number;
}

export interface RandomCase {
  readonly graph: ExprGraph;
  readonly inputs: Readonly<Record<"x" | "y", readonly number[]>>;
  readonly shape: readonly number[];
}

const shapes: readonly (readonly number[])[] = [[], [1], [4], [2, 2], [1, 3], [3, 1], [2, 3]];

/**
 * A random scalar graph over inputs `x` and `y` of one random shape, using every operation of `expr.ts`; arguments of
 * logarithms, roots, powers and quotients are kept inside their domains.
 */
export const randomCase: fc.Arbitrary<RandomCase> = fc
  .record({
    shape: fc.constantFrom(...shapes),
    steps: fc.array(fc.record({ op: fc.nat(25), first: fc.nat(1000), second: fc.nat(1000), variant: fc.nat(1000) }), {
      minLength: 1,
      maxLength: 14,
    }),
    values: fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 12, maxLength: 12 }),
  })
  .map(({ shape, steps, values }) => {
    const n = sizeOf(shape);
    return {
      graph: build(shape, steps),
      shape,
      inputs: { x: values.slice(0, n), y: values.slice(6, 6 + n) },
    };
  });

function build(shape: readonly number[], steps: readonly Step[]): ExprGraph {
  const b = new GraphBuilder();
  const constants = b.const(
    range(sizeOf(shape)).map((i) => 0.7 - 0.3 * i),
    shape,
  );
  const pool = [b.input("x", shape), b.input("y", shape), constants];
  for (const step of steps) pool.push(apply(b, pool, step));
  // Every value reaches the output, the latest with the largest weight.
  const total = pool.map((id, i) => b.binary("mul", b.const(1 + i / 4), b.sum(id)));
  return b.finish(total.reduce((a, c) => b.binary("add", a, c)));
}

function apply(b: GraphBuilder, pool: readonly number[], step: Step): number {
  const u = pool[pool.length - 1 - (step.first % Math.min(pool.length, 4))]!;
  const pick = pool[step.second % pool.length]!;
  const shape = b.shape(u);
  const v = conform(b, pick, shape);
  const choose = <T>(list: readonly T[]): T => list[step.variant % list.length]!;
  const safe = (id: number): number => b.binary("add", b.const(0.5), b.unary("softplus", id));
  const limited = (id: number): number => b.unary("tanh", id);
  const axes = range(shape.length).filter((axis) => (step.variant >> axis) % 2 === 0);
  switch (step.op) {
    case 0:
    case 1:
    case 2:
      return b.unary(choose(smooth), u);
    case 3:
      return b.unary(choose(bounded), limited(u));
    case 4:
      return b.unary(choose(positive), safe(u));
    case 5:
      return b.unary(choose(kinked), u);
    case 6:
    case 7:
    case 8:
    case 9:
      return b.binary(choose(binary), u, v);
    case 10:
      return b.binary("div", u, safe(v));
    case 11:
      return b.binary("pow", safe(limited(u)), limited(v));
    case 12:
      return b.binary("pow", u, b.const(choose([2, 3, 4])));
    case 13:
      return b.binary(choose(comparing), u, v);
    case 14:
      return b.where(b.binary(choose(comparing), u, v), v, u);
    case 15:
    case 16:
    case 17:
      return b.reduce(choose(reducing), u, axes);
    case 18:
      return b.reduce(choose(reducing), u);
    case 19:
      return b.gather(
        u,
        range(5).map((i) => (step.variant * (i + 1) + step.second) % sizeOf(shape)),
      );
    case 20:
      return b.concat([u, pick]);
    case 21:
      return b.softmax(u);
    case 22: {
      const matrix = b.reshape(u, [1, sizeOf(shape)]);
      return b.matmul(b.transpose(matrix), b.reshape(v, [1, sizeOf(shape)]));
    }
    case 23: {
      const row = b.reshape(u, [1, sizeOf(shape)]);
      return b.matmul(row, b.transpose(b.reshape(v, [1, sizeOf(shape)])));
    }
    case 24:
      return b.broadcast(b.reshape(u, [sizeOf(shape)]), [2, sizeOf(shape), 2], [1]);
    default:
      return b.reduce("sum", b.broadcast(b.reshape(u, [sizeOf(shape)]), [sizeOf(shape), 3], [0]), [0]);
  }
}

/** `id` with the elements repeated or cut to `shape`. */
function conform(b: GraphBuilder, id: number, shape: readonly number[]): number {
  const n = sizeOf(b.shape(id));
  return b.gather(
    id,
    range(sizeOf(shape)).map((i) => i % n),
    shape,
  );
}

/**
 * Which side of every kink and jump the graph is on, and whether it stays bounded; equal signatures at neighbouring
 * points mean that the graph is smooth between them. `null` where a value is too large to difference well or a
 * Euclidean norm is near its kink.
 */
export function branchSignature(graph: ExprGraph, inputs: Readonly<Record<string, readonly number[]>>): string | null {
  const values = evaluateNodes(graph, inputs);
  const signs: string[] = [];
  for (const [id, node] of graph.nodes.entries()) {
    if (values[id]!.some((v) => !Number.isFinite(v) || Math.abs(v) > 200)) return null;
    if (node.op === "abs" || node.op === "pos" || node.op === "sign" || node.op === "not") {
      signs.push(sign(values[node.args[0]]!));
    } else if (node.op === "where" || node.op === "and" || node.op === "or") {
      signs.push(
        ...node.args
          .map((arg) => Array.from(values[arg]!, (v) => v !== 0).join())
          .slice(0, node.op === "where" ? 1 : 2),
      );
    } else if (["max", "min", "lt", "le", "gt", "ge", "eq", "ne"].includes(node.op) && "args" in node) {
      const [a, c] = [values[node.args[0]!]!, values[node.args[1]!]!];
      signs.push(sign(Array.from(a, (v, i) => v - c[i]!)));
    } else if (isReduce(node)) {
      const argument = values[node.args[0]]!;
      if (node.op === "norm2" && values[id]!.some((v) => v < 0.2)) return null;
      if (node.op === "norm1" || node.op === "norm_inf") signs.push(sign(argument));
      if (node.op === "reduce_max" || node.op === "reduce_min" || node.op === "norm_inf") {
        const ranked = range(argument.length).sort(
          (p, q) => key(node.op, argument[p]!) - key(node.op, argument[q]!) || p - q,
        );
        signs.push(ranked.join());
      }
    }
  }
  return signs.join(";");
}

const sign = (v: ArrayLike<number>): string => Array.from(v, Math.sign).join();

const key = (op: ReduceOp, v: number): number => (op === "norm_inf" ? Math.abs(v) : v);
