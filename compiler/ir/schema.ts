import { binaryFunctions, reduceFunctions, unaryFunctions } from "../../runtime/ir/scalar-ops.ts";
import { IR_VERSION } from "../../runtime/ir/model.ts";
import type { Json } from "./canonical-json.ts";

type Schema = { readonly [key: string]: Json };

const text: Schema = { type: "string" };
const number: Schema = { type: "number" };
const boolean: Schema = { type: "boolean" };
const integer: Schema = { type: "integer" };
const natural: Schema = { type: "integer", minimum: 0 };
const positive: Schema = { type: "integer", minimum: 1 };
const fraction: Schema = { type: "number", minimum: 0, maximum: 1 };
const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });
const list = (items: Json, more: Schema = {}): Schema => ({ type: "array", items, ...more });
const tuple = (...items: readonly Json[]): Schema => ({
  type: "array",
  prefixItems: items,
  items: false,
  minItems: items.length,
});
const words = (...values: readonly string[]): Schema => ({ enum: values });
const literal = (value: Json): Schema => ({ const: value });
const record = (values: Json): Schema => ({ type: "object", additionalProperties: values });
const nullable = (schema: Json): Schema => ({ anyOf: [schema, { type: "null" }] });

/** An object with these members and no others; a name that ends in `?` may be absent. */
function object(members: Readonly<Record<string, Json>>, more: Schema = {}): Schema {
  const names = Object.keys(members);
  return {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name.replace("?", ""), members[name]!])),
    required: names.filter((name) => !name.endsWith("?")),
    additionalProperties: false,
    ...more,
  };
}

const setting = (value: Json): Schema => object({ value, origin: words("explicit", "implicit"), "at?": ref("origin") });

const quantity = { name: text, axes: list(ref("axis")), unit: ref("unit"), "doc?": text, "at?": ref("origin") };

function node(op: Json, members: Readonly<Record<string, Json>>): Schema {
  return object({ op, shape: list(natural), ...members, "at?": ref("origin") });
}

const definitions: Schema = {
  origin: object(
    { file: natural, start: natural, end: natural },
    { description: "A place: index into `files`, half-open UTF-16 offsets." },
  ),
  axis: object({ dim: nullable(text), size: natural }),
  unit: { ...record(number), description: "Exponents of the base units; empty is dimensionless." },
  expression: object(
    { nodes: list(ref("node"), { minItems: 1 }), output: natural },
    { description: "Nodes in topological order; every id in `args` is smaller than the node's own." },
  ),
  node: {
    oneOf: [
      node(literal("const"), { value: list(number), "param?": text }),
      node(literal("input"), { name: text }),
      node(words(...Object.keys(unaryFunctions)), { args: tuple(natural) }),
      node(words(...Object.keys(binaryFunctions)), { args: tuple(natural, natural) }),
      node(words(...Object.keys(reduceFunctions)), { args: tuple(natural), axes: list(natural) }),
      node(literal("broadcast"), { args: tuple(natural), axes: list(natural) }),
      node(literal("where"), { args: tuple(natural, natural, natural) }),
      node(literal("gather"), { args: tuple(natural), indices: list(natural) }),
      node(literal("concat"), { args: list(natural) }),
      node(words("softmax", "transpose"), { args: tuple(natural) }),
      node(literal("matmul"), { args: tuple(natural, natural) }),
    ],
  },
  optionValue: {
    anyOf: [
      number,
      text,
      boolean,
      list(ref("optionValue")),
      ref("options"),
      object({ oneOf: list(ref("optionValue")), by: nullable(text) }),
      object({ from: number, to: number, by: nullable(text) }),
    ],
  },
  settings: record(setting(ref("optionValue"))),
  options: object({ name: text, options: ref("settings"), "at?": ref("origin") }),
  column: {
    oneOf: [
      object({ kind: literal("columns"), pattern: text }),
      object({ kind: literal("column"), name: text }),
      object({ kind: literal("lag"), source: ref("column"), steps: list(natural) }),
      object({
        kind: literal("rolling"),
        source: ref("column"),
        statistic: words("mean", "sd", "min", "max", "sum"),
        window: positive,
      }),
      object({
        kind: literal("map"),
        source: ref("column"),
        fn: words("log1p", "log", "exp", "abs", "square", "sqrt", "cube"),
      }),
      object({ kind: literal("scale"), source: ref("column"), factor: number }),
      object({ kind: literal("one_hot"), source: ref("column"), classes: positive }),
      object({ kind: literal("season"), period: words("year", "week", "day") }),
      object({ kind: literal("concat"), sources: list(ref("column")) }),
    ],
  },
  field: object({
    ...quantity,
    role: words("index", "context", "outcome", "window", "trajectory", "price", "group"),
    type: words("real", "int", "date", "datetime", "text"),
    columns: nullable(ref("column")),
    transforms: list(words("standardize", "minmax")),
    "range?": object({ lower: number, upper: number }),
    "horizon?": object(quantity),
    "per?": text,
  }),
  part: {
    oneOf: [
      object({ kind: literal("values"), values: list({ anyOf: [text, number] }) }),
      object({ kind: words("first", "last"), count: positive }),
      object({ kind: words("each", "rest") }),
    ],
  },
  split: {
    oneOf: [
      object({
        kind: words("chronological", "random"),
        train: fraction,
        validation: fraction,
        test: fraction,
        "at?": ref("origin"),
      }),
      object({ kind: literal("task") }),
      object({
        kind: literal("by"),
        column: text,
        train: ref("part"),
        "validation?": ref("part"),
        test: ref("part"),
        "at?": ref("origin"),
      }),
    ],
  },
  data: object({
    name: text,
    "at?": ref("origin"),
    source: {
      oneOf: [
        object({ kind: words("csv", "parquet", "json"), path: text, "at?": ref("origin") }),
        object({ kind: literal("synthetic"), task: ref("options") }),
      ],
    },
    fields: list(ref("field")),
    split: setting(ref("split")),
  }),
  decision: object({
    blocks: list(object({ ...quantity, type: words("real", "int", "bool") }), { minItems: 1 }),
    "maps?": list(
      object({ block: text, parameters: list(object(quantity)), graph: ref("expression"), "at?": ref("origin") }),
    ),
    constraints: list(
      object({ relation: words("<=", "=="), graph: ref("expression"), label: text, "at?": ref("origin") }),
    ),
    sets: list(object({ block: text, text, "at?": ref("origin") })),
  }),
  loss: object({ name: text, graph: ref("expression"), unit: ref("unit"), "at?": ref("origin") }),
  risk: object({
    mean: number,
    cvar: list(object({ weight: number, level: fraction, "at?": ref("origin") })),
    "deterministic?": ref("expression"),
    text,
    "at?": ref("origin"),
  }),
  uncertainty: object({ targets: list(text), given: list(text), generator: ref("options"), "at?": ref("origin") }),
  ambiguity: object({
    set: ref("options"),
    eachStage: boolean,
    "via?": ref("options"),
    "lift?": ref("options"),
    "at?": ref("origin"),
  }),
  stress: object({ on: words("test", "validation"), corruptions: list(ref("options")), "at?": ref("origin") }),
  evaluate: object({
    on: words("test", "validation"),
    metrics: list(ref("metric")),
    options: ref("settings"),
    "at?": ref("origin"),
  }),
  state: object({
    ...quantity,
    initially: list(number),
    "range?": object({ lower: list(number), upper: list(number) }),
    next: ref("expression"),
  }),
  metric: object({
    name: text,
    "qualifier?": object({ word: text, value: number }),
    "values?": list(number),
    options: ref("settings"),
    "at?": ref("origin"),
  }),
};

