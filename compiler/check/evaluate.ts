import type { EvaluateDecl, MetricItem, Option } from "../../grammar/ast.ts";
import type { EvaluateIR, MetricIR, OptionValue, ProblemKind, Setting } from "../../runtime/ir/model.ts";
import { didYouMean, listNames } from "../diagnostics/index.ts";
import { evaluateOptions, evaluators, findGroup, metrics, type MetricSchema } from "../registry/index.ts";
import { constantNumber } from "./constants.ts";
import { isSuspect, locate, notRunnable, originOf, type CheckContext, type Env } from "./context.ts";
import type { CheckedData } from "./data.ts";
import { appliesHere, checkOptions, defaultGroup } from "./options.ts";
import type { CheckedRisk } from "./risk.ts";
import { describeRange, problemNames, type NumberSchema } from "../registry/index.ts";

interface Model {
  readonly data: CheckedData | null;
  readonly risk: CheckedRisk | null;
}

/** What is reported; `null` after reporting what is wrong. */
export function checkEvaluate(ctx: CheckContext, decl: EvaluateDecl, model: Model, env: Env): EvaluateIR | null {
  const on = checkOn(ctx, decl, model, env);
  const metricIRs = decl.items.map((item) => (item.kind === "metric" ? checkMetric(ctx, item, model, env) : undefined));
  const written = decl.items.flatMap((item): Option[] => (item.kind === "option" ? [item] : []));
  const options = checkOptions(
    ctx,
    evaluateOptions,
    written.map((option) => ({ option, env })),
    locate(env, decl),
  );
  if (on === null || options === null || metricIRs.some((metric) => metric === null)) return null;
  const evaluator = options["evaluator"];
  if (evaluator !== undefined && ctx.problem !== "single_stage") {
    const option = written.find((one) => one.key.name === "evaluator") ?? decl;
    ctx.reporter.report("wrong-problem", locate(env, option), {
      name: "evaluator",
      found: problemNames[ctx.problem],
      expected: problemNames.single_stage,
      advice: "remove it",
    });
    return null;
  }
  if (isTruth(evaluator?.value) && model.data !== null && !model.data.synthetic) {
    const option = written.find((one) => one.key.name === "evaluator") ?? decl;
    ctx.reporter.report("method-needs", locate(env, option), {
      name: "truth",
      needs: "a synthetic task",
      reason: "no one knows the true law behind a file of data",
      advice: "write `evaluator: residual_bootstrap { scenarios: 4096 }`",
    });
    return null;
  }
  return {
    on,
    metrics: metricIRs.filter((metric) => metric !== undefined && metric !== null),
    options:
      ctx.problem === "single_stage" ? { ...options, evaluator: evaluator ?? defaultEvaluator(model.data) } : options,
    at: originOf(ctx, locate(env, decl)),
  };
}

const defaultMetrics: Readonly<Record<Exclude<ProblemKind, "single_stage">, readonly string[]>> = {
  forecast: ["mse", "worst"],
  generation: ["mmd", "marginals", "correlation"],
  posterior: ["posterior_error"],
  multi_stage: ["mean_profit", "bound_gap"],
};

/** What is reported where the model does not say: it changes no decision. */
export function defaultEvaluate(problem: ProblemKind, risk: CheckedRisk | null, data: CheckedData | null): EvaluateIR {
  if (problem !== "single_stage") {
    const named = defaultMetrics[problem].map((name): MetricIR => ({ name, options: {} }));
    return { on: "test", metrics: named, options: defaultGroup(evaluateOptions).options };
  }
  const level = risk?.level ?? null;
  const cvar: readonly MetricIR[] =
    level === null ? [] : [{ name: "cvar_loss", options: { level: { value: level, origin: "implicit" } } }];
  return {
    on: "test",
    metrics: [{ name: "regret", options: {} }, { name: "mean_loss", options: {} }, ...cvar],
    options: { ...defaultGroup(evaluateOptions).options, evaluator: defaultEvaluator(data) },
  };
}

function defaultEvaluator(data: CheckedData | null): Setting<OptionValue> {
  const group = findGroup(evaluators, data?.synthetic === true ? "truth" : "residual_bootstrap");
  if (group === null) throw new Error("an evaluator is missing from the registry");
  return { value: defaultGroup(group), origin: "implicit" };
}

function isTruth(value: OptionValue | undefined): boolean {
  return typeof value === "object" && "name" in value && value.name === "truth";
}

function checkOn(ctx: CheckContext, decl: EvaluateDecl, model: Model, env: Env): "test" | "validation" | null {
  const name = decl.on?.name ?? "test";
  if (name === "validation" && model.data?.withoutValidation === true) {
    ctx.reporter.report("split-empty", locate(env, decl.on ?? decl), {
      part: "validation",
      reason: "it is what the model is evaluated on",
    });
    return null;
  }
  if (name === "test" || name === "validation") return name;
  if (decl.on !== undefined && !isSuspect(ctx, name)) {
    const suggestion = didYouMean(name, ["test", "validation"]);
    ctx.reporter.report("evaluate-on", locate(env, decl.on), { name, suggestion });
  }
  return null;
}

