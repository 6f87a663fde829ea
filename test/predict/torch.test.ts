import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { initialNetwork } from "../../runtime/models/neural/network.ts";
import { noiseNet, noiseNetLayout } from "../../runtime/models/neural/noise-net.ts";
import type { PredictorSpec } from "../../runtime/predict/nets/spec.ts";
import type { PredictorNet } from "../../runtime/predict/types.ts";
import type { NoiseNetSpec } from "../../runtime/spec.ts";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { createExecutor, type ExecutorKind } from "../../runtime/tensor/executor.ts";
import { Graph } from "../../runtime/tensor/graph.ts";
import { sizeOf } from "../../runtime/tensor/node.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { unpack } from "../../runtime/tensor/parameters.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { plainNet, shapeOf, squared } from "./support.ts";

/**
 * The step of a network against PyTorch's: same weights and rows. PyTorch's answers are recorded; to ask it again:
 *   bench/peers/install && DROC_RECORD_PREDICT=1 npx vitest run test/predict/torch.test.ts
 */
const RECORDED = fileURLToPath(new URL("torch.json", import.meta.url));
const PYTHON = fileURLToPath(new URL("../../bench/peers/.venv/bin/python", import.meta.url));
const SCRIPT = fileURLToPath(new URL("../../bench/peers/predict_side.py", import.meta.url));

const ROWS = 5;
type NetSpec = PredictorSpec | Extract<NoiseNetSpec, { kind: "unet1d" }>;
const cases: readonly { readonly spec: NetSpec; readonly shape: readonly number[]; readonly outputs: number }[] = [
  { spec: { kind: "lstm", layers: [5, 3] }, shape: [6], outputs: 1 },
  { spec: { kind: "lstm", layers: [4] }, shape: [3], outputs: 2 },
  { spec: { kind: "cnn", channels: [3, 2], kernel: 3, stride: 1, hidden: [4] }, shape: [7], outputs: 1 },
  { spec: { kind: "cnn", channels: [2, 3], kernel: 3, stride: 2, hidden: [4] }, shape: [5, 6], outputs: 3 },
  { spec: { kind: "unet1d", channels: [4, 8, 8] }, shape: [10], outputs: 10 },
];

/** The noise network of a diffusion over series of this length; its last input is the noise level. */
function unetOf(spec: NoiseNetSpec, length: number): Pick<PredictorNet, "layout" | "initial" | "forward"> {
  const layout = noiseNetLayout(spec, { context: 0, outcome: length });
  return {
    layout,
    initial: (stream) => initialNetwork(layout, stream),
    forward: (parameters, x) =>
      noiseNet(spec, layout, parameters, ops.slice(x, 1, 0, length), ops.slice(x, 1, length, length + 1), null),
  };
}

const problems = cases.map(({ spec, shape, outputs }, k) => {
  const unet = spec.kind === "unet1d";
  const net = unet ? unetOf(spec, outputs) : plainNet(spec, shapeOf(shape, outputs));
  const stream = randomStream(7, `case/${k}`);
  const parameters = net.initial(stream.child("parameters"));
  const columns = sizeOf(shape) + (unet ? 1 : 0);
  const inputs = new Float64Array(ROWS * columns);
  const targets = new Float64Array(ROWS * outputs);
  stream.child("inputs").normal(inputs);
  stream.child("targets").normal(targets);
  return { spec, shape, outputs, columns, net, parameters, inputs, targets };
});

interface Answer {
  readonly predictions: readonly number[];
  readonly loss: number;
  readonly gradient: readonly number[];
}

if (process.env["DROC_RECORD_PREDICT"] === "1") {
  const rows = (values: Float64Array): number[][] =>
    Array.from({ length: ROWS }, (_, i) =>
      Array.from(values.subarray((i * values.length) / ROWS, ((i + 1) * values.length) / ROWS)),
    );
  const asked = problems.map(({ spec, shape, outputs, net, parameters, inputs, targets }) => ({
    spec,
    shape,
    outputs,
    parameters: Array.from(parameters),
    slots: net.layout.slots.map((slot) => ({ ...slot, size: sizeOf(slot.shape) })),
    inputs: rows(inputs),
    targets: rows(targets),
  }));
  const answer = execFileSync(PYTHON, [SCRIPT, "record"], { input: JSON.stringify(asked), encoding: "utf8" });
  writeFileSync(RECORDED, `${answer}\n`);
}
const answers = JSON.parse(readFileSync(RECORDED, "utf8")) as readonly Answer[];

async function step(k: number, executorKind: ExecutorKind): Promise<Answer> {
  const { net, parameters, inputs, targets, columns, outputs } = problems[k]!;
  const graph = new Graph();
  const flat = graph.input("parameters", [net.layout.size]);
  const x = graph.input("inputs", [ROWS, columns]);
  const y = graph.input("targets", [ROWS, outputs]);
  const own = unpack(flat, net.layout);
  const predictions = net.forward(own, x);
  const loss = ops.mean(squared({ predictions, targets: y, inputs: x }));
  const [gradient] = gradients(loss, [flat]);
  const program = defineProgram(graph, { outputs: { predictions, loss, gradient: gradient! } });
  const executor = await createExecutor(program, executorKind);
  executor.input("parameters").set(parameters);
  executor.input("inputs").set(inputs);
  executor.input("targets").set(targets);
  await executor.run();
  const answer = {
    predictions: Array.from(executor.output("predictions")),
    loss: executor.output("loss")[0]!,
    gradient: Array.from(executor.output("gradient")),
  };
  await executor.dispose();
  return answer;
}

/** Largest difference, as a share of the largest number. */
function distance(a: readonly number[], b: readonly number[]): number {
  const size = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / size;
}

describe.each(cases.map(({ spec, shape }, k) => [`${spec.kind} over [${shape.join(", ")}]`, k] as const))(
  "one step of %s",
  (_, k) => {
    it.each([
      ["reference", 1e-9],
      ["onnx", 1e-4],
    ] as const)("is PyTorch's on %s", async (kind, tolerance) => {
      const ours = await step(k, kind);
      const theirs = answers[k]!;
      expect(ours.gradient).toHaveLength(theirs.gradient.length);
      expect(distance(ours.predictions, theirs.predictions)).toBeLessThan(tolerance);
      expect(Math.abs(ours.loss - theirs.loss)).toBeLessThan(tolerance * theirs.loss);
      expect(distance(ours.gradient, theirs.gradient)).toBeLessThan(tolerance);
    });
  },
);
