#!/usr/bin/env node
// Turns the files of the Kenneth R. French data library into data/industries.csv: see DATA.md.
//
//   node convert.mjs --industries 10_Industry_Portfolios_Daily.csv --factors F-F_Research_Data_5_Factors_2x3_daily.csv
//
// Either file may also be a plain CSV with a header `date,…` and dates YYYY-MM-DD, and either may be gzipped.
import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";

const INDUSTRIES = ["NoDur", "Durbl", "Manuf", "Enrgy", "HiTec", "Telcm", "Shops", "Hlth", "Utils", "Other"];
const FACTORS = ["mkt_rf", "smb", "hml", "rmw", "cma"];
const LAGS = [1, 2, 3, 4, 5];
const VOLATILITY_DAYS = 20;
const MARKET_VOLATILITY_DAYS = [5, 60, 120, 250];
/** Leading trading days that only feed the longest window. */
const WARM_UP = Math.max(VOLATILITY_DAYS, ...MARKET_VOLATILITY_DAYS, ...LAGS);
/** The library's marks for a missing value. */
const MISSING = [-99.99, -999];

const USAGE = `Usage: node convert.mjs --industries FILE --factors FILE [--out FILE] [--from DATE] [--to DATE]

  --industries FILE   10_Industry_Portfolios_Daily.csv, or a CSV date,NoDur,…,Other in percent
  --factors FILE      F-F_Research_Data_5_Factors_2x3_daily.csv, or a CSV date,mkt_rf,smb,hml,rmw,cma,rf in percent
  --out FILE          where to write (default: data/industries.csv beside this script)
  --from, --to DATE   first and last outcome day, YYYY-MM-DD (default: all days that both files cover)

Example: node convert.mjs --industries ~/Downloads/10_Industry_Portfolios_Daily.csv \\
  --factors ~/Downloads/F-F_Research_Data_5_Factors_2x3_daily.csv`;

class InputError extends Error {}

/** Column names as this script writes them: `Mkt-RF` and `mkt_rf` are one. */
const normal = (name) => name.trim().toLowerCase().replaceAll("-", "_");

/**
 * The first table of a file: the lines after a header that begin with a date. A file of the library has text before its
 * header, whose first cell is empty, and further tables and a copyright line after the first table.
 * @returns rows of date (YYYY-MM-DD) and percent values of the wanted columns
 */
function readTable(path, wanted) {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const lines = text.split(/\r?\n/);
  const name = basename(path);
  const header = lines.findIndex((line) => /^\s*(date)?\s*,/i.test(line));
  if (header < 0) throw new InputError(`${name}: no header line with column names was found.`);
  const preamble = lines.slice(0, header).join("\n");
  if (/equal weighted/i.test(preamble) && !/value weighted/i.test(preamble))
    throw new InputError(
      `${name}: its first table is the equally weighted one; the example uses value-weighted returns.`,
    );
  const names = lines[header].split(",").map(normal);
  const columns = wanted.map((column) => {
    const at = names.indexOf(normal(column));
    if (at < 0)
      throw new InputError(`${name}:${header + 1}: no column ${column}; it has ${names.slice(1).join(", ")}.`);
    return at;
  });
  const rows = [];
  for (let i = header + 1; i < lines.length; i++) {
    const cells = lines[i].split(",").map((cell) => cell.trim());
    const date = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(cells[0]);
    if (date === null) break;
    if (cells.length !== names.length)
      throw new InputError(
        `${name}:${i + 1}: ${cells.length} cells, the header has ${names.length}. Is the file cut off?`,
      );
    const day = `${date[1]}-${date[2]}-${date[3]}`;
    const before = rows.at(-1)?.day;
    if (before !== undefined && before >= day) throw new InputError(`${name}:${i + 1}: ${day} comes after ${before}.`);
    const values = columns.map((at) => {
      const value = Number(cells[at]);
      if (cells[at] === "" || !Number.isFinite(value))
        throw new InputError(`${name}:${i + 1}: \`${cells[at]}\` in column ${names[at]} is not a number.`);
      return value;
    });
    rows.push({ day, values, line: i + 1 });
  }
  if (rows.length === 0) throw new InputError(`${name}:${header + 1}: no row begins with a date after this header.`);
  return { name, rows };
}

