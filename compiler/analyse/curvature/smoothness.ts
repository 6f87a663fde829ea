import type { Differentiability } from "./facts.ts";
import { argsOf } from "../../../runtime/ir/scalar-ops.ts";
import { numberOf } from "../element.ts";
import { dependsOn, forward, type Scope } from "./forward.ts";
import { appliedFunction } from "./shapes.ts";
import { continuousSwitch } from "./switches.ts";

/** A power of a kinked value that has no kink: `pos(u)^p`, `norm2(u)^p` with p > 1, in terms of u. */
export interface SmoothedKink {
  readonly arg: number;
  /** A norm takes all elements together. */
  readonly joins: boolean;
  readonly slope: number;
  /** Bound of φ″, or of the curvature in every direction for a norm. */
  readonly bend: number;
}

/** The kink of `pos` and of the Euclidean norm is at 0, where a power above 1 is flat. */
export function smoothedKink({ b, interval }: Scope, id: number): SmoothedKink | null {
  const node = b.node(id);
  const p = node.op === "square" ? 2 : node.op === "pow" ? numberOf(b, node.args[1]) : null;
  if (p === null || p <= 1 || (node.op !== "square" && node.op !== "pow")) return null;
  const kinked = b.node(node.args[0]);
  if (kinked.op !== "pos" && kinked.op !== "norm2") return null;
  const { upper } = interval(node.args[0]);
  const bend = p < 2 ? Infinity : p * (p - 1) * Math.max(0, upper) ** (p - 2);
  return { arg: kinked.args[0], joins: kinked.op === "norm2", slope: p * Math.max(0, upper) ** (p - 1), bend };
}

/** 0: everywhere, 1: almost everywhere, 2: may jump; on the interior of the domain. */
type Level = 0 | 1 | 2;
const words: readonly Differentiability[] = ["everywhere", "almost-everywhere", "jumps"];

/** Differentiability in the variables by composition. */
export function differentiabilityOf(scope: Scope): (id: number) => Differentiability {
  const { b, interval, degree } = scope;
  const level = forward((id): Level => {
    if (!dependsOn(scope, id)) return 0;
    const smooth = smoothedKink(scope, id);
    if (smooth !== null) return level(smooth.arg);
    const applied = b.node(id).op === "where" ? appliedFunction(scope, id) : null;
    if (applied !== null) return Math.max(own(id), level(applied.arg)) as Level;
    return worst([own(id), ...argsOf(b.node(id)).map((arg) => level(arg))], id);
  });
  return (id) => words[level(id)]!;

  /** A switch's own condition jumps, and the switch itself says whether that is seen. */
  function worst(levels: readonly Level[], id: number): Level {
    const node = b.node(id);
    if (node.op === "where" && continuousSwitch(scope, id) !== null) {
      const [, yes, no] = node.args;
      return Math.max(1, level(yes), level(no)) as Level;
    }
    return levels.reduce((a, v) => (v > a ? v : a), 0);
  }

  function own(id: number): Level {
    const node = b.node(id);
    const applied = appliedFunction(scope, id);
    if (applied !== null) {
      if (applied.shape === null) return node.op === "pow" ? 0 : 2;
      if (applied.shape.bend === null) return 1;
      return applied.shape.steepEnd && degree(applied.arg) > 1 ? 1 : 0;
    }
    switch (node.op) {
      case "max":
      case "min": {
        const [u, v] = node.args.map(interval);
        return u!.lower >= v!.upper || v!.lower >= u!.upper ? 0 : 1;
      }
      case "norm1": {
        const { lower, upper } = interval(node.args[0]);
        return lower >= 0 || upper <= 0 ? 0 : 1;
      }
      case "norm2":
      case "norm_inf":
      case "reduce_max":
      case "reduce_min":
        return 1;
      case "where":
        return dependsOn(scope, node.args[0]) ? 2 : 0;
      case "lt":
      case "le":
      case "gt":
      case "ge": {
        const [u, v] = node.args.map(interval);
        return u!.lower > v!.upper || v!.lower > u!.upper ? 0 : 2;
      }
      case "eq":
      case "ne":
      case "and":
      case "or":
        return 2;
      case "pow":
        return dependsOn(scope, node.args[0]) && interval(node.args[0]).lower <= 0 ? 1 : 0;
      default:
        return 0;
    }
  }
}
