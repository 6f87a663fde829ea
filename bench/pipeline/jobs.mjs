// A whole `droc run` in one thread and in several, by turns; the results must agree byte for byte.
//   npm run build && node bench/pipeline/jobs.mjs [spec] [jobs] [rounds] [further arguments of droc run]
// Without arguments: the wind example that `npm start` runs, two jobs, five rounds.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "../support/numbers.mjs";

const [spec = "examples/wind-commitment/model.dro", jobs = "2", rounds = "5", ...more] = process.argv.slice(2);
const repository = fileURLToPath(new URL("../../", import.meta.url));
const main = join(repository, "dist/compiler/cli/main.js");
const sides = ["1", jobs];
const times = sides.map(() => []);
let expected = null;
for (let round = 0; round < Number(rounds); round++)
  for (const [k, count] of sides.entries()) {
    const folder = mkdtempSync(join(tmpdir(), "droc-jobs-"));
    const start = performance.now();
    execFileSync(
      process.execPath,
      [main, "run", spec, "--out", folder, "--jobs", count, "--allow", "node_modules/vega-datasets", ...more],
      { cwd: repository, stdio: "ignore" },
    );
    times[k].push(performance.now() - start);
    const results = readFileSync(join(folder, "results.json"), "utf8");
    expected ??= results;
    if (results !== expected) throw new Error(`--jobs ${count} gave other results`);
    rmSync(folder, { recursive: true });
  }
console.log(`${spec}, ${availableParallelism()} cores, node ${process.version}, ${rounds} rounds`);
for (const [k, count] of sides.entries())
  console.log(
    `--jobs ${count}: median ${(median(times[k]) / 1000).toFixed(1)} s, least ${(Math.min(...times[k]) / 1000).toFixed(1)} s, ratio ${(median(times[k]) / median(times[0])).toFixed(2)}`,
  );
