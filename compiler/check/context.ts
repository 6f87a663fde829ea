import type { CallExpr, Expr, MemberExpr, Span } from "../../grammar/ast.ts";
import type { Origin } from "../../runtime/ir/expr.ts";
import type { OptionsIR, ProblemKind } from "../../runtime/ir/model.ts";
import type { Reporter } from "../diagnostics/index.ts";
import type { GroupSchema, Kind } from "../registry/index.ts";
import type { Entity, EntityOf } from "../resolve/entity.ts";
import type { EffectiveModel } from "../resolve/effective-model.ts";
import type { Module } from "../resolve/module.ts";
import type { Scope } from "../resolve/scope.ts";
import type { Confinement } from "../source/confine.ts";
import type { Location, SourceText } from "../source/source-text.ts";
import type { Axis } from "./axes.ts";
import type { Term } from "./term.ts";
import type { TermBuilder } from "./term-builder.ts";
import type { DeclaredUnit } from "./unit.ts";
import type { CheckedGraph } from "./graph.ts";
import type { CheckedPredictor } from "./predictor.ts";
import type { Quantity } from "./quantity.ts";

/** A parameter with its value. */
export interface CheckedParam {
  readonly quantity: Quantity;
  /** In the declared unit, row-major. */
  readonly value: readonly number[];
  readonly overridden: boolean;
  readonly term: Term;
}

/** State shared by the checks of one model. Names are evaluated when first used, so their order is free. */
export interface CheckContext {
  readonly reporter: Reporter;
  readonly build: TermBuilder;
  readonly model: EffectiveModel;
  /** What kind of problem the model's declarations make it. */
  readonly problem: ProblemKind;
  /** Name of the stages where the model has any. */
  readonly stages: string | null;
  /** Takes what is sound, but cannot be run yet. */
  readonly later: Reporter;
  /** Values given by `--set`, by name. */
  readonly overrides: ReadonlyMap<string, string>;
  /** Folders below which the spec may name files. */
  readonly confinement: Confinement;
  /** Index of a source in `ModelIR.files`. */
  fileIndex(source: SourceText): number;
  /** The typed term of an expression; `null` after reporting. */
  elaborate(expr: Expr, env: Env): Term | null;
  /** `name { options }` of a kind, checked and with every default; `null` after reporting. */
  checkGroup<G extends GroupSchema>(
    expr: Expr,
    kind: Kind<G>,
    env: Env,
  ): { readonly schema: G; readonly ir: OptionsIR } | null;
  /** Meanings of names, evaluated when first asked for; `null` after reporting. */
  readonly meaning: {
    dim(entity: EntityOf<"dim">): Axis | null;
    unit(entity: EntityOf<"unit">): DeclaredUnit | null;
    param(entity: EntityOf<"param">): CheckedParam | null;
    graph(entity: EntityOf<"graph">): CheckedGraph | null;
    /** The dim `G.edges` or `G.nodes`. */
    member(expr: MemberExpr, env: Env): Axis | null;
  };
  /** A path as written in `source`, relative to the spec's folder, with `/`. */
  pathFromRoot(source: SourceText, path: string): string;
  /** A module of the standard library, for sets and tasks that need no import. */
  standard(name: string): Module;
  /** Resolved values of entities; `undefined` while not yet asked for, `"open"` while being evaluated. */
  readonly dims: Map<Entity, Axis | null | "open">;
  readonly units: Map<Entity, DeclaredUnit | null | "open">;
  readonly params: Map<Entity, CheckedParam | null | "open">;
  readonly graphs: Map<Entity, CheckedGraph | null>;
  /** Decisions and fields, entered as their declarations are checked; `null` where that failed. */
  readonly quantities: Map<Entity, Quantity | null>;
  /** Decisions that are predictors, entered as they are checked. */
  readonly predictors: Map<Entity, CheckedPredictor>;
  /** While `risk` is checked: the value that stands for a risk measure's call, or `undefined` for any other call. */
  measure: ((expr: CallExpr, env: Env) => Term | null | undefined) | null;
  /** Base units that some derived unit is a multiple of: a bare number of them would be ambiguous. */
  readonly scaledUnits: Set<string>;
  /** Trajectories whose value is known before the stage's decision. */
  readonly observed: Set<string>;
  /** Dims, units and params being evaluated, innermost last: one that is met again is defined by itself. */
  readonly opening: Entity[];
  /** Functions being written out, innermost last. */
  readonly calls: EntityOf<"fn" | "set">[];
  /** Assumptions waived, and those of them that were needed. */
  readonly waived: ReadonlySet<string>;
  readonly usedWaivers: Set<string>;
  depth: number;
}

/** Where an expression stands: its file, the names it sees, and what parameters of a function are bound to. */
export interface Env {
  readonly source: SourceText;
  readonly scope: Scope;
  readonly locals: ReadonlyMap<string, Term | null>;
  /** The call that this body is written out for. Terms of a library's body are placed there. */
  readonly call: Location | null;
}

export function envOf(source: SourceText, scope: Scope): Env {
  return { source, scope, locals: new Map(), call: null };
}

export function locate(env: Env, node: { readonly span: Span }): Location {
  return { source: env.source, span: node.span };
}

/** Where terms of this expression are said to be: the user's call for code of the library. */
export function place(env: Env, node: { readonly span: Span }): Location {
  return env.call ?? locate(env, node);
}

export function originOf(ctx: CheckContext, at: Location): Origin {
  return { file: ctx.fileIndex(at.source), start: at.span.start, end: at.span.end };
}

/** Notes that the model is sound, but cannot be run yet because of what is declared at `at`. */
export function notRunnable(ctx: CheckContext, at: Location, what: string, instead = ""): void {
  ctx.later.report("not-yet-runnable", at, { what, instead });
}

/** Whether a name that is not found may have been lost to a syntax error, which was reported. */
export function isSuspect(ctx: CheckContext, name: string): boolean {
  return name === "" || ctx.model.suspects.has(name);
}
