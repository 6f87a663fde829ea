// All comparisons of runtime/tensor with its peers, one after the other: the tables of docs/benchmarks.md.
//   bench/peers/install && npm run build && node bench/tensor/all.mjs
// Some twelve minutes on two quiet cores, half of them the grid of strengths at its full length.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const failed = [];
for (const name of ["step", "sampling", "build", "memory", "lambda-grid"]) {
  console.log(`\n## node bench/tensor/${name}.mjs\n`);
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`${name}.mjs`, import.meta.url))], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`These ended with an error: ${failed.join(", ")}.`);
  process.exitCode = 1;
}
