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
  const consumers = new Map<number, number[]>([[output, []]]);
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
  return consumers;
}
