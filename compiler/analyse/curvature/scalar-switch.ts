import { GraphBuilder } from "../../../runtime/ir/builder.ts";
import { evaluateGraph } from "../../../runtime/ir/evaluate.ts";
import type { ExprGraph } from "../../../runtime/ir/expr.ts";
import { argsOf, isBinary, isUnary } from "../../../runtime/ir/scalar-ops.ts";
import { reverse } from "../../derive/index.ts";
import { numberOf } from "../element.ts";
import type { Interval } from "../interval.ts";
import { intervalsOf } from "../interval.ts";
import type { Scope } from "./forward.ts";
import { shapeOfPower, shapeOfUnary, type ScalarShape } from "./scalar-functions.ts";

/** A switch whose condition and branches are functions of one number, element by element. */
export interface ScalarSwitch {
  readonly arg: number;
  readonly shape: ScalarShape;
}

/** Values and slopes that meet where branches touch differ by rounding alone. */
const TOUCH = 1e-12;

const cache = new WeakMap<GraphBuilder, Map<number, ScalarSwitch | null>>();

/**
 * `if` as a function of one number u: where its condition compares u, `abs(u)` or a difference u with a known number,
 * and its branches read nothing but u and known numbers. Each branch is examined on the side where it holds by bounds of
 * its first two derivatives; at each end the branches must meet, and convexity needs the slope to rise there. `null`
 * where the switch is of another kind, jumps or bends in a way that the bounds do not show.
 */
export function scalarSwitch(scope: Pick<Scope, "b" | "interval" | "degree">, id: number): ScalarSwitch | null {
  const { b } = scope;
  let known = cache.get(b);
  if (known === undefined) cache.set(b, (known = new Map()));
  let found = known.get(id);
  if (found === undefined) {
    found = examine(scope, id);
    known.set(id, found);
  }
  return found;
}

interface Region extends Interval {
  readonly branch: ExprGraph;
}

function examine({ b, interval, degree }: Pick<Scope, "b" | "interval" | "degree">, id: number): ScalarSwitch | null {
  const node = b.node(id);
  if (node.op !== "where" || degree(node.args[0]) === 0) return null;
  const [conditionId, yes, no] = node.args;
  const condition = b.node(conditionId);
  if (condition.op !== "gt" && condition.op !== "ge" && condition.op !== "lt" && condition.op !== "le") return null;
  const rises = condition.op === "gt" || condition.op === "ge";
  for (const { u, ends, outside } of candidates(b, condition.args, [yes, no])) {
    const [first, second] = [branchOf(b, yes, u), branchOf(b, no, u)];
    if (first === null || second === null || degree(u) === 0) continue;
    const [large, small] = rises ? [first, second] : [second, first];
    const { lower, upper } = interval(u);
    const cuts = [-Infinity, ...ends, Infinity];
    const regions = cuts.slice(1).flatMap((end, i): readonly Region[] => {
      const branch = i === cuts.length - 2 || (outside && i === 0) ? large : small;
      const region = { lower: Math.max(cuts[i]!, lower), upper: Math.min(end, upper), branch };
      // A region of one point counts too: the other branch may hold there.
      return region.lower <= region.upper ? [region] : [];
    });
    const shape = joined(regions);
    if (shape !== null) return { arg: u, shape };
  }
  return null;
}

interface Candidate {
  readonly u: number;
  /** Where the condition switches, in rising order. */
  readonly ends: readonly number[];
  /** The condition is that of `abs(u)`: it holds on both outer sides alike. */
  readonly outside: boolean;
}

/** Values that may be the number, for a condition that the first of two arguments is the larger. */
function candidates(b: GraphBuilder, [x, y]: readonly [number, number], branches: readonly number[]): Candidate[] {
  const limit = numberOf(b, y);
  if (limit === null) return differences(b, x, y, branches);
  const found: Candidate[] = [{ u: x, ends: [limit], outside: false }];
  const above = b.node(x);
  if (above.op === "abs" && limit > 0) found.push({ u: above.args[0], ends: [-limit, limit], outside: true });
  return found;
}

