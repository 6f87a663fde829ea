import type { DataDecl, FieldDecl } from "../../grammar/ast.ts";
import type { OptionsIR, OptionValue } from "../../runtime/ir/model.ts";
import { TASKS } from "../../runtime/tasks/index.ts";
import { didYouMean, listNames } from "../diagnostics/index.ts";
import type { GroupSchema, OptionSchema } from "../registry/index.ts";
import type { EntityOf } from "../resolve/entity.ts";
import { textAt } from "../source/source-text.ts";
import { elementsOf } from "./axes.ts";
import { constantTerm } from "./constants.ts";
import { envOf, isSuspect, locate, notRunnable, originOf, type CheckContext, type Env } from "./context.ts";
import { elaborateAxis, reportWrongKind } from "./declared.ts";
import { checkOptions } from "./options.ts";
import type { Quantity } from "./quantity.ts";
import type { Term, ValueType } from "./term.ts";
import { plain } from "./unit.ts";

/** A synthetic task with its options. */
export interface CheckedTask {
  readonly entity: EntityOf<"task">;
  readonly ir: OptionsIR;
}

/** `synthetic name { options }`: the task and its options by the library's declaration; `null` after reporting. */
export function checkTask(ctx: CheckContext, decl: DataDecl, env: Env): CheckedTask | null {
  const { value } = decl.source;
  if (value.kind === "error") return null;
  const callee = value.kind === "name" ? value.name : value.kind === "configured" ? value.callee.name : null;
  const at = locate(env, decl.source);
  if (callee === null || (value.kind === "configured" && value.arguments.length > 0)) {
    ctx.reporter.report("method-form", at, { what: "task", example: "portfolio { degree: 4 }" });
    return null;
  }
  const library = ctx.standard("std/tasks").exports.values;
  const entity = env.scope.lookup(callee) ?? library.get(callee) ?? null;
  if (entity === null) {
    if (isSuspect(ctx, callee)) return null;
    const tasks = [...library.values()].flatMap((one) => (one.kind === "task" ? [one.name] : []));
    const nameAt = value.kind === "configured" ? locate(env, value.callee) : locate(env, value);
    if (plannedTasks.includes(callee)) {
      const instead = `; droc has ${listNames(tasks)}`;
      ctx.reporter.report("not-yet-supported", nameAt, { what: `the task \`${callee}\``, instead });
      return null;
    }
    const suggestion = didYouMean(callee, tasks);
    ctx.reporter.report("method-unknown", nameAt, { what: "task", name: callee, suggestion, names: listNames(tasks) });
    return null;
  }
  if (entity.kind !== "task") {
    if (entity.kind !== "poison") reportWrongKind(ctx, entity, at, "task");
    return null;
  }
  const schema = taskSchema(ctx, entity);
  const written = value.kind === "configured" ? value.options.entries.map((option) => ({ option, env })) : [];
  const options = schema === null ? null : checkOptions(ctx, schema, written, at);
  if (!TASKS.has(entity.name)) notRunnable(ctx, at, `the task \`${entity.name}\``);
  return options === null ? null : { entity, ir: { name: entity.name, options, at: originOf(ctx, at) } };
}

const trials: OptionSchema = {
  name: "trials",
  doc: "independent draws of the training rows: as many seeds, where `evaluate` has no `seeds` of its own",
  value: { type: "int", min: 1, max: 1000 },
  example: "100",
};

const plannedTasks = ["traffic"];

/** The options of a task are its declared parameters, in the ranges that its implementation accepts. */
function taskSchema(ctx: CheckContext, entity: EntityOf<"task">): GroupSchema | null {
  const env = envOf(entity.at.source, entity.scope);
  const options: OptionSchema[] = [];
  for (const parameter of entity.decl.parameters) {
    const value = parameter.value === undefined ? null : constantTerm(ctx, parameter.value, env, parameter.name.name);
    if (parameter.value !== undefined && value === null) return null;
    const number = value?.constant?.[0];
    const known = TASKS.get(entity.name)?.options;
    const implemented = known?.find((option) => option.name === parameter.name.name);
    if (implemented === undefined) throw new Error(`the task ${entity.name} has no option ${parameter.name.name}`);
    const { minimum: min, maximum: max, doc } = implemented;
    options.push({
      name: parameter.name.name,
      doc,
      value: { type: implemented.kind === "integer" ? "int" : "number", min, max },
      ...(number === undefined ? { required: true } : { default: number }),
      example: parameter.value === undefined ? "1" : textAt(locate(env, parameter.value)),
    });
  }
  options.push(trials);
  return { name: entity.name, doc: entity.decl.doc ?? entity.name, options };
}

/** Whether the declared fields are those that the task makes, of the sizes that its options give. */
export function checkTaskFields(
  ctx: CheckContext,
  task: CheckedTask,
  fields: readonly Quantity[],
  decl: DataDecl,
  env: Env,
): boolean {
  const locals = optionTerms(ctx, task);
  if (locals === null) return false;
  const home: Env = { ...envOf(task.entity.at.source, task.entity.scope), locals };
  let fits = true;
  const used = new Set<Quantity>();
  for (const made of task.entity.decl.fields) {
    const role = made.role.name;
    const size = fieldSize(ctx, made, home);
    if (size === null) return false;
    const own = fields.find((field) => field.role === role && !used.has(field));
    if (own === undefined) {
      const declaration = `${role} ${made.name.name}: real${size === 1 ? "" : `[${size}]`}`;
      const lost = ctx.model.incomplete || decl.fields.some((field) => field.role.name === role);
      if (!lost) {
        const args = { task: task.entity.name, role, field: made.name.name, declaration };
        ctx.reporter.report("task-field-missing", locate(env, decl.name), args);
      }
      fits = false;
      continue;
    }
    used.add(own);
    const found = elementsOf(own.type.axes);
    if (found === size) continue;
    ctx.reporter.report("task-field-shape", own.at, {
      task: task.entity.name,
      role,
      expected: size,
      name: own.name,
      found,
    });
    fits = false;
  }
  for (const extra of fields) {
    if (used.has(extra)) continue;
    ctx.reporter.report("task-field-count", extra.at, { task: task.entity.name, role: extra.role, name: extra.name });
    fits = false;
  }
  return fits;
}

function optionTerms(ctx: CheckContext, task: CheckedTask): ReadonlyMap<string, Term> | null {
  const locals = new Map<string, Term>();
  for (const [name, setting] of Object.entries(task.ir.options)) {
    const value: OptionValue = setting.value;
    if (typeof value !== "number" && typeof value !== "boolean") continue;
    const type: ValueType = {
      base: typeof value === "boolean" ? "bool" : "real",
      axes: [],
      unit: plain,
      anyUnit: false,
    };
    const term = ctx.build.const([Number(value)], type, task.entity.at);
    if (term === null) return null;
    locals.set(name, term);
  }
  return locals;
}

function fieldSize(ctx: CheckContext, field: FieldDecl, env: Env): number | null {
  const { type } = field;
  if (type.kind !== "scalar-type") return null;
  let size = 1;
  for (const dim of type.dims) {
    const axis = elaborateAxis(ctx, dim, env);
    if (axis === null) return null;
    size *= axis.size;
  }
  return size;
}
