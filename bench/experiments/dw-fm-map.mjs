// When decision weighting helps: the crash task of examples/crash-portfolio over the probability of a crash, the number of
// training rows, the width of the network and the number of assets. Each cell is one `droc run` of ten seeds and 1,000 test
// contexts, with the placebo and the reweighted controls; its folder keeps finished work, so that the same command goes on
// where it stopped, cell by cell.
//
//   npm run build && node bench/experiments/dw-fm-map.mjs [--grid star|full] [--only NAME,…] [--seeds 10] [--contexts 1000]
//       [--steps 10000] [--minutes N] [--jobs N] [--out runs/dw-fm-map] [--quick] [--tables] [--page]
//
// `star` varies one factor at a time around the middle cell and comes first; `full` is every combination. `--minutes` starts no
// further cell after N minutes. `--tables` prints the table of the cells that are finished and runs nothing; `--page` also
// writes it between the markers of docs/results.md, which a rehearsal (`--quick`) refuses.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cellsOf, mapTable } from "./dw-fm-cells.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { values: flags } = parseArgs({
  options: {
    grid: { type: "string", default: "star" },
    only: { type: "string" },
    seeds: { type: "string", default: "10" },
    contexts: { type: "string", default: "1000" },
    steps: { type: "string", default: "10000" },
    minutes: { type: "string", default: "100000" },
    jobs: { type: "string" },
    out: { type: "string", default: join(root, "runs/dw-fm-map") },
    quick: { type: "boolean", default: false },
    tables: { type: "boolean", default: false },
    page: { type: "boolean", default: false },
  },
});

/** The spec of a cell: that of examples/crash-portfolio with the cell's factors, and the methods that the map compares. */
const spec = ({ crash, rows, hidden, assets }) => `model CrashCell
param gamma = 2.0
param eta = 1e-3
data returns = synthetic crash_portfolio {
  assets: ${assets}, covariates: 5, degree: 4, crash: ${crash}, train: ${rows}, validation: 300, test: ${Math.max(1000, flags.contexts)}
} {
  context x: real[5]
  outcome s: real[${assets}]
}
decision z: real[${assets}] in simplex { cap: 0.30 }
loss L(z, s) = -dot(s, z)
risk mean(L) + gamma * cvar(L, level = 95%) + eta * sum_squares(z)
uncertainty s | x ~ flow_matching { hidden: [${hidden}, ${hidden}], solver: midpoint, ode_steps: 8, ema: 0.999, scenarios: 512 }
train dw_fm { lambda_relative: one_of(0, 0.02, 0.05, 0.1, 0.2), steps: ${flags.steps}, batch: 256 }
compare uniform_fm, dw_fm { detilt: true }, oracle_saa
evaluate on test { regret, evaluator: truth { scenarios: 2_048 }, contexts: ${flags.contexts}, seeds: ${flags.seeds} }
`;

const all = cellsOf(flags.grid);
const names = flags.only?.split(",");
const cells = names === undefined ? all : all.filter(({ name }) => names.includes(name));
if (cells.length === 0) throw new Error(`--only names none of ${all.map(({ name }) => name).join(", ")}`);
const suffix = flags.quick ? "-quick" : "";
const started = performance.now();
if (!flags.tables) {
  for (const cell of cells) {
    if ((performance.now() - started) / 60_000 > Number(flags.minutes)) break;
    const folder = join(flags.out, `${cell.name}${suffix}`);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "model.dro");
    writeFileSync(file, spec(cell));
    const from = performance.now();
    const main = join(root, "dist/compiler/cli/main.js");
    const more = [...(flags.quick ? ["--quick"] : []), ...(flags.jobs === undefined ? [] : ["--jobs", flags.jobs])];
    const { status } = spawnSync(process.execPath, [main, "run", file, "--out", join(folder, "run"), ...more], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) throw new Error(`${cell.name} ended with exit code ${status}: the same command goes on`);
    process.stdout.write(`${cell.name}: ${((performance.now() - from) / 1000).toFixed(0)} s\n`);
  }
}

const finished = cells.flatMap((cell) => {
  const file = join(flags.out, `${cell.name}${suffix}`, "run", "results.json");
  return existsSync(file) ? [{ cell, results: JSON.parse(readFileSync(file, "utf8")) }] : [];
});
const table = mapTable(finished);
process.stdout.write(`\n${table}\n`);
if (flags.page) {
  if (finished.some(({ results }) => results.quick)) throw new Error("a rehearsal's numbers are not for the page");
  const page = join(root, "docs/results.md");
  const text = readFileSync(page, "utf8");
  const [begin, end] = ["<!-- begin dw-fm-map -->", "<!-- end dw-fm-map -->"];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error("docs/results.md has no markers for dw-fm-map");
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`);
}
