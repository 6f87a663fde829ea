// `droc decide` of 10,000 contexts from a finished run: reading, sampling, solving, certificates, writing, start-up of the
// process and its workers included. Ten assets, 512 scenarios a context from a flow (MLP 2 × 64, midpoint rule in 8 steps;
// `euler`: the one Euler step of 003) or a mixture (`gmm`), mean + 2·CVaR90 + 1e-3‖z‖² over the simplex capped at 0.3.
//   npm run build && node bench/decide/end-to-end.mjs [contexts] [rounds] [midpoint | euler | gmm]
// By turns with one job and with two; fails where their rows differ in anything but milliseconds.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createNormals, median } from "../support/numbers.mjs";

const CONTEXTS = Number(process.argv[2] ?? 10_000);
const ROUNDS = Number(process.argv[3] ?? 5);
const LAWS = {
  midpoint: ["flow_matching { hidden: [64, 64], solver: midpoint, ode_steps: 8, scenarios: 512 }", "uniform_fm"],
  euler: ["flow_matching { hidden: [64, 64], solver: euler, ode_steps: 1, scenarios: 512 }", "uniform_fm"],
  gmm: ["gmm { components: 3, scenarios: 512 }"],
};
const [LAW, TRAIN] = LAWS[process.argv[4] ?? "midpoint"];
const MAIN = fileURLToPath(new URL("../../dist/compiler/cli/main.js", import.meta.url));

const SPEC = `model Bench
dim Asset = 10
data market = synthetic portfolio { assets: 10, covariates: 5, train: 2_000, validation: 50, test: 50 } {
  context x: real[5]
  outcome s: real[Asset]
}
decision z: real[Asset] in simplex { cap: 0.30 }
loss L(z, s) = -dot(s, z)
risk mean(L) + 2 * cvar(L, level = 90%) + 1e-3 * sum_squares(z)
uncertainty s | x ~ ${LAW}
${TRAIN === undefined ? "" : `train ${TRAIN} { steps: 2_000 }\n`}evaluate on test { regret, contexts: 4, seeds: 1, evaluator: truth { scenarios: 512 } }
`;

function droc(folder, ...args) {
  const ended = spawnSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: "utf8" });
  if (ended.status !== 0) throw new Error(`droc ${args.join(" ")}: exit ${ended.status}\n${ended.stderr}`);
  return ended;
}

const folder = mkdtempSync(join(tmpdir(), "droc-bench-"));
try {
  writeFileSync(join(folder, "model.dro"), SPEC);
  droc(folder, "run", "model.dro", "--out", "run");
  const normal = createNormals(1);
  const rows = Array.from({ length: CONTEXTS }, () => Array.from({ length: 5 }, normal).join(","));
  writeFileSync(join(folder, "contexts.csv"), `x[1],x[2],x[3],x[4],x[5]\n${rows.join("\n")}\n`);
  console.log(`${cpus()[0].model}, ${cpus().length} cores, Node ${process.version}; ${CONTEXTS} contexts`);
  const seconds = { 1: [], 2: [] };
  let first = null;
  let solving = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const jobs of [1, 2]) {
      const start = performance.now();
      const { stderr } = droc(
        folder,
        "decide",
        "run",
        "--context",
        "contexts.csv",
        "--out",
        "out.csv",
        "--jobs",
        String(jobs),
      );
      seconds[jobs].push((performance.now() - start) / 1000);
      if (!stderr.includes(`${CONTEXTS} optimal`)) throw new Error(`not all are optimal: ${stderr}`);
      const [header, ...lines] = readFileSync(join(folder, "out.csv"), "utf8").trim().split("\n");
      if (!header.endsWith(",milliseconds")) throw new Error(`unexpected columns: ${header}`);
      solving = lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(",") + 1)), 0) / 1000;
      const numbers = lines.map((line) => line.slice(0, line.lastIndexOf(","))).join("\n");
      first ??= numbers;
      if (numbers !== first) throw new Error(`the rows with --jobs ${jobs} differ`);
    }
  }
  for (const jobs of [1, 2]) {
    const all = seconds[jobs];
    const rate = CONTEXTS / median(all);
    console.log(
      `--jobs ${jobs}: median ${median(all).toFixed(2)} s, least ${Math.min(...all).toFixed(2)} s, ${rate.toFixed(0)} contexts a second`,
    );
  }
  console.log(`of which solving, summed over the jobs in the last round: ${solving.toFixed(2)} s`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
