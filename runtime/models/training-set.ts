import { RuntimeError } from "../errors/runtime-error.ts";
import { tensorCatalogue } from "../tensor/catalogue.ts";
import type { TrainingSet } from "./sampler.ts";

/**
 * Refuses a training set that would only show as nonsense later.
 * @throws RuntimeError training-rows, training-table, training-not-finite, training-weights
 */
export function checkTrainingSet(
  model: string,
  data: TrainingSet,
  sizes: { readonly context: number; readonly outcome: number },
): void {
  if (!Number.isInteger(data.rows) || data.rows < 1)
    throw new RuntimeError(tensorCatalogue, "training-rows", { model, rows: data.rows });
  checkTable(model, "contexts", data.contexts, data.rows, sizes.context);
  checkTable(model, "outcomes", data.outcomes, data.rows, sizes.outcome);
  if (data.weights === undefined) return;
  if (data.weights.length !== data.rows)
    throw new RuntimeError(tensorCatalogue, "training-table", {
      model,
      table: "weights",
      actual: data.weights.length,
      rows: data.rows,
      columns: 1,
      expected: data.rows,
    });
  let total = 0;
  for (const [row, value] of data.weights.entries()) {
    if (!Number.isFinite(value) || value < 0)
      throw new RuntimeError(tensorCatalogue, "training-weights", { model, row: row + 1, value: String(value) });
    total += value;
  }
  if (total === 0)
    throw new RuntimeError(tensorCatalogue, "training-weights", { model, row: 1, value: "0, as all are" });
}

function checkTable(model: string, table: string, values: Float64Array, rows: number, columns: number): void {
  if (values.length !== rows * columns)
    throw new RuntimeError(tensorCatalogue, "training-table", {
      model,
      table,
      actual: values.length,
      rows,
      columns,
      expected: rows * columns,
    });
  const at = values.findIndex((v) => !Number.isFinite(v));
  if (at >= 0)
    throw new RuntimeError(tensorCatalogue, "training-not-finite", {
      model,
      table,
      value: String(values[at]),
      row: Math.floor(at / columns) + 1,
      column: (at % columns) + 1,
    });
}
