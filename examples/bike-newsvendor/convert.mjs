#!/usr/bin/env node
// Sums the hours of the bike-sharing data to days, data/days.csv: see README.md.
//
//   node convert.mjs --hours hour.csv [--out data/days.csv]
import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Command } from "commander";

const values = new Command("node convert.mjs")
  .description("Sums the hours of the bike-sharing data to days, data/days.csv")
  .requiredOption("--hours <file>", "hour.csv of the archive that README.md names")
  .option("--out <file>", "where to write", resolve(import.meta.dirname, "data/days.csv"))
  .showHelpAfterError()
  .parse()
  .opts();
if (!existsSync(values.hours)) {
  console.error(`error: there is no file ${values.hours}: README.md names the archive that it is in`);
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
await connection
  .run(`CREATE VIEW hours AS SELECT * FROM read_csv(${quoted(resolve(values.hours))}, header = true)`)
  .catch(stop);
const described = await connection.runAndReadAll("DESCRIBE hours");
// The archive calls the column dteday; copies of the file call it date.
const day = described.getRows().some(([name]) => name === "dteday") ? "dteday" : "date";
// Demand is measured by the mean of the week before, and so are the days that it is predicted from.
const query = `
  WITH days AS (
    SELECT hours.${day} AS date, sum(cnt)::DOUBLE AS rides, max(workingday) AS workingday,
      round(avg(temp), 6) AS temp, round(avg(hum), 6) AS humidity, round(avg(windspeed), 6) AS wind
    FROM hours GROUP BY hours.${day}
  ), typical AS (
    SELECT *, avg(rides) OVER (ORDER BY date ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING) AS week,
      row_number() OVER (ORDER BY date) AS number FROM days
  )
  SELECT date, rides, round(week, 3) AS week, round(rides / week, 6) AS demand,
    ${[1, 2, 7].map((days) => `round(lag(rides, ${days}) OVER (ORDER BY date) / week, 6) AS rides_${days}`).join(", ")},
    workingday, temp, humidity, wind
  FROM typical QUALIFY number > 7 ORDER BY date`;
await connection.run(`COPY (${query}) TO ${quoted(out)} (FORMAT csv, HEADER)`).catch(stop);
const counted = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM read_csv(${quoted(out)})`);
console.log(`${out}: ${counted.getRows()[0][0]} days.`);
connection.closeSync();
instance.closeSync();
