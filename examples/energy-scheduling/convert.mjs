#!/usr/bin/env node
// Turns hourly prices into one row a day, data/days.csv: see README.md.
//
//   node convert.mjs --hours storage_data.csv [--out data/days.csv]
import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Command } from "commander";

const values = new Command("node convert.mjs")
  .description("Turns hourly prices into one row a day, data/days.csv")
  .requiredOption("--hours <file>", "storage_data.csv")
  .option("--out <file>", "where to write", resolve(import.meta.dirname, "data/days.csv"))
  .showHelpAfterError()
  .parse()
  .opts();
if (!existsSync(values.hours)) {
  console.error(`error: there is no file ${values.hours}: README.md says where it is found`);
  process.exit(1);
}
const out = resolve(values.out);
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
// DuckDB's own words name the column that is missing or the line that does not parse.
const stop = (error) => {
  console.error(`error: ${values.hours}: ${error.message.split("\n")[0]}\nREADME.md names the file that is needed.`);
  process.exit(1);
};
mkdirSync(dirname(out), { recursive: true });
const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await instance.connect();
const hours = Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"));
const atHour = (column, name) =>
  hours.map((hour) => `max(${column}) FILTER (hour = '${hour}') AS ${name}_${hour}`).join(", ");
// What is known the evening before: the load forecast of the day and the prices of the day that ends.
const query = `
  WITH hours AS (
    SELECT substr(datetime, 1, 10) AS date, substr(datetime, 12, 2) AS hour,
      da_price::DOUBLE AS price, load_forecast::DOUBLE / 1000 AS load
    FROM read_csv(${quoted(resolve(values.hours))}, header = true, types = {'datetime': 'VARCHAR'})
  ), days AS (
    SELECT date, count(*) AS counted, ${atHour("load", "load")}, ${atHour("price", "price")} FROM hours GROUP BY date
  )
  SELECT date, dayofweek(date::DATE) IN (0, 6) AS weekend, COLUMNS('load_.*'),
    ${hours.map((hour) => `lag(price_${hour}) OVER past AS past_${hour}`).join(", ")}, COLUMNS('price_.*')
  FROM days WHERE counted = 24 WINDOW past AS (ORDER BY date) QUALIFY row_number() OVER past > 1 ORDER BY date`;
await connection
  .run(`COPY (SELECT * REPLACE (weekend::INTEGER AS weekend) FROM (${query})) TO ${quoted(out)} (FORMAT csv, HEADER)`)
  .catch(stop);
const counted = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM read_csv(${quoted(out)})`);
console.log(`${out}: ${counted.getRows()[0][0]} days.`);
connection.closeSync();
instance.closeSync();
