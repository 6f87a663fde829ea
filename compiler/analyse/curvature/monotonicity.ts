import type { ExprNode } from "../../../runtime/ir/expr.ts";
import { argsOf, isReduce } from "../../../runtime/ir/scalar-ops.ts";
import type { Interval } from "../interval.ts";
import { dependsOn, forward, type Scope } from "./forward.ts";
import type { ExactAffine } from "./exact-affine.ts";
import { appliedFunction } from "./shapes.ts";
import { continuousSwitch } from "./switches.ts";
import type { Direction, InputMonotonicity } from "./facts.ts";

/** How a value may move when a component of the variables rises, for each component: bits RISES and FALLS. */
export type Moves = Uint8Array;
const RISES = 1;
const FALLS = 2;
const directions: readonly Direction[] = ["constant", "non-decreasing", "non-increasing", "unknown"];

/**
 * Monotonicity of all elements of a value in each component of the variables, by composition with signs; exact for
 * affine values with known coefficients. Components that an element does not read do not move it.
 */
export function movesOf(scope: Scope, exact: (id: number) => ExactAffine | null): (id: number) => Moves {
  const { b, interval, variables } = scope;
  const still = new Uint8Array(variables.size);
  const moves = forward((id) => {
    if (!dependsOn(scope, id)) return still;
    const found = compute(id, b.node(id));
    return found.includes(RISES | FALLS) ? (exact(id)?.moves ?? found) : found;
  });
  return moves;

  function compute(id: number, node: ExprNode): Moves {
    const applied = appliedFunction(scope, id);
    if (applied !== null) {
      const shape = applied.shape;
      const u = moves(applied.arg);
      if (node.op === "sign") return u;
      // 1 at 0 alone: falling from there.
      if (node.op === "not") return interval(applied.arg).lower >= 0 ? flip(u) : either(u);
      if (shape?.rising && shape.falling) return still;
      return shape?.rising ? u : shape?.falling ? flip(u) : either(u);
    }
    if (isReduce(node)) return reduction(node.op, node.args[0]);
    switch (node.op) {
      case "input": {
        const part = variables.parts.find((p) => p.name === node.name)!;
        return still.map((_, i) => (i >= part.offset && i < part.offset + part.size ? RISES : 0));
      }
      case "add":
      case "max":
      case "min":
      case "broadcast":
      case "gather":
      case "concat":
      case "transpose":
        return join(argsOf(node).map(moves));
      case "sub":
      case "ge":
      case "gt":
        return join([moves(node.args[0]), flip(moves(node.args[1]))]);
      case "le":
      case "lt":
        return join([flip(moves(node.args[0])), moves(node.args[1])]);
      case "mul":
      case "matmul": {
        const [u, v] = node.args;
        return join([signed(moves(u), interval(v)), signed(moves(v), interval(u))]);
      }
      case "div": {
        const [u, v] = node.args;
        const bottom = interval(v);
        const oneSide = bottom.lower >= 0 || bottom.upper <= 0;
        const below = oneSide ? flip(signed(moves(v), interval(u))) : either(moves(v));
        return join([signed(moves(u), bottom), below]);
      }
      case "and":
      case "or":
        return node.args.every((arg) => interval(arg).lower >= 0)
          ? join(node.args.map(moves))
          : either(join(node.args.map(moves)));
      case "where": {
        const [condition, yes, no] = node.args;
        const branches = join([moves(yes), moves(no)]);
        if (!dependsOn(scope, condition) || continuousSwitch(scope, id) !== null) return branches;
        return either(join([branches, moves(condition)]));
      }
      case "pow": {
        // `base^v` with a positive base that varies from element to element.
        const [base, exponent] = node.args;
        const { lower, upper } = interval(base);
        const v = moves(exponent);
        if (dependsOn(scope, base) || lower <= 0) return either(join(node.args.map(moves)));
        return lower >= 1 ? v : upper <= 1 ? flip(v) : either(v);
      }
      default:
        return either(join(argsOf(node).map(moves)));
    }
  }

  function reduction(op: string, arg: number): Moves {
    const u = moves(arg);
    switch (op) {
      case "sum":
      case "reduce_max":
      case "reduce_min":
      case "log_sum_exp":
        return u;
      case "norm1":
      case "norm2":
      case "norm_inf":
        return signed(u, interval(arg));
      case "prod":
        return interval(arg).lower >= 0 ? u : either(u);
      default:
        return either(u);
    }
  }
}

/** By input, in words. */
export function describeMoves({ variables }: Scope, moves: Moves): readonly InputMonotonicity[] {
  return variables.parts.map(({ name, offset, size }) => {
    const own = [...moves.subarray(offset, offset + size)];
    const all = own.reduce((a, v) => a | v, 0);
    return { name, direction: directions[all]!, components: own.map((v) => directions[v]!) };
  });
}

/** Of a value times something that lies in an interval. */
function signed(moves: Moves, { lower, upper }: Interval): Moves {
  if (lower >= 0) return moves;
  return upper <= 0 ? flip(moves) : either(moves);
}

function flip(moves: Moves): Moves {
  return moves.map((v) => (v === RISES ? FALLS : v === FALLS ? RISES : v));
}

function either(moves: Moves): Moves {
  return moves.map((v) => (v === 0 ? 0 : RISES | FALLS));
}

function join(all: readonly Moves[]): Moves {
  const [first, ...others] = all;
  const joined = Uint8Array.from(first!);
  for (const moves of others) for (let i = 0; i < joined.length; i++) joined[i] = joined[i]! | moves[i]!;
  return joined;
}
