import type { Tensor } from "../../runtime/tensor/graph.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import type { Case } from "./support.ts";

const unary: readonly [string, (x: Tensor) => Tensor, number?, number?][] = [
  ["neg", ops.neg],
  ["abs", ops.abs],
  ["exp", ops.exp],
  ["log", ops.log, 0.3, 4],
  ["sqrt", ops.sqrt, 0.3, 4],
  ["square", ops.square],
  ["tanh", ops.tanh],
  ["sigmoid", ops.sigmoid],
  ["relu", ops.relu],
  ["softplus", ops.softplus],
  ["erf", ops.erf],
  ["sin", ops.sin],
  ["cos", ops.cos],
  ["silu", ops.silu],
  ["gelu", ops.gelu],
  ["cube", (x) => ops.pow(x, 3), 0.1, 3],
  ["inverse power", (x) => ops.pow(x, -1.5), 0.3, 3],
];

const binary: readonly [string, (a: Tensor, b: Tensor) => Tensor, number?, number?][] = [
  ["add", ops.add],
  ["sub", ops.sub],
  ["mul", ops.mul],
  ["div", ops.div, 0.3, 3],
  ["max", ops.max],
  ["min", ops.min],
];

const comparisons: readonly [string, (a: Tensor, b: Tensor) => Tensor][] = [
  ["less", ops.less],
  ["less or equal", ops.lessEqual],
  ["greater", ops.greater],
  ["greater or equal", ops.greaterEqual],
  ["equal", ops.equal],
];

const broadcastShapes = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[2, 3], []],
  [
    [2, 1],
    [1, 3],
  ],
  [[4], [3, 1]],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [[1], [1, 1]],
] as const;

const KINKED = new Set(["abs", "relu", "max", "min"]);

