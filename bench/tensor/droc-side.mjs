// droc's side of the benchmarks: training steps and sampling on one thread of ONNX Runtime.
//   node droc-side.mjs CASE
// One JSON request a line on standard input, one answer a line on standard output.
import { createInterface } from "node:readline";
import { trainFlowMatching } from "../../dist/runtime/models/flow-matching/index.js";
import { createExecutor } from "../../dist/runtime/tensor/executor.js";
import { randomStream } from "../../dist/runtime/tensor/random.js";
import { fillSteps, trainingProgram } from "../../dist/runtime/tensor/training-plan.js";
import { DEFAULT_UNROLL } from "../../dist/runtime/tensor/training.js";
import { flowSpec, normals, planOf, trainingData } from "./droc-plans.mjs";

const testCase = JSON.parse(process.argv[2]);
let trainer = null;
let sampler = null;

/** The loop of `runTraining` without its checkpoints. */
async function train(steps) {
  if (trainer === null) {
    const plan = planOf(testCase);
    const executor = await createExecutor(trainingProgram(plan, DEFAULT_UNROLL), "onnx");
    for (const name of ["parameters", "average"]) executor.state(name).set(plan.initial());
    trainer = { plan, executor, done: 0 };
  }
  const { plan, executor } = trainer;
  for (let k = 0; k < steps; k += DEFAULT_UNROLL, trainer.done += DEFAULT_UNROLL) {
    fillSteps(plan, executor, trainer.done, DEFAULT_UNROLL);
    await executor.run();
    if (!executor.output("loss").every(Number.isFinite)) throw new Error("The training diverged.");
  }
  return executor.output("loss").at(-1);
}

async function sample(contexts, count) {
  const sizes = { context: testCase.p, outcome: testCase.d };
  if (sampler === null) {
    const optimizer = { kind: "adam", rate: 1e-3, weightDecay: 1e-4 };
    const training = { steps: 8, batch: testCase.batch, optimizer };
    const data = trainingData(testCase);
    sampler = await trainFlowMatching(flowSpec(testCase), training, data, sizes, randomStream(1, "train"));
  }
  const at = normals(contexts * testCase.p, "at");
  const out = await sampler.sample(at, contexts, count, randomStream(2, "sample"));
  return out.reduce((sum, v) => sum + v, 0);
}

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const start = performance.now();
  const cpu = process.cpuUsage();
  const value = "steps" in request ? await train(request.steps) : await sample(request.contexts, request.count);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  console.log(JSON.stringify({ value, seconds, cpu: (user + system) / 1e6 }));
}
