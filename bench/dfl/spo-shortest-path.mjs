// PyEPO's own shortest-path example, trained by PyEPO and by droc in turn: 5 × 5 grid, degree 4, SPO+ on a linear predictor,
// 1,000 training rows, Adam at 1e-2, batches of 32; one thread each. Time from the data to the trained predictor, the best
// decisions in hindsight included, and PyEPO's normalised regret on 1,000 further rows.
//   bench/peers/install && npm run build && node bench/dfl/spo-shortest-path.mjs [--quick]
// Both sides draw their own first weights and order of rows, from the round's seed.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCombinatorialOracle, hindsight, regretOf, trainCostPredictor } from "../../dist/runtime/dfl/index.js";
import { randomStream } from "../../dist/runtime/tensor/random.js";
import { median } from "../support/numbers.mjs";
import { startPythonSide } from "../support/python-side.mjs";

const quick = process.argv.includes("--quick");
const ROUNDS = quick ? 1 : 5;
const GRID = [5, 5];
const ROWS = 1000;
const TEST = 1000;
const FEATURES = 5;
const EPOCHS = quick ? 5 : 20;
const BATCH = 32;
const RATE = 1e-2;

const peer = startPythonSide("pyepo_side.py");
await peer.ready;
const folder = mkdtempSync(join(tmpdir(), "droc-dfl-"));
const file = join(folder, "data.bin");
const drawn = await peer.ask({
  action: "draw",
  grid: GRID,
  rows: ROWS,
  test: TEST,
  features: FEATURES,
  degree: 4,
  noise: 0.5,
  file,
});
const bytes = readFileSync(file);
const values = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
rmSync(folder, { recursive: true });

const arcs = drawn.arcs.map(([from, to]) => ({ from, to }));
const table = (first, rows) => ({
  rows,
  contexts: values.slice(first * FEATURES, (first + rows) * FEATURES),
  costs: values.slice(
    (ROWS + TEST) * FEATURES + first * arcs.length,
    (ROWS + TEST) * FEATURES + (first + rows) * arcs.length,
  ),
});
const [data, test] = [table(0, ROWS), table(ROWS, TEST)];
const path = { kind: "path", nodes: GRID[0] * GRID[1], arcs, source: 0, target: GRID[0] * GRID[1] - 1 };
const oracle = await createCombinatorialOracle(path, "minimize");
const optima = await hindsight(test, (s, x) => oracle.solve(s, x));

async function droc(seed) {
  const start = performance.now();
  const before = process.cpuUsage();
  const trained = await trainCostPredictor({
    loss: { loss: "spo_plus" },
    predictor: { kind: "linear" },
    data,
    oracle,
    length: { epochs: EPOCHS },
    batch: BATCH,
    optimizer: { kind: "adam", rate: RATE },
    standardize: false,
    stream: randomStream(seed, "bench"),
  });
  const training = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const predictions = await trained.predict(test.contexts, TEST);
  const regret = await regretOf(predictions, test, optima, oracle, (s, x) => oracle.solve(s, x));
  await trained.dispose();
  return { training, processor: (user + system) / 1e6, regret: regret.relative };
}

const pyepo = (solver) => (seed) =>
  peer.ask({ action: "train", solver, seed, epochs: EPOCHS, batch: BATCH, rate: RATE });
const sides = {
  droc,
  "PyEPO, OR-Tools GLOP": pyepo("glop"),
  "PyEPO, dynamic program in Python": pyepo("dynamic"),
};

const results = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
await droc(0);
for (let round = 1; round <= ROUNDS; round++) {
  for (const [name, run] of Object.entries(sides)) results[name].push(await run(round));
}
peer.stop();

const medianOf = (runs, name) => median(runs.map((run) => run[name]));
const [own, ownProcessor] = [medianOf(results.droc, "training"), medianOf(results.droc, "processor")];
console.log(`${EPOCHS} epochs, medians of ${ROUNDS}: seconds and processor seconds, each also as a multiple of droc's`);
for (const [name, runs] of Object.entries(results)) {
  const [seconds, processor] = [medianOf(runs, "training"), medianOf(runs, "processor")];
  const regrets = runs.map(({ regret }) => regret);
  const mean = regrets.reduce((sum, value) => sum + value, 0) / regrets.length;
  const range = `${(100 * Math.min(...regrets)).toFixed(2)}–${(100 * Math.max(...regrets)).toFixed(2)} %`;
  const times = [
    [seconds, own],
    [processor, ownProcessor],
  ].map(([value, unit]) => `${value.toFixed(3)} s ${(value / unit).toFixed(2).padStart(6)} ×`);
  console.log(`${name.padEnd(34)} ${times.join("  ")}  regret ${(100 * mean).toFixed(2)} % (${range})`);
}
