import { openContexts, type ContextBlock } from "../data/contexts.ts";
import type { ContextSource } from "../data/context-source.ts";
import { unknownClass } from "../data/classes.ts";
import type { RuntimeError } from "../errors/runtime-error.ts";
import { sizeOf } from "../ir/shape.ts";
import type { DataSpec, FieldSpec } from "../spec.ts";
import type { PredictorFile } from "./predictor-file.ts";
import { windowCutter, type InputBlock, type InputColumns, type NewRow } from "./series-windows.ts";
import type { ForecastPipeline } from "./spec.ts";

/** Rows of a file or a stream to predict at, read in blocks: memory does not grow with their number. */
export interface NewRows {
  readonly indexName: string | null;
  /** Name of the column that tells series apart, where there are several. */
  readonly zoneName: string | null;
  /** Can be read once. */
  blocks(): AsyncIterable<InputBlock>;
  /** Rows so far that only others were predicted from. */
  past(): number;
  close(): Promise<void>;
}

/**
 * Opens rows that are laid out as the data block of a pipeline says. Where the predictor reads windows they are series in
 * the order of their index, each told by the column of `split by` where the file has it, and a row has a prediction where
 * there are as many rows before it as its windows and lags need; else each row stands for itself.
 * @throws RuntimeError what `openContexts` throws
 */
export async function openNewRows(
  { data, predictor }: ForecastPipeline,
  { components, step }: PredictorFile,
  source: ContextSource,
  onWarning: (warning: RuntimeError) => void,
): Promise<NewRows> {
  const window = (name: string) => data.windows.find(({ field }) => field.name === name);
  const fields = predictor.inputs.map(({ name }): FieldSpec => {
    const field = window(name)?.field ?? data.fields.find((one) => one.name === name);
    if (field === undefined) throw new Error(`the data have no field ${name}`);
    return { ...field, role: "context" };
  });
  const isSeries = data.windows.length > 0;
  const { split } = data;
  const zone = split.kind === "by" ? split.column : null;
  const wanted = fields.flatMap(({ name }) => components[name]!);
  const reader = await openContexts(rowSpec(data, fields, zone), wanted, source, isSeries ? { zone } : null);
  for (const warning of reader.warnings) onWarning(warning);
  let column = 0;
  const inputs = predictor.inputs.map(({ name, shape }, k): InputColumns => {
    const columns = fields[k]!.size;
    const from = column;
    column += columns;
    return { column: from, columns, length: window(name) === undefined ? 1 : sizeOf(shape) };
  });
  const index = data.fields.find(({ role }) => role === "index");
  const cutter = isSeries
    ? windowCutter({
        inputs,
        reach: reader.reach,
        step,
        at: data.windows[0]!.field.at,
        zoneName: reader.zoneName,
        indexAt: index ?? null,
        onWarning,
      })
    : null;
  return {
    indexName: reader.indexName,
    zoneName: reader.zoneName,
    async *blocks() {
      for await (const block of reader.blocks()) {
        const checked = withClasses(block, fields);
        yield cutter?.cut(checked) ?? eachRow(checked);
      }
      const rows = cutter?.end() ?? [];
      if (rows.length > 0) yield { rows, inputs: new Float64Array(0) };
    },
    past: () => cutter?.past ?? 0,
    close: () => reader.close(),
  };
}

/** The data block as one of contexts: what the predictor reads, in its order, and the other fields as known. */
function rowSpec(data: ForecastPipeline["data"], fields: readonly FieldSpec[], zone: string | null): DataSpec {
  const known = [...data.fields, ...data.windows.map(({ field }) => field)]
    .filter(({ name }) => fields.every((field) => field.name !== name))
    .map((field): FieldSpec => (field.role === "index" ? field : { ...field, role: "outcome" }));
  const told = [
    ...(zone === null || data.split.kind !== "by" ? [] : [{ column: zone, at: data.split.at }]),
    ...(data.groups ?? []),
  ].map(({ column, at }): FieldSpec => {
    return { role: "outcome", name: column, type: "text", size: 1, columns: null, transforms: [], at };
  });
  return { name: data.name, source: data.source, fields: [...fields, ...known, ...told], split: { kind: "task" } };
}

/** The block with an error at every row of a field made by `one_hot` that is of none of its classes. */
function withClasses(block: ContextBlock, fields: readonly FieldSpec[]): ContextBlock {
  const q = block.values.length / block.rows;
  const errors = new Map(block.errors);
  let from = 0;
  for (const field of fields) {
    const at = from;
    from += field.size;
    if (field.columns?.kind !== "one_hot") continue;
    for (let k = 0; k < block.rows; k++) {
      const values = block.values.subarray(k * q + at, k * q + at + field.size);
      if (errors.has(k) || values.some((value) => value === 1 || Number.isNaN(value))) continue;
      errors.set(k, unknownClass(field, block.place(k)));
    }
  }
  return { ...block, errors };
}

/** Rows that each stand for themselves. */
function eachRow({ first, rows: count, values, index, errors }: ContextBlock): InputBlock {
  const p = values.length / count;
  const rows = Array.from({ length: count }, (_, k): NewRow => {
    return { row: first + k, index: index?.[k] ?? null, zone: null, error: errors.get(k) ?? null };
  });
  const inputs = new Float64Array((count - errors.size) * p);
  let next = 0;
  rows.forEach(({ error }, k) => {
    if (error === null) inputs.set(values.subarray(k * p, (k + 1) * p), p * next++);
  });
  return { rows, inputs };
}
