#!/usr/bin/env node
// Makes data/stocks.csv, a row for each trading day, from prices and market indicators: see README.md.
//
//   node convert.mjs --prices prices.csv --market market.csv [--from 2014-01-02] [--to DATE] [--out data/stocks.csv]
//
// prices.csv: date and adjusted closes, a column for each asset. market.csv: date, vix, wti. Either may be gzipped.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Command } from "commander";

const values = new Command("node convert.mjs")
  .description("Makes data/stocks.csv, a row for each trading day, from prices and market indicators")
  .requiredOption("--prices <file>", "date and adjusted closes, a column for each asset")
  .requiredOption("--market <file>", "date, vix, wti")
  .option("--from <day>", "the first day", "2014-01-02")
  .option("--to <day>", "the last day", "9999-12-31")
  .option("--out <file>", "where to write", resolve(import.meta.dirname, "data/stocks.csv"))
  .showHelpAfterError()
  .parse()
  .opts();
for (const file of [values.prices, values.market]) {
  if (existsSync(file)) continue;
  console.error(`error: there is no file ${file}: README.md says where it is found`);
  process.exit(1);
}
const out = resolve(values.out);
const quoted = (word) => `'${word.replaceAll("'", "''")}'`;
// DuckDB's own words name the column that is missing or the line that does not parse.
const stop = (error) => {
  console.error(
    `error: ${values.prices} and ${values.market}: ${error.message.split("\n")[0]}\nREADME.md names the file that is needed.`,
  );
  process.exit(1);
};
mkdirSync(dirname(out), { recursive: true });
const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await instance.connect();
for (const name of ["prices", "market"])
  await connection
    .run(`CREATE VIEW ${name} AS SELECT * FROM read_csv(${quoted(resolve(values[name]))}, header = true)`)
    .catch(stop);
const described = await connection.runAndReadAll("DESCRIBE prices");
const assets = described
  .getRows()
  .map(([name]) => name)
  .filter((name) => name !== "date");
const returns = assets.map((name) => `"${name}" / lag("${name}") OVER past - 1 AS "r_${name}"`);
const average = `(${assets.map((name) => `"r_${name}"`).join(" + ")}) / ${assets.length}`;
const volatility = "stddev_samp(average) OVER (ORDER BY date ROWS BETWEEN 20 PRECEDING AND 1 PRECEDING)";
// Every feature is known at the close before: the indicators are lagged. A day without a price of oil has the last one.
const query = `
  WITH days AS (SELECT date, ${returns.join(", ")} FROM prices WINDOW past AS (ORDER BY date)),
  filled AS (SELECT date, vix, last_value(wti IGNORE NULLS) OVER (ORDER BY date) AS wti FROM market),
  joined AS (SELECT days.*, vix, wti, ${average} AS average FROM days JOIN filled USING (date))
  SELECT * EXCLUDE (average, number, vix, wti) FROM (
    SELECT *, row_number() OVER past AS number,
      lag(vix, 1) OVER past AS f_vix, round(lag(vix, 1) OVER past - lag(vix, 6) OVER past, 4) AS f_vix_change,
      lag(wti, 1) OVER past AS f_wti, round(lag(wti, 1) OVER past - lag(wti, 6) OVER past, 4) AS f_wti_change,
      lag(average, 1) OVER past AS f_market, ${volatility} AS f_volatility
    FROM joined WINDOW past AS (ORDER BY date)
  ) WHERE number > 21 AND date >= ${quoted(values.from)} AND date <= ${quoted(values.to)}
  ORDER BY date`;
await connection.run(`COPY (${query}) TO ${quoted(out)} (FORMAT csv, HEADER)`).catch(stop);
const counted = await connection.runAndReadAll(`SELECT count(*)::INTEGER, min(date), max(date) FROM (${query})`);
const [[count, first, last]] = counted.getRows();
console.log(`${out}: ${count} days from ${first} to ${last}, ${assets.length} assets.`);
connection.closeSync();
instance.closeSync();
