import type { DecidedRow } from "./decide-rows.ts";

export interface Column {
  readonly name: string;
  readonly type: "BIGINT" | "DOUBLE" | "VARCHAR";
}

/** Columns of rows that are written: in a CSV, in JSON and in Parquet the same. */
export interface RowTable<Row> {
  readonly columns: readonly Column[];
  /** Values in the order of the columns; `null` where a row has none. */
  values(row: Row): readonly (string | number | null)[];
}

export interface RowTableOptions {
  /** Name of the index column, where the contexts have one. */
  readonly index: string | null;
  /** `decisionNames` of the pipeline. */
  readonly decision: readonly string[];
  /** CVaR terms of the risk: each has its value at risk. */
  readonly tails: number;
  /** With the text of a row's error, where rows with one are kept. */
  readonly errors: boolean;
}

export const column = (name: string, type: Column["type"]): Column => ({ name, type });
const double = (name: string): Column => column(name, "DOUBLE");
const text = (name: string): Column => column(name, "VARCHAR");

/**
 * `row`, the index, the components of the decision by name, `status`, `objective`, `gap`, `t` (the value at risk of each
 * CVaR term: `t[1]`, `t[2]` where there are several), `milliseconds`, `error`.
 */
export function rowTable({ index, decision, tails, errors }: RowTableOptions): RowTable<DecidedRow> {
  const thresholds = tails === 1 ? ["t"] : Array.from({ length: tails }, (_, k) => `t[${k + 1}]`);
  const columns: readonly Column[] = [
    column("row", "BIGINT"),
    ...(index === null ? [] : [text(index)]),
    ...decision.map(double),
    text("status"),
    double("objective"),
    double("gap"),
    ...thresholds.map(double),
    double("milliseconds"),
    ...(errors ? [text("error")] : []),
  ];
  const none = Number.NaN;
  return {
    columns: distinct(columns),
    values({ row, index: key, answer, error }) {
      const numbers = (of: Float64Array | undefined, length: number): readonly (number | null)[] =>
        Array.from({ length }, (_, i) => finite(of?.[i] ?? none));
      return [
        row,
        ...(index === null ? [] : [key]),
        ...numbers(answer?.z, decision.length),
        answer?.status ?? "error",
        finite(answer?.objective ?? none),
        finite(answer?.gap ?? none),
        ...numbers(answer?.t, tails),
        finite(answer?.milliseconds ?? none),
        ...(errors ? [error === null ? null : `${error.code}: ${error.message}`] : []),
      ];
    },
  };
}

/** A value as it is written: nothing where it is no finite number. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/**
 * A decision or an index may have the name of one of our columns, or differ from it in case alone: ours, which stand
 * behind, keep theirs, and it becomes `decision.gap`.
 */
export function distinct(columns: readonly Column[]): readonly Column[] {
  const taken = new Set<string>();
  return columns
    .toReversed()
    .map((one) => {
      let { name } = one;
      while (taken.has(name.toLowerCase())) name = `decision.${name}`;
      taken.add(name.toLowerCase());
      return { ...one, name };
    })
    .toReversed();
}

/** A line of CSV (RFC 4180), with its line ending. */
export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(csvCell).join(",")}\n`;
}

function csvCell(value: string | number | null): string {
  if (value === null) return "";
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A line of JSON: one object, `null` where there is no value. */
export function jsonLine(
  { columns }: Pick<RowTable<never>, "columns">,
  values: readonly (string | number | null)[],
): string {
  return `${JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, values[i] ?? null])))}\n`;
}
