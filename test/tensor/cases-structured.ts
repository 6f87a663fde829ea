import type { Tensor } from "../../runtime/tensor/graph.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import type { Case } from "./support.ts";

const indices = (like: Tensor, values: readonly number[], shape: readonly number[] = [values.length]): Tensor =>
  ops.toIndex(like.graph.constant(values, shape));

const products: readonly Case[] = [
  {
    name: "batched matmul",
    shapes: [
      [2, 3, 4],
      [2, 4, 2],
    ],
    build: ops.matmul,
  },
  {
    name: "batched matmul with two batch axes",
    shapes: [
      [2, 2, 1, 3],
      [2, 2, 3, 2],
    ],
    build: ops.matmul,
  },
  {
    name: "matmul of a batch and one matrix",
    shapes: [
      [3, 2, 4],
      [4, 2],
    ],
    build: ops.matmul,
  },
  {
    name: "matmul of one matrix and a batch",
    shapes: [
      [2, 4],
      [3, 4, 2],
    ],
    build: ops.matmul,
  },
  {
    name: "matmul of broadcast batches",
    shapes: [
      [2, 1, 2, 3],
      [4, 3, 2],
    ],
    build: ops.matmul,
  },
  {
    name: "batched matmul, both transposed",
    shapes: [
      [2, 4, 3],
      [2, 2, 4],
    ],
    build: (a, b) => ops.matmul(ops.swapAxes(a, 1, 2), ops.swapAxes(b, -1, -2)),
  },
  {
    name: "batched matmul plus a row",
    shapes: [
      [2, 2, 3],
      [2, 3, 2],
      [2, 1, 2],
    ],
    build: (a, b, c) => ops.add(ops.matmul(a, b), c),
  },
];

const convolutions: readonly Case[] = [
  {
    name: "conv1d",
    shapes: [
      [2, 3, 7],
      [4, 3, 3],
    ],
    build: (x, k) => ops.conv(x, k),
  },
  {
    name: "conv1d, stride 2, padding 1",
    shapes: [
      [2, 2, 7],
      [3, 2, 3],
    ],
    build: (x, k) => ops.conv(x, k, { stride: 2, padding: 1 }),
  },
  {
    name: "conv1d, stride leaving a rest",
    shapes: [
      [1, 2, 8],
      [3, 2, 3],
    ],
    build: (x, k) => ops.conv(x, k, { stride: 3 }),
  },
  {
    name: "conv1d, uneven padding",
    shapes: [
      [1, 1, 5],
      [2, 1, 2],
    ],
    build: (x, k) => ops.conv(x, k, { padding: [[1, 0]] }),
  },
  {
    name: "conv1d, dilation 2",
    shapes: [
      [2, 2, 8],
      [2, 2, 3],
    ],
    build: (x, k) => ops.conv(x, k, { dilation: 2, padding: 2 }),
  },
  {
    name: "conv1d in groups",
    shapes: [
      [2, 4, 6],
      [6, 2, 3],
    ],
    build: (x, k) => ops.conv(x, k, { groups: 2, padding: 1, stride: 2 }),
  },
  {
    name: "conv1d of one column",
    shapes: [
      [1, 1, 1],
      [1, 1, 1],
    ],
    build: (x, k) => ops.conv(x, k),
  },
  {
    name: "conv2d",
    shapes: [
      [2, 2, 4, 5],
      [3, 2, 3, 2],
    ],
    build: (x, k) => ops.conv(x, k),
  },
  {
    name: "conv2d, stride 2, padding 1",
    shapes: [
      [1, 2, 5, 4],
      [2, 2, 3, 3],
    ],
    build: (x, k) => ops.conv(x, k, { stride: 2, padding: 1 }),
  },
  {
    name: "conv2d, stride and dilation by axis",
    shapes: [
      [1, 1, 6, 5],
      [2, 1, 2, 2],
    ],
    build: (x, k) => ops.conv(x, k, { stride: [2, 1], dilation: [1, 2], padding: [[0, 1], 1] }),
  },
  {
    name: "conv2d by channel",
    shapes: [
      [1, 3, 4, 4],
      [3, 1, 3, 3],
    ],
    build: (x, k) => ops.conv(x, k, { groups: 3, padding: 1 }),
  },
  {
    name: "conv2d along columns",
    shapes: [
      [1, 3, 5, 4],
      [2, 3, 3, 1],
    ],
    build: (x, k) => ops.conv(x, k, { padding: [1, 0] }),
  },
  {
    name: "conv2d along columns, dilation 2, uneven padding",
    shapes: [
      [1, 2, 6, 3],
      [3, 2, 2, 1],
    ],
    build: (x, k) => ops.conv(x, k, { padding: [[3, 1], 0], dilation: [2, 1] }),
  },
  {
    name: "conv2d along columns, taps that read zeros alone",
    shapes: [
      [1, 2, 2, 3],
      [2, 2, 3, 1],
    ],
    build: (x, k) => ops.conv(x, k, { padding: [3, 0], dilation: [3, 1] }),
  },
  {
    name: "convTranspose 1d",
    shapes: [
      [2, 3, 4],
      [3, 2, 3],
    ],
    build: (x, k) => ops.convTranspose(x, k, { stride: 2, padding: 1 }),
  },
  {
    name: "convTranspose 1d with an extra row",
    shapes: [
      [1, 2, 4],
      [2, 2, 3],
    ],
    build: (x, k) => ops.convTranspose(x, k, { stride: 2, padding: 1 }, 1),
  },
  {
    name: "convTranspose 2d",
    shapes: [
      [1, 2, 3, 2],
      [2, 2, 2, 3],
    ],
    build: (x, k) => ops.convTranspose(x, k, { stride: 2 }),
  },
  {
    name: "convTranspose in groups",
    shapes: [
      [1, 4, 3],
      [4, 2, 2],
    ],
    build: (x, k) => ops.convTranspose(x, k, { groups: 2, stride: 2 }),
  },
  { name: "averagePool", shapes: [[2, 2, 4, 6]], build: (x) => ops.square(ops.averagePool(x, 2)) },
  { name: "maxPool", shapes: [[1, 2, 4, 4]], kinks: true, build: (x) => ops.maxPool(x, 2) },
  { name: "maxPool 1d", shapes: [[1, 2, 6]], kinks: true, build: (x) => ops.maxPool(x, 3) },
  { name: "upsample", shapes: [[1, 2, 2, 3]], build: (x) => ops.square(ops.upsample(x, 2)) },
];

