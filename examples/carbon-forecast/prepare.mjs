// One column a grid to one row a grid and hour: node prepare.mjs carbon_eia_2022_hourly.csv
// Writes data/carbon.csv with the columns time, zone, y; hours without a measurement are left out, as gaps.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const [source] = process.argv.slice(2);
if (source === undefined) throw new Error("Name the file with one column a grid.");
const [header, ...rows] = readFileSync(source, "utf8")
  .trim()
  .split("\n")
  .map((line) => line.split(","));
const lines = ["time,zone,y"];
for (const [column, name] of header.entries()) {
  if (!name.endsWith("_ci")) continue;
  for (const row of rows)
    if (row[column] !== "") lines.push(`${row[0]},${name.slice(0, -3).toUpperCase()},${row[column]}`);
}
const folder = new URL("data/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("carbon.csv", folder), `${lines.join("\n")}\n`);
