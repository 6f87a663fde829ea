import type { MetricIR, ModelIR, OptionsIR } from "../../runtime/ir/model.ts";
import type { EvaluationSpec, EvaluatorSpec, MetricSpec } from "../../runtime/spec.ts";
import { OptionReader, type Choices } from "./choices.ts";

/** The option of a task that says how often its training rows are drawn; the task itself does not know it. */
export const TRIALS = "trials";

/** The level of `cvar_loss` where neither the metric nor the risk names one. */
const defaultLevel = 0.95;

export function lowerEvaluation(ir: ModelIR, choices: Choices): EvaluationSpec {
  const { evaluate } = ir;
  const group: OptionsIR = { name: "evaluate", options: evaluate.options };
  const read = new OptionReader(group);
  const spec: EvaluationSpec = {
    on: evaluate.on,
    metrics: evaluate.metrics.flatMap((metric) => tailsOf(metric) ?? [lowerMetric(metric, ir, choices)]),
    evaluator: lowerEvaluator(read.group("evaluator"), choices),
    seeds: read.isImplicit("seeds") ? (trialsOf(ir) ?? read.number("seeds")) : read.number("seeds"),
    slices: read.number("slices"),
    contexts: read.number("contexts"),
  };
  return choices.lowered(spec, group);
}

/** Independent draws of the training rows that the task of the data asks for: a seed each. */
function trialsOf({ data: { source } }: ModelIR): number | null {
  const trials = source.kind === "synthetic" ? source.task.options[TRIALS]?.value : undefined;
  return typeof trials === "number" ? trials : null;
}

function lowerEvaluator(group: OptionsIR, choices: Choices): EvaluatorSpec {
  const read = new OptionReader(group);
  const kind = group.name;
  if (kind !== "truth" && kind !== "residual_bootstrap") throw new Error(`no evaluator is called ${kind}`);
  return choices.lowered({ kind, scenarios: read.number("scenarios") }, group);
}

/** One metric for each tail of `relative_regret { tail: […] }`; `null` for other metrics. */
function tailsOf({ name, options }: MetricIR): readonly MetricSpec[] | null {
  const read = new OptionReader({ name, options });
  if (name !== "relative_regret" || !read.has("tail")) return null;
  const value = read.value("tail");
  const tails = typeof value === "number" ? [value] : read.numbers("tail");
  return tails.map((tail) => ({ metric: "relative_regret", tail }));
}

function lowerMetric(metric: MetricIR, ir: ModelIR, choices: Choices): MetricSpec {
  const group: OptionsIR = { name: metric.name, options: metric.options };
  const read = new OptionReader(group);
  /** A metric with one quantity, which droc chooses where the spec says nothing. */
  const quantified = <T extends MetricSpec>(spec: T, key: string & keyof T): T => {
    if (!read.has(key)) choices.mark(spec, [key]);
    return choices.lowered(spec, group);
  };
  const orElse = (key: string, fallback: number): number => (read.has(key) ? read.number(key) : fallback);
  switch (metric.name) {
    case "regret":
      return metric.qualifier === undefined
        ? { metric: "regret" }
        : { metric: "regret", hardest: metric.qualifier.value };
    case "hindsight_regret":
    case "unambiguous_regret":
      return { metric: "hindsight_regret", unambiguous: metric.name === "unambiguous_regret" };
    case "relative_regret":
    case "mean_loss":
    case "mse":
      return { metric: metric.name };
    case "cvar_loss":
      return quantified(
        { metric: "cvar_loss", level: orElse("level", ir.risk.cvar[0]?.level ?? defaultLevel) },
        "level",
      );
    case "tail_w1":
      return quantified({ metric: "tail_w1", worst: orElse("worst", 0.1) }, "worst");
    case "quantile_gap":
      return quantified({ metric: "quantile_gap", level: orElse("level", 0.9) }, "level");
    case "cvar_gap":
      return quantified({ metric: "cvar_gap", level: orElse("level", 0.9) }, "level");
    case "percentile":
      return { metric: "percentile", levels: metric.values ?? [0.1, 0.9] };
    default:
      throw new Error(`no metric is called ${metric.name}`);
  }
}
