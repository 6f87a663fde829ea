import type { Origin } from "../../../runtime/ir/expr.ts";
import type { ModelIR } from "../../../runtime/ir/model.ts";
import type { FeasibleForm } from "../feasible.ts";
import type { Layout } from "../layout.ts";
import type { Piece } from "../loss.ts";
import type { Problem } from "../problem.ts";
import type { QuadraticForm } from "../quadratic.ts";
import { findConflict } from "./conflict.ts";
import { findRedundant } from "./redundancy.ts";
import { findPoint } from "./simplex.ts";
import { systemOf } from "./system.ts";
import { componentName, listOf, numberText } from "./text.ts";
import { findUnbounded, type MissingBound } from "./unbounded.ts";

/** What is known of the feasible set before anything runs. */
export interface FeasibilityFacts {
  /** `not-examined`: too large, or rounding would have decided. */
  readonly set: "nonempty" | "empty" | "not-examined";
  /** A point of the set (of its relaxation where components are integer). */
  readonly point: Float64Array | null;
  /** Components whose bounds leave one value. */
  readonly fixed: readonly { readonly component: number; readonly value: number }[];
  /** Integer components: their bounds were rounded, and nothing else was decided about them. */
  readonly relaxed: boolean;
  /** Whether the risk can fall without end over the set: no, for some data, for all. */
  readonly unbounded: "no" | "possible" | "certain" | "not-examined";
}

/** Rows times components above which the set is left to the run's own solver. */
export const EXAMINED_ELEMENTS = 1_000_000;
/** Multiplications that one question may take. */
const WORK = { empty: 3e8, conflict: 3e8, unbounded: 5e7, redundant: 3e6 };

/**
 * Is the set empty, is the risk bounded below on it, does a constraint repeat others? By a small simplex of our own, so
 * that checking loads no solver; every "empty" carries a certificate that was checked against the written numbers.
 */
export function examineFeasibleSet(
  ir: ModelIR,
  form: FeasibleForm,
  decision: Layout,
  fallback: Origin,
  problems: Problem[],
): FeasibilityFacts {
  const system = systemOf(form, null);
  const relaxed = form.integer.length > 0;
  const fixed = Array.from({ length: form.size }, (_, component) => component).flatMap((component) =>
    system.lower[component] === system.upper[component] ? [{ component, value: system.lower[component]! }] : [],
  );
  const facts = { point: null, fixed, relaxed, unbounded: "not-examined" } as const;
  const notExamined = (reason: string): FeasibilityFacts => {
    problems.push({ code: "feasible-set-not-examined", args: { reason }, at: fallback });
    return { ...facts, set: "not-examined" };
  };
  const elements = system.rows.length * form.size;
  if (elements > EXAMINED_ELEMENTS) {
    return notExamined(`it has ${system.rows.length} rows over ${form.size} components`);
  }
  const answer = findPoint(system, { left: WORK.empty });
  if (answer.status === "undecided")
    return notExamined("its numbers differ so much in size that rounding would decide");
  if (answer.status === "feasible") return { ...facts, set: "nonempty", point: answer.point };

  const { certificate } = answer;
  const { constraints, anchor, arithmetic } = findConflict(
    ir,
    form,
    decision,
    { system, certificate },
    {
      left: WORK.conflict,
    },
  );
  const placeOf = (constraint: number): Origin => ir.decision.constraints[constraint]!.at ?? fallback;
  const labelOf = (constraint: number): string => ir.decision.constraints[constraint]!.label;
  const at = placeOf(anchor);
  problems.push({
    code: "feasible-set-empty",
    args: {
      conflict: arithmetic,
      any: listOf(constraints.map((one) => `\`${labelOf(one)}\``)).replace(/ and ([^,]*)$/, " or $1"),
    },
    at,
    related: constraints
      .filter((one) => one !== anchor && !sameOrigin(placeOf(one), at))
      .map((one) => ({ at: placeOf(one), label: labelOf(one) })),
  });
  return { ...facts, set: "empty" };
}

/**
 * The questions that make sense once the set is not empty and the loss is understood.
 *
 * @param loss `null` where it bends other than by maxima: only a set with bounds then says that the risk is bounded
 */
export function examineObjective(
  ir: ModelIR,
  form: FeasibleForm,
  decision: Layout,
  loss: { readonly pieces: readonly Piece[]; readonly deterministic: QuadraticForm } | null,
  facts: FeasibilityFacts,
  fallback: Origin,
  problems: Problem[],
): FeasibilityFacts {
  if (facts.set !== "nonempty") return facts;
  const system = systemOf(form, null);
  const unbounded =
    loss === null ? null : findUnbounded(ir, system, loss.pieces, loss.deterministic, { left: WORK.unbounded });
  if (unbounded !== null) problems.push(unboundedProblem(ir, decision, unbounded.missing, unbounded.certain, fallback));
  for (const { constraint, implied, room } of findRedundant(ir, form, { left: WORK.redundant })) {
    const { label, at } = ir.decision.constraints[constraint]!;
    const others = implied.map((one) => `\`${ir.decision.constraints[one]!.label}\``);
    const by =
      others.length === 0
        ? "the type of the decision already implies it"
        : `${listOf(others)} already ${others.length === 1 ? "implies" : "imply"} it`;
    const reason = room > 0 ? `${by}, with ${numberText(room)} to spare` : by;
    problems.push({
      code: "redundant-constraint",
      args: { label, reason },
      at: at ?? fallback,
      related: implied.map((one) => ({
        at: ir.decision.constraints[one]!.at ?? fallback,
        label: ir.decision.constraints[one]!.label,
      })),
    });
  }
  if (loss === null && ![...form.lower, ...form.upper].every(Number.isFinite)) return facts;
  return { ...facts, unbounded: unbounded === null ? "no" : unbounded.certain ? "certain" : "possible" };
}

function unboundedProblem(
  ir: ModelIR,
  decision: Layout,
  missing: readonly MissingBound[],
  certain: boolean,
  fallback: Origin,
): Problem {
  const named = missing.map((one) => ({ ...one, name: componentName(ir, decision, one.component) }));
  const components = listOf(
    named.map(({ name, side }) => `\`${name}\` ${side === "upper" ? "grows" : "falls"}, with no ${side} bound`),
    3,
  );
  const first = named[0]!;
  const block = decision.parts.find(
    ({ offset, size }) => first.component >= offset && first.component < offset + size,
  )!;
  return {
    code: certain ? "risk-unbounded" : "decision-may-be-unbounded",
    args: {
      components,
      names: listOf(
        named.map(({ name }) => `\`${name}\``),
        3,
      ),
      example: `${block.name} ${first.side === "upper" ? "<= 100" : ">= 0"}`,
    },
    at: block.quantity.at ?? fallback,
  };
}

function sameOrigin(a: Origin, b: Origin): boolean {
  return a.file === b.file && a.start === b.start && a.end === b.end;
}
