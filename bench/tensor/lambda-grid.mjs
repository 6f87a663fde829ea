// The grid of 003: flows at six strengths λ and three seeds (MLP 2 × 64, batch 256, d = 10, p = 5), droc on two threads
// beside a loop over the eighteen trainings in PyTorch. droc trains groups of strengths in one program, as
// runtime/methods/train-groups.ts forms them.
//   bench/peers/install && npm run build
//   node bench/tensor/lambda-grid.mjs [--steps 20000] [--rounds 5] [--jobs 2]
import { trainingGroups } from "../../dist/runtime/methods/train-groups.js";
import { openThreads } from "../../dist/runtime/pool/pool.js";
import { runAll } from "../../dist/runtime/pool/run-all.js";
import { loadRuntime } from "../../dist/runtime/tensor/onnx-executor.js";
import { FLOW } from "./cases.mjs";
import { flowSpec } from "./droc-plans.mjs";
import { machine, median, options, startSides } from "./sides.mjs";

const { steps, rounds, jobs } = options({ steps: 20_000, rounds: 5, jobs: 2 });
const SEEDS = [1, 2, 3];
const GRID = [0, 0.02, 0.05, 0.1, 0.2, 0.5];
const sizes = { context: FLOW.p, outcome: FLOW.d };
const groups = trainingGroups(GRID, flowSpec(FLOW), FLOW, sizes);
const tasks = SEEDS.flatMap((seed) => groups.map((strengths) => ({ testCase: FLOW, seed, strengths, steps })));

// Threads can share the native library only if the main thread loaded it first.
await loadRuntime();
const [torch] = await startSides(["torch"], { ...FLOW, grid: GRID, seeds: SEEDS });
// One pool for all rounds: the native library cannot be loaded again by threads that follow others.
const pool = openThreads({ jobs, entry: new URL("lambda-worker.mjs", import.meta.url) });
const ours = [];
const theirs = [];
for (let round = 0; round < rounds; round++) {
  const start = performance.now();
  await runAll(tasks, jobs, (task) => pool.run(task));
  ours.push((performance.now() - start) / 1000);
  theirs.push((await torch.ask({ grid: steps })).seconds);
}
await torch.close();
await pool.close();

console.log(`${machine()}; ${GRID.length} × ${SEEDS.length} models of ${steps} steps, ${rounds} rounds`);
console.log("| side | median, s | least, s |\n| --- | --- | --- |");
console.log(
  `| droc, ${jobs} threads, ${tasks.length} programs | ${median(ours).toFixed(2)} | ${Math.min(...ours).toFixed(2)} |`,
);
console.log(`| PyTorch, one after the other | ${median(theirs).toFixed(2)} | ${Math.min(...theirs).toFixed(2)} |`);
const ratio = median(theirs) / median(ours);
console.log(
  `droc ends ${ratio.toFixed(2)} × sooner, of the least times ${(Math.min(...theirs) / Math.min(...ours)).toFixed(2)}`,
);