/** What every kind of problem has. */
const base = {
  version: literal(IR_VERSION),
  name: text,
  "doc?": text,
  files: list(text, { minItems: 1 }),
  seed: setting(integer),
  dims: list(object({ name: text, size: natural, "labels?": list(text) })),
  params: list(object({ ...quantity, value: list(number), overridden: boolean })),
  "graphs?": list(object({ name: text, nodes: positive, edges: list(tuple(natural, natural)), "at?": ref("origin") })),
  data: ref("data"),
  uncertainty: ref("uncertainty"),
  evaluate: ref("evaluate"),
  "waivers?": list(object({ assumption: text, because: text, "at?": ref("origin") })),
};
const train = { train: ref("options") };
const compare = { compare: list(ref("options")) };
const risk = { loss: ref("loss"), risk: ref("risk"), "ambiguity?": ref("ambiguity"), "stress?": ref("stress") };

/** One schema for each kind of problem; without `kind` it is a decision of one stage. */
const kinds: readonly Schema[] = [
  object({
    "kind?": literal("single_stage"),
    ...base,
    ...risk,
    ...train,
    ...compare,
    decision: ref("decision"),
    "solve?": ref("options"),
  }),
  object({
    kind: literal("forecast"),
    ...base,
    ...risk,
    ...train,
    ...compare,
    predictor: object({ name: text, from: list(text), to: text, network: ref("options"), "at?": ref("origin") }),
  }),
  object({ kind: literal("generation"), ...base, ...train, ...compare }),
  object({
    kind: literal("posterior"),
    ...base,
    ...train,
    observation: object({
      ...quantity,
      mean: ref("expression"),
      noise: object({ law: literal("normal"), mean: number, sd: number }),
    }),
    inference: object({ target: text, given: list(text), by: ref("options"), "at?": ref("origin") }),
  }),
  object({
    kind: literal("multi_stage"),
    ...base,
    ...compare,
    "ambiguity?": ref("ambiguity"),
    solve: ref("options"),
    stages: object({
      name: text,
      from: integer,
      to: integer,
      states: list(ref("state")),
      observing: list(text),
      decision: ref("decision"),
      loss: ref("loss"),
      "at?": ref("origin"),
    }),
  }),
];

/** JSON Schema (2020-12) of `AnyModelIR`, as published in `docs/ir.schema.json`. */
export function modelSchema(): Schema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `droc model, version ${IR_VERSION}`,
    description: "One model of a .dro file: resolved, checked, with every default present.",
    oneOf: kinds,
    $defs: definitions,
  };
}
