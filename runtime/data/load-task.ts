import { createHash } from "node:crypto";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { DataSpec, FieldSpec, Sizes, SourceSpec } from "../spec.ts";
import { completeOptions, findTask } from "../tasks/index.ts";
import { randomStream } from "../tensor/random.ts";
import { assemble } from "./assemble.ts";
import type { Dataset, LoadOptions } from "./dataset.ts";
import { checkRange } from "./cells.ts";
import { DATA_MESSAGES } from "./messages.ts";

type TaskSource = Extract<SourceSpec, { kind: "synthetic" }>;

/** Draws a data block from a synthetic task; `loadData` says what is checked. */
export function loadTask(spec: DataSpec, source: TaskSource, sizes: Sizes, options: LoadOptions): Dataset {
  const task = findTask(source.task, source.at);
  const chosen = completeOptions(task, source.options, source.at);
  const { context: p, outcome: d, train, validation, test } = task.sizes(chosen);
  const contexts = fieldsOf(spec, "context", p, task.name, source);
  const outcomes = fieldsOf(spec, "outcome", d, task.name, source);
  const data = task.generate(chosen, randomStream(options.seed, `task/${task.name}`), options.replicate);
  const rows = train + validation + test;
  checkRange(contexts, data.contexts, p);
  checkRange(outcomes, data.outcomes, d);
  return assemble({
    rows,
    contexts: { fields: contexts, matrix: data.contexts },
    outcomes: { fields: outcomes, matrix: data.outcomes },
    index: Array.from({ length: rows }, (_, i) => String(i + 1)),
    split: {
      train: consecutive(0, train),
      validation: consecutive(train, train + validation),
      test: consecutive(train + validation, rows),
    },
    dataHash: hashTask(task.name, chosen, options.seed),
    law: data.law,
    sizes,
    place: source.at,
    notes: [],
  });
}

/** The fields of a role, which together must have as many components as the task draws. */
function fieldsOf(
  spec: DataSpec,
  role: "context" | "outcome",
  found: number,
  task: string,
  source: TaskSource,
): { field: FieldSpec; names: string[] }[] {
  const fields = spec.fields.filter((field) => field.role === role);
  const declared = fields.reduce((sum, field) => sum + field.size, 0);
  if (declared !== found)
    throw new RuntimeError(
      DATA_MESSAGES,
      "data-task-size",
      { task, role, found, declared },
      { place: fields[0]?.at ?? source.at },
    );
  return fields.map((field) => ({
    field,
    names:
      field.labels !== undefined
        ? field.labels.map((label) => `${field.name}[${label}]`)
        : field.size === 1
          ? [field.name]
          : Array.from({ length: field.size }, (_, i) => `${field.name}[${i + 1}]`),
  }));
}

/** Independent of the order in which options were written. */
function hashTask(task: string, options: Readonly<Record<string, number>>, seed: number): string {
  const sorted = Object.keys(options)
    .sort()
    .map((name) => [name, options[name]!]);
  return createHash("sha256")
    .update(JSON.stringify({ task, options: sorted, seed }))
    .digest("hex");
}

function consecutive(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to - from }, (_, i) => from + i);
}
