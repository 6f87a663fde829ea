#!/usr/bin/env node
// Lays digits of MNIST (14 × 14) and of the US Postal Service (16 × 16) below each other, data/digits.csv: see README.md.
//
//   node convert.mjs --mnist mnist10k_14x14.csv.gz --usps usps_train_16x16.csv.gz [--out data/digits.csv]
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Command } from "commander";

const SIDE = 14;
/** Digits of USPS fill their frame; those of MNIST lie in 20 of 28 pixels, on black. */
const INNER = 10;
/** The first digits of MNIST are for training; as many of each collection as this choose a radius, the others test. */
const TRAINING = 4096;
const VALIDATION = 900;

const values = new Command("node convert.mjs")
  .description("Lays digits of MNIST and of the US Postal Service below each other, data/digits.csv")
  .requiredOption("--mnist <file>", "digits of MNIST, columns label and p0 … p195")
  .requiredOption("--usps <file>", "digits of the US Postal Service, columns label and p0 … p255")
  .option("--out <file>", "where to write", resolve(import.meta.dirname, "data/digits.csv"))
  .showHelpAfterError()
  .parse()
  .opts();
const stop = (message) => {
  console.error(`error: ${message}`);
  process.exit(1);
};
const out = resolve(values.out);
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
const connection = await instance.connect();

/** Each row's label and its `side`² pixels. */
async function digitsOf(file, side) {
  if (!existsSync(file)) stop(`there is no file ${file}: README.md says where it is found`);
  const names = ["label", ...Array.from({ length: side * side }, (_, k) => `p${k}`)];
  const table = `read_csv(${quoted(resolve(file))}, header = true)`;
  const described = (await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${table}`)).getRows();
  const numbers = new Set(described.filter(([, type]) => type === "BIGINT" || type === "DOUBLE").map(([name]) => name));
  const missing = names.find((name) => !numbers.has(name));
  const further = described.some(([name]) => name === `p${side * side}`);
  if (missing !== undefined || further)
    stop(
      `${file} has ${further ? "more pixels" : `no column of numbers ${missing}`}: it needs label and p0 … p${side * side - 1}, ${side} × ${side} pixels`,
    );
  const read = await connection.runAndReadAll(`SELECT ${names.join(", ")} FROM ${table}`);
  return read.getRows().map((row) => row.map(Number));
}

/** Each new pixel of the inner square is the mean of the area that it covers; what is around it is black. */
function resized(pixels) {
  const from = Math.sqrt(pixels.length);
  const scale = from / INNER;
  const margin = (SIDE - INNER) / 2;
  const shares = Array.from({ length: INNER }, (_, i) =>
    Array.from({ length: from }, (_, k) => Math.max(0, Math.min((i + 1) * scale, k + 1) - Math.max(i * scale, k))),
  );
  return Array.from({ length: SIDE * SIDE }, (_, k) => {
    const rows = shares[Math.floor(k / SIDE) - margin];
    const columns = shares[(k % SIDE) - margin];
    if (rows === undefined || columns === undefined) return 0;
    let sum = 0;
    for (const [y, height] of rows.entries())
      if (height > 0) for (const [x, width] of columns.entries()) sum += height * width * pixels[y * from + x];
    return Math.round(sum / scale ** 2);
  });
}

const [mnist, usps] = [await digitsOf(values.mnist, SIDE), await digitsOf(values.usps, 16)];
connection.closeSync();
instance.closeSync();
if (mnist.length <= TRAINING + VALIDATION || usps.length <= VALIDATION)
  stop(
    `${mnist.length} digits of MNIST and ${usps.length} of USPS leave none to test on: more than ${TRAINING + VALIDATION} and ${VALIDATION} are needed`,
  );
const partOf = (i) => (i < TRAINING ? "mnist_train" : i < TRAINING + VALIDATION ? "mnist_validation" : "mnist");
const rows = [
  ["source", "label", ...Array.from({ length: SIDE * SIDE }, (_, k) => `p${k}`)],
  ...mnist.map((digit, i) => [partOf(i), ...digit]),
  ...usps.map(([label, ...pixels], i) => [i < VALIDATION ? "usps_validation" : "usps", label, ...resized(pixels)]),
];
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, rows.map((row) => `${row.join(",")}\n`).join(""));
console.log(`${out}: ${mnist.length} digits of MNIST, ${usps.length} of USPS.`);
