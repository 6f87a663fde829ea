#!/usr/bin/env node
// Turns the list of major power outages in the United States into data/outages.parquet: see DATA.md.
//
//   node convert.mjs --events outage.csv [--out FILE]
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Command } from "commander";

/** Reliability regions of the mainland; ECAR became a part of RFC in 2006. */
const REGIONS = ["FRCC", "MRO", "NPCC", "RFC", "SERC", "SPP", "TRE", "WECC"];

const values = new Command("node convert.mjs")
  .description("Turns the list of major power outages in the United States into data/outages.parquet: see DATA.md")
  .requiredOption("--events <file>", "a CSV with the columns year, month, nerc_region and duration_min, gzipped or not")
  .option("--out <file>", "where to write", resolve(import.meta.dirname, "data/outages.parquet"))
  .addHelpText("after", "\nExample: node convert.mjs --events ~/Downloads/outages.csv")
  .showHelpAfterError()
  .parse()
  .opts();
if (!existsSync(values.events)) {
  process.stderr.write(`error: there is no file ${values.events}: DATA.md says where it is found\n`);
  process.exitCode = 1;
} else {
  const out = resolve(values.out);
  mkdirSync(dirname(out), { recursive: true });
  try {
    process.stdout.write(`${out}: ${await convert(values.events, out)}\n`);
  } catch (error) {
    // DuckDB's own words name the column that is missing or the line that does not parse.
    process.stderr.write(
      `${basename(values.events)}: ${error instanceof Error ? error.message.split("\n")[0] : error}\n`,
    );
    process.exitCode = 1;
  }
}

/** A text as SQL. */
function text(value) {
  return `'${value.replaceAll("'", "''")}'`;
}

/** Hours without power, by the month in which the outage began and the region: every month of the list is a row. */
async function convert(events, out) {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run(`CREATE TABLE events AS SELECT year * 12 + month - 1 AS month,
    CASE nerc_region WHEN 'ECAR' THEN 'RFC' ELSE nerc_region END AS region, duration_min / 60 AS hours
    FROM read_csv(${text(events)}, header = true, types = { 'year': 'INTEGER', 'month': 'INTEGER', 'duration_min': 'DOUBLE' })`);
  const columns = REGIONS.map(
    (region) => `coalesce(sum(hours) FILTER (region = '${region}'), 0)::DOUBLE AS "${region}"`,
  ).join(", ");
  const partial = `${out}.partial`;
  try {
    await connection.run(`COPY (SELECT ${columns}
      FROM (SELECT unnest(range(min(month), max(month) + 1)) AS month FROM events WHERE month IS NOT NULL)
      LEFT JOIN events USING (month) GROUP BY month ORDER BY month) TO ${text(partial)} (FORMAT parquet)`);
    renameSync(partial, out);
  } finally {
    rmSync(partial, { force: true });
  }
  const [row] = (
    await connection.runAndReadAll(`SELECT (SELECT count(*) FROM read_parquet(${text(out)}))::INTEGER AS months,
    count(*)::INTEGER AS events, (count(*) FILTER (hours IS NULL OR month IS NULL))::INTEGER AS incomplete,
    (count(*) FILTER (region NOT IN (${REGIONS.map(text).join(", ")})))::INTEGER AS elsewhere FROM events`)
  ).getRowObjects();
  return `${row.months} months of ${row.events} events; ${row.incomplete} without a month or a duration and ${row.elsewhere} of other regions are left out`;
}
