import type { DecisionDecl, DecisionGroup, Expr, RelationOp, SubjectToDecl } from "../../grammar/ast.ts";
import type { DecisionBlockIR } from "../../runtime/ir/model.ts";
import type { PlacedDecl } from "../resolve/module.ts";
import { textAt, type Location } from "../source/source-text.ts";
import { elementsOf } from "./axes.ts";
import { checkConstraint, checkRelation, type CheckedConstraint } from "./constraints.ts";
import { envOf, locate, type CheckContext, type Env } from "./context.ts";
import { elaborateType } from "./declared.ts";
import { needNumber, shorten } from "./combine.ts";
import type { Quantity } from "./quantity.ts";
import { quantityIR } from "./quantity-ir.ts";
import { inBaseUnits, quantityTerm } from "./quantity-term.ts";
import { checkMap, type CheckedMap } from "./decision-map.ts";
import { checkSet } from "./sets.ts";
import type { Term } from "./term.ts";
import { inUnit, isPlain, sameUnit } from "./unit.ts";

/** Decision blocks in order and what restricts them. */
export interface CheckedDecision {
  readonly blocks: readonly Quantity[];
  readonly blockIRs: readonly DecisionBlockIR[];
  readonly constraints: readonly CheckedConstraint[];
  readonly sets: readonly { readonly block: string; readonly text: string; readonly at: Location }[];
  readonly maps: readonly CheckedMap[];
}

/** More than this many variables would not fit the dense rows of the feasible set. */
const mostVariables = 10_000;

/** Enters the blocks of all decision declarations among the model's quantities, then checks domains and constraints. */
export function checkDecision(ctx: CheckContext, placed: readonly PlacedDecl[]): CheckedDecision {
  const entered: { readonly quantity: Quantity; readonly group: DecisionGroup; readonly env: Env }[] = [];
  const maps: CheckedMap[] = [];
  let variables = 0;
  for (const { decl, module } of placed) {
    if (decl.kind !== "decision") continue;
    const env = envOf(module.source, ctx.model.scopeOf(module));
    for (const { quantity, group } of enterGroups(ctx, decl, env, maps)) {
      variables += elementsOf(quantity.type.axes);
      if (variables > mostVariables) {
        const args = { name: "the decision", elements: variables, limit: mostVariables };
        ctx.reporter.report("shape-too-large", quantity.at, args);
        return { blocks: [], blockIRs: [], constraints: [], sets: [], maps: [] };
      }
      entered.push({ quantity, group, env });
    }
  }
  const constraints: CheckedConstraint[] = [];
  const sets: { readonly block: string; readonly text: string; readonly at: Location }[] = [];
  for (const { quantity, group, env } of entered) {
    const block = quantityTerm(ctx, quantity, quantity.at);
    if (block === null) continue;
    if (group.domain?.kind === "range") {
      constraints.push(...checkRange(ctx, quantity, block, group.domain, env));
    } else if (group.domain !== undefined && group.domain.kind !== "error") {
      const set = checkSet(ctx, group.domain, block, quantity, env);
      if (set !== null) {
        sets.push({ block: quantity.name, text: set.text, at: set.at });
        constraints.push(...set.constraints);
      }
    }
    for (const bound of group.bounds) {
      constraints.push(...checkBound(ctx, quantity, block, bound.op, bound.value, locate(env, bound), env));
    }
  }
  for (const { decl, module } of placed) {
    if (decl.kind !== "subject-to") continue;
    constraints.push(...checkSubjectTo(ctx, decl, envOf(module.source, ctx.model.scopeOf(module))));
  }
  const blocks = entered.map(({ quantity }) => quantity);
  const blockIRs = blocks.map((quantity): DecisionBlockIR => {
    const { name } = quantity.type;
    return { ...quantityIR(ctx, quantity), type: name === "int" || name === "bool" ? name : "real" };
  });
  return { blocks, blockIRs, constraints, sets, maps };
}

