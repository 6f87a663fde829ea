#!/usr/bin/env node
// Lays the grids below each other, one row a grid and hour, data/carbon.csv: see README.md.
//
//   node convert.mjs --hours carbon_eia_2022_hourly.csv [--out data/carbon.csv]
import { existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Command } from "commander";

const values = new Command("node convert.mjs")
  .description("Lays the grids below each other, one row a grid and hour, data/carbon.csv")
  .requiredOption("--hours <file>", "hourly carbon intensities, a column a grid")
  .option("--out <file>", "where to write", resolve(import.meta.dirname, "data/carbon.csv"))
  .showHelpAfterError()
  .parse()
  .opts();
const stop = (message) => {
  console.error(`error: ${message}`);
  process.exit(1);
};
if (!existsSync(values.hours)) stop(`there is no file ${values.hours}: README.md says where it is found`);
const out = resolve(values.out);
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await instance.connect();
await connection
  .run(
    `CREATE VIEW hours AS SELECT * FROM read_csv(${quoted(resolve(values.hours))}, header = true, all_varchar = true)`,
  )
  .catch(({ message }) => stop(`${values.hours}: ${message.split("\n")[0]}`));
const columns = (await connection.runAndReadAll("DESCRIBE hours")).getRows().map(([name]) => name);
const grids = columns.filter((name) => /^\w+_ci$/.test(name));
if (!columns.includes("utc") || grids.length === 0)
  stop(
    `${values.hours} has no column ${grids.length === 0 ? "like erco_ci, the intensity of a grid" : "utc, the hour"}: README.md names the file that is needed`,
  );
// Hours without a measurement are left out, as gaps.
const rows = grids.map(
  (name, at) =>
    `SELECT ${at} AS grid, utc AS time, '${name.slice(0, -"_ci".length).toUpperCase()}' AS zone, ${name} AS y
     FROM hours WHERE ${name} IS NOT NULL`,
);
mkdirSync(dirname(out), { recursive: true });
await connection.run(
  `COPY (SELECT time, zone, y FROM (${rows.join(" UNION ALL ")}) ORDER BY grid, time) TO ${quoted(out)} (FORMAT csv, HEADER)`,
);
const counted = await connection.runAndReadAll(
  `SELECT zone, count(*)::INTEGER FROM read_csv(${quoted(out)}) GROUP BY zone ORDER BY zone`,
);
console.log(
  `${out}: ${counted
    .getRows()
    .map(([zone, hours]) => `${hours} hours of ${zone}`)
    .join(", ")}.`,
);
connection.closeSync();
instance.closeSync();
