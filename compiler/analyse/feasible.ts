import { foldParams } from "../../runtime/ir/builder.ts";
import type { Origin } from "../../runtime/ir/expr.ts";
import type { ModelIR } from "../../runtime/ir/model.ts";
import { affineForm } from "./affine.ts";
import type { Layout } from "./layout.ts";
import { FormFailure, type Problem } from "./problem.ts";

/** `coefficients · z (≤ or =) bound`, with its label and place. */
export interface Row {
  readonly coefficients: readonly number[];
  readonly bound: number;
  readonly label: string;
  readonly at: Origin;
  /** Index of the constraint that it is an element of. */
  readonly constraint: number;
}

/** One side of the range of one component, as one constraint states it. */
export interface Bound {
  readonly component: number;
  readonly side: "lower" | "upper";
  readonly value: number;
  /** Index of the constraint, or −1 where the type `bool` says so. */
  readonly constraint: number;
}

/** `FeasibleSet` before places have become lines. */
export interface FeasibleForm {
  readonly size: number;
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  /** Where each component's tightest bound is declared. */
  readonly boundsAt: readonly Origin[];
  /** Every stated bound, also those that a tighter one hides. */
  readonly bounds: readonly Bound[];
  readonly inequalities: readonly Row[];
  readonly equalities: readonly Row[];
  readonly integer: readonly number[];
  /** Indices of the constraints that are not affine: reported, and no part of the above. */
  readonly curved: readonly number[];
}

/**
 * The decision's constraints as bounds and exact linear rows. An inequality with one non-zero coefficient becomes a
 * bound; one with none is kept where it can never hold, so that an empty set has its line to blame.
 */
export function feasibleForm(ir: ModelIR, decision: Layout, fallback: Origin, problems: Problem[]): FeasibleForm {
  const n = decision.size;
  const lower = Array.from({ length: n }, () => -Infinity);
  const upper = Array.from({ length: n }, () => Infinity);
  const boundsAt: Origin[] = decision.parts.flatMap((part) =>
    Array.from({ length: part.size }, () => part.quantity.at ?? fallback),
  );
  const bounds: Bound[] = [];
  const integer: number[] = [];
  const curved: number[] = [];
  const inequalities: Row[] = [];
  const equalities: Row[] = [];

  ir.decision.blocks.forEach((block, k) => {
    const part = decision.parts[k]!;
    for (let i = part.offset; i < part.offset + part.size; i++) {
      if (block.type !== "real") integer.push(i);
      if (block.type !== "bool") continue;
      [lower[i], upper[i]] = [0, 1];
      bounds.push({ component: i, side: "lower", value: 0, constraint: -1 });
      bounds.push({ component: i, side: "upper", value: 1, constraint: -1 });
    }
  });

  for (const [index, constraint] of ir.decision.constraints.entries()) {
    const at = constraint.at ?? fallback;
    try {
      const graph = foldParams(constraint.graph);
      const form = affineForm(graph, decision);
      form.offset.forEach((offset, element) => {
        const start = element * n;
        const row = Array.from(form.coefficients?.subarray(start, start + n) ?? new Float64Array(n));
        // −0 is 0: a sign that no reader wants to see.
        const bound = offset === 0 ? 0 : -offset;
        const used = row.flatMap((c, i) => (c === 0 ? [] : [i]));
        const { label } = constraint;
        const written: Row = { coefficients: row.map((c) => c + 0), bound, label, at, constraint: index };
        if (constraint.relation === "==") {
          if (used.length > 0 || bound !== 0) equalities.push(written);
        } else if (used.length > 1) {
          inequalities.push(written);
        } else if (used.length === 0) {
          if (!(bound >= 0)) inequalities.push(written);
        } else {
          tighten(used[0]!, row[used[0]!]!, bound, at, index);
        }
      });
    } catch (failure) {
      if (!(failure instanceof FormFailure)) throw failure;
      curved.push(index);
      problems.push({
        code: "constraint-not-affine",
        args: { label: constraint.label, reason: failure.message },
        at: failure.node.at ?? at,
      });
    }
  }
  return { size: n, lower, upper, boundsAt, bounds, inequalities, equalities, integer, curved };

  /** `coefficient · z_i ≤ bound` */
  function tighten(i: number, coefficient: number, bound: number, at: Origin, constraint: number): void {
    const limit = bound / coefficient + 0;
    bounds.push({ component: i, side: coefficient > 0 ? "upper" : "lower", value: limit, constraint });
    if (coefficient > 0 && limit < upper[i]!) {
      upper[i] = limit;
      boundsAt[i] = at;
    } else if (coefficient < 0 && limit > lower[i]!) {
      lower[i] = limit;
      boundsAt[i] = at;
    }
  }
}
