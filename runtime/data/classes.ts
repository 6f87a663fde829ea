import { RuntimeError, type DataPlace } from "../errors/runtime-error.ts";
import type { ForecastDataSpec, PredictorDecisionSpec } from "../predict/spec.ts";
import type { PredictorData } from "../predict/types.ts";
import type { FieldSpec } from "../spec.ts";
import { DATA_MESSAGES } from "./messages.ts";
import type { SeriesTable } from "./windows.ts";

/** Whether every row of a table is 1 in one column and 0 in the others. */
export function isOneHot({ rows, targets }: PredictorData): boolean {
  const d = rows === 0 ? 0 : targets.length / rows;
  if (d < 2) return false;
  for (let i = 0; i < rows; i++) {
    let ones = 0;
    for (let j = 0; j < d; j++) {
      const value = targets[i * d + j]!;
      if (value === 1) ones++;
      else if (value !== 0) return false;
    }
    if (ones !== 1) return false;
  }
  return true;
}

/**
 * Checks that every class that is tested or chosen on was trained on.
 * @throws RuntimeError `data-class-missing`
 */
export function checkClasses(
  parts: { readonly train: PredictorData; readonly validation: PredictorData; readonly test: PredictorData },
  names: readonly string[],
  predictor: PredictorDecisionSpec,
  split: ForecastDataSpec["split"],
): void {
  if (!isOneHot(parts.train)) return;
  const trained = counts(parts.train);
  for (const part of ["validation", "test"] as const) {
    for (const [j, count] of counts(parts[part]).entries()) {
      if (count === 0 || trained[j]! > 0) continue;
      const place = split.kind === "task" ? predictor.at : split.at;
      throw new RuntimeError(DATA_MESSAGES, "data-class-missing", { column: names[j]!, part, count }, { place });
    }
  }
}

function counts({ rows, targets }: PredictorData): number[] {
  const d = rows === 0 ? 0 : targets.length / rows;
  return Array.from({ length: d }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += targets[i * d + j]!;
    return sum;
  });
}

/**
 * Checks that each row of a field made by `one_hot` is of one of its classes.
 * @throws RuntimeError `data-class-unknown`
 */
export function checkOneHot(field: FieldSpec, values: readonly Float64Array[], table: SeriesTable): void {
  if (field.columns?.kind !== "one_hot") return;
  for (let row = 0; row < table.rows; row++) {
    if (values.some((column) => column[row] === 1)) continue;
    throw unknownClass(field, table.place(row));
  }
}

/** A row whose value is none of the classes of a field made by `one_hot`. */
export function unknownClass({ name: field, size: classes, at: place }: FieldSpec, data: DataPlace): RuntimeError {
  return new RuntimeError(DATA_MESSAGES, "data-class-unknown", { field, classes, last: classes - 1 }, { place, data });
}
