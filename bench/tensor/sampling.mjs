// Scenarios from a trained flow, midpoint rule in 8 steps: droc beside PyTorch, one thread each, in turns. PyTorch takes
// as many rows at once as the fastest of several sizes tried first.
//   bench/peers/install && npm run build
//   node bench/tensor/sampling.mjs [--contexts 1000] [--count 512] [--rounds 5]
import { FLOW } from "./cases.mjs";
import { machine, options, startSides, takeTurns } from "./sides.mjs";

const { contexts, count, rounds } = options({ contexts: 1000, count: 512, rounds: 5 });
const CHUNKS = [512, 1024, 2048, 4096, 8192];

const sides = await startSides(["droc", "torch"], FLOW);
const ours = { contexts, count };
const trial = { contexts: 64, count, ode_steps: 8 };
let best = { seconds: Infinity, chunk: 0 };
for (let round = 0; round < 3; round++)
  for (const chunk of CHUNKS) {
    const { seconds } = await sides[1].ask({ ...trial, chunk });
    if (seconds < best.seconds) best = { seconds, chunk };
  }
await sides[0].ask({ contexts: 8, count });
const [droc, torch] = await takeTurns(sides, [ours, { ...ours, ode_steps: 8, chunk: best.chunk }], rounds);
await Promise.all(sides.map((side) => side.close()));

console.log(`${machine()}; ${count} scenarios at ${contexts} contexts, medians of ${rounds} rounds`);
const rate = ({ median }) => ((contexts * count) / median / 1e6).toFixed(3);
console.log(
  "| side | median, s | least, s | processor, s | million scenarios a second |\n| --- | --- | --- | --- | --- |",
);
for (const [name, times] of [
  ["droc", droc],
  [`PyTorch, ${best.chunk} rows at once`, torch],
])
  console.log(
    `| ${name} | ${times.median.toFixed(3)} | ${times.least.toFixed(3)} | ${times.cpu.toFixed(3)} | ${rate(times)} |`,
  );
console.log(
  `PyTorch takes ${(torch.median / droc.median).toFixed(2)} × droc's time, of the least times ${(torch.least / droc.least).toFixed(2)}`,
);
