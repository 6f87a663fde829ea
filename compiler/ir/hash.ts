import { createHash } from "node:crypto";
import { foldParams } from "../../runtime/ir/builder.ts";
import type { ExprGraph } from "../../runtime/ir/expr.ts";
import type {
  DataIR,
  DecisionIR,
  EvaluateIR,
  MetricIR,
  ModelIR,
  OptionsIR,
  OptionValue,
  QuantityIR,
  Setting,
} from "../../runtime/ir/model.ts";
import { canonicalJson, sortedJson, type Json } from "./canonical-json.ts";

/**
 * Identity of a model's meaning: sha256, in hexadecimal, of its canonical JSON. Places, documentation, texts kept for
 * people, names of source files, the order of declarations, and whether a value was written or defaulted do not count.
 */
export function hashModel(ir: ModelIR): string {
  return createHash("sha256")
    .update(canonicalJson(meaningOf(ir)))
    .digest("hex");
}

/** The model without what does not change its meaning, lists without an order sorted. */
export function meaningOf(ir: ModelIR): Json {
  return {
    version: ir.version,
    name: ir.name,
    seed: ir.seed.value,
    dims: sortedJson(ir.dims.map(({ name, size, labels }) => ({ name, size, labels }))),
    params: sortedJson(ir.params.map((param) => ({ ...quantity(param), value: param.value }))),
    data: data(ir.data),
    decision: decision(ir.decision),
    loss: { graph: graph(ir.loss.graph), unit: ir.loss.unit },
    risk: {
      mean: ir.risk.mean,
      cvar: sortedJson(ir.risk.cvar.map(({ weight, level }) => ({ weight, level }))),
      deterministic: ir.risk.deterministic === undefined ? undefined : graph(ir.risk.deterministic),
    },
    uncertainty: {
      targets: sortedJson(ir.uncertainty.targets),
      given: sortedJson(ir.uncertainty.given),
      generator: options(ir.uncertainty.generator),
    },
    train: options(ir.train),
    compare: sortedJson(ir.compare.map(options)),
    evaluate: evaluate(ir.evaluate),
    // What is waived is part of the meaning; why is for people.
    waivers: ir.waivers?.length ? sortedJson(ir.waivers.map((waiver) => waiver.assumption)) : undefined,
  };
}

function quantity({ name, axes, unit }: QuantityIR): { readonly [key: string]: Json } {
  return { name, axes: axes.map(({ dim, size }) => ({ dim, size })), unit };
}

function data({ name, source, fields, split }: DataIR): Json {
  return {
    name,
    source: source.kind === "synthetic" ? { task: options(source.task) } : { kind: source.kind, path: source.path },
    fields: sortedJson(
      fields.map((field) => ({
        ...quantity(field),
        role: field.role,
        type: field.type,
        columns: field.columns,
        transforms: field.transforms,
        range: field.range === undefined ? undefined : { lower: field.range.lower, upper: field.range.upper },
      })),
    ),
    split:
      split.value.kind === "task"
        ? { kind: "task" }
        : {
            kind: split.value.kind,
            train: split.value.train,
            validation: split.value.validation,
            test: split.value.test,
          },
  };
}

function decision({ blocks, constraints }: DecisionIR): Json {
  return {
    blocks: sortedJson(blocks.map((block) => ({ ...quantity(block), type: block.type }))),
    constraints: sortedJson(constraints.map(({ relation, graph: g }) => ({ relation, graph: graph(g) }))),
  };
}

function evaluate({ on, metrics, options: settings }: EvaluateIR): Json {
  return { on, metrics: sortedJson(metrics.map(metric)), options: values(settings) };
}

function metric({ name, qualifier, values: list, options: settings }: MetricIR): Json {
  return {
    name,
    qualifier: qualifier === undefined ? undefined : { word: qualifier.word, value: qualifier.value },
    values: list,
    options: values(settings),
  };
}

function options(group: OptionsIR): Json {
  return { name: group.name, options: values(group.options) };
}

function values(settings: Readonly<Record<string, Setting<OptionValue>>>): Json {
  return Object.fromEntries(Object.entries(settings).map(([key, setting]) => [key, optionValue(setting.value)]));
}

function optionValue(value: OptionValue): Json {
  if (typeof value !== "object") return value;
  if (isList(value)) return value.map(optionValue);
  if ("oneOf" in value) return { oneOf: value.oneOf.map(optionValue), by: value.by };
  if ("from" in value) return { from: value.from, to: value.to, by: value.by };
  return options(value);
}

function isList(value: Exclude<OptionValue, string | number | boolean>): value is readonly OptionValue[] {
  return Array.isArray(value);
}

/** Parameters folded into values, equal nodes shared, places dropped. */
function graph(expression: ExprGraph): Json {
  const folded = foldParams(expression);
  return {
    nodes: folded.nodes.map((node) => {
      const { at: _, ...rest } = node;
      return rest;
    }),
    output: folded.output,
  };
}
