import type { Derived } from "./derived.ts";
import { double } from "./duckdb.ts";

/** An SQL expression and how many layers of windows lie below it: windows cannot be nested in one SELECT. */
interface Layered {
  readonly layer: number;
  readonly sql: string;
}

/**
 * The query that computes every component from the table `cells (row, ts, c0, c1, …)`: one result column a component, in
 * order, one row a row of the table, in the order of `row`. Rows without enough past give NULL. Windows run over `row`,
 * which is the order of the index, within the values of `partition` where there is one. A map outside its domain gives NaN. Nothing but numbers of ours and positions of
 * columns enters the text.
 */
export function componentQuery(components: readonly Derived[], partition: string | null = null): string {
  const order = `${partition === null ? "" : `PARTITION BY ${partition} `}ORDER BY row`;
  /** Windows by layer: SQL of the window → its column. */
  const layers: Map<string, string>[] = [];
  let count = 0;

  const window = (layer: number, sql: string): Layered => {
    const known = (layers[layer] ??= new Map<string, string>());
    const name = known.get(sql) ?? `v${count++}`;
    known.set(sql, name);
    return { layer: layer + 1, sql: name };
  };
  const build = (derived: Derived): Layered => {
    switch (derived.op) {
      case "source":
        return { layer: 0, sql: `c${derived.column}` };
      case "season":
        return { layer: 0, sql: seasonSql(derived.period, derived.wave) };
      case "scale": {
        const of = build(derived.of);
        return { layer: of.layer, sql: `(${of.sql} * ${double(derived.factor)})` };
      }
      case "indicator": {
        const of = build(derived.of);
        return { layer: of.layer, sql: `CASE WHEN ${of.sql} = ${double(derived.value)} THEN 1e0 ELSE 0e0 END` };
      }
      case "map": {
        const of = build(derived.of);
        return { layer: of.layer, sql: mapSql(derived.fn, of.sql) };
      }
      case "lag": {
        const of = build(derived.of);
        return window(of.layer, `lag(${of.sql}, ${derived.steps}) OVER (${order})`);
      }
      case "rolling": {
        const of = build(derived.of);
        const over = `OVER (${order} ROWS BETWEEN ${derived.window - 1} PRECEDING AND CURRENT ROW)`;
        const full = `count(${of.sql}) ${over} = ${derived.window}`;
        return window(of.layer, `CASE WHEN ${full} THEN ${STATISTICS[derived.statistic]}(${of.sql}) ${over} END`);
      }
    }
  };

  const outputs = components.map((component) => build(component).sql);
  let from = "cells";
  for (const known of layers) {
    const columns = [...known].map(([sql, name]) => `, ${sql} AS ${name}`).join("");
    from = `(SELECT *${columns} FROM ${from})`;
  }
  return `SELECT ${outputs.map((sql, i) => `${sql} AS o${i}`).join(", ")} FROM ${from} ORDER BY row`;
}

/** Sample standard deviation, n − 1. */
const STATISTICS = { mean: "avg", sd: "stddev_samp", min: "min", max: "max", sum: "sum" } as const;

const NAN = "CAST('nan' AS DOUBLE)";

function mapSql(fn: "log1p" | "log" | "exp" | "abs" | "square" | "sqrt" | "cube", x: string): string {
  switch (fn) {
    case "log":
      return `CASE WHEN ${x} > 0 THEN ln(${x}) WHEN ${x} <= 0 THEN ${NAN} END`;
    case "log1p":
      // DuckDB has no log1p; x · ln(u)/(u − 1) with u = 1 + x is exact to rounding near 0 (Kahan).
      return `CASE WHEN 1 + ${x} = 1 THEN ${x} WHEN ${x} > -1 THEN ${x} * ln(1 + ${x}) / ((1 + ${x}) - 1) \
WHEN ${x} <= -1 THEN ${NAN} END`;
    case "sqrt":
      return `CASE WHEN ${x} >= 0 THEN sqrt(${x}) WHEN ${x} < 0 THEN ${NAN} END`;
    case "exp":
      return `exp(${x})`;
    case "abs":
      return `abs(${x})`;
    case "square":
      return `(${x} * ${x})`;
    case "cube":
      return `(${x} * ${x} * ${x})`;
  }
}

/** Wave of the index's position in its year, week (from Monday) or day, counted from 0 at its start to 1 at its end. */
function seasonSql(period: "year" | "week" | "day", wave: "sin" | "cos"): string {
  const start = `date_trunc('${period}', ts)`;
  const length = `(epoch(${start} + INTERVAL 1 ${period}) - epoch(${start}))`;
  return `${wave}(2 * pi() * (epoch(ts) - epoch(${start})) / ${length})`;
}
