#!/usr/bin/env node
// Turns a week of METR-LA loop-detector speeds into data/traffic.csv: see DATA.md.
//
//   node convert.mjs --speeds los_speed.csv --adjacency los_adj.csv
//
// Speeds: a header of sensor ids, one row each five minutes, mph; a leading column `step` is passed over. Adjacency: a square
// matrix without a header, or an edge list `from_id,to_id,weight`. Either may be gzipped.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";

/** 207 sensors are 9 districts of 23. */
const DISTRICTS = 9;
/** The part of the rows that the spec trains on: free speed is measured on it alone. */
const TRAIN = 0.7;
/** Congestion is what a speed falls short of this quantile of the sensor's speeds (003 App. E.3). */
const QUANTILE = 0.4;

const USAGE = `Usage: node convert.mjs --speeds FILE --adjacency FILE [--out FILE]

  --speeds FILE      los_speed.csv: a header of sensor ids, then one row each five minutes, mph
  --adjacency FILE   los_adj.csv: a square matrix in the order of the sensors, or from_id,to_id,weight
  --out FILE         where to write (default: data/traffic.csv beside this script)

Example: node convert.mjs --speeds ~/Downloads/los_speed.csv --adjacency ~/Downloads/los_adj.csv`;

class InputError extends Error {}

function linesOf(path) {
  const bytes = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}

function numberAt(cell, name, line, column) {
  const value = Number(cell);
  if (cell.trim() === "" || !Number.isFinite(value))
    throw new InputError(`${name}:${line}: \`${cell}\` in column ${column} is not a number.`);
  return value;
}

/** @returns sensor ids, and one array of speeds a row */
export function readSpeeds(path) {
  const name = basename(path);
  const [header = "", ...lines] = linesOf(path);
  const names = header.split(",").map((cell) => cell.trim());
  const from = names[0] === "step" ? 1 : 0;
  const sensors = names.slice(from);
  if (new Set(sensors).size !== sensors.length) throw new InputError(`${name}:1: two columns have the same sensor.`);
  if (sensors.length % DISTRICTS !== 0)
    throw new InputError(
      `${name}:1: ${sensors.length} sensors are not ${DISTRICTS} districts of one size; METR-LA has 207.`,
    );
  const rows = lines.map((line, i) => {
    const cells = line.split(",");
    if (cells.length !== names.length)
      throw new InputError(
        `${name}:${i + 2}: ${cells.length} cells, the header has ${names.length}. Is the file cut off?`,
      );
    return cells.slice(from).map((cell, j) => numberAt(cell, name, i + 2, sensors[j]));
  });
  if (rows.length < 10) throw new InputError(`${name}: ${rows.length} rows are too few to split.`);
  return { sensors, rows };
}

/** @returns a symmetric matrix of weights, sensors × sensors */
export function readAdjacency(path, sensors) {
  const name = basename(path);
  const lines = linesOf(path);
  const weights = sensors.map(() => new Float64Array(sensors.length));
  const isList = /^\s*from_id\s*,/i.test(lines[0] ?? "");
  const put = (i, j, weight) => {
    weights[i][j] = Math.max(weights[i][j], weight);
    weights[j][i] = Math.max(weights[j][i], weight);
  };
  if (isList) {
    const position = new Map(sensors.map((sensor, i) => [sensor, i]));
    for (const [k, line] of lines.slice(1).entries()) {
      const [from = "", to = "", weight = ""] = line.split(",").map((cell) => cell.trim());
      for (const sensor of [from, to])
        if (!position.has(sensor)) throw new InputError(`${name}:${k + 2}: sensor ${sensor} has no speeds.`);
      put(position.get(from), position.get(to), numberAt(weight, name, k + 2, "weight"));
    }
    return weights;
  }
  if (lines.length !== sensors.length)
    throw new InputError(`${name}: ${lines.length} rows, but there are speeds of ${sensors.length} sensors.`);
  for (const [i, line] of lines.entries()) {
    const cells = line.split(",");
    if (cells.length !== sensors.length)
      throw new InputError(`${name}:${i + 1}: ${cells.length} cells, but there are ${sensors.length} sensors.`);
    for (const [j, cell] of cells.entries()) if (i !== j) put(i, j, numberAt(cell, name, i + 1, j + 1));
  }
  return weights;
}

/**
 * An order of the sensors in which neighbours on the road are near: breadth first from the sensor with the least weight
 * of its edges, the strongest edge first, ties by position; then from what is left.
 */
export function roadOrder(weights) {
  const n = weights.length;
  const degree = weights.map((row) => row.reduce((sum, weight) => sum + weight, 0));
  const seen = new Set();
  const order = [];
  while (order.length < n) {
    const left = Array.from({ length: n }, (_, i) => i).filter((i) => !seen.has(i));
    const start = left.reduce((least, i) => (degree[i] < degree[least] ? i : least), left[0]);
    const queue = [start];
    seen.add(start);
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
      order.push(at);
      const near = Array.from({ length: n }, (_, j) => j)
        .filter((j) => weights[at][j] > 0 && !seen.has(j))
        .sort((a, b) => weights[at][b] - weights[at][a] || a - b);
      for (const j of near) {
        seen.add(j);
        queue.push(j);
      }
    }
  }
  return order;
}

/** Linear interpolation between order statistics. */
function quantile(values, level) {
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * level;
  const below = Math.floor(position);
  return sorted[below] + (position - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]);
}

/**
 * The table: `step`; `v_<sensor>`, speeds; `s_<sensor>`, congestion max(0, q − speed), q the 40 % quantile of the sensor's
 * speeds over the training rows. The first row only feeds the lag, so that the training rows end after 1 + 70 % of the rest.
 */
export function trafficTable({ sensors, rows }, order) {
  const trained = 1 + Math.floor(TRAIN * (rows.length - 1));
  const free = order.map((j) =>
    quantile(
      rows.slice(0, trained).map((row) => row[j]),
      QUANTILE,
    ),
  );
  const names = order.map((j) => sensors[j]);
  const header = ["step", ...names.map((name) => `v_${name}`), ...names.map((name) => `s_${name}`)];
  const lines = rows.map((row, i) =>
    [i, ...order.map((j) => row[j]), ...order.map((j, k) => Number(Math.max(0, free[k] - row[j]).toFixed(6)))].join(
      ",",
    ),
  );
  return `${header.join(",")}\n${lines.join("\n")}\n`;
}

function main() {
  const { values } = parseArgs({
    options: { speeds: { type: "string" }, adjacency: { type: "string" }, out: { type: "string" } },
  });
  if (values.speeds === undefined || values.adjacency === undefined) throw new InputError(USAGE);
  const speeds = readSpeeds(values.speeds);
  const order = roadOrder(readAdjacency(values.adjacency, speeds.sensors));
  const out = values.out ?? resolve(dirname(fileURLToPath(import.meta.url)), "data/traffic.csv");
  mkdirSync(dirname(out), { recursive: true });
  const partial = `${out}.partial`;
  try {
    writeFileSync(partial, trafficTable(speeds, order));
    renameSync(partial, out);
  } finally {
    rmSync(partial, { force: true });
  }
  process.stdout.write(
    `${out}: ${speeds.rows.length} rows, ${speeds.sensors.length} sensors in ${DISTRICTS} districts\n`,
  );
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    main();
  } catch (error) {
    if (!(error instanceof InputError) && !(error instanceof Error && "code" in error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
