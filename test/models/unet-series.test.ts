import { expect, it } from "vitest";
import { meansOfPairs, normalisedSilu, seriesConvolution, twice } from "../../runtime/models/unet/series.ts";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { Graph, type Tensor } from "../../runtime/tensor/graph.ts";
import { sizeOf, type Shape } from "../../runtime/tensor/node.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { runOnce } from "../tensor/support.ts";

const [CHANNELS, LENGTH, ROWS] = [8, 6, 5];

type Layer = (x: Tensor, first: Tensor, second: Tensor) => Tensor;

/** Values and derivatives of a layer on columns, `[channels, length, rows]`, and of the operations on rows that it stands for. */
async function answers(columns: Layer, rows: Layer, shapes: readonly [Shape, Shape]) {
  const graph = new Graph();
  const x = graph.input("x0", [CHANNELS, LENGTH, ROWS]);
  const [first, second] = shapes.map((shape, i) => graph.input(`x${i + 1}`, shape)) as [Tensor, Tensor];
  const outputs = (y: Tensor) => {
    const weights = Float64Array.from({ length: sizeOf(y.shape) }, (_, i) => Math.sin(i + 1));
    const loss = ops.sum(ops.mul(ops.square(y), graph.constant(weights, y.shape)));
    return [y, ...gradients(loss, [x, first, second])];
  };
  const own = outputs(columns(x, first, second));
  const other = outputs(ops.transpose(rows(ops.transpose(x, [2, 0, 1]), first, second), [1, 2, 0]));
  const named = [...own.map((t, i) => [`own${i}`, t] as const), ...other.map((t, i) => [`other${i}`, t] as const)];
  const inputs = [x.shape, ...shapes].map((shape, i) => {
    const data = new Float64Array(sizeOf(shape));
    randomStream(5, `series/${i}`).normal(data);
    return data;
  });
  return await runOnce(defineProgram(graph, { outputs: Object.fromEntries(named) }), inputs, "reference");
}

it.each<[string, Layer, Layer, readonly [Shape, Shape]]>([
  [
    "a convolution",
    seriesConvolution,
    (x, kernel, bias) => ops.add(ops.conv(x, kernel, { padding: 1 }), ops.reshape(bias, [3, 1])),
    [[3, CHANNELS, 3], [3]],
  ],
  [
    "the activated normalisation",
    (x, scale, shift) => normalisedSilu(x, 2, scale, shift),
    (x, scale, shift) => ops.silu(ops.groupNorm(x, 2, scale, shift)),
    [[CHANNELS], [CHANNELS]],
  ],
  ["means of pairs", (x) => meansOfPairs(x), (x) => ops.averagePool(x, 2), [[1], [1]]],
  ["repetition", (x) => twice(x), (x) => ops.upsample(x, 2), [[1], [1]]],
])("%s on columns is that on rows, with its derivatives", async (_, columns, rows, shapes) => {
  const found = await answers(columns, rows, shapes);
  for (let k = 0; k < 4; k++) {
    const [own, other] = [found[`own${k}`]!, found[`other${k}`]!];
    expect(own).toHaveLength(other.length);
    const size = Math.max(1, ...other.map(Math.abs));
    own.forEach((value, i) => expect(Math.abs(value - other[i]!) / size).toBeLessThan(1e-12));
  }
});
