import type { DataDecl } from "../../grammar/ast.ts";
import type { DataIR, FieldRole, ProblemKind, Setting, SplitIR } from "../../runtime/ir/model.ts";
import { didYouMean, relatedPlace } from "../diagnostics/index.ts";
import { sources } from "../registry/index.ts";
import { confinedPath } from "./confined-path.ts";
import { envOf, isSuspect, locate, originOf, type CheckContext, type Env } from "./context.ts";
import { checkLeakage, type FieldColumns } from "./leakage.ts";
import type { Quantity } from "./quantity.ts";
import { checkField, isMisplacedRole, isRole, type CheckedField } from "./fields.ts";
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
  /** Windows of past values with what follows each. */
  readonly windows: readonly { readonly name: string; readonly horizon: string }[];
  readonly trajectories: readonly string[];
  /** False where a role is misspelt or a field missing, so that what is context and what outcome is not certain. */
  readonly rolesKnown: boolean;
  /** True where there is no validation part to choose on. */
  readonly withoutValidation: boolean;
  readonly ir: DataIR | null;
}

/** Checks a data declaration and enters its fields among the model's quantities. */
export function checkData(ctx: CheckContext, placed: PlacedDecl, decl: DataDecl): CheckedData {
  const env = envOf(placed.module.source, ctx.model.scopeOf(placed.module));
  const synthetic = decl.source.synthetic;
  const checked = decl.fields.map((field) => checkField(ctx, field, decl, env));
  const fields = checked.filter((field) => field !== null);
  const quantities = fields.map((field) => field.quantity);
  const contexts = fieldNames(decl, "context");
  const outcomes = fieldNames(decl, "outcome");
  const trajectories = fieldNames(decl, "trajectory");
  const windows = decl.fields.flatMap(({ name, horizon }) =>
    horizon === undefined ? [] : [{ name: name.name, horizon: horizon.name.name }],
  );
  const index = quantities.find((quantity) => quantity.role === "index") ?? null;
  let rolesKnown = decl.fields.every((field) => isRole(ctx, field.role.name));
  if (checked.length === fields.length && !hasOutcome(ctx, decl, env)) rolesKnown = false;
  let sound = checked.length === fields.length && rolesKnown && hasOneIndex(ctx, decl, quantities, env);
  let source: DataIR["source"] | null;
  let split: Setting<SplitIR> | null;
  if (synthetic) {
    const task = checkTask(ctx, decl, env);
    source = task === null ? null : { kind: "synthetic", task: task.ir };
    if (task !== null && !checkTaskFields(ctx, task, quantities, decl, env)) sound = rolesKnown = false;
    if (task !== null && !columnsBelong(ctx, decl, task.entity.name, env)) sound = false;
    split = checkTaskSplit(ctx, decl, task?.entity.name ?? "", env);
  } else {
    source = checkFileSource(ctx, decl, env);
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
  const share = split === null ? null : split.value.kind === "task" ? rows : split.value.validation;
  const withoutValidation = share === 0 || (split?.value.kind === "by" && share === undefined);
  const { name } = decl.name;
  const base = { name, synthetic, contexts, outcomes, windows, trajectories, rolesKnown, withoutValidation };
  if (!sound || source === null || split === null) return { ...base, ir: null };
  const at = originOf(ctx, locate(env, decl.name));
  return { ...base, ir: { name, at, source, fields: fields.map((field) => field.ir), split } };
}

function fieldNames(decl: DataDecl, role: FieldRole): readonly string[] {
  return decl.fields.flatMap((field) => (field.role.name === role ? [field.name.name] : []));
}

/** What the model is about: what the generator draws. */
const subjects: Readonly<
  Record<ProblemKind, { readonly role: FieldRole; readonly reason: string; readonly example: string }>
> = {
  single_stage: {
    role: "outcome",
    reason: "what is uncertain must be declared: it is what the loss depends on and the generator draws",
    example: 'outcome s: real[Asset] = columns("r_*")',
  },
  generation: {
    role: "outcome",
    reason: "what the generator draws must be declared",
    example: 'outcome y: real[10] = columns("*")',
  },
  posterior: {
    role: "outcome",
    reason: "what is inferred must be declared: its law in the data is the prior",
    example: 'outcome u: real[16] = columns("u_*")',
  },
  forecast: {
    role: "window",
    reason: "what the predictor sees and what follows, or an outcome that it predicts, must be declared",
    example: "window y: real[24] -> horizon: real",
  },
  multi_stage: {
    role: "trajectory",
    reason: "what becomes known from stage to stage must be declared",
    example: "trajectory w: real per day",
  },
};

function hasOutcome(ctx: CheckContext, decl: DataDecl, env: Env): boolean {
  const { role, reason, example } = subjects[ctx.problem];
  const roles: readonly string[] = ctx.problem === "forecast" ? [role, "outcome"] : [role];
  if (decl.fields.some((field) => roles.includes(field.role.name))) return true;
  // A field of another problem's role is reported where it stands.
  const declared = decl.fields.some((field) => isMisplacedRole(ctx, field.role.name));
  if (!declared && !ctx.model.incomplete) {
    ctx.reporter.report("field-missing", locate(env, decl.name), { name: decl.name.name, role, reason, example });
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

function checkFileSource(ctx: CheckContext, decl: DataDecl, env: Env): DataIR["source"] | null {
  const { value } = decl.source;
  if (value.kind === "error") return null;
  const name =
    value.kind === "call" || value.kind === "configured"
      ? value.callee.name
      : value.kind === "name"
        ? value.name
        : undefined;
  if (name === undefined) {
    ctx.reporter.report("source-not-named", locate(env, decl.source), {
      source: value.kind === "string" ? "a path alone" : "this",
      written: value.kind === "string" ? readerOf(value.value) : 'csv("file.csv")',
    });
    return null;
  }
  const kind = sources.find((known) => known === name);
  if (kind === undefined) {
    const library = ctx.standard("std/tasks").exports.values;
    const suggestion =
      library.get(name)?.kind === "task" ? `did you mean \`synthetic ${name}\`? ` : didYouMean(name, sources);
    if (!isSuspect(ctx, name)) {
      ctx.reporter.report("source-unknown", locate(env, decl.source), { name, suggestion });
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
  if (confinedPath(ctx, path, at) === null) return null;
  return { kind, path: ctx.pathFromRoot(env.source, path), at: originOf(ctx, at) };
}

/** How a file is read that was named without its form: by its ending, as CSV where that says nothing. */
function readerOf(path: string): string {
  const form = sources.find((one) => path.toLowerCase().endsWith(`.${one}`)) ?? "csv";
  return `${form}(${JSON.stringify(path)})`;
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
