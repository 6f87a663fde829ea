import type { DataDecl, Expr, FieldDecl } from "../../grammar/ast.ts";
import type { FieldIR, FieldRole, ProblemKind } from "../../runtime/ir/model.ts";
import { didYouMean, listNames } from "../diagnostics/index.ts";
import { problemNames } from "../registry/index.ts";
import type { Location } from "../source/source-text.ts";
import { elementsOf } from "./axes.ts";
import { elaborateColumns, type Columns } from "./columns.ts";
import { constantTerm } from "./constants.ts";
import { isSuspect, locate, type CheckContext, type Env } from "./context.ts";
import { elaborateType } from "./declared.ts";
import { fitConstant } from "./params.ts";
import type { Quantity } from "./quantity.ts";
import { quantityIR } from "./quantity-ir.ts";

/** A field with the columns that it reads. */
export interface CheckedField {
  readonly quantity: Quantity;
  readonly columns: Columns | null;
  readonly ir: FieldIR;
}

/** Checks a field and enters it among the model's quantities; `null` after reporting. */
export function checkField(ctx: CheckContext, field: FieldDecl, data: DataDecl, env: Env): CheckedField | null {
  const entity = ctx.model.entities.values.get(field.name.name);
  const fail = (): null => {
    if (entity?.kind === "field" && entity.decl === field) ctx.quantities.set(entity, null);
    return null;
  };
  const role = roleOf(ctx, field, env);
  if (role === null) return fail();
  const horizon = field.horizon === undefined ? undefined : enterHorizon(ctx, field, field.horizon, env);
  const declared = elaborateType(ctx, field.type, env, field.name.name);
  if (declared === null || !checkFieldType(ctx, field, role, declared.name, declared.axes.length, env)) return fail();
  const at = locate(env, field.name);
  const quantity: Quantity = { name: field.name.name, type: declared, role, at, doc: field.doc };
  const columns = data.source.synthetic ? null : fieldColumns(ctx, field, quantity, env);
  if (columns === null && !data.source.synthetic) {
    // The shape is known all the same, so the rest of the model can be checked.
    if (entity?.kind === "field" && entity.decl === field) ctx.quantities.set(entity, quantity);
    return null;
  }
  const range = field.range === undefined ? undefined : fieldRange(ctx, field, quantity, env);
  if (entity?.kind === "field" && entity.decl === field) ctx.quantities.set(entity, quantity);
  if (range === null || horizon === null) return null;
  const ir: FieldIR = {
    ...quantityIR(ctx, quantity),
    role,
    type: declared.name === "bool" ? "int" : declared.name,
    columns: columns?.ir ?? null,
    transforms: columns?.transforms ?? [],
    ...(range === undefined ? {} : { range }),
    ...(horizon === undefined ? {} : { horizon: quantityIR(ctx, horizon) }),
    ...(field.per === undefined ? {} : { per: field.per.name }),
  };
  return { quantity, columns, ir };
}

const all = ["index", "context", "outcome", "window", "trajectory", "price", "group"] as const;
/** Roles that the language has and droc cannot check yet. */
const laterRoles = ["observation", "action"];
const problems: readonly ProblemKind[] = ["single_stage", "forecast", "generation", "posterior", "multi_stage"];
const rolesOf: Readonly<Record<ProblemKind, readonly FieldRole[]>> = {
  single_stage: ["index", "context", "outcome"],
  generation: ["index", "context", "outcome"],
  posterior: ["index", "context", "outcome"],
  forecast: ["index", "context", "window", "outcome", "group"],
  multi_stage: ["index", "trajectory", "price"],
};

/** Whether a word is a role of fields in this kind of problem. */
export function isRole(ctx: CheckContext, name: string): boolean {
  return rolesOf[ctx.problem].some((role) => role === name);
}

/** Whether a word is a role of fields, but not in this kind of problem. */
export function isMisplacedRole(ctx: CheckContext, name: string): boolean {
  if (laterRoles.includes(name)) return true;
  const role = all.find((known) => known === name);
  return role !== undefined && !rolesOf[ctx.problem].includes(role);
}

function roleOf(ctx: CheckContext, field: FieldDecl, env: Env): FieldRole | null {
  const name = field.role.name;
  const at = locate(env, field.role);
  const roles = rolesOf[ctx.problem];
  if (laterRoles.includes(name)) {
    const args = { what: `a \`${name}\` field`, instead: `; use ${listNames(roles)}` };
    ctx.reporter.report("not-yet-supported", locate(env, field), args);
    return null;
  }
  const role = all.find((known) => known === name);
  if (role === undefined) {
    if (!isSuspect(ctx, name)) {
      ctx.reporter.report("field-role", at, { role: name, suggestion: didYouMean(name, roles) });
    }
    return null;
  }
  if (!roles.includes(role)) {
    const expected = problems.filter((problem) => rolesOf[problem].includes(role));
    ctx.reporter.report("wrong-problem", at, {
      name: role,
      found: problemNames[ctx.problem],
      expected: expected.map((problem) => problemNames[problem]).join(", or "),
      advice: `use ${listNames(roles)}`,
    });
    return null;
  }
  return hasForm(ctx, field, role, env) ? role : null;
}

