// One training step, random numbers, batch, Adam with decoupled decay and averaged weights included: droc beside PyTorch,
// JAX and TensorFlow.js, one thread each, in turns.
//   bench/peers/install && npm run build
//   node bench/tensor/step.mjs [--cases flow,wide,ddpm,spline] [--sides droc,torch,…] [--rounds 5] [--seconds 0.7]
import { CASES } from "./cases.mjs";
import { machine, options, startSides, takeTurns } from "./sides.mjs";

const ALL = "droc,torch,compiled,jax,scan,tfjs";
const {
  cases,
  sides: chosen,
  rounds,
  seconds,
} = options({
  cases: Object.keys(CASES).join(),
  sides: ALL,
  rounds: 5,
  seconds: 0.7,
});
/** Steps are counted in whole scans of JAX. */
const UNIT = 100;

console.log(`${machine()}; medians of ${rounds} rounds`);
for (const key of cases.split(",")) {
  const testCase = CASES[key];
  // TensorFlow.js and JAX's scan have the one step that the others are compared on.
  const keys = chosen.split(",").filter((side) => key === "flow" || !["tfjs", "scan"].includes(side));
  const sides = await startSides(keys, testCase);
  const steps = [];
  for (const side of sides) {
    await side.ask({ steps: UNIT });
    const trial = await side.ask({ steps: UNIT });
    steps.push(UNIT * Math.max(1, Math.round(seconds / trial.seconds)));
  }
  const results = await takeTurns(
    sides,
    steps.map((count) => ({ steps: count })),
    rounds,
  );
  await Promise.all(sides.map((side) => side.close()));
  console.log(`\n${testCase.name}\n| side | median, ms a step | least | processor, ms | droc / side | of least |`);
  console.log("| --- | --- | --- | --- | --- | --- |");
  const ms = (time, i) => (1000 * time) / steps[i];
  for (const [i, { median, least, cpu }] of results.entries()) {
    const ratios = [ms(results[0].median, 0) / ms(median, i), ms(results[0].least, 0) / ms(least, i)];
    const cells = [ms(median, i), ms(least, i), ms(cpu, i)].map((v) => v.toFixed(3));
    console.log(`| ${[sides[i].name, ...cells, ...ratios.map((v) => v.toFixed(2))].join(" | ")} |`);
  }
}
