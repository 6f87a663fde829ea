import { dirname } from "node:path";
import type { DataDecl, FieldDecl } from "../../grammar/ast.ts";
import type { DataIR, FieldIR, Setting, SplitIR } from "../../runtime/ir/model.ts";
import { didYouMean, relatedPlace } from "../diagnostics/index.ts";
import { sources } from "../registry/index.ts";
import { confine, type Confinement } from "../source/confine.ts";
import { elementsOf } from "./axes.ts";
import { elaborateColumns, type Columns } from "./columns.ts";
import { constantTerm } from "./constants.ts";
import { envOf, isSuspect, locate, originOf, type CheckContext, type Env } from "./context.ts";
import { elaborateType } from "./declared.ts";
import { checkLeakage, type FieldColumns } from "./leakage.ts";
import { fitConstant } from "./params.ts";
import type { Quantity } from "./quantity.ts";
import { quantityIR } from "./quantity-ir.ts";
import { checkFileSplit } from "./split.ts";
import { checkTask, checkTaskFields } from "./tasks.ts";
import type { PlacedDecl } from "../resolve/module.ts";

/** Data of a model with its fields by role. `ir` is `null` where something was wrong with it. */
export interface CheckedData {
  readonly name: string;
  readonly synthetic: boolean;
  /** Names as declared, also of fields that have something wrong with them. */
  readonly contexts: readonly string[];
  readonly outcomes: readonly string[];
  /** True where there is no validation part to choose on. */
  readonly withoutValidation: boolean;
  readonly ir: DataIR | null;
}

const roles = ["index", "context", "outcome"] as const;
type Role = (typeof roles)[number];
/** Roles that the language has and droc cannot run yet. */
const laterRoles = ["window", "trajectory", "price", "observation", "action"];

/** Checks a data declaration and enters its fields among the model's quantities. */
export function checkData(
  ctx: CheckContext,
  placed: PlacedDecl,
  decl: DataDecl,
  confinement: Confinement,
): CheckedData {
  const env = envOf(placed.module.source, ctx.model.scopeOf(placed.module));
  const synthetic = decl.source.synthetic;
  const checked = decl.fields.map((field) => checkField(ctx, field, decl, env));
  const fields = checked.filter((field) => field !== null);
  const quantities = fields.map((field) => field.quantity);
  const contexts = fieldNames(decl, "context");
  const outcomes = fieldNames(decl, "outcome");
  const index = quantities.find((quantity) => quantity.role === "index") ?? null;
  let sound = checked.length === fields.length && hasOutcome(ctx, decl, env) && hasOneIndex(ctx, decl, quantities, env);
  let source: DataIR["source"] | null;
  let split: Setting<SplitIR> | null;
  if (synthetic) {
    const task = checkTask(ctx, decl, env);
    source = task === null ? null : { kind: "synthetic", task: task.ir };
    if (task !== null && !checkTaskFields(ctx, task, quantities, decl, env)) sound = false;
    if (task !== null && !columnsBelong(ctx, decl, task.entity.name, env)) sound = false;
    split = checkTaskSplit(ctx, decl, task?.entity.name ?? "", env);
  } else {
    source = checkFileSource(ctx, decl, env, confinement);
    split = checkFileSplit(ctx, decl, index, env);
    if (!checkOrder(ctx, decl, fields, index)) sound = false;
    checkLeakage(
      ctx,
      fields.flatMap((field): FieldColumns[] =>
        field.columns === null ? [] : [{ quantity: field.quantity, columns: field.columns }],
      ),
    );
  }
  const rows = source?.kind === "synthetic" ? source.task.options["validation"]?.value : undefined;
  const share = split?.value.kind === "task" ? rows : split?.value.validation;
  const base = { name: decl.name.name, synthetic, contexts, outcomes, withoutValidation: share === 0 };
  if (!sound || source === null || split === null) return { ...base, ir: null };
  const at = originOf(ctx, locate(env, decl.name));
  return { ...base, ir: { name: decl.name.name, at, source, fields: fields.map((field) => field.ir), split } };
}

function fieldNames(decl: DataDecl, role: Role): readonly string[] {
  return decl.fields.flatMap((field) => (field.role.name === role ? [field.name.name] : []));
}

interface CheckedField {
  readonly quantity: Quantity;
  readonly columns: Columns | null;
  readonly ir: FieldIR;
}

function checkField(ctx: CheckContext, field: FieldDecl, data: DataDecl, env: Env): CheckedField | null {
  const entity = ctx.model.entities.values.get(field.name.name);
  const fail = (): null => {
    if (entity?.kind === "field" && entity.decl === field) ctx.quantities.set(entity, null);
    return null;
  };
  const role = roleOf(ctx, field, env);
  if (role === null) return fail();
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
  if (range === null) return null;
  const ir: FieldIR = {
    ...quantityIR(ctx, quantity),
    role,
    type: declared.name === "bool" ? "int" : declared.name,
    columns: columns?.ir ?? null,
    transforms: columns?.transforms ?? [],
    ...(range === undefined ? {} : { range }),
  };
  return { quantity, columns, ir };
}

function roleOf(ctx: CheckContext, field: FieldDecl, env: Env): Role | null {
  const name = field.role.name;
  const at = locate(env, field.role);
  if (laterRoles.includes(name) || field.horizon !== undefined || field.per !== undefined) {
    const what = field.horizon !== undefined ? "a forecasting window" : `a \`${name}\` field`;
    const args = {
      what: field.per === undefined ? what : `a ${name} per stage`,
      instead: "; use `context` and `outcome`",
    };
    ctx.reporter.report("not-yet-supported", locate(env, field), args);
    return null;
  }
  const role = roles.find((known) => known === name);
  if (role !== undefined) return role;
  if (!isSuspect(ctx, name)) ctx.reporter.report("field-role", at, { role: name, suggestion: didYouMean(name, roles) });
  return null;
}

