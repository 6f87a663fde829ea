// The grid of 003: flows at six strengths λ and three seeds (MLP 2 × 64, batch 256, d = 10, p = 5), droc in a process for
// each core beside a loop over the eighteen trainings in PyTorch, and beside that loop cut in two, each half in a process
// of its own. droc trains groups of strengths in one program, as runtime/methods/train-groups.ts forms them.
//   bench/peers/install && npm run build
//   node bench/tensor/lambda-grid.mjs [--steps 20000] [--rounds 1] [--jobs 2] [--split 1]
// With the full 20,000 steps a round of all sides takes some five minutes on two quiet cores; --steps 2000 --rounds 5
// gives medians, in which the workers' start and the programs' building weigh ten times as much.
import { trainingGroups } from "../../dist/runtime/methods/train-groups.js";
import { openProcesses } from "../../dist/runtime/pool/pool.js";
import { runAll } from "../../dist/runtime/pool/run-all.js";
import { FLOW } from "./cases.mjs";
import { flowSpec } from "./droc-plans.mjs";
import { machine, median, options, startSides } from "./sides.mjs";

const { steps, rounds, jobs, split } = options({ steps: 20_000, rounds: 1, jobs: 2, split: 1 });
const SEEDS = [1, 2, 3];
const GRID = [0, 0.02, 0.05, 0.1, 0.2, 0.5];
const sizes = { context: FLOW.p, outcome: FLOW.d };
const groups = trainingGroups(GRID, flowSpec(FLOW), FLOW, sizes);
const tasks = SEEDS.flatMap((seed) => groups.map((strengths) => ({ testCase: FLOW, seed, strengths, steps })));
const seconds = async (work) => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

const peer = { ...FLOW, grid: GRID, seeds: SEEDS };
const [torch] = await startSides(["torch"], peer);
const halves = split === 0 ? [] : await startSides(["torch", "torch"], peer);
const sides = [
  {
    name: `droc, ${jobs} processes, ${tasks.length} programs`,
    // The processes' start counts: each round has processes of its own.
    async work() {
      const pool = openProcesses({ jobs, entry: new URL("lambda-worker.mjs", import.meta.url) });
      await runAll(tasks, jobs, (task) => pool.run(task));
      await pool.close();
    },
  },
  { name: "PyTorch, one after the other", work: () => torch.ask({ grid: steps }) },
  ...(split === 0
    ? []
    : [
        {
          name: "PyTorch, the loop in two processes",
          work: () => Promise.all(halves.map((side, k) => side.ask({ grid: steps, half: k }))),
        },
      ]),
];
const times = sides.map(() => []);
for (let round = 0; round < rounds; round++)
  for (const [i, { work }] of sides.entries()) times[i].push(await seconds(work));
await Promise.all([torch, ...halves].map((side) => side.close()));

console.log(`${machine()}; ${GRID.length} × ${SEEDS.length} models of ${steps} steps, rounds: ${rounds}`);
console.log("| side | median, s | least, s | side / droc |\n| --- | --- | --- | --- |");
for (const [i, { name }] of sides.entries()) {
  const cells = [median(times[i]), Math.min(...times[i]), median(times[i]) / median(times[0])];
  console.log(`| ${[name, ...cells.map((v) => v.toFixed(2))].join(" | ")} |`);
}
