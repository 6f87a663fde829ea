// Memory of a long training: droc beside PyTorch, the flow-matching step.
//   bench/peers/install && npm run build
//   node bench/tensor/memory.mjs [--steps 200000] [--peer-steps 40000] [--samples 40]
// Growth is the slope of a straight line through the second half of the samples.
import { FLOW } from "./cases.mjs";
import { machine, options, startSides } from "./sides.mjs";

const { steps, "peer-steps": peerSteps, samples } = options({ steps: 200_000, "peer-steps": 40_000, samples: 40 });
const sides = await startSides(["droc", "torch"], FLOW);
console.log(machine());
console.log(
  "| side | steps | after the first steps, MiB | at the end, MiB | peak, MiB | growth, KiB per 1,000 steps |",
);
console.log("| --- | --- | --- | --- | --- | --- |");
for (const [i, side] of sides.entries()) {
  const each = 4 * Math.ceil((i === 0 ? steps : peerSteps) / samples / 4);
  const points = [];
  for (let i = 0; i < samples; i++) {
    await side.ask({ steps: each });
    points.push({ steps: (i + 1) * each, used: side.memory().now });
  }
  const { peak } = side.memory();
  await side.close();
  const late = points.slice(samples / 2);
  const mean = (read) => late.reduce((sum, point) => sum + read(point), 0) / late.length;
  const [x, y] = [mean((point) => point.steps), mean((point) => point.used)];
  const covariance = mean((point) => (point.steps - x) * (point.used - y));
  const slope = covariance / mean((point) => (point.steps - x) ** 2);
  const cells = [points[0].used, points.at(-1).used, peak].map((v) => v.toFixed(1));
  console.log(`| ${[side.name, each * samples, ...cells, (slope * 1024 * 1000).toFixed(2)].join(" | ")} |`);
}
