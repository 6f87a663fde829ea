import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { predict } from "../../runtime/predict/evaluate.ts";
import { createNet } from "../../runtime/predict/nets/index.ts";
import type { InputPart, PredictorSpec } from "../../runtime/predict/nets/spec.ts";
import { predictorOnnx } from "../../runtime/predict/stored.ts";
import { Graph } from "../../runtime/tensor/graph.ts";
import { sizeOf } from "../../runtime/tensor/node.ts";
import { writeOnnx } from "../../runtime/tensor/onnx-writer.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const WINDOW: InputPart = { name: "y", shape: [6] };
const NETS: readonly (readonly [string, PredictorSpec, readonly InputPart[]])[] = [
  ["lstm of one layer", { kind: "lstm", layers: [5] }, [WINDOW]],
  ["lstm of two layers beside a context", { kind: "lstm", layers: [4, 3] }, [WINDOW, { name: "x", shape: [2] }]],
  // As many steps, channels or rows as the program is traced with.
  ["lstm of two steps", { kind: "lstm", layers: [2] }, [{ name: "y", shape: [2] }]],
  [
    "cnn along a window",
    { kind: "cnn", channels: [3, 2], kernel: 3, stride: 1, hidden: [4] },
    [WINDOW, { name: "x", shape: [] }],
  ],
  [
    "cnn over an image",
    { kind: "cnn", channels: [2], kernel: 3, stride: 2, hidden: [] },
    [{ name: "image", shape: [4, 4] }],
  ],
  ["mlp", { kind: "mlp", hidden: [4], activation: "gelu" }, [WINDOW]],
  ["kernel", { kind: "kernel", features: 8, bandwidth: 1 }, [WINDOW]],
  ["linear", { kind: "linear" }, [WINDOW]],
  ["logistic", { kind: "logistic" }, [WINDOW]],
];

function filled(size: number, seed: number): Float64Array {
  const values = new Float64Array(size);
  randomStream(seed, "values").normal(values);
  return values;
}

describe("an exported predictor", () => {
  it.each(NETS)("%s gives the runtime's predictions at 1, 3 and 64 rows", async (_, spec, inputs) => {
    const p = inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const outputs = 2;
    const scaling = {
      inputs: { mean: Float32Array.from(filled(p, 1)), scale: new Float32Array(p).fill(2) },
      targets: { mean: new Float32Array(outputs), scale: new Float32Array(outputs).fill(1) },
    };
    const net = createNet(spec, { inputs, outputs }, scaling, randomStream(3, "net"));
    const parameters = Float32Array.from(filled(net.layout.size, 4), (value) => value / 2);
    // Of the spec: modelled = (raw − shift) / scale.
    const transforms = {
      inputs: { shift: filled(p, 5), scale: new Float64Array(p).fill(0.5) },
      targets: { shift: Float64Array.of(10, -3), scale: Float64Array.of(4, 0.25) },
    };
    const session = await InferenceSession.create(predictorOnnx({ net, parameters }, transforms, {}));
    for (const rows of [1, 3, 64]) {
      const raw = filled(rows * p, 6 + rows);
      const modelled = raw.map((value, k) => (value - transforms.inputs.shift[k % p]!) / 0.5);
      const own = await predict({ net, parameters }, modelled, rows);
      const ran = await session.run({ inputs: new Tensor("float32", Float32Array.from(raw), [rows, p]) });
      const { dims, data } = ran["prediction"]!;
      expect(dims).toEqual([rows, outputs]);
      own.forEach((value, k) => {
        const { shift, scale } = transforms.targets;
        expect(Number(data[k])).toBeCloseTo(value * scale[k % 2]! + shift[k % 2]!, 4);
      });
    }
    await session.release();
  });

  it.each([
    ["a mean over the rows", (x: ReturnType<Graph["input"]>) => ops.sub(x, ops.mean(x, { axes: [0], keep: true }))],
    ["rows in columns at the end", (x: ReturnType<Graph["input"]>) => ops.transpose(x)],
    ["a product of rows with each other", (x: ReturnType<Graph["input"]>) => ops.matmul(x, ops.transpose(x))],
    [
      "a correlation along the rows",
      (x: ReturnType<Graph["input"]>) => {
        const image = ops.reshape(x, [1, 1, 2, 3]);
        return ops.reshape(ops.conv(image, x.graph.constant([1, 2, 1], [1, 1, 3, 1]), { padding: [1, 0] }), [2, 3]);
      },
    ],
    ["rows below each other", (x: ReturnType<Graph["input"]>) => ops.concat([x, x], 0)],
  ])("cannot have %s", (_, program) => {
    const graph = new Graph();
    const outputs = { y: program(graph.input("x", [2, 3])) };
    expect(() => writeOnnx(defineProgram(graph, { outputs }), { variableRows: "rows" })).toThrow(/rows/);
  });
});
