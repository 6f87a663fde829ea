// Runs the DW-FM comparison of docs/results.md: the synthetic sweep of 003, its industry portfolios, its traffic and the crash task,
// and writes the tables between the markers of that page.
//
//   npm run build && node bench/experiments/dw-fm.mjs [--only NAME[,NAME…]] [--jobs N] [--folder DIR] [--tables]
//
// Each task is one `droc run`, whose folder keeps finished work: an interrupted sweep goes on where it stopped.
// `--tables` writes the page from the folders that are already finished and runs nothing.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync, mkdirSync, createWriteStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { paperFigures, paperGain } from "./paper-003.mjs";
import { summaryTable, methodTable, comparisonTable, weightTable, strengthTable, sliceTable } from "./tables.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = join(root, "docs/results.md");

const TASKS = [
  ...[2, 4, 6, 8].map((degree) => ({
    name: `synthetic-${degree}`,
    title: `synthetic, degree ${degree}`,
    gain: paperGain("003/table-1", `degree-${degree}`),
    spec: "examples/synthetic-portfolio/model.dro",
    arguments: ["--set", `degree=${degree}`],
    paper: paperFigures("003/table-1", `degree-${degree}`),
  })),
  {
    name: "industry",
    title: "ten industries, daily",
    gain: paperGain("003/table-2", "industries"),
    spec: "examples/industry-portfolio/model.dro",
    arguments: [],
    paper: paperFigures("003/table-2", "industries"),
  },
  {
    name: "traffic",
    title: "traffic, METR-LA",
    gain: paperGain("003/table-3", "traffic"),
    spec: "examples/traffic-allocation/model.dro",
    arguments: [],
    paper: paperFigures("003/table-3", "traffic"),
  },
  {
    name: "crash",
    title: "crash, 2,000 rows",
    gain: "–",
    spec: "examples/crash-portfolio/model.dro",
    arguments: [],
    paper: null,
  },
  {
    name: "crash-20k",
    title: "crash, 20,000 rows",
    gain: "–",
    spec: "examples/crash-portfolio/model.dro",
    arguments: ["--set", "rows=20000"],
    paper: null,
  },
];

const { values: flags } = parseArgs({
  options: {
    only: { type: "string" },
    jobs: { type: "string", default: "2" },
    folder: { type: "string", default: join(root, "runs/dw-fm") },
    tables: { type: "boolean", default: false },
  },
});
const chosen = flags.only === undefined ? TASKS : TASKS.filter((task) => flags.only.split(",").includes(task.name));
if (chosen.length === 0) throw new Error(`--only names none of ${TASKS.map((task) => task.name).join(", ")}`);
mkdirSync(flags.folder, { recursive: true });

if (!flags.tables) {
  const queue = [...chosen];
  const failures = [];
  const worker = async () => {
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      const code = await runTask(task);
      if (code !== 0)
        failures.push(`${task.name} ended with exit code ${code}: see ${join(flags.folder, task.name)}.log`);
    }
  };
  await Promise.all(Array.from({ length: Number(flags.jobs) }, worker));
  for (const failure of failures) process.stderr.write(`${failure}\n`);
  if (failures.length > 0) process.exitCode = 1;
}
writePage();

/** One `droc run`; what it prints goes to a log beside its folder. */
function runTask(task) {
  return new Promise((resolve, reject) => {
    const log = createWriteStream(join(flags.folder, `${task.name}.log`));
    const main = join(root, "dist/compiler/cli/main.js");
    const out = join(flags.folder, task.name);
    process.stdout.write(`start ${task.name}\n`);
    const started = Date.now();
    const child = spawn(process.execPath, [main, "run", task.spec, "--out", out, ...task.arguments], { cwd: root });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.on("error", reject);
    child.on("close", (code) => {
      log.end();
      process.stdout.write(`done  ${task.name}: exit ${code}, ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
      resolve(code);
    });
  });
}

/** Replaces what stands between the markers of each finished task, and the summary of all of them. */
function writePage() {
  const finished = TASKS.flatMap((task) => {
    const file = join(flags.folder, task.name, "results.json");
    if (!existsSync(file)) return [];
    const results = JSON.parse(readFileSync(file, "utf8"));
    if (results.quick) throw new Error(`${file} is a quick run: its numbers are not for this page`);
    return [{ task, results }];
  });
  let text = readFileSync(page, "utf8");
  for (const { task, results } of finished) text = replaceBetween(text, task.name, section(task, results));
  const summary = finished.map(({ task, results }) => ({ title: task.title, results, paper: task.gain }));
  if (summary.length > 0) text = replaceBetween(text, "summary", summaryTable(summary));
  writeFileSync(page, text);
}

function replaceBetween(text, name, content) {
  const begin = `<!-- begin ${name} -->`;
  const end = `<!-- end ${name} -->`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/results.md has no markers for ${name}`);
  return `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
}

function section(task, results) {
  const { data, contexts, evaluator, seeds } = results;
  const lines = [
    `${data.train.toLocaleString("en")} training, ${data.validation.toLocaleString("en")} validation rows, ` +
      `${contexts.rows.length.toLocaleString("en")} ${contexts.split} contexts, ${seeds} seeds · regret under: ${evaluator.note}`,
    methodTable(results),
    "Paired differences (negative is better; t over seeds, interval by bootstrap over seeds and contexts):",
    comparisonTable(results),
  ];
  const weights = weightTable(results);
  if (weights !== "") lines.push("Weights by strength, and what validation chose:", weights, strengthTable(results));
  const slices = sliceTable(results);
  if (slices !== "") lines.push("Regret by consecutive part of the test period:", slices);
  if (task.paper !== null) lines.push(task.paper);
  return lines.join("\n\n");
}
