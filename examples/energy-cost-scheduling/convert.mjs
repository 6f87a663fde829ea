#!/usr/bin/env node
// Turns an instance of CSPLib 059 into a spec, and half-hourly prices into one row a day: see README.md.
//
//   node convert.mjs --instances shop.json --instance shop [--out model.dro]
//     [--prices prices.csv [--days data/days.csv] [--from 2013-01-01]]
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, relative, resolve } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Command } from "commander";

const values = new Command("node convert.mjs")
  .description("Turns an instance of CSPLib 059 into a spec, and half-hourly prices into one row a day: see README.md")
  .requiredOption("--instances <file>", "icon_sched_instances.json, or shop.json of this folder")
  .requiredOption("--instance <name>", "one of its instances")
  .option("--out <file>", "the spec", resolve(import.meta.dirname, "model.dro"))
  .option("--prices <file>", "half-hourly prices")
  .option("--days <file>", "where to write the days (default: data/days.csv beside the spec)")
  .option("--from <day>", "the first day, such as 2013-01-01")
  .showHelpAfterError()
  .parse()
  .opts();
const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
const stop = (message, code) => {
  console.error(message);
  process.exit(code);
};
for (const file of [values.instances, values.prices]) {
  if (file !== undefined && !existsSync(file)) stop(`There is no file ${file}. README.md says where it is found.`, 1);
}
if (values.from !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(values.from)) {
  stop(`--from takes a day such as 2013-01-01, not ${values.from}.`, 2);
}
let instances;
try {
  instances = JSON.parse(readFileSync(values.instances, "utf8"));
} catch (error) {
  stop(`${values.instances} is no JSON: ${error.message}. README.md says where the instances are found.`, 1);
}
const instance = instances[values.instance];
if (instance === undefined) {
  stop(`${values.instances} has no instance ${values.instance}; it has ${Object.keys(instances).join(", ")}.`, 1);
}
if (instance.n_resources !== 1) stop(`${values.instance} has ${instance.n_resources} resources; one is expected.`, 1);
const slots = 1440 / instance.minutes_per_period;
const hours = instance.minutes_per_period / 60;
const out = resolve(values.out);
const days = resolve(values.days ?? resolve(dirname(out), "data/days.csv"));

/** Every start that a task's window leaves it, task by task. */
const starts = instance.tasks.flatMap((task, job) =>
  Array.from({ length: task.latest_end - task.duration - task.earliest_start + 1 }, (_, i) => ({
    job,
    task,
    at: task.earliest_start + i,
  })),
);
const list = (items) => `[${items.join(", ")}]`;
const matrix = (rows) => `[\n${rows.map((row) => `  ${list(row)}`).join(",\n")}\n]`;
const range = (length, of) => Array.from({ length }, (_, i) => of(i));
const zeroOne = (value) => (value ? 1 : 0);
const rooms = range(
  instance.machines.length,
  (machine) => `  room_${machine}: dot(begins[${machine}, Start], runs * dot(needs, belongs)) <= capacity[${machine}]`,
).join("\n");
// Where a decision is a search of its own, few of them are asked for: those of a step come from a pool or from the
// relaxation, and the regret on validation is measured ten times.
const large = instance.machines.length * starts.length > 100;
const training = "predictor: linear, steps: 300, optimizer: adam { rate: 5e-3 }, evaluations: 10";
const search = large ? "solve branch_and_bound { gap: 0.01%, time_limit: 20 }\n\n" : "";
const study = large
  ? `compare two_stage { ${training} },
  spo_plus { ${training}, solve: 5% },
  spo_plus { ${training}, solve: 10%, relax: true },
  nce { ${training}, solve: 5% },
  saa

evaluate on test { hindsight_regret, mean_loss, mse, seeds: 1, contexts: 30 }`
  : `compare two_stage { predictor: linear, steps: 500 },
  spo_plus { predictor: linear, steps: 500, solve: 5% },
  knn_saa,
  saa

evaluate on test { hindsight_regret, mean_loss, mse, seeds: 1, contexts: 50 }`;
const name = basename(values.instance).replace(/^./, (first) => first.toUpperCase());

