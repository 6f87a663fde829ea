// A grid of six strengths × three seeds of flow-matching trainings (MLP 2×64, batch 256, Adam; d = 10, p = 5): one
// program a seed that trains the whole grid, beside eighteen trainings one after the other. One thread.
//   npm run build && node bench/tensor/flow-grid.mjs [steps] [rounds]
// Rounds of both sides take turns; the median of their times is reported.
import { cpus } from "node:os";
import { trainFlowMatching, trainFlowMatchingGrid } from "../../dist/runtime/models/flow-matching/index.js";
import { randomStream } from "../../dist/runtime/tensor/random.js";
import { median } from "../support/numbers.mjs";

const STEPS = Number(process.argv[2] ?? 200);
const ROUNDS = Number(process.argv[3] ?? 5);
const ROWS = 20_000;
const P = 5;
const D = 10;
const SEEDS = [1, 2, 3];
const GRID = [0, 0.02, 0.05, 0.1, 0.2, 0.5];
const spec = {
  kind: "flow_matching",
  hidden: [64, 64],
  activation: "relu",
  solver: "midpoint",
  odeSteps: 8,
  ema: 0.999,
  scenarios: 512,
};
const training = { steps: STEPS, batch: 256, optimizer: { kind: "adam", rate: 1e-3, weightDecay: 1e-4 } };
const sizes = { context: P, outcome: D };

const normals = (size, name) => {
  const out = new Float64Array(size);
  randomStream(1, name).normal(out);
  return out;
};
const data = { rows: ROWS, contexts: normals(ROWS * P, "x"), outcomes: normals(ROWS * D, "s") };
const gradients = normals(ROWS, "w").map((w) => w * w);
const grid = GRID.map((strength) => gradients.map((g) => 1 + strength * g));

const together = async () => {
  for (const seed of SEEDS) {
    const models = await trainFlowMatchingGrid(spec, training, data, grid, sizes, randomStream(seed, "train"));
    for (const model of models) await model.dispose();
  }
};
const apart = async () => {
  for (const seed of SEEDS)
    for (const weights of grid) {
      const model = await trainFlowMatching(spec, training, { ...data, weights }, sizes, randomStream(seed, "train"));
      await model.dispose();
    }
};

console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, node ${process.version}`);
const sides = [
  ["one after the other", apart],
  ["a program a seed", together],
];
const times = sides.map(() => []);
for (let round = 0; round < ROUNDS; round++)
  for (const [i, [, side]] of sides.entries()) {
    const start = performance.now();
    await side();
    times[i].push(performance.now() - start);
  }
for (const [i, [name]] of sides.entries()) {
  const time = median(times[i]);
  const least = Math.min(...times[i]);
  const count = SEEDS.length * GRID.length;
  console.log(
    `${name}: median ${(time / 1000).toFixed(2)} s, least ${(least / 1000).toFixed(2)} s for ${count} × ${STEPS} steps, ` +
      `${((1000 * time) / count / STEPS).toFixed(0)} µs a model's step`,
  );
}