function checkFieldType(
  ctx: CheckContext,
  field: FieldDecl,
  role: Role,
  type: string,
  dims: number,
  env: Env,
): boolean {
  const report = (found: string, reason: string, expected: string): false => {
    const args = { role, name: field.name.name, found, reason, expected };
    ctx.reporter.report("field-type", locate(env, field.type), args);
    return false;
  };
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
  if (field.value === undefined) {
    if (size > 1) {
      if (!ctx.model.incomplete) ctx.reporter.report("columns-missing", quantity.at, { name, size });
      return null;
    }
    const leaf = { pattern: name, glob: false, lag: 0 };
    return { ir: { kind: "column", name }, transforms: [], width: 1, leaves: [leaf], ordered: null, season: null };
  }
  const columns = elaborateColumns(ctx, field.value, env);
  if (columns === null || columns.width === null || columns.width === size) return columns;
  ctx.reporter.report("columns-count", locate(env, field.value), { name, expected: size, found: columns.width });
  return null;
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

function hasOutcome(ctx: CheckContext, decl: DataDecl, env: Env): boolean {
  if (decl.fields.some((field) => field.role.name === "outcome")) return true;
  const declared = decl.fields.some((field) => laterRoles.includes(field.role.name));
  if (!declared && !ctx.model.incomplete) {
    ctx.reporter.report("field-missing", locate(env, decl.name), {
      name: decl.name.name,
      role: "outcome",
      reason: "what is uncertain must be declared: it is what the loss depends on and the generator draws",
      example: 'outcome s: real[Asset] = columns("r_*")',
    });
  }
  return false;
}

function hasOneIndex(ctx: CheckContext, decl: DataDecl, quantities: readonly Quantity[], env: Env): boolean {
  const [first, second] = quantities.filter((quantity) => quantity.role === "index");
  if (first === undefined || second === undefined) return true;
  const related = [relatedPlace("first", first.at, {})];
  ctx.reporter.report("index-twice", { source: env.source, span: second.at.span }, { name: decl.name.name }, related);
  return false;
}

function columnsBelong(ctx: CheckContext, decl: DataDecl, task: string, env: Env): boolean {
  let fits = true;
  for (const field of decl.fields) {
    if (field.value === undefined || field.value.kind === "error") continue;
    ctx.reporter.report("columns-of-task", locate(env, field.value), { name: field.name.name, task });
    fits = false;
  }
  return fits;
}

function checkTaskSplit(ctx: CheckContext, decl: DataDecl, task: string, env: Env): Setting<SplitIR> | null {
  const [split] = decl.splits;
  if (split === undefined) return { value: { kind: "task" }, origin: "implicit" };
  ctx.reporter.report("split-of-task", locate(env, split), { name: decl.name.name, task });
  return null;
}

function checkFileSource(
  ctx: CheckContext,
  decl: DataDecl,
  env: Env,
  confinement: Confinement,
): DataIR["source"] | null {
  const { value } = decl.source;
  if (value.kind === "error") return null;
  const name =
    value.kind === "call" || value.kind === "configured" ? value.callee.name : value.kind === "name" ? value.name : "";
  const kind = sources.find((known) => known === name);
  if (kind === undefined) {
    const library = ctx.standard("std/tasks").exports.values;
    const suggestion =
      library.get(name)?.kind === "task" ? `did you mean \`synthetic ${name}\`? ` : didYouMean(name, sources);
    if (!isSuspect(ctx, name)) {
      ctx.reporter.report("source-unknown", locate(env, decl.source), {
        name: name === "" ? "this" : name,
        suggestion,
      });
    }
    return null;
  }
  const argument = value.kind === "call" ? value.arguments[0] : undefined;
  if (argument?.value.kind === "error") return null;
  if (
    value.kind !== "call" ||
    value.arguments.length !== 1 ||
    argument?.name !== undefined ||
    argument?.value.kind !== "string"
  ) {
    ctx.reporter.report("source-path", locate(env, value), { name: kind });
    return null;
  }
  const path = argument.value.value;
  const at = locate(env, argument.value);
  const confined = confine(confinement, dirname(env.source.path), path);
  if (!("problem" in confined)) {
    return { kind, path: ctx.pathFromRoot(env.source, path), at: originOf(ctx, at) };
  }
  if (confined.problem === "remote") ctx.reporter.report("path-remote", at, { path });
  else if (confined.problem === "escapes") ctx.reporter.report("path-escapes", at, { path });
  else ctx.reporter.report("path-not-valid", at, {});
  return null;
}

function checkOrder(
  ctx: CheckContext,
  decl: DataDecl,
  fields: readonly CheckedField[],
  index: Quantity | null,
): boolean {
  let fits = true;
  const declared = decl.fields.some((field) => field.role.name === "index");
  for (const { columns } of fields) {
    const need = columns?.ordered ?? columns?.season;
    if (need === undefined || need === null) continue;
    if (index === null) {
      const name = "name" in need ? need.name : "season";
      if (!declared) ctx.reporter.report("index-needed", need.at, { name, data: decl.name.name });
      fits = false;
    }
    const season = columns?.season ?? null;
    if (season === null || index === null || index.type.name === "date" || index.type.name === "datetime") continue;
    ctx.reporter.report("index-not-time", season.at, {
      period: season.period,
      name: index.name,
      type: index.type.name,
    });
    fits = false;
  }
  return fits;
}