/** Days that both files have. A day between their common first and last that only one has is an error. */
function join(industries, factors) {
  const first = [industries, factors].map(({ rows }) => rows[0].day).sort()[1];
  const last = [industries, factors].map(({ rows }) => rows.at(-1).day).sort()[0];
  const within = ({ rows }) => rows.filter(({ day }) => day >= first && day <= last);
  const [left, right] = [within(industries), within(factors)];
  const days = new Map(right.map((row) => [row.day, row]));
  const known = new Set(left.map(({ day }) => day));
  const lone = left.find(({ day }) => !days.has(day)) ?? right.find(({ day }) => !known.has(day));
  if (lone !== undefined)
    throw new InputError(
      `${lone.day} is in only one of ${industries.name} and ${factors.name}: lags would skip a day.`,
    );
  for (const { name, rows } of [
    { name: industries.name, rows: left },
    { name: factors.name, rows: right },
  ])
    for (const { values, line, day } of rows)
      if (values.some((value) => MISSING.includes(value)))
        throw new InputError(`${name}:${line}: a value of ${day} is missing (${MISSING.join(" or ")}).`);
  return left.map((row) => ({ day: row.day, values: [...row.values, ...days.get(row.day).values] }));
}

const quote = (name) => `"${name}"`;

const lagged = (series) =>
  LAGS.map((days) => `lag(${quote(series)}, ${days}) OVER past AS ${quote(`f_${series}_lag${days}`)}`);
const volatility = (series, days) =>
  `round(stddev_samp(${quote(series)}) OVER (ORDER BY date ROWS BETWEEN ${days} PRECEDING AND 1 PRECEDING), 8) ` +
  `AS ${quote(`f_${series}_vol${days}`)}`;

/** SQL of every column of the result: all features end on the trading day before the outcome's. */
function selections() {
  return [
    ...[...FACTORS, "rf"].flatMap(lagged),
    ...INDUSTRIES.flatMap(lagged),
    ...[...FACTORS, ...INDUSTRIES].map((series) => volatility(series, VOLATILITY_DAYS)),
    ...MARKET_VOLATILITY_DAYS.map((days) => volatility("mkt_rf", days)),
    ...INDUSTRIES.map((series) => `${quote(series)} AS ${quote(`r_${series}`)}`),
  ];
}

async function write(rows, out, from, to) {
  const series = [...INDUSTRIES, ...FACTORS, "rf"];
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const partial = `${out}.partial`;
  try {
    const types = series.map((name) => `"${name}" DOUBLE`).join(", ");
    await connection.run(`CREATE TABLE days (date VARCHAR, ${types})`);
    const appender = await connection.createAppender("days");
    for (const { day, values } of rows) {
      appender.appendVarchar(day);
      for (const value of values) appender.appendDouble(value / 100);
      appender.endRow();
    }
    appender.closeSync();
    mkdirSync(dirname(out), { recursive: true });
    const query = `SELECT * EXCLUDE number FROM (
      SELECT date, row_number() OVER past AS number, ${selections().join(", ")} FROM days WINDOW past AS (ORDER BY date)
    ) WHERE number > ${WARM_UP} AND date >= '${from}' AND date <= '${to}' ORDER BY date`;
    await connection.run(
      `COPY (${query}) TO '${partial.replaceAll("'", "''")}' (FORMAT csv, HEADER, USE_TMP_FILE false)`,
    );
    const summary = await connection.runAndReadAll(`SELECT count(*)::INTEGER, min(date), max(date) FROM (${query})`);
    const [[count, first, last]] = summary.getRows();
    if (count === 0) throw new InputError(`No day from ${from} to ${to} has all features.`);
    renameSync(partial, out);
    return { count, first, last };
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(partial, { force: true });
  }
}

async function main() {
  let options;
  try {
    const text = { type: "string" };
    const names = { industries: text, factors: text, out: text, from: text, to: text, help: { type: "boolean" } };
    options = parseArgs({ options: names }).values;
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const dates = [options.from ?? "0000-01-01", options.to ?? "9999-12-31"];
  if (!options.industries || !options.factors || dates.some((date) => !/^\d{4}-\d{2}-\d{2}$/.test(date))) {
    console.error(USAGE);
    return 2;
  }
  const out = resolve(options.out ?? resolve(import.meta.dirname, "data/industries.csv"));
  try {
    const rows = join(readTable(options.industries, INDUSTRIES), readTable(options.factors, [...FACTORS, "rf"]));
    const { count, first, last } = await write(rows, out, ...dates);
    const features = selections().length - INDUSTRIES.length;
    console.log(`${out}: ${count} days from ${first} to ${last}, ${features} features, ${INDUSTRIES.length} returns.`);
    console.log(
      `The files share ${rows.length} days; the first ${Math.min(WARM_UP, rows.length)} only feed lags and windows.`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof InputError) && error.code === undefined) throw error;
    console.error(`error: ${error.message}`);
    return 1;
  }
}

process.exitCode = await main();