const axes = [0, 1, 2];
const selections: readonly Case[] = [
  ...axes.flatMap((axis) =>
    [{}, { exclusive: true }, { reverse: true }, { exclusive: true, reverse: true }].map((options) => ({
      name: `cumsum along ${axis} ${JSON.stringify(options)}`,
      shapes: [[2, 3, 2]],
      build: (x: Tensor) => ops.square(ops.cumsum(x, axis, options)),
    })),
  ),
  ...axes.flatMap((axis) => [
    {
      name: `gather along ${axis}`,
      shapes: [[3, 3, 3]],
      build: (x: Tensor) => ops.square(ops.gather(x, indices(x, [2, 0, 2, 1]), axis)),
    },
    {
      name: `scatterAdd along ${axis}`,
      shapes: [[3, 3, 3]],
      build: (x: Tensor) => ops.square(ops.scatterAdd(x, indices(x, [4, 0, 4]), 5, axis)),
    },
    {
      name: `sort along ${axis}`,
      shapes: [[3, 4, 2]],
      kinks: true,
      build: (x: Tensor) => ops.square(ops.sort(x, axis)),
    },
    {
      name: `sort from the largest along ${axis}`,
      shapes: [[3, 4, 2]],
      kinks: true,
      build: (x: Tensor) => ops.square(ops.sort(x, axis, true)),
    },
    {
      name: `topK along ${axis}`,
      shapes: [[3, 4, 2]],
      kinks: true,
      build: (x: Tensor) => ops.square(ops.topK(x, 2, axis)),
    },
    {
      name: `the smallest along ${axis}`,
      shapes: [[3, 4, 2]],
      kinks: true,
      build: (x: Tensor) => ops.square(ops.topK(x, 1, axis, false)),
    },
    {
      name: `argmax along ${axis}`,
      shapes: [[3, 4, 2]],
      flat: true,
      build: (x: Tensor) => ops.indexToFloat(ops.argmax(x, axis)),
    },
  ]),
  {
    name: "gatherElements",
    shapes: [[2, 3]],
    build: (x) => ops.square(ops.gatherElements(x, indices(x, [2, 0, 2, 1, 1, 1, 0, 2], [2, 4]), 1)),
  },
  {
    name: "scatterElements",
    shapes: [[2, 4]],
    build: (x) => ops.square(ops.scatterElements(x, indices(x, [2, 0, 2, 1, 1, 1, 0, 2], [2, 4]), 1, 3)),
  },
  {
    name: "scatterElements of rows",
    shapes: [[3, 2]],
    build: (x) => ops.square(ops.scatterElements(x, indices(x, [3, 0, 3, 1, 0, 1], [3, 2]), 0, 4)),
  },
  { name: "mean of the worst quarter", shapes: [[8]], kinks: true, build: (x) => ops.mean(ops.topK(x, 2)) },
];

