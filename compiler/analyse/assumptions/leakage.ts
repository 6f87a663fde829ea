import type { Origin } from "../../../runtime/ir/expr.ts";
import type { ColumnIR, FieldIR, ModelIR, OptionValue } from "../../../runtime/ir/model.ts";
import type { Problem } from "../problem.ts";

/**
 * Leakage that shows only once data, training and evaluation are seen together. That a scaler, a window or a reference
 * decision sees test rows cannot be said in a spec at all: scalers are fitted on the training part, windows end at their
 * own row, references are cross-fitted.
 */
export function leakageProblems(ir: ModelIR, fallback: Origin): readonly Problem[] {
  return [...laggedAtRandom(ir, fallback), ...evaluatedOnSelection(ir, fallback)];
}

/** Earlier rows as features of rows split at random: training contexts hold the outcomes of test rows. */
function laggedAtRandom(ir: ModelIR, fallback: Origin): readonly Problem[] {
  const { value: split, at } = ir.data.split;
  if (split.kind !== "random") return [];
  const field = ir.data.fields.find(
    (one) => one.role === "context" && one.columns !== null && reachBack(one.columns) > 0,
  );
  if (field === undefined) return [];
  const args = { context: field.name, rows: reachBack(field.columns!) };
  return [{ code: "leak-across-split", args, at: at ?? fallback, related: relatedField(field) }];
}

function relatedField(field: FieldIR): NonNullable<Problem["related"]> {
  return field.at === undefined ? [] : [{ at: field.at, label: field.name }];
}

/** Rows before its own that a column reads. */
function reachBack(column: ColumnIR): number {
  switch (column.kind) {
    case "columns":
    case "column":
    case "season":
      return 0;
    case "lag":
      return column.steps.reduce((most, step) => Math.max(most, step), 0) + reachBack(column.source);
    case "rolling":
      return column.window - 1 + reachBack(column.source);
    case "map":
    case "scale":
    case "one_hot":
      return reachBack(column.source);
    case "concat":
      return column.sources.reduce((most, source) => Math.max(most, reachBack(source)), 0);
  }
}

/** Results on the part that chose among settings look better than new data will. */
function evaluatedOnSelection(ir: ModelIR, fallback: Origin): readonly Problem[] {
  if (ir.evaluate.on !== "validation") return [];
  const choice = Object.entries(ir.train.options).find(([, setting]) => isChoice(setting.value));
  if (choice === undefined) return [];
  return [
    {
      code: "evaluate-on-selection",
      args: { option: choice[0], method: ir.train.name },
      at: ir.evaluate.at ?? fallback,
    },
  ];
}

function isChoice(value: OptionValue): boolean {
  return typeof value === "object" && "oneOf" in value && value.oneOf.length > 1;
}