function enterGroups(
  ctx: CheckContext,
  decl: DecisionDecl,
  env: Env,
  maps: CheckedMap[],
): readonly { readonly quantity: Quantity; readonly group: DecisionGroup }[] {
  return decl.groups.flatMap((group) => {
    const map = group.value === undefined ? undefined : checkMap(ctx, group, group.value, env);
    if (map !== undefined && map !== null) maps.push(map);
    const type = map === undefined ? groupType(ctx, group, env) : (map?.type ?? null);
    return group.names.flatMap((name) => {
      const entity = ctx.model.entities.values.get(name.name);
      const own = entity?.kind === "decision" && entity.decl === group && entity.at.span.start === name.span.start;
      if (own && type === null) ctx.quantities.set(entity, null);
      if (!own || type === null) return [];
      const quantity: Quantity = { name: name.name, type, role: "decision", at: locate(env, name), doc: decl.doc };
      ctx.quantities.set(entity, quantity);
      return [{ quantity, group }];
    });
  });
}

function groupType(ctx: CheckContext, group: DecisionGroup, env: Env): Quantity["type"] | null {
  const name = group.names[0]?.name ?? "";
  if (group.type === undefined) {
    if (!ctx.model.suspects.has(name))
      ctx.reporter.report("decision-type", locate(env, group), { name, found: "no type at all" });
    return null;
  }
  const type = elaborateType(ctx, group.type, env, name);
  if (type === null) return null;
  if (type.name === "real" || type.name === "int" || type.name === "bool") return type;
  ctx.reporter.report("decision-type", locate(env, group.type), { name, found: type.name });
  return null;
}

function checkRange(
  ctx: CheckContext,
  quantity: Quantity,
  block: Term,
  range: Extract<Expr, { readonly kind: "range" }>,
  env: Env,
): readonly CheckedConstraint[] {
  const at = locate(env, range);
  const lower = boundTerm(ctx, quantity, range.from, env);
  const upper = boundTerm(ctx, quantity, range.to, env);
  if (lower === null || upper === null) return [];
  const [low, high] = [lower.constant, upper.constant];
  if (low !== null && high !== null) {
    const size = Math.max(low.length, high.length);
    for (let i = 0; i < size; i++) {
      const [a, b] = [low[low.length === 1 ? 0 : i], high[high.length === 1 ? 0 : i]];
      if (a === undefined || b === undefined || a <= b) continue;
      ctx.reporter.report("decision-range", at, { name: quantity.name, lower: a, upper: b });
      return [];
    }
  }
  const text = shorten(textAt(at));
  const rows = [
    checkRelation(ctx, block, ">=", lower, `${quantity.name} in ${text}`, at),
    checkRelation(ctx, block, "<=", upper, `${quantity.name} in ${text}`, at),
  ];
  return rows.filter((row) => row !== null);
}

function checkBound(
  ctx: CheckContext,
  quantity: Quantity,
  block: Term,
  op: RelationOp,
  value: Expr,
  at: Location,
  env: Env,
): readonly CheckedConstraint[] {
  const term = boundTerm(ctx, quantity, value, env);
  const label = `${quantity.name} ${op} ${shorten(textAt(locate(env, value)))}`;
  const row = term === null ? null : checkRelation(ctx, block, op, term, label, at);
  return row === null ? [] : [row];
}

/** A bound in base units; a written number is in the decision's own unit. */
function boundTerm(ctx: CheckContext, quantity: Quantity, expr: Expr, env: Env): Term | null {
  const term = ctx.elaborate(expr, env);
  if (term === null || !needNumber(ctx, term, quantity.name)) return null;
  const { unit } = quantity.type;
  if (term.constant !== null && !term.usesParams && isPlain(term.type.unit)) {
    return inBaseUnits(ctx, ctx.build.retyped(term, { ...term.type, unit: unit.base }), unit, term.at);
  }
  if (term.type.anyUnit || sameUnit(term.type.unit, unit.base)) return term;
  const args = { name: quantity.name, expected: inUnit(unit.base), found: inUnit(term.type.unit) };
  ctx.reporter.report("unit-expected", locate(env, expr), args);
  return null;
}

function checkSubjectTo(ctx: CheckContext, decl: SubjectToDecl, env: Env): readonly CheckedConstraint[] {
  return decl.constraints.flatMap((constraint) => checkConstraint(ctx, constraint, env));
}