const reductions: readonly Case[] = [
  { name: "reduceMin", shapes: [[3, 4]], kinks: true, build: (x) => ops.reduceMin(x, { axes: [0] }) },
  { name: "prod", shapes: [[2, 5]], build: (x) => ops.prod(x, { axes: [1] }) },
  { name: "prod of everything kept", shapes: [[2, 3]], build: (x) => ops.prod(x, { keep: true }) },
  { name: "prod with a zero", shapes: [[4]], build: (x) => ops.prod(ops.mul(x, x.graph.constant([1, 0, 1, 1], [4]))) },
  { name: "logSumExp", shapes: [[3, 4]], build: (x) => ops.logSumExp(x, { axes: [1] }) },
  {
    name: "logSumExp over two axes kept",
    shapes: [[2, 3, 2]],
    build: (x) => ops.logSumExp(ops.mul(x, 3), { axes: [0, 2], keep: true }),
  },
  { name: "softmax", shapes: [[3, 4]], build: (x) => ops.softmax(x) },
  { name: "softmax of rows", shapes: [[3, 2]], build: (x) => ops.softmax(x, 0) },
  { name: "softmax of one", shapes: [[3, 1]], build: (x) => ops.softmax(x) },
  { name: "logSoftmax", shapes: [[3, 4]], build: (x) => ops.logSoftmax(x) },
  { name: "layerNorm", shapes: [[2, 5], [5], [5]], build: (x, scale, shift) => ops.layerNorm(x, scale, shift, 0.1) },
  {
    name: "groupNorm",
    shapes: [[2, 4, 3], [4], [4]],
    build: (x, scale, shift) => ops.groupNorm(x, 2, scale, shift, 0.1),
  },
];

const elementwise: readonly Case[] = [
  { name: "pow", shapes: [[2, 3], [3]], low: 0.4, high: 2, build: ops.pow },
  { name: "pow of a number", shapes: [[4]], build: (x) => ops.pow(1.7, x) },
  { name: "floor", shapes: [[5]], kinks: true, build: ops.floor },
  { name: "ceil", shapes: [[5]], kinks: true, build: ops.ceil },
  { name: "clip", shapes: [[9]], kinks: true, build: (x) => ops.clip(ops.square(x), 0.04, 0.2) },
  {
    name: "and, or, not",
    shapes: [[9]],
    kinks: true,
    build: (x) =>
      ops.where(ops.or(ops.and(ops.less(x, 0.5), ops.greater(x, -0.2)), ops.not(ops.less(x, 0.6))), ops.square(x), x),
  },
  { name: "stopGradient", shapes: [[4]], flat: true, build: (x) => ops.mul(ops.stopGradient(x), x) },
  { name: "logGamma", shapes: [[7]], low: 0.2, high: 5, build: ops.logGamma },
  { name: "logGamma of large numbers", shapes: [[5]], low: 8.1, high: 60, build: ops.logGamma },
  { name: "digamma", shapes: [[7]], low: 0.4, high: 12, build: ops.digamma },
];

const networks: readonly Case[] = [
  {
    name: "lstm",
    shapes: [[2, 3, 2], [2, 8], [2, 8], [8]],
    build: (x, input, recurrent, bias) => ops.lstm(x, { input, recurrent, bias }),
  },
  ...[false, true].flatMap((inverse) => [
    {
      name: `spline ${inverse ? "inverse" : "value"}`,
      shapes: [
        [3, 2],
        [3, 2, 4],
        [3, 2, 4],
        [3, 2, 3],
      ],
      low: -0.9,
      high: 0.9,
      build: (x: Tensor, widths: Tensor, heights: Tensor, slopes: Tensor) =>
        ops.rationalQuadraticSpline(x, { widths, heights, slopes }, 1, inverse).value,
    },
    {
      name: `spline ${inverse ? "inverse" : "value"}: log-derivative`,
      shapes: [[2], [2, 4], [2, 4], [2, 3]],
      low: -0.9,
      high: 0.9,
      build: (x: Tensor, widths: Tensor, heights: Tensor, slopes: Tensor) =>
        ops.square(ops.rationalQuadraticSpline(x, { widths, heights, slopes }, 1, inverse).logDerivative),
    },
  ]),
];

/** Products, convolutions, selections and the compositions of them, in the shapes that models give them. */
export const STRUCTURED_CASES: readonly Case[] = [
  ...products,
  ...convolutions,
  ...selections,
  ...reductions,
  ...elementwise,
  ...networks,
];
