// Scenarios from a trained flow, midpoint rule in 8 steps: droc beside PyTorch, on one core and on two, in turns. On two
// cores droc halves the contexts between two processes, as a run does; PyTorch has two threads, or is halved likewise.
// PyTorch takes as many rows at once as the fastest of several sizes tried first.
//   bench/peers/install && npm run build
//   node bench/tensor/sampling.mjs [--contexts 1000] [--count 512] [--rounds 5]
import { FLOW } from "./cases.mjs";
import { machine, median, options, startSides } from "./sides.mjs";

const { contexts, count, rounds } = options({ contexts: 1000, count: 512, rounds: 5 });
const CHUNKS = [512, 1024, 2048, 4096, 8192];

/** A way to do the work: sides that share the contexts. */
async function start(name, keys, testCase = FLOW) {
  const sides = await startSides(keys, testCase);
  const request = { contexts: Math.ceil(contexts / sides.length), count, ode_steps: 8 };
  const times = [];
  const ask = (more) => Promise.all(sides.map((side) => side.ask({ ...request, ...more })));
  await ask({ contexts: 8, chunk: 2048 });
  if (keys[0] === "torch") {
    let best = Infinity;
    for (let round = 0; round < 2; round++)
      for (const chunk of CHUNKS) {
        const [{ seconds }] = await ask({ contexts: Math.min(32, contexts), chunk });
        if (seconds < best) [best, request.chunk] = [seconds, chunk];
      }
    name += `, ${request.chunk} rows at once`;
  }
  return {
    name,
    times,
    cpu: [],
    close: () => Promise.all(sides.map((side) => side.close())),
    async round() {
      const start = performance.now();
      const answers = await ask({});
      times.push((performance.now() - start) / 1000);
      this.cpu.push(answers.reduce((sum, { cpu }) => sum + cpu, 0));
    },
  };
}

console.log(`${machine()}; ${count} scenarios at ${contexts} contexts, medians of ${rounds} rounds`);
for (const ways of [
  [
    ["droc, one thread", ["droc"]],
    ["PyTorch, one thread", ["torch"]],
  ],
  [
    ["droc, two processes", ["droc", "droc"]],
    ["PyTorch, two threads", ["torch"], { ...FLOW, threads: 2 }],
    ["PyTorch, two processes", ["torch", "torch"]],
  ],
]) {
  const started = [];
  for (const way of ways) started.push(await start(...way));
  for (let round = 0; round < rounds; round++) for (const way of started) await way.round();
  for (const way of started) await way.close();
  console.log("\n| side | median, s | least, s | processor, s | side / droc | of least | of processor |");
  console.log("| --- | --- | --- | --- | --- | --- | --- |");
  const [droc] = started;
  for (const { name, times, cpu } of started) {
    const [middle, least, work] = [median(times), Math.min(...times), median(cpu)];
    const ratios = [middle / median(droc.times), least / Math.min(...droc.times), work / median(droc.cpu)];
    const cells = [...[middle, least, work].map((v) => v.toFixed(3)), ...ratios.map((v) => v.toFixed(2))];
    console.log(`| ${[name, ...cells].join(" | ")} |`);
  }
}
