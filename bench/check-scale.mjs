// Time of compile() on generated models as they grow: lines and declarations in the same proportion.
//   npm run build && node bench/check-scale.mjs
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../dist/compiler/compile.js";
import { LINES_PER_DECLARATION, specOf } from "./spec-of.mjs";

const SIZES = [500, 1000, 2000, 4000];
const WARM_RUNS = 15;

const folder = mkdtempSync(join(tmpdir(), "droc-bench-"));
try {
  const file = join(folder, "model.dro");
  console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, node ${process.version}`);
  console.log("lines  declarations  median ms  least ms  growth");
  let last = null;
  for (const lines of SIZES) {
    const source = specOf(lines);
    // Among so many random rules some imply others, which is a warning.
    const problem = compile({ file, source }).diagnostics.find(({ severity }) => severity === "error");
    if (problem !== undefined) throw new Error(`the generated spec is not sound: ${problem.message}`);
    for (let i = 0; i < 3; i++) compile({ file, source });
    const times = Array.from({ length: WARM_RUNS }, () => {
      const start = performance.now();
      compile({ file, source });
      return performance.now() - start;
    }).sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)];
    // The exponent p of time ~ lines^p since the size before.
    const growth = last === null ? "" : Math.log2(times[0] / last).toFixed(2);
    last = times[0];
    const cells = [lines, lines / LINES_PER_DECLARATION, median.toFixed(1), times[0].toFixed(1), growth];
    console.log(cells.map((cell, i) => String(cell).padStart([5, 12, 9, 8, 6][i])).join("  "));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