/** `x − y` where a branch reads it, for a condition on x against y. */
function differences(b: GraphBuilder, x: number, y: number, branches: readonly number[]): Candidate[] {
  const seen = new Set<number>();
  const pending = [...branches];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const node = b.node(id);
    if (node.op === "sub" && node.args[0] === x && node.args[1] === y) return [{ u: id, ends: [0], outside: false }];
    pending.push(...argsOf(node));
  }
  return [];
}

/** A branch as a scalar function of an input `u`; `null` where it reads anything else but numbers. */
function branchOf(b: GraphBuilder, branch: number, u: number): ExprGraph | null {
  const scalar = new GraphBuilder();
  const copy = (id: number, depth: number): number | null => {
    if (id === u) return scalar.input("u", []);
    const known = numberOf(b, id);
    if (known !== null) return scalar.const(known);
    const node = b.node(id);
    if (depth > 50) return null;
    if (isUnary(node)) {
      const arg = copy(node.args[0], depth + 1);
      return arg === null ? null : scalar.unary(node.op, arg);
    }
    if (isBinary(node)) {
      const [p, q] = [copy(node.args[0], depth + 1), copy(node.args[1], depth + 1)];
      return p === null || q === null ? null : scalar.binary(node.op, p, q);
    }
    return null;
  };
  const output = copy(branch, 0);
  return output === null ? null : scalar.finish(output);
}

/** The shape of a function that is given by one branch a region, side by side. */
function joined(regions: readonly Region[]): ScalarShape | null {
  const jets = regions.map(jetOf);
  if (jets.length === 0 || jets.some((jet) => jet === null)) return null;
  let [kinked, rises, falls] = [false, false, false];
  for (let i = 1; i < regions.length; i++) {
    const at = regions[i]!.lower;
    const [before, after] = [pointOf(regions[i - 1]!.branch, at), pointOf(regions[i]!.branch, at)];
    const step = after.slope - before.slope;
    const size = 1 + Math.abs(before.value) + Math.abs(before.slope) + Math.abs(after.slope);
    if (!Number.isFinite(size) || !(Math.abs(before.value - after.value) <= TOUCH * size)) return null;
    if (Math.abs(step) <= TOUCH * size) continue;
    kinked = true;
    if (step > 0) rises = true;
    else falls = true;
  }
  const all = jets.map((jet) => jet!);
  const slopes = hull(all.map((jet) => jet.slope));
  const bend = hull(all.map((jet) => jet.bend));
  if ([slopes.lower, slopes.upper, bend.lower, bend.upper].some(Number.isNaN)) return null;
  return {
    convex: bend.lower >= 0 && !falls,
    concave: bend.upper <= 0 && !rises,
    rising: slopes.lower >= 0,
    falling: slopes.upper <= 0,
    slope: Math.max(Math.abs(slopes.lower), Math.abs(slopes.upper)),
    bend: kinked ? null : [bend.lower, bend.upper],
    domain: -Infinity,
    steepEnd: false,
  };
}

function pointOf(graph: ExprGraph, at: number): { readonly value: number; readonly slope: number } {
  const b = new GraphBuilder();
  const output = b.graft(graph)[graph.output]!;
  const [gradient] = reverse(b, output, [b.input("u", [])]);
  const inputs = { u: [at] };
  return { value: evaluateGraph(graph, inputs)[0]!, slope: evaluateGraph(b.finish(gradient!), inputs)[0]! };
}

/** Bounds of a function's first two derivatives on a region. */
interface Jet {
  readonly slope: Interval;
  readonly bend: Interval;
}

const zero: Interval = { lower: 0, upper: 0 };