/** A window has a horizon, a trajectory or price belongs to the stages; nothing else has either. */
function hasForm(ctx: CheckContext, field: FieldDecl, role: FieldRole, env: Env): boolean {
  const report = (at: Location, what: string, example: string): false => {
    ctx.reporter.report("field-form", at, { name: field.name.name, role, what, example });
    return false;
  };
  if (role === "group") return isPlainGroup(field, env, report);
  const windowed = "window y: real[24] -> horizon: real";
  const staged = `${role} w: real per ${ctx.stages ?? "day"}`;
  if (role === "window" && field.horizon === undefined) {
    return report(locate(env, field), "without what follows it", windowed);
  }
  if (role !== "window" && field.horizon !== undefined) {
    return report(locate(env, field.horizon.name), "with a horizon", windowed);
  }
  const perStage = role === "trajectory" || role === "price";
  if (perStage && field.per === undefined) return report(locate(env, field), "without its stages", staged);
  if (field.per === undefined || field.per.name === ctx.stages) return true;
  if (!perStage) return report(locate(env, field.per), "per stage", "trajectory w: real per day");
  if (ctx.stages === null || isSuspect(ctx, field.per.name)) return false;
  ctx.reporter.report("stage-name", locate(env, field.per), {
    name: field.per.name,
    suggestion: didYouMean(field.per.name, [ctx.stages]),
    expected: `per ${ctx.stages}`,
  });
  return false;
}

/** A group is the text of one column, of a file. */
function isPlainGroup(
  field: FieldDecl,
  env: Env,
  report: (at: Location, what: string, example: string) => false,
): boolean {
  const { value, range, horizon, per } = field;
  const example = `group ${field.name.name}: text = column("${field.name.name}")`;
  const computed = value !== undefined && value.kind !== "error" && !isColumn(value);
  if (computed) return report(locate(env, value), "of more than a column", example);
  const other = range ?? horizon?.name ?? per;
  return other === undefined || report(locate(env, other), "with more than its column", example);
}

function isColumn(value: Expr): boolean {
  return value.kind === "call" && value.callee.name === "column";
}

function checkFieldType(
  ctx: CheckContext,
  field: FieldDecl,
  role: FieldRole,
  type: string,
  dims: number,
  env: Env,
): boolean {
  const report = (found: string, reason: string, expected: string): false => {
    const args = { role, name: field.name.name, found, reason, expected };
    ctx.reporter.report("field-type", locate(env, field.type), args);
    return false;
  };
  if (role === "group") {
    if (type === "text" && dims === 0) return true;
    return report(dims > 0 ? "a vector" : type, "groups are told apart by the text of one column", "text without dims");
  }
  if (role !== "index") {
    if (type === "real" || type === "int") return true;
    return report(type, "models learn from numbers", "real or int, for instance `real[Feature]`");
  }
  if (dims > 0) return report("a vector", "one value orders each row", "date, datetime, int or text without dims");
  if (type !== "bool" && type !== "real") return true;
  return report(type, "rows are ordered by dates, whole numbers or text", "date, datetime, int or text");
}

function fieldColumns(ctx: CheckContext, field: FieldDecl, quantity: Quantity, env: Env): Columns | null {
  const { name } = quantity;
  const size = elementsOf(quantity.type.axes);
  // A window is cut from one column; a stage's values stand beside each other, or below each other in one column.
  const { role } = quantity;
  const widths = role === "window" ? [1] : role === "trajectory" || role === "price" ? [size, 1] : [size];
  if (field.value === undefined) {
    if (!widths.includes(1)) {
      if (!ctx.model.incomplete) ctx.reporter.report("columns-missing", quantity.at, { name, size });
      return null;
    }
    const leaf = { pattern: name, glob: false, lag: 0 };
    return { ir: { kind: "column", name }, transforms: [], width: 1, leaves: [leaf], ordered: null, season: null };
  }
  const columns = elaborateColumns(ctx, field.value, env);
  if (columns === null || columns.width === null || widths.includes(columns.width)) return columns;
  ctx.reporter.report("columns-count", locate(env, field.value), { name, expected: widths[0]!, found: columns.width });
  return null;
}

/** Enters what follows a window; `null` after reporting. */
function enterHorizon(
  ctx: CheckContext,
  field: FieldDecl,
  horizon: NonNullable<FieldDecl["horizon"]>,
  env: Env,
): Quantity | null {
  const { name } = horizon.name;
  const entity = ctx.model.entities.values.get(name);
  const own = entity?.kind === "horizon" && entity.decl === field;
  const type = elaborateType(ctx, horizon.type, env, name);
  const sound = type !== null && (type.name === "real" || type.name === "int");
  const quantity: Quantity | null = sound
    ? { name, type, role: "horizon", at: locate(env, horizon.name), doc: field.doc }
    : null;
  if (own) ctx.quantities.set(entity, quantity);
  if (type !== null && !sound) {
    const args = {
      role: "horizon",
      name,
      found: type.name,
      reason: "models learn from numbers",
      expected: "real or int",
    };
    ctx.reporter.report("field-type", locate(env, horizon.type), args);
  }
  return quantity;
}

/** `in lo..hi` in the field's own unit; `null` after reporting. */
function fieldRange(
  ctx: CheckContext,
  field: FieldDecl,
  quantity: Quantity,
  env: Env,
): { readonly lower: number; readonly upper: number } | null {
  const expr = field.range;
  if (expr === undefined || expr.kind === "error") return null;
  if (expr.kind !== "range") {
    const advice = "write the lowest and the highest accepted value: `in 0..100`";
    ctx.reporter.report("not-an-expression", locate(env, expr), { what: "anything but a range", advice });
    return null;
  }
  const type = { ...quantity.type, axes: [], name: "real" as const };
  const bounds = [expr.from, expr.to].map((bound) => {
    const term = constantTerm(ctx, bound, env, `the range of ${quantity.name}`);
    return term === null ? null : fitConstant(ctx, term, type, quantity.name, locate(env, bound));
  });
  const [lower, upper] = [bounds[0]?.[0], bounds[1]?.[0]];
  if (lower === undefined || upper === undefined) return null;
  if (lower < upper) return { lower, upper };
  ctx.reporter.report("field-range", locate(env, expr), { name: quantity.name, lower, upper });
  return null;
}
