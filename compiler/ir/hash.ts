import { createHash } from "node:crypto";
import { foldParams } from "../../runtime/ir/builder.ts";
import type { ExprGraph } from "../../runtime/ir/expr.ts";
import type {
  AmbiguityIR,
  AnyModelIR,
  DataIR,
  DecisionIR,
  EvaluateIR,
  LossIR,
  MetricIR,
  OptionsIR,
  OptionValue,
  QuantityIR,
  RiskIR,
  Setting,
  SplitIR,
  StagesIR,
  StressIR,
  UncertaintyIR,
} from "../../runtime/ir/model.ts";
import { canonicalJson, sortedJson, type Json } from "./canonical-json.ts";

/**
 * Identity of a model's meaning: sha256, in hexadecimal, of its canonical JSON. Places, documentation, texts kept for
 * people, names of source files, the order of declarations, and whether a value was written or defaulted do not count.
 */
export function hashModel(ir: AnyModelIR): string {
  return createHash("sha256")
    .update(canonicalJson(meaningOf(ir)))
    .digest("hex");
}

/** The model without what does not change its meaning, lists without an order sorted. */
export function meaningOf(ir: AnyModelIR): Json {
  const base = {
    version: ir.version,
    name: ir.name,
    seed: ir.seed.value,
    dims: sortedJson(ir.dims.map(({ name, size, labels }) => ({ name, size, labels }))),
    params: sortedJson(ir.params.map((param) => ({ ...quantity(param), value: param.value }))),
    graphs: ir.graphs?.length
      ? sortedJson(ir.graphs.map(({ name, nodes, edges }) => ({ name, nodes, edges })))
      : undefined,
    data: data(ir.data),
    uncertainty: uncertainty(ir.uncertainty),
    evaluate: evaluate(ir.evaluate),
    // What is waived is part of the meaning; why is for people.
    waivers: ir.waivers?.length ? sortedJson(ir.waivers.map((waiver) => waiver.assumption)) : undefined,
  };
  return { ...base, ...ownMeaning(ir) };
}

/** What only this kind of problem has. */
function ownMeaning(ir: AnyModelIR): { readonly [key: string]: Json | undefined } {
  switch (ir.kind) {
    case "forecast":
      return {
        kind: ir.kind,
        predictor: {
          name: ir.predictor.name,
          from: ir.predictor.from,
          to: ir.predictor.to,
          network: options(ir.predictor.network),
        },
        loss: loss(ir.loss),
        risk: risk(ir.risk),
        ambiguity: optional(ir.ambiguity, ambiguity),
        train: options(ir.train),
        compare: sortedJson(ir.compare.map(options)),
        stress: optional(ir.stress, stress),
      };
    case "generation":
      return { kind: ir.kind, train: options(ir.train), compare: sortedJson(ir.compare.map(options)) };
    case "posterior":
      return {
        kind: ir.kind,
        train: options(ir.train),
        observation: { ...quantity(ir.observation), mean: graph(ir.observation.mean), noise: ir.observation.noise },
        inference: { target: ir.inference.target, given: ir.inference.given, by: options(ir.inference.by) },
      };
    case "multi_stage":
      return {
        kind: ir.kind,
        stages: stages(ir.stages),
        ambiguity: optional(ir.ambiguity, ambiguity),
        solve: options(ir.solve),
        compare: sortedJson(ir.compare.map(options)),
      };
    default:
      return {
        decision: decision(ir.decision),
        loss: loss(ir.loss),
        risk: risk(ir.risk),
        ambiguity: optional(ir.ambiguity, ambiguity),
        train: options(ir.train),
        solve: optional(ir.solve, options),
        compare: sortedJson(ir.compare.map(options)),
        stress: optional(ir.stress, stress),
      };
  }
}

function optional<T>(value: T | undefined, meaning: (value: T) => Json): Json | undefined {
  return value === undefined ? undefined : meaning(value);
}

function loss(value: LossIR): Json {
  return { graph: graph(value.graph), unit: value.unit };
}

function risk({ mean, cvar, deterministic }: RiskIR): Json {
  return {
    mean,
    cvar: sortedJson(cvar.map(({ weight, level }) => ({ weight, level }))),
    deterministic: optional(deterministic, graph),
  };
}

function uncertainty({ targets, given, generator }: UncertaintyIR): Json {
  return { targets: sortedJson(targets), given: sortedJson(given), generator: options(generator) };
}

function ambiguity({ set, eachStage, via, lift }: AmbiguityIR): Json {
  return { set: options(set), eachStage, via: optional(via, options), lift: optional(lift, options) };
}

function stress({ on, corruptions }: StressIR): Json {
  return { on, corruptions: corruptions.map(options) };
}

function stages({ from, to, states, observing, decision: decided, loss: cost }: StagesIR): Json {
  return {
    from,
    to,
    states: sortedJson(
      states.map((state) => ({
        ...quantity(state),
        initially: state.initially,
        range: state.range === undefined ? undefined : { lower: state.range.lower, upper: state.range.upper },
        next: graph(state.next),
      })),
    ),
    observing: sortedJson(observing),
    decision: decision(decided),
    loss: loss(cost),
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
        horizon: optional(field.horizon, quantity),
        per: field.per,
      })),
    ),
    split: splitMeaning(split.value),
  };
}

function splitMeaning(split: SplitIR): Json {
  if (split.kind === "task") return { kind: "task" };
  const { kind } = split;
  if (split.kind === "by") {
    return { kind, column: split.column, train: split.train, validation: split.validation, test: split.test };
  }
  return { kind, train: split.train, validation: split.validation, test: split.test };
}

function decision({ blocks, maps, constraints }: DecisionIR): Json {
  return {
    maps: optional(maps, (all) =>
      all.map((map) => ({ block: map.block, parameters: map.parameters.map(quantity), graph: graph(map.graph) })),
    ),
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