/** Every primitive, over shapes with and without axes of size one. */
export const CASES: readonly Case[] = [
  ...unary.flatMap(([name, build, low = -2, high = 2]) =>
    [[2, 3], [1, 4], []].map((shape) => ({
      name: `${name} of [${shape}]`,
      shapes: [shape],
      build,
      low,
      high,
      kinks: KINKED.has(name),
    })),
  ),
  ...binary.flatMap(([name, build, low = -2, high = 2]) =>
    broadcastShapes.map(([a, b]) => ({
      name: `${name} of [${a}] and [${b}]`,
      shapes: [a, b],
      build,
      low,
      high,
      kinks: KINKED.has(name),
    })),
  ),
  { name: "max with itself", shapes: [[3]], build: (x) => ops.max(ops.mul(x, 1), x) },
  ...comparisons.map(([name, build]) => ({
    name,
    shapes: [
      [3, 2],
      [1, 2],
    ],
    build,
    flat: true,
  })),
  { name: "sign", shapes: [[5]], build: ops.sign, flat: true },
  {
    name: "where",
    kinks: true,
    shapes: [[2, 3], [3], [2, 1]],
    build: (a, b, c) => ops.where(ops.less(a, 0.3), ops.mul(a, b), ops.mul(c, c)),
  },
  {
    name: "where of numbers",
    kinks: true,
    shapes: [[4]],
    build: (a) => ops.mul(a, ops.where(ops.greater(a, 0), 2, 3)),
  },
  ...[[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]].flatMap((axes) =>
    [true, false].map((keep) => ({
      name: `sum over ${axes} ${keep ? "kept" : "dropped"}`,
      shapes: [[2, 3, 4]],
      build: (x: Tensor) => ops.sum(ops.square(x), { axes, keep }),
    })),
  ),
  ...[[0], [1], [-1], [0, 1]].map((axes) => ({
    name: `mean over ${axes}`,
    shapes: [[3, 4]],
    build: (x: Tensor) => ops.mean(ops.square(x), { axes }),
  })),
  { name: "sum of rows kept", shapes: [[5, 3]], build: (x) => ops.sum(ops.square(x), { axes: [0], keep: true }) },
  { name: "sum of everything", shapes: [[2, 3]], build: (x) => ops.sum(ops.exp(x)) },
  { name: "sum over an axis of size one", shapes: [[3, 1]], build: (x) => ops.sum(ops.square(x), { axes: [1] }) },
  { name: "reduceMax", kinks: true, shapes: [[3, 4]], build: (x) => ops.reduceMax(ops.square(x), { axes: [1] }) },
  {
    name: "reduceMax kept",
    kinks: true,
    shapes: [[3, 4]],
    build: (x) => ops.reduceMax(x, { axes: [0, 1], keep: true }),
  },
  { name: "broadcast", shapes: [[2, 1]], build: (x) => ops.square(ops.broadcast(x, [3, 2, 4])) },
  { name: "broadcast of a scalar", shapes: [[]], build: (x) => ops.exp(ops.broadcast(x, [2, 2])) },
  { name: "reshape", shapes: [[2, 6]], build: (x) => ops.square(ops.reshape(x, [3, 1, 4])) },
  { name: "transpose", shapes: [[2, 3]], build: (x) => ops.square(ops.transpose(x)) },
  { name: "transpose by order", shapes: [[2, 3, 4]], build: (x) => ops.square(ops.transpose(x, [2, 0, 1])) },
  {
    name: "concat",
    shapes: [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    build: (a, b, c) => ops.square(ops.concat([a, b, c, b], 1)),
  },
  {
    name: "concat of rows",
    shapes: [
      [1, 3],
      [2, 3],
    ],
    build: (a, b) => ops.exp(ops.concat([a, b], 0)),
  },
  { name: "slice", shapes: [[3, 5]], build: (x) => ops.square(ops.slice(x, 1, 1, 4)) },
  { name: "slice of rows", shapes: [[4, 2]], build: (x) => ops.square(ops.slice(x, 0, 3, 4)) },
  { name: "pad", shapes: [[2, 3]], build: (x) => ops.square(ops.add(ops.pad(x, 1, 2, 1), 1)) },
  {
    name: "matmul",
    shapes: [
      [2, 3],
      [3, 4],
    ],
    build: ops.matmul,
  },
  {
    name: "matmul of one row",
    shapes: [
      [1, 3],
      [3, 1],
    ],
    build: ops.matmul,
  },
  {
    name: "matmul with a transposed left",
    shapes: [
      [3, 2],
      [3, 4],
    ],
    build: (a, b) => ops.matmul(ops.transpose(a), b),
  },
  {
    name: "matmul with a transposed right",
    shapes: [
      [2, 3],
      [4, 3],
    ],
    build: (a, b) => ops.matmul(a, ops.transpose(b)),
  },
  {
    name: "matmul with both transposed",
    shapes: [
      [3, 2],
      [4, 3],
    ],
    build: (a, b) => ops.matmul(ops.transpose(a), ops.transpose(b)),
  },
  { name: "matmul plus a row", shapes: [[2, 3], [3, 4], [4]], build: (a, b, c) => ops.add(ops.matmul(a, b), c) },
  {
    name: "matmul plus a matrix, on the left",
    shapes: [
      [2, 4],
      [2, 3],
      [3, 4],
    ],
    build: (c, a, b) => ops.add(c, ops.matmul(a, b)),
  },
  {
    name: "matmul plus a column",
    shapes: [
      [2, 3],
      [3, 4],
      [2, 1],
    ],
    build: (a, b, c) => ops.add(ops.matmul(a, b), c),
  },
  {
    name: "matmul plus something larger",
    shapes: [
      [1, 3],
      [3, 4],
      [2, 4],
    ],
    build: (a, b, c) => ops.add(ops.matmul(a, b), c),
  },
  {
    name: "a product used twice",
    shapes: [
      [2, 3],
      [3, 2],
      [2, 2],
    ],
    build: (a, b, c) => {
      const product = ops.matmul(a, b);
      return ops.mul(ops.add(product, c), product);
    },
  },
];
