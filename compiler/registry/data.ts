import { waivableAssumptions } from "../analyse/assumptions/index.ts";

/** What reads, makes and transforms columns, as documentation and messages show it. */
export interface ColumnSchema {
  readonly name: string;
  readonly signature: string;
  readonly doc: string;
}

/** Files that data can come from. */
export const sources = ["csv", "parquet", "json"] as const;

/** Functions that make columns. */
export const columnFunctions: readonly ColumnSchema[] = [
  { name: "column", signature: 'column("name")', doc: "one column of the file" },
  { name: "columns", signature: 'columns("prefix_*")', doc: "all columns that match, in the order of the file" },
  { name: "lag", signature: "lag(source, 1..5)", doc: "values of earlier rows, so many steps back" },
  { name: "rolling_mean", signature: "rolling_mean(source, window = 20)", doc: "mean of this and the rows before" },
  { name: "rolling_sd", signature: "rolling_sd(source, window = 20)", doc: "standard deviation over the window" },
  { name: "rolling_min", signature: "rolling_min(source, window = 20)", doc: "least value in the window" },
  { name: "rolling_max", signature: "rolling_max(source, window = 20)", doc: "greatest value in the window" },
  { name: "rolling_sum", signature: "rolling_sum(source, window = 20)", doc: "sum over the window" },
  { name: "concat", signature: "concat(a, b)", doc: "the columns of all arguments, one after another" },
  {
    name: "one_hot",
    signature: 'one_hot(column("label"), 10)',
    doc: "for each class 0, 1, … a column that is 1 where the source has it, else 0",
  },
  { name: "season", signature: 'season("year")', doc: "sine and cosine of the date's place in the period" },
];

/** Functions of each value, also pipe stages. */
export const columnMaps = ["log1p", "log", "exp", "abs", "square", "sqrt", "cube"] as const;

/** Pipe stages that are fitted on the training part only. */
export const fittedStages = ["standardize", "minmax"] as const;

/** Rules by which rows are divided. */
export const splitRules = ["chronological", "random"] as const;

/** Assumptions that `waive name because "…"` can set aside, and what each one is. */
export const assumptions: ReadonlyMap<string, string> = new Map([
  ["random_split", "rows that are indexed by time may be split at random"],
  ...waivableAssumptions,
]);
