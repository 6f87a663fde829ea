import { argsOf } from "../../../runtime/ir/scalar-ops.ts";
import type { GraphBuilder } from "../../../runtime/ir/builder.ts";
import type { Interval } from "../interval.ts";
import type { Layout } from "../layout.ts";

/**
 * A function of node ids, each value computed once from those of smaller ids. Ids are in an order of evaluation, so
 * going up from the last known one needs no recursion.
 */
export function forward<T>(compute: (id: number) => T): (id: number) => T {
  const known: T[] = [];
  return (id) => {
    while (known.length <= id) known.push(compute(known.length));
    return known[id]!;
  };
}

/**
 * A function of node ids of a graph that may still grow, each value computed once from those of its arguments, and of
 * those alone that something asked for depends on.
 */
export function upstream<T>(b: GraphBuilder, compute: (id: number) => T): (id: number) => T {
  const known = new Map<number, T>();
  return (id) => {
    const pending = [id];
    for (let next = pending.at(-1); next !== undefined; next = pending.at(-1)) {
      const missing = known.has(next) ? [] : argsOf(b.node(next)).filter((arg) => !known.has(arg));
      pending.push(...missing);
      if (missing.length > 0) continue;
      if (!known.has(next)) known.set(next, compute(next));
      pending.pop();
    }
    return known.get(id)!;
  };
}

/** What every rule reads. */
export interface Scope {
  readonly b: GraphBuilder;
  /** The expression, an id of `b`. */
  readonly output: number;
  /** The variables one after another. */
  readonly variables: Layout;
  readonly interval: (id: number) => Interval;
  /** As a polynomial in the variables; `Infinity` where it is none. */
  readonly degree: (id: number) => number;
  /** Reads no input but variables. */
  readonly closed: (id: number) => boolean;
}

/** Whether `id` reads a variable. */
export function dependsOn({ degree }: Scope, id: number): boolean {
  return degree(id) > 0;
}

/** The ids that `output` reads, each with the ids that read it. */
export function consumersOf(b: GraphBuilder, output: number): ReadonlyMap<number, readonly number[]> {
  const consumers = new Map<number, number[]>();
  addConsumers(b, output, consumers);
  return consumers;
}

/** Adds the ids that `output` reads to those of other outputs of one graph. */
export function addConsumers(b: GraphBuilder, output: number, consumers: Map<number, number[]>): void {
  if (consumers.has(output)) return;
  consumers.set(output, []);
  const pending = [output];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    for (const arg of argsOf(b.node(id))) {
      const known = consumers.get(arg);
      if (known === undefined) {
        consumers.set(arg, [id]);
        pending.push(arg);
      } else {
        known.push(id);
      }
    }
  }
}
