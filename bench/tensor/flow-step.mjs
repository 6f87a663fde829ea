// One step of flow-matching training (MLP 2×64, batch 256, Adam, weight average, random numbers included; d = 10, p = 5)
// and scenarios a second of sampling (midpoint, 8 steps), both on one thread of ONNX Runtime.
//   npm run build && node bench/tensor/flow-step.mjs
// The least of many short interleaved rounds is reported: what the work costs when nothing else runs.
import { cpus } from "node:os";
import { trainFlowMatching } from "../../dist/runtime/models/flow-matching/index.js";
import { flowPlan } from "../../dist/runtime/models/flow-matching/train.js";
import { fitStandardizer } from "../../dist/runtime/models/standardizer.js";
import { fillStepScalars } from "../../dist/runtime/tensor/optimizers.js";
import { createExecutor } from "../../dist/runtime/tensor/executor.js";
import { randomStream } from "../../dist/runtime/tensor/random.js";
import { trainingProgram } from "../../dist/runtime/tensor/training.js";

const ROWS = 20_000;
const P = 5;
const D = 10;
const BATCH = 256;
const ROUNDS = 150;
const STEPS_A_ROUND = 16;
const UNROLLS = [1, 2, 4, 8, 16];
const optimizer = { kind: "adam", rate: 1e-3, weightDecay: 1e-4 };
const spec = {
  kind: "flow_matching",
  hidden: [64, 64],
  activation: "relu",
  solver: "midpoint",
  odeSteps: 8,
  ema: 0.999,
  scenarios: 512,
};

const normals = (size, name) => {
  const out = new Float64Array(size);
  randomStream(1, name).normal(out);
  return out;
};
const data = { rows: ROWS, contexts: normals(ROWS * P, "x"), outcomes: normals(ROWS * D, "s") };
const weights = normals(ROWS, "w").map((w) => 1 + w * w);
const sizes = { context: P, outcome: D };
console.log(`${cpus()[0]?.model ?? "unknown processor"}, ${cpus().length} cores, node ${process.version}`);

for (const [label, set] of [
  ["uniform", data],
  ["weighted", { ...data, weights }],
]) {
  const scalers = {
    context: fitStandardizer(data.contexts, ROWS, P),
    outcome: fitStandardizer(data.outcomes, ROWS, D),
  };
  const plan = flowPlan(spec, { steps: 1, batch: BATCH, optimizer }, set, sizes, scalers, randomStream(1, "train"));
  const trials = [];
  for (const unroll of UNROLLS) {
    const start = performance.now();
    const executor = await createExecutor(trainingProgram(plan, unroll), "onnx");
    executor.state("parameters").set(plan.initial());
    trials.push({ unroll, executor, build: performance.now() - start, fill: Infinity, run: Infinity, step: 0 });
  }
  for (let round = 0; round < ROUNDS; round++)
    for (const trial of trials) {
      let fill = 0;
      let run = 0;
      for (let done = 0; done < STEPS_A_ROUND; done += trial.unroll, trial.step += trial.unroll) {
        const start = performance.now();
        plan.fill(trial.executor, trial.step, trial.unroll);
        fillStepScalars(trial.executor.input("scalars"), trial.step, optimizer, spec.ema);
        const filled = performance.now();
        await trial.executor.run();
        fill += filled - start;
        run += performance.now() - filled;
      }
      trial.fill = Math.min(trial.fill, fill / STEPS_A_ROUND);
      trial.run = Math.min(trial.run, run / STEPS_A_ROUND);
    }
  for (const { unroll, build, fill, run } of trials)
    console.log(
      `${label}, ${String(unroll).padStart(2)} steps a call: ${(fill + run).toFixed(3)} ms a step ` +
        `(random numbers and batch ${fill.toFixed(3)}, program ${run.toFixed(3)}); built in ${build.toFixed(0)} ms`,
    );
  for (const { executor } of trials) await executor.dispose();
}

const model = await trainFlowMatching(spec, { steps: 64, batch: BATCH, optimizer }, data, sizes, randomStream(1, "t"));
for (const contexts of [1, 20]) {
  const at = normals(contexts * P, "c");
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await model.sample(at, contexts, spec.scenarios, randomStream(2, "sample"));
    least = Math.min(least, performance.now() - start);
  }
  const rate = (contexts * spec.scenarios) / least / 1000;
  console.log(
    `sampling ${spec.scenarios} scenarios at ${contexts} contexts: ${least.toFixed(1)} ms, ${rate.toFixed(2)} M scenarios/s`,
  );
}
await model.dispose();

const out = new Float32Array(BATCH * D);
for (const kind of ["uniform", "normal"]) {
  let least = Infinity;
  for (let round = 0; round < 400; round++) {
    const start = performance.now();
    randomStream(1, "speed")[kind](out, round * out.length);
    least = Math.min(least, performance.now() - start);
  }
  console.log(`${kind}: ${(out.length / least / 1000).toFixed(0)} M numbers/s`);
}
