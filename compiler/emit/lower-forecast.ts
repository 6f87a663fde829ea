import { likelihoodOf } from "../analyse/likelihood.ts";
import { identityOf, placesOf } from "./identity.ts";
import type { FieldIR, ForecastModelIR, MetricIR, OptionsIR } from "../../runtime/ir/model.ts";
import { sizeOf } from "../../runtime/ir/shape.ts";
import type {
  CorruptionSpec,
  ForecastDataSpec,
  ForecastPipeline,
  PredictorDecisionSpec,
  PredictorEvaluationSpec,
  PredictorMethodSpec,
  PredictorMetricSpec,
  PredictorSpec,
  StressSpec,
  WindowSpec,
} from "../../runtime/predict/spec.ts";
import { Choices, OptionReader, type Implicit } from "./choices.ts";
import { lowerGenerator } from "./lower-methods.ts";
import { lowerField, lowerSource } from "./lower-spec.ts";
import type { Places } from "./places.ts";
import { lowerPredictorMethod } from "./lower-predictor-method.ts";

/** All of a forecast pipeline's values; its loss and its folder are the emitted file's to say. */
export type ForecastValues = Omit<ForecastPipeline, "root" | "drocVersion" | "loss">;

/** The plain values of a model whose decision is a predictor. */
export function lowerForecast(
  ir: ForecastModelIR,
  places: Places,
): { readonly data: ForecastValues; readonly implicit: Implicit } {
  const choices = new Choices();
  const { ambiguity, stress } = ir;
  const budgets =
    ambiguity !== undefined && new OptionReader(ambiguity.set).has("budget")
      ? new OptionReader(ambiguity.set).choice("budget").candidates
      : undefined;
  const data: ForecastValues = {
    kind: "forecast",
    ...identityOf(ir),
    places: {
      ...placesOf(ir, places, ir.train.at ?? ir.predictor.at, ir.loss.at),
      ...(ambiguity === undefined ? {} : { ambiguity: places.place(ambiguity.at) }),
      ...(ir.compare.length === 0 ? {} : { baselines: ir.compare.map(({ at }) => places.place(at)) }),
    },
    data: lowerForecastData(ir, places, choices),
    predictor: lowerPredictor(ir, places, choices),
    risk: { mean: ir.risk.mean, cvar: ir.risk.cvar.map(({ weight, level }) => ({ weight, level })) },
    ...(ir.uncertainty.at === undefined ? {} : { generator: lowerGenerator(ir.uncertainty.generator, choices) }),
    ...(budgets === undefined ? {} : { budgets }),
    train: lowerPredictorMethod(ir.train, ir, choices),
    compare: ir.compare.map((method): PredictorMethodSpec => lowerPredictorMethod(method, ir, choices)),
    ...(stress === undefined
      ? {}
      : {
          stress: {
            on: stress.on,
            corruptions: stress.corruptions.map((one) => lowerCorruption(one, choices)),
            at: places.place(stress.at),
          } satisfies StressSpec,
        }),
    evaluate: lowerPredictorEvaluation(ir, choices),
  };
  if (ir.seed.origin === "implicit") choices.mark(data, ["seed"]);
  return { data, implicit: choices };
}

function lowerForecastData(ir: ForecastModelIR, places: Places, choices: Choices): ForecastDataSpec {
  const { data, dims } = ir;
  const split = data.split.value;
  const at = places.place(split.kind === "task" ? data.at : (split.at ?? data.split.at ?? data.at));
  const groups = data.fields
    .filter(({ role }) => role === "group")
    .map(({ name, columns, at: own }) => {
      return { name, column: columns?.kind === "column" ? columns.name : name, at: places.place(own) };
    });
  const spec: ForecastDataSpec = {
    name: data.name,
    source: lowerSource(data, places),
    fields: data.fields
      .filter(({ role }) => role !== "window" && role !== "group")
      .map((field) => lowerField(field, dims, places)),
    windows: data.fields
      .filter(({ role }) => role === "window")
      .map((field): WindowSpec => {
        const { horizon } = field;
        if (horizon === undefined) throw new Error(`the window ${field.name} has no horizon`);
        const column: FieldIR = { ...field, role: "outcome", axes: [] };
        return {
          field: lowerField(column, dims, places),
          length: sizeOf(field.axes.map(({ size }) => size)),
          horizon: { name: horizon.name, size: sizeOf(horizon.axes.map(({ size }) => size)) },
        };
      }),
    split: split.kind === "task" ? { kind: "task" } : { ...split, at },
    ...(groups.length === 0 ? {} : { groups }),
  };
  if (data.split.origin === "implicit") choices.mark(spec, ["split"]);
  return spec;
}

