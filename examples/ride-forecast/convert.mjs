#!/usr/bin/env node
// Lays the rides of a day and of a week before beside each hour of the bike-sharing data, data/hours.csv: see README.md.
//
//   node convert.mjs --hours hour.csv [--out data/hours.csv]
import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Command } from "commander";

const values = new Command("node convert.mjs")
  .description("Lays the rides of a day and of a week before beside each hour of the bike-sharing data, data/hours.csv")
  .requiredOption("--hours <file>", "hour.csv of the archive that README.md names")
  .option("--out <file>", "where to write", resolve(import.meta.dirname, "data/hours.csv"))
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
// Hours from 6 to 22, in hundreds of rides: at night hardly anyone rides. Snow and thunderstorms are three hours: rain.
const query = `
  WITH timed AS (
    SELECT ${day}::TIMESTAMP + hr * INTERVAL 1 HOUR AS time, hr, workingday, temp, hum, windspeed, cnt / 100.0 AS rides,
      CASE weathersit WHEN 1 THEN 'clear' WHEN 2 THEN 'mist' ELSE 'rain' END AS weather
    FROM hours
  )
  SELECT strftime(now.time, '%Y-%m-%dT%H:%M:%S') AS time, now.rides, day.rides AS rides_day, week.rides AS rides_week,
    round(sin(2 * pi() * now.hr / 24), 6) AS hour_sin, round(cos(2 * pi() * now.hr / 24), 6) AS hour_cos,
    now.workingday, now.temp, now.hum AS humidity, now.windspeed AS wind, now.weather
  FROM timed AS now
  JOIN timed AS day ON day.time = now.time - INTERVAL 1 DAY
  JOIN timed AS week ON week.time = now.time - INTERVAL 7 DAY
  WHERE now.hr BETWEEN 6 AND 22 ORDER BY now.time`;
await connection.run(`COPY (${query}) TO ${quoted(out)} (FORMAT csv, HEADER)`).catch(stop);
const counted = await connection.runAndReadAll(
  `SELECT weather, count(*)::INTEGER FROM read_csv(${quoted(out)}) GROUP BY weather ORDER BY weather`,
);
console.log(
  `${out}: ${counted
    .getRows()
    .map(([weather, hours]) => `${hours} hours of ${weather}`)
    .join(", ")}.`,
);
connection.closeSync();
instance.closeSync();
