import type { Argument, DecisionGroup, Expr } from "../../grammar/ast.ts";
import { walkSyntax, type SyntaxNode } from "../resolve/walk.ts";
import type { Location } from "../source/source-text.ts";
import { sameAxes, showAxes } from "./axes.ts";
import { needNumber } from "./combine.ts";
import { locate, notRunnable, type CheckContext, type Env } from "./context.ts";
import { elaborateType } from "./declared.ts";
import type { DeclaredType, Quantity } from "./quantity.ts";
import { quantityTerm } from "./quantity-term.ts";
import type { Term } from "./term.ts";

/** `decision z = softmax(theta: real[Industry])`: a block that is a function of free parameters. */
export interface CheckedMap {
  readonly block: string;
  readonly type: DeclaredType;
  readonly parameters: readonly Quantity[];
  readonly term: Term;
  readonly at: Location;
}

export function checkMap(ctx: CheckContext, group: DecisionGroup, value: Expr, env: Env): CheckedMap | null {
  const name = group.names[0]?.name ?? "";
  const at = locate(env, value);
  if (value.kind === "error") return null;
  const wrong = (where: Location, reason: string): null => {
    ctx.reporter.report("decision-map", where, { name, reason });
    return null;
  };
  const second = group.names[1];
  if (second !== undefined) return wrong(locate(env, second), "one value cannot be that of two decisions");
  const restricted = group.domain ?? group.bounds[0];
  if (restricted !== undefined) {
    return wrong(locate(env, restricted), "its range is that of the function, so a set or bound could never be kept");
  }
  const parameters = freeParameters(ctx, value, env);
  if (parameters === null) return null;
  if (parameters.length === 0) return wrong(at, "nothing in it can be chosen");
  const locals = new Map<string, Term>();
  for (const parameter of parameters) {
    const term = quantityTerm(ctx, parameter, parameter.at);
    if (term === null) return null;
    if (locals.has(parameter.name)) return wrong(parameter.at, `\`${parameter.name}\` is declared twice in it`);
    locals.set(parameter.name, term);
  }
  const term = ctx.elaborate(value, { ...env, locals: new Map([...env.locals, ...locals]) });
  if (term === null || !needNumber(ctx, term, name)) return null;
  const foreign = [...term.inputs].find((input) => !locals.has(input));
  if (foreign !== undefined) return wrong(at, `it depends on \`${foreign}\`, which is not one of its free parameters`);
  const type = mapType(ctx, group, term, name, env);
  if (type === null) return null;
  notRunnable(ctx, at, "a decision given by a function of free parameters");
  return { block: name, type, parameters, term, at };
}

/** Typed arguments of the calls in an expression; `null` after reporting. */
function freeParameters(ctx: CheckContext, value: Expr, env: Env): readonly Quantity[] | null {
  const found: Quantity[] = [];
  let failed = false;
  walkSyntax(value, (node) => {
    if (!isArgument(node) || node.type === undefined || node.value.kind !== "name") return;
    const type = elaborateType(ctx, node.type, env, node.value.name);
    const real = type?.name === "real";
    if (type !== null && !real) {
      const args = { name: node.value.name, found: type.name };
      ctx.reporter.report("decision-type", locate(env, node.type), args);
    }
    if (type === null || !real) {
      failed = true;
      return;
    }
    found.push({ name: node.value.name, type, role: "decision", at: locate(env, node), doc: undefined });
  });
  return failed ? null : found;
}

function isArgument(node: SyntaxNode): node is Argument {
  return node.kind === "argument";
}

/** The type of the block: as declared, or as its value has it. */
function mapType(ctx: CheckContext, group: DecisionGroup, term: Term, name: string, env: Env): DeclaredType | null {
  const { axes, unit } = term.type;
  const own: DeclaredType = { name: "real", axes, unit: { written: unit, base: unit, factor: 1 } };
  if (group.type === undefined) return own;
  const declared = elaborateType(ctx, group.type, env, name);
  if (declared === null) return null;
  if (sameAxes(declared.axes, axes)) return declared;
  const args = { name, expected: showAxes(declared.axes), found: showAxes(axes) };
  ctx.reporter.report("shape-mismatch", term.at, args);
  return null;
}
