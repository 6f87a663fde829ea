// One training step of a predictor (batch 64, Adam) beside PyTorch's: LSTM 128-64 over 24 hours, convolutions over a window
// and over an image, and the noise network of a diffusion over series (U-Net). Medians; both sides in one run, in turns;
// droc's steps as many a call as a training makes.
//   bench/peers/install && npm run build && node bench/tensor/predictor-step.mjs [threads of PyTorch]
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createNet } from "../../dist/runtime/predict/nets/index.js";
import { fitScaling, predictorPlan } from "../../dist/runtime/predict/train.js";
import { createExecutor } from "../../dist/runtime/tensor/executor.js";
import * as ops from "../../dist/runtime/tensor/ops.js";
import { randomStream } from "../../dist/runtime/tensor/random.js";
import { DEFAULT_UNROLL } from "../../dist/runtime/tensor/training.js";
import { fillSteps, trainingProgram } from "../../dist/runtime/tensor/training-plan.js";

import { defineDdpm } from "../../dist/runtime/models/ddpm/definition.js";
import { generatorPlan } from "../../dist/runtime/models/neural/plan.js";
import { prepareRows } from "../../dist/runtime/models/neural/rows.js";
import { rowDiffusion } from "../../dist/runtime/robust/train-method.js";

const PYTHON = fileURLToPath(new URL("../peers/.venv/bin/python", import.meta.url));
const SIDE = fileURLToPath(new URL("../peers/predict_side.py", import.meta.url));
const THREADS = process.argv[2] ?? "1";
const ROWS = 512;
const STEPS = 40;
const WARM_UP = 2 * DEFAULT_UNROLL;
const TURNS = 5;
const CASES = {
  lstm: [{ kind: "lstm", layers: [128, 64] }, [24]],
  cnn1d: [{ kind: "cnn", channels: [16, 32], kernel: 3, stride: 1, hidden: [32] }, [24]],
  cnn2d: [{ kind: "cnn", channels: [8, 16], kernel: 3, stride: 2, hidden: [32] }, [14, 14]],
  unet1d: [{ kind: "unet1d", channels: [32, 64, 64, 64] }, [24]],
};

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const loss = (rows) => ops.square(ops.sub(rows.predictions, rows.targets));

/** PyTorch's side keeps no average of the weights, so this side keeps none. */
function diffusionPlan(net, data, training, stream) {
  const sizes = { context: 0, outcome: data.inputs.length / data.rows };
  const rows = prepareRows("ddpm", { rows: data.rows, contexts: new Float64Array(0), outcomes: data.inputs }, sizes);
  return generatorPlan(defineDdpm({ ...rowDiffusion(net), ema: 0 }, rows.sizes, 10), training, rows, stream);
}

function netPlan(spec, shape, data, training, stream) {
  const form = { inputs: [{ name: "y", shape }], outputs: 1 };
  return predictorPlan(createNet(spec, form, fitScaling(data, form), stream), loss, data, training, stream);
}

async function ours(spec, shape) {
  const stream = randomStream(1, "bench");
  const p = shape.reduce((a, b) => a * b, 1);
  const inputs = new Float64Array(ROWS * p);
  stream.normal(inputs);
  const targets = new Float64Array(ROWS);
  stream.child("targets").normal(targets);
  const data = { rows: ROWS, inputs, targets, groups: new Int32Array(ROWS), groupNames: ["all"] };
  const training = { steps: STEPS, batch: 64, optimizer: { kind: "adam", rate: 1e-3, weightDecay: 0 } };
  const plan =
    spec.kind === "unet1d" ? diffusionPlan(spec, data, training, stream) : netPlan(spec, shape, data, training, stream);
  const executor = await createExecutor(trainingProgram(plan, DEFAULT_UNROLL), "onnx");
  executor.state("parameters").set(plan.initial());
  const times = [];
  for (let step = 0; step < STEPS + WARM_UP; step += DEFAULT_UNROLL) {
    const start = performance.now();
    fillSteps(plan, executor, step, DEFAULT_UNROLL);
    await executor.run();
    times.push((performance.now() - start) / 1000 / DEFAULT_UNROLL);
  }
  await executor.dispose();
  return median(times.slice(WARM_UP / DEFAULT_UNROLL));
}

console.log(`PyTorch with ${THREADS} threads; ms a step, medians of ${TURNS} turns of ${STEPS} steps`);
for (const [name, [spec, shape]] of Object.entries(CASES)) {
  const turns = [];
  for (let turn = 0; turn < TURNS; turn++) {
    const own = await ours(spec, shape);
    const answer = execFileSync(PYTHON, [SIDE, "time", name, String(STEPS), THREADS], { encoding: "utf8" });
    turns.push([own, median(JSON.parse(answer))]);
  }
  const [own, theirs] = [0, 1].map((side) => median(turns.map((turn) => turn[side])) * 1000);
  console.log(
    `${name.padEnd(6)} droc ${own.toFixed(2)}  PyTorch ${theirs.toFixed(2)}  ratio ${(own / theirs).toFixed(2)}`,
  );
}