function lowerPredictor(ir: ForecastModelIR, places: Places, choices: Choices): PredictorDecisionSpec {
  const { predictor, data } = ir;
  const inputs = predictor.from.map((name) => {
    const field = data.fields.find((one) => one.name === name);
    if (field === undefined) throw new Error(`the data have no field ${name}`);
    const shape = field.axes.map(({ size }) => size);
    // A window, an image, and whatever a network goes along hold values of one kind.
    const along = predictor.network.name === "lstm" || predictor.network.name === "cnn";
    const alike = shape.length > 0 && (field.role === "window" || shape.length > 1 || along);
    return { name, shape, ...(alike ? { alike } : {}) };
  });
  const target = data.fields
    .flatMap((field) => [field, ...(field.horizon === undefined ? [] : [field.horizon])])
    .find(({ name }) => name === predictor.to);
  if (target === undefined) throw new Error(`the data have no field ${predictor.to}`);
  const likelihood = likelihoodOf(ir);
  return {
    name: predictor.name,
    inputs,
    target: { name: target.name, size: sizeOf(target.axes.map(({ size }) => size)) },
    network: lowerNetwork(predictor.network, choices),
    ...(likelihood === null ? {} : { likelihood }),
    at: places.place(predictor.at),
  };
}

function lowerNetwork(group: OptionsIR, choices: Choices): PredictorSpec {
  const read = new OptionReader(group);
  const spec = ((): PredictorSpec => {
    switch (group.name) {
      case "linear":
        return { kind: "linear" };
      case "logistic":
        return { kind: "logistic" };
      case "kernel":
        return { kind: "kernel", features: read.number("features"), bandwidth: read.number("bandwidth") };
      case "mlp":
        return {
          kind: "mlp",
          hidden: read.numbers("hidden"),
          activation: read.word("activation", ["relu", "silu", "tanh", "gelu"]),
        };
      case "lstm":
        return { kind: "lstm", layers: read.numbers("layers") };
      case "cnn":
        return {
          kind: "cnn",
          channels: read.numbers("channels"),
          kernel: read.number("kernel"),
          stride: read.number("stride"),
          hidden: read.numbers("hidden"),
        };
      default:
        throw new Error(`no predictor is called ${group.name}`);
    }
  })();
  return choices.lowered(spec, group, { kind: "" });
}

function lowerCorruption(group: OptionsIR, choices: Choices): CorruptionSpec {
  const read = new OptionReader(group);
  const spec = ((): CorruptionSpec => {
    switch (group.name) {
      case "gaussian": {
        const sd = read.value("sd");
        return { kind: "gaussian", sd: typeof sd === "number" ? [sd] : read.numbers("sd") };
      }
      case "perlin":
        return { kind: "perlin", octaves: read.number("octaves"), amplitude: read.number("amplitude") };
      case "cutout":
        return { kind: "cutout", ratio: read.number("ratio"), value: read.number("value") };
      default:
        throw new Error(`no corruption is called ${group.name}`);
    }
  })();
  return choices.lowered(spec, group, { kind: "" });
}

function lowerPredictorEvaluation({ evaluate }: ForecastModelIR, choices: Choices): PredictorEvaluationSpec {
  const group: OptionsIR = { name: "evaluate", options: evaluate.options };
  const read = new OptionReader(group);
  return choices.lowered(
    {
      on: evaluate.on,
      metrics: evaluate.metrics.map((metric) => lowerMetric(metric, choices)),
      seeds: read.number("seeds"),
      contexts: read.number("contexts"),
    },
    group,
  );
}

const plainMetrics = ["mean_loss", "mse", "mae", "accuracy", "worst", "wasserstein_to_train"] as const;

function lowerMetric(metric: MetricIR, choices: Choices): PredictorMetricSpec {
  const plain = plainMetrics.find((name) => name === metric.name);
  if (plain !== undefined) return { metric: plain };
  if (metric.name !== "quantile_loss") throw new Error(`no metric of predictors is called ${metric.name}`);
  const group: OptionsIR = { name: metric.name, options: metric.options };
  return choices.lowered({ metric: "quantile_loss", level: new OptionReader(group).number("level") }, group);
}
