import type { LoadOptions } from "../data/dataset.ts";
import { loadTask } from "../data/load-task.ts";
import { loadWindows } from "../data/load-windows.ts";
import type { AffineTransform, Dataset } from "../data/dataset.ts";
import { sizeOf } from "../ir/shape.ts";
import type { DataSpec } from "../spec.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { DATA_MESSAGES } from "../data/messages.ts";
import type { ForecastData } from "./forecast-data.ts";
import type { ForecastDataSpec, PredictorDecisionSpec } from "./spec.ts";
import type { PredictorData } from "./types.ts";

/**
 * Loads the rows that a predictor learns from and is tested on: windows of a file's series, rows of a file with contexts
 * and outcomes, or rows of a synthetic task.
 * @throws RuntimeError with a code of `DATA_MESSAGES` or `TASK_MESSAGES`
 */
export async function loadForecast(
  spec: ForecastDataSpec,
  predictor: PredictorDecisionSpec,
  options: LoadOptions,
): Promise<ForecastData> {
  const { source, split } = spec;
  if (source.kind !== "synthetic") return loadWindows(spec, predictor, source, options);
  if (split.kind === "by") throw new Error("A synthetic task is split by its own sizes.");
  const data: DataSpec = { name: spec.name, source, fields: spec.fields, split };
  const context = widthOf(spec, "context");
  const outcome = widthOf(spec, "outcome");
  return fromTask(loadTask(data, source, { context, outcome, decision: 0 }, options), spec, predictor);
}

function widthOf({ fields }: ForecastDataSpec, role: "context" | "outcome"): number {
  return fields.reduce((sum, field) => sum + (field.role === role ? field.size : 0), 0);
}

/** A task's rows as those of a predictor: its contexts in the order of the predictor's inputs, and one outcome field. */
function fromTask(data: Dataset, spec: ForecastDataSpec, predictor: PredictorDecisionSpec): ForecastData {
  const inputs = columnsOf(
    spec,
    "context",
    predictor.inputs.map(({ name }) => name),
  );
  const targets = columnsOf(spec, "outcome", [predictor.target.name]);
  const p = widthOf(spec, "context");
  const d = widthOf(spec, "outcome");
  const part = (rows: Int32Array, name: string): PredictorData => ({
    rows: rows.length,
    inputs: pick(data.contexts, p, rows, inputs),
    targets: pick(data.outcomes, d, rows, targets),
    groups: new Int32Array(rows.length),
    groupNames: rows.length === 0 ? [] : [name],
  });
  const { split, transforms } = data;
  return {
    train: part(split.train, "train"),
    validation: part(split.validation, "validation"),
    test: part(split.test, "test"),
    labels: Array.from(split.test, (row) => data.index[row]!),
    dataHash: data.dataHash,
    transforms: { inputs: affine(transforms.context, inputs), targets: affine(transforms.outcome, targets) },
    inputNames: inputs.map((j) => data.contextNames[j]!),
    targetNames: targets.map((j) => data.outcomeNames[j]!),
    components: Object.fromEntries(
      predictor.inputs.map(({ name }) => [name, columnsOf(spec, "context", [name]).map((j) => data.contextNames[j]!)]),
    ),
    step: null,
    gaps: null,
    notes: data.notes,
  };
}

/** The transform of these columns. */
function affine({ shift, scale }: AffineTransform, columns: readonly number[]): AffineTransform {
  return {
    shift: Float64Array.from(columns, (j) => shift[j]!),
    scale: Float64Array.from(columns, (j) => scale[j]!),
  };
}

/** Columns of the named fields in the matrix of their role. */
function columnsOf(spec: ForecastDataSpec, role: "context" | "outcome", names: readonly string[]): readonly number[] {
  const fields = spec.fields.filter((field) => field.role === role);
  return names.flatMap((name) => {
    let from = 0;
    for (const field of fields) {
      if (field.name === name) return Array.from({ length: field.size }, (_, k) => from + k);
      from += field.size;
    }
    throw new RuntimeError(
      DATA_MESSAGES,
      "data-column-missing",
      { column: name, field: name, suggestion: "", known: fields.map((field) => field.name).join(", ") },
      { place: spec.source.at },
    );
  });
}

function pick(matrix: Float64Array, width: number, rows: Int32Array, columns: readonly number[]): Float64Array {
  const picked = new Float64Array(rows.length * columns.length);
  rows.forEach((row, i) => columns.forEach((j, k) => (picked[i * columns.length + k] = matrix[row * width + j]!)));
  return picked;
}

/** Values of a predictor's input. */
export function inputSize(predictor: PredictorDecisionSpec): number {
  return predictor.inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}
