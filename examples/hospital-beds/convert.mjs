#!/usr/bin/env node
// Turns daily admissions into one row for each day that is decided on, data/days.csv: see README.md.
//
//   node convert.mjs --days data-by-day.csv [--until 2025-09-13] [--out data/days.csv]
import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Command } from "commander";

const values = new Command("node convert.mjs")
  .description("Turns daily admissions into one row for each day that is decided on, data/days.csv")
  .requiredOption("--days <file>", "data-by-day.csv")
  .option("--until <day>", "the last day", "2025-09-13")
  .option("--out <file>", "where to write", resolve(import.meta.dirname, "data/days.csv"))
  .showHelpAfterError()
  .parse()
  .opts();
if (!existsSync(values.days)) {
  console.error(`error: there is no file ${values.days}: README.md says where it is found`);
  process.exit(1);
}
const out = resolve(values.out);
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
// DuckDB's own words name the column that is missing or the line that does not parse.
const stop = (error) => {
  console.error(`error: ${values.days}: ${error.message.split("\n")[0]}\nREADME.md names the file that is needed.`);
  process.exit(1);
};
mkdirSync(dirname(out), { recursive: true });
const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await instance.connect();
await connection
  .run(
    `CREATE VIEW source AS SELECT * FROM read_csv(${quoted(resolve(values.days))}, header = true, all_varchar = true)`,
  )
  .catch(stop);
const columns = (await connection.runAndReadAll("DESCRIBE source")).getRows().map(([name]) => name);
// The city's own file has one name for each column, copies of it another; dates there are 02/29/2020.
const [date, admitted, cases] = columns.includes("date_of_interest")
  ? ["strptime(date_of_interest, '%m/%d/%Y')::DATE", "HOSPITALIZED_COUNT", "CASE_COUNT"]
  : ["source.date::DATE", "hosp", "cases"];
const days = Array.from({ length: 7 }, (_, day) => day + 1);
// Everything is measured by the mean of the last seven days, the day itself included; below five a day chance rules.
const query = `
  WITH days AS (
    SELECT ${date} AS date, ${admitted}::DOUBLE AS admitted, ${cases}::DOUBLE AS cases FROM source
  ), weeks AS (
    SELECT *, avg(admitted) OVER past AS week, avg(cases) OVER past AS week_cases, count(*) OVER past AS known
    FROM days WINDOW past AS (ORDER BY date ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
  )
  SELECT date, round(week, 3) AS week,
    ${days.map((day) => `round(lag(admitted, ${day - 1}) OVER past / week, 6) AS past_${day}`).join(", ")},
    ${days
      .slice(1)
      .map((day) => `(isodow(date) = ${day})::INTEGER AS weekday_${day}`)
      .join(", ")},
    round(ln(week), 6) AS level, round(ln(week / greatest(lag(week, 7) OVER past, 1)), 6) AS trend,
    round(ln((1 + week_cases) / (1 + lag(week_cases, 7) OVER past)), 6) AS cases,
    ${days.map((day) => `round(lead(admitted, ${day}) OVER past / week, 6) AS next_${day}`).join(", ")}
  FROM weeks WHERE date <= ${quoted(values.until)}::DATE + 7 WINDOW past AS (ORDER BY date)
  QUALIFY row_number() OVER past > 13 AND week >= 5 AND lead(admitted, 7) OVER past IS NOT NULL ORDER BY date`;
await connection.run(`COPY (${query}) TO ${quoted(out)} (FORMAT csv, HEADER)`).catch(stop);
const counted = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM read_csv(${quoted(out)})`);
console.log(`${out}: ${counted.getRows()[0][0]} days.`);
connection.closeSync();
instance.closeSync();
