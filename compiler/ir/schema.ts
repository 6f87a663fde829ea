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
      object({ kind: literal("season"), period: words("year", "week", "day") }),
      object({ kind: literal("concat"), sources: list(ref("column")) }),
    ],
  },
  field: object({
    ...quantity,
    role: words("index", "context", "outcome"),
    type: words("real", "int", "date", "datetime", "text"),
    columns: nullable(ref("column")),
    transforms: list(words("standardize", "minmax")),
    "range?": object({ lower: number, upper: number }),
  }),
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
    ],
  },
  metric: object({
    name: text,
    "qualifier?": object({ word: text, value: number }),
    "values?": list(number),
    options: ref("settings"),
    "at?": ref("origin"),
  }),
};

/** JSON Schema (2020-12) of `ModelIR`, as published in `docs/ir.schema.json`. */
export function modelSchema(): Schema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `droc model, version ${IR_VERSION}`,
    description: "One model of a .dro file: resolved, checked, with every default present.",
    ...object({
      version: literal(IR_VERSION),
      name: text,
      "doc?": text,
      files: list(text, { minItems: 1 }),
      seed: setting(integer),
      dims: list(object({ name: text, size: natural, "labels?": list(text) })),
      params: list(object({ ...quantity, value: list(number), overridden: boolean })),
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
      train: ref("options"),
      compare: list(ref("options")),
      evaluate: object({
        on: words("test", "validation"),
        metrics: list(ref("metric")),
        options: ref("settings"),
        "at?": ref("origin"),
      }),
      "waivers?": list(object({ assumption: text, because: text, "at?": ref("origin") })),
    }),
    $defs: definitions,
  };
}