const spec = `/// When and where jobs run, at electricity prices that are not known yet: instance \`${values.instance}\` of energy-cost-aware
/// scheduling (CSPLib 059), written by convert.mjs. A start is one of a job's possible times; each runs on one machine.
/// The prices are not in the repository: README.md says where anyone gets them.
model ${name}Scheduling

unit eur
unit MWh

dim Machine = ${instance.machines.length}
dim Job     = ${instance.tasks.length}
dim Start   = ${starts.length}
dim Slot    = ${slots}

/// What each machine offers at once, what each job takes of it while it runs, and what it uses in a slot.
param capacity: real[Machine] = ${list(instance.machines.map((machine) => machine.capacity[0]))}
param needs:    real[Job] = ${list(instance.tasks.map((task) => task.use[0]))}
param energy:   real<MWh>[Job] = ${list(instance.tasks.map((task) => Number(((task.power_kw * hours) / 1000).toPrecision(6))))}

/// Whose start it is.
param belongs: real[Job, Start] = ${matrix(range(instance.tasks.length, (job) => starts.map((start) => zeroOne(start.job === job))))}

/// The slots in which the job then runs.
param runs: real[Start, Slot] = ${matrix(starts.map(({ task, at }) => range(slots, (slot) => zeroOne(slot >= at && slot < at + task.duration))))}

data market = csv("${relative(dirname(out), days).replaceAll("\\", "/")}") {
  index   date: date
  context x: real[${3 * slots + 1}] = concat(columns("forecast_*"), columns("load_*"), columns("wind_*"), column("weekend"))
    |> standardize
  outcome price: real<eur/MWh>[Slot] = columns("price_*")
  split   chronological { train: 70%, validation: 10%, test: 20% }
}

decision begins: bool[Machine, Start]

subject to {
  once: dot(belongs, sum(begins over Machine)) == 1
${rooms}
}

loss bill(begins, price) = dot(dot(runs, price), dot(energy, belongs) * sum(begins over Machine))

risk mean(bill)

${search}uncertainty price | x ~ gaussian { scenarios: 50 }

${study}

seed 0
`;
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, spec);
console.log(`${out}: ${starts.length} starts on ${instance.machines.length} machines.`);

if (values.prices !== undefined) {
  mkdirSync(dirname(days), { recursive: true });
  const perSlot = instance.minutes_per_period / 30;
  const database = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await database.connect();
  const inSlot = (column, prefix) =>
    range(slots, (slot) => {
      const label = `${prefix}_${String(slot).padStart(2, "0")}`;
      return `avg(${column}) FILTER (period // ${perSlot} = ${slot}) AS ${label}`;
    }).join(", ");
  // All but the price is known the day before. A day that lacks a half hour or any of its numbers is left out.
  const query = `
    SELECT date, max(dow IN (5, 6))::INTEGER AS weekend, ${inSlot("price_fc", "forecast")}, ${inSlot("load_fc", "load")},
      ${inSlot("wind_fc", "wind")}, ${inSlot("price", "price")}
    FROM read_csv(${quoted(resolve(values.prices))}, header = true)
    WHERE date >= ${quoted(values.from ?? "0001-01-01")}::DATE
    GROUP BY date
    HAVING count(*) = 48 AND count(price) = 48 AND count(price_fc) = 48 AND count(load_fc) = 48 AND count(wind_fc) = 48
    ORDER BY date`;
  await connection.run(`COPY (${query}) TO ${quoted(days)} (FORMAT csv, HEADER)`).catch(({ message }) => {
    // DuckDB's own words name the column that is missing or the line that does not parse.
    stop(`${values.prices}: ${message.split("\n")[0]}\nREADME.md names the file that is needed.`, 1);
  });
  const counted = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM read_csv(${quoted(days)})`);
  console.log(`${days}: ${counted.getRows()[0][0]} days.`);
  connection.closeSync();
  database.closeSync();
}
