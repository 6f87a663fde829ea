// Time of `droc check` on a spec of 200 lines: as a cold process, and of compile() in a warm one.
//   npm run build && node bench/check-startup.mjs
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../dist/compiler/compile.js";

const LINES = 200;
const COLD_RUNS = 15;
const WARM_RUNS = 200;

const folder = mkdtempSync(join(tmpdir(), "droc-bench-"));
try {
  const file = join(folder, "model.dro");
  writeFileSync(file, specOf(LINES));
  const main = fileURLToPath(new URL("../dist/compiler/cli/main.js", import.meta.url));

  const cold = [];
  for (let i = 0; i < COLD_RUNS; i++) {
    const start = performance.now();
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, "check", file], { encoding: "utf8" });
    cold.push(performance.now() - start);
    if (status !== 0) throw new Error(`droc check failed:\n${stdout}${stderr}`);
  }
  const warm = [];
  for (let i = 0; i < WARM_RUNS; i++) {
    const start = performance.now();
    compile({ file });
    warm.push(performance.now() - start);
  }
  const node = [];
  for (let i = 0; i < COLD_RUNS; i++) {
    const start = performance.now();
    spawnSync(process.execPath, ["-e", ""]);
    node.push(performance.now() - start);
  }
  console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, node ${process.version}`);
  console.log(`droc check, ${LINES} lines, cold process: ${describe(cold)}`);
  console.log(`  of which an empty node process:        ${describe(node)}`);
  console.log(`compile(), warm, last ${WARM_RUNS / 2} calls:        ${describe(warm.slice(WARM_RUNS / 2))}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function describe(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))].toFixed(1);
  return `median ${at(0.5)} ms, 90% ${at(0.9)} ms`;
}

/** Several models of a portfolio with parameters, functions and constraints, cut at a whole declaration. */
function specOf(lines) {
  const text = ["// A spec of everyday size", "dim Asset = 10", "dim Feature = 5", ""];
  let model = 0;
  while (text.length + 26 <= lines) text.push(...modelOf(++model));
  while (text.length < lines) text.push(`// line ${text.length + 1}`);
  return `${text.join("\n")}\n`;
}

function modelOf(i) {
  return `/// Portfolio number ${i}
model Portfolio${i}

param gamma = ${i}.5 // weight of the tail
param eta = 1e-3
param cap = 0.30

data returns = synthetic portfolio { assets: 10, covariates: 5, degree: 4, train: 2_000 } {
  context x: real[Feature]
  outcome s: real[Asset]
}

decision z: real[Asset] in simplex { cap: cap }

fn gain(z: real[Asset], s: real[Asset]): real = dot(s, z)
loss L(z, s) = max(-gain(z, s), -2 * gain(z, s))
risk mean(L) + gamma * cvar(L, level = 95%) + eta * sum_squares(z)
uncertainty s | x ~ flow_matching { hidden: [64, 64], solver: midpoint, ode_steps: 8 }
train dw_fm {
  lambda_relative: one_of(0, 0.02, 0.05)
  reference: saa { folds: 5 }
}
compare uniform_fm, saa, equal_weights
evaluate on test { regret, regret hardest 25%, cvar_loss, seeds: 5 }
`.split("\n");
}