/** By the chain rule over the operations of a branch; `null` where one may kink, jump or leave its domain. */
function jetOf({ branch, lower, upper }: Region): Jet | null {
  const b = new GraphBuilder();
  const ids = b.graft(branch);
  const interval = intervalsOf(b, new Map([["u", { lower, upper }]]));
  const jets = new Map<number, Jet | null>();
  const jet = (id: number): Jet | null => {
    if (!jets.has(id)) jets.set(id, compute(id));
    return jets.get(id)!;
  };
  return jet(ids[branch.output]!);

  function compute(id: number): Jet | null {
    const node = b.node(id);
    if (node.op === "const") return { slope: zero, bend: zero };
    if (node.op === "input") return { slope: { lower: 1, upper: 1 }, bend: zero };
    if (isUnary(node)) return composed(node.args[0], shapeOfUnary(node.op, interval(node.args[0])));
    const [x, y] = argsOf(node);
    if (x === undefined || y === undefined) return null;
    if (node.op === "pow") {
      const p = numberOf(b, y);
      return p === null ? null : composed(x, shapeOfPower(p, interval(x)));
    }
    const [u, v] = [jet(x), jet(y)];
    if (u === null || v === null) return null;
    switch (node.op) {
      case "add":
        return { slope: plus(u.slope, v.slope), bend: plus(u.bend, v.bend) };
      case "sub":
        return { slope: plus(u.slope, minus(v.slope)), bend: plus(u.bend, minus(v.bend)) };
      case "mul":
        return {
          slope: plus(times(u.slope, interval(y)), times(v.slope, interval(x))),
          bend: plus(
            plus(times(u.bend, interval(y)), times(v.bend, interval(x))),
            times({ lower: 2, upper: 2 }, times(u.slope, v.slope)),
          ),
        };
      case "div": {
        const c = numberOf(b, y);
        const by = { lower: 1 / (c ?? 0), upper: 1 / (c ?? 0) };
        return c === null || c === 0 ? null : { slope: times(u.slope, by), bend: times(u.bend, by) };
      }
      default:
        return null;
    }
  }

  function composed(arg: number, shape: ScalarShape | null): Jet | null {
    const u = jet(arg);
    if (u === null || shape === null || shape.bend === null || interval(arg).lower < shape.domain) return null;
    const slope: Interval = {
      lower: shape.rising ? 0 : -shape.slope,
      upper: shape.falling ? 0 : shape.slope,
    };
    // The identity and its opposite have one slope.
    const fixed = shape.convex && shape.concave ? { lower: shape.rising ? shape.slope : -shape.slope, upper: 0 } : null;
    const first = fixed === null ? slope : { lower: fixed.lower, upper: fixed.lower };
    const second: Interval = { lower: shape.bend[0], upper: shape.bend[1] };
    const squared = square(u.slope);
    return { slope: times(first, u.slope), bend: plus(times(second, squared), times(first, u.bend)) };
  }
}

function hull(all: readonly Interval[]): Interval {
  return {
    lower: all.reduce((least, { lower }) => Math.min(least, lower), Infinity),
    upper: all.reduce((most, { upper }) => Math.max(most, upper), -Infinity),
  };
}

function plus(p: Interval, q: Interval): Interval {
  return { lower: p.lower + q.lower, upper: p.upper + q.upper };
}

function minus({ lower, upper }: Interval): Interval {
  return { lower: 0 - upper, upper: 0 - lower };
}

/** The product of two ends, where nothing times without bound is nothing. */
function product(x: number, y: number): number {
  return x === 0 || y === 0 ? 0 : x * y;
}

function times(p: Interval, q: Interval): Interval {
  const ends = [
    product(p.lower, q.lower),
    product(p.lower, q.upper),
    product(p.upper, q.lower),
    product(p.upper, q.upper),
  ];
  return { lower: Math.min(...ends), upper: Math.max(...ends) };
}

function square({ lower, upper }: Interval): Interval {
  const ends = [lower ** 2, upper ** 2];
  return { lower: lower <= 0 && upper >= 0 ? 0 : Math.min(...ends), upper: Math.max(...ends) };
}