function checkMetric(ctx: CheckContext, item: MetricItem, model: Model, env: Env): MetricIR | null {
  const name = item.name.name;
  const at = locate(env, item.name);
  const schema = findGroup(metrics.groups, name);
  if (schema === null) {
    const known = metrics.groups.map((group) => group.name);
    if (metrics.planned.includes(name)) {
      const args = { what: `the metric \`${name}\``, instead: `; droc has ${listNames(known, 20)}` };
      ctx.reporter.report("not-yet-supported", locate(env, item), args);
    } else if (!isSuspect(ctx, name)) {
      const suggestion = didYouMean(name, [...known, ...evaluateOptions.options.map((option) => option.name)]);
      ctx.reporter.report("method-unknown", at, { what: "metric", name, suggestion, names: listNames(known, 20) });
    }
    return null;
  }
  const written = (item.options?.entries ?? []).map((option) => ({ option, env }));
  if (!appliesHere(ctx, { schema, at }, metrics)) return null;
  const options = checkOptions(ctx, schema, written, locate(env, item));
  if (options === null) return null;
  const isComputed = schema.runs !== false && (schema.runsIn ?? [ctx.problem]).includes(ctx.problem);
  if (!isComputed) notRunnable(ctx, at, `the metric \`${name}\``);
  const complete = schema.name === "cvar_loss" ? withRiskLevel(ctx, item, options, model, env) : options;
  const extra = complete === null ? null : checkQualifier(ctx, item, schema, env);
  return complete === null || extra === null
    ? null
    : { name, ...extra, options: complete, at: originOf(ctx, locate(env, item)) };
}

/** `cvar_loss` reports the level that the risk minimises unless it names one. */
function withRiskLevel(
  ctx: CheckContext,
  item: MetricItem,
  options: MetricIR["options"],
  model: Model,
  env: Env,
): MetricIR["options"] | null {
  if (Object.hasOwn(options, "level")) return options;
  const level = model.risk?.level ?? null;
  if (level !== null) return { ...options, level: { value: level, origin: "implicit" } };
  if (model.risk === null) return null;
  ctx.reporter.report("option-missing", locate(env, item), {
    owner: "cvar_loss",
    name: "level",
    example: "90%",
    doc: "the risk has no cvar whose level could be used",
  });
  return null;
}

function checkQualifier(
  ctx: CheckContext,
  item: MetricItem,
  schema: MetricSchema,
  env: Env,
): Pick<MetricIR, "qualifier" | "values"> | null {
  const { qualifier, value } = item;
  if (qualifier === undefined && value === undefined) {
    if (schema.values === undefined) return {};
    const args = { metric: schema.name, qualifier: "nothing", example: schema.example };
    ctx.reporter.report("metric-qualifier", locate(env, item), args);
    return null;
  }
  if (value?.kind === "error") return null;
  const wrong = (): null => {
    const shown = qualifier?.name ?? "a value";
    const at = locate(env, qualifier ?? value ?? item);
    ctx.reporter.report("metric-qualifier", at, { metric: schema.name, qualifier: shown, example: schema.example });
    return null;
  };
  if (qualifier !== undefined) {
    if (schema.qualifier?.word !== qualifier.name || value === undefined) return wrong();
    const number = constantNumber(ctx, value, env, qualifier.name);
    if (number === null || !inRange(ctx, number, schema.qualifier.value, schema, qualifier.name, locate(env, value)))
      return null;
    return { qualifier: { word: qualifier.name, value: number } };
  }
  if (schema.values === undefined || value?.kind !== "list") return wrong();
  const values: number[] = [];
  for (const one of value.items) {
    const number = constantNumber(ctx, one, env, schema.name);
    if (number === null || !inRange(ctx, number, schema.values, schema, schema.name, locate(env, one))) return null;
    values.push(number);
  }
  return values.length === 0 ? wrong() : { values };
}

function inRange(
  ctx: CheckContext,
  value: number,
  schema: NumberSchema,
  metric: MetricSchema,
  name: string,
  at: ReturnType<typeof locate>,
): boolean {
  const low = schema.open === "min" || schema.open === "both" ? value > schema.min : value >= schema.min;
  const high = schema.open === "max" || schema.open === "both" ? value < schema.max : value <= schema.max;
  if (low && high) return true;
  const range = describeRange(schema);
  ctx.reporter.report("option-range", at, {
    name,
    owner: metric.name,
    range,
    value,
    doc: metric.doc,
    example: metric.example,
  });
  return false;
}
