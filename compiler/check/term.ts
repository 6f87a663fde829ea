import type { BinaryOp, ReduceOp, UnaryOp } from "../../runtime/ir/expr.ts";
import type { Location } from "../source/source-text.ts";
import type { Axes } from "./axes.ts";
import type { Unit } from "./unit.ts";

/** What is known of a value: kind of number, named axes, unit. */
export interface ValueType {
  readonly base: "real" | "bool";
  readonly axes: Axes;
  readonly unit: Unit;
  /** A written zero: it is zero in every unit. */
  readonly anyUnit: boolean;
}

/** A typed expression: a DAG, since an argument of an inlined function is one term however often it is used. */
export type Term = TermBase &
  (
    | { readonly op: "const"; readonly param: string | null; readonly declaredAt: Location | null }
    | { readonly op: "input"; readonly name: string; readonly declaredAt: Location }
    | { readonly op: UnaryOp; readonly args: readonly [Term] }
    | { readonly op: BinaryOp; readonly args: readonly [Term, Term] }
    | { readonly op: ReduceOp; readonly args: readonly [Term]; readonly over: readonly number[] }
    /** Over the last axis. */
    | { readonly op: "softmax"; readonly args: readonly [Term] }
    /** The argument's axis `i` becomes axis `places[i]`, increasing. */
    | { readonly op: "broadcast"; readonly args: readonly [Term]; readonly places: readonly number[] }
    | { readonly op: "where"; readonly args: readonly [Term, Term, Term] }
    | { readonly op: "gather"; readonly args: readonly [Term]; readonly indices: readonly number[] }
    | { readonly op: "concat"; readonly args: readonly Term[] }
  );

interface TermBase {
  readonly type: ValueType;
  readonly at: Location;
  /** Value where it depends on numbers and parameters alone, row-major. */
  readonly constant: readonly number[] | null;
  /** Names of decisions and fields that it depends on. */
  readonly inputs: ReadonlySet<string>;
  /** True where a parameter is part of it, so that emitted code can name it. */
  readonly usesParams: boolean;
}

export function argsOfTerm(term: Term): readonly Term[] {
  return term.op === "const" || term.op === "input" ? [] : term.args;
}
