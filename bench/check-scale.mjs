// Time of compile() on generated models as they grow: lines and declarations in the same proportion.
//   npm run build && node bench/check-scale.mjs
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../dist/compiler/compile.js";

const SIZES = [500, 1000, 2000, 4000];
/** Lines for each declaration, as 2,000 lines hold 500. */
const LINES_PER_DECLARATION = 4;
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

/** One model: params, functions that call earlier ones, a decision of several blocks with constraints on each. */
function specOf(lines) {
  const declarations = lines / LINES_PER_DECLARATION;
  const fixed = 12;
  const third = Math.floor((declarations - fixed) / 3);
  const text = ["model Scale", "dim Asset = 10", "dim Feature = 5", ""];
  for (let i = 0; i < third; i++) {
    text.push(
      `/// Parameter ${i}`,
      `param p${i} = ${i === 0 ? "1.5" : `p${Math.floor((i - 1) / 2)} / 2 + 1`} // derived`,
      "",
    );
  }
  for (let i = 0; i < third; i++) {
    text.push(`/// Function ${i}`, `fn f${i}(u: real[Asset]): real =`, `  p${i} * sum(u) + ${i} * u[${i % 10}]`, "");
  }
  text.push(
    "data returns = synthetic portfolio { assets: 10, covariates: 5, degree: 4, train: 2_000 } {",
    "  context x: real[Feature]",
    "  outcome s: real[Asset]",
    "}",
    "decision z: real[Asset] in simplex { cap: 0.5 }",
  );
  for (let i = 0; i < third; i++) {
    const [a, b] = [i % 10, (i * 7 + 1) % 10];
    text.push(
      `/// Rule ${i}`,
      "subject to {",
      `  r${i}: z[${a}] ${a === b ? "" : `+ ${(1 + i / 1000).toFixed(3)} * z[${b}] `}<= ${(0.4 + 0.0001 * i).toFixed(4)}`,
      "}",
    );
  }
  text.push(
    `loss L(z, s) = max(-dot(s, z), ${Array.from({ length: 8 }, (_, i) => `f${i}(z) / 1000`).join(" + ")} - 1)`,
    "risk mean(L) + p1 * cvar(L, level = 95%) + 1e-3 * sum_squares(z)",
    "uncertainty s | x ~ flow_matching { hidden: [64, 64] }",
    "train dw_fm { lambda_relative: one_of(0, 0.02) }",
    "evaluate on test { regret, cvar_loss }",
  );
  while (text.length < lines) text.push(`// line ${text.length + 1}`);
  return `${text.slice(0, lines).join("\n")}\n`;
}
