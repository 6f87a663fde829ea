import { describe, expect, it } from "vitest";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { Graph, type Tensor } from "../../runtime/tensor/graph.ts";
import { splitsOf } from "../../runtime/tensor/onnx-split.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram, type Program } from "../../runtime/tensor/program.ts";
import { runOnce } from "./support.ts";

/** Outputs of both executors on the same inputs. */
async function both(program: Program, inputs: readonly (readonly number[])[]) {
  return [await runOnce(program, inputs, "onnx"), await runOnce(program, inputs, "reference")] as const;
}

const ROW = [0, 1, 2, 3, 4, 5, 6, 7];

/** One output for each slice of eight columns. */
const sliced = (cuts: readonly (readonly [number, number])[]): Program => {
  const graph = new Graph();
  const x = graph.input("x0", [1, 8]);
  const parts = cuts.map(([from, to], i) => [`y${i}`, ops.mul(ops.slice(x, 1, from, to), 2)] as const);
  return defineProgram(graph, { outputs: Object.fromEntries(parts) });
};

/** A layer whose sum may have other readers. */
const layer = (more: (sum: Tensor) => Record<string, Tensor>, activation = ops.relu): Program => {
  const graph = new Graph();
  const [x, w, b] = [graph.input("x0", [2, 2]), graph.input("x1", [2, 3]), graph.input("x2", [3])];
  const sum = ops.add(ops.matmul(x, w), b);
  return defineProgram(graph, { outputs: { y: activation(sum), ...more(sum) } });
};

describe("slices of one tensor", () => {
  it.each([
    [
      "that fill it, in any order",
      [
        [5, 8],
        [0, 2],
        [2, 5],
      ],
      true,
    ],
    [
      "with gaps before, between and after",
      [
        [1, 3],
        [4, 7],
      ],
      true,
    ],
    [
      "that overlap",
      [
        [0, 4],
        [3, 8],
      ],
      false,
    ],
    [
      "that leave most unread",
      [
        [0, 1],
        [7, 8],
      ],
      false,
    ],
  ] as const)("%s", async (_, cuts, split) => {
    const made = sliced(cuts);
    expect(splitsOf(made).size).toBe(split ? cuts.length : 0);
    const [onnx, reference] = await both(made, [ROW]);
    expect(onnx).toEqual(reference);
    cuts.forEach(([from, to], i) => expect(onnx[`y${i}`]).toEqual(ROW.slice(from, to).map((v) => 2 * v)));
  });

  it("of a slice are slices of its source", () => {
    const graph = new Graph();
    const x = graph.input("x0", [8]);
    const inner = ops.slice(ops.slice(x, 0, 2, 7), 0, 1, 3);
    expect(graph.node(inner)).toMatchObject({ op: "slice", args: [x.id], start: 3, end: 5 });
  });
});

describe("a slice between zeros", () => {
  it("has the reference's values, also where others read the slice", async () => {
    for (const more of [() => ({}), (part: Tensor) => ({ part })]) {
      const graph = new Graph();
      const part = ops.slice(graph.input("x0", [2, 3, 2]), 1, 1, 3);
      const program = defineProgram(graph, {
        outputs: { y: ops.pad(part, 1, 2, 1), z: ops.pad(part, 2, 1, 0), ...more(part) },
      });
      const [onnx, reference] = await both(program, [Array.from({ length: 12 }, (_, i) => i + 1)]);
      expect(onnx).toEqual(reference);
    }
    const graph = new Graph();
    const shifted = ops.pad(ops.slice(graph.input("x0", [4]), 0, 1, 4), 0, 0, 1);
    const [onnx] = await both(defineProgram(graph, { outputs: { shifted } }), [[1, 2, 3, 4]]);
    expect(onnx["shifted"]).toEqual([2, 3, 4, 0]);
  });
});

describe("a relu's slope", () => {
  it("is 0 or 1 from the smallest normal number to infinity, and NaN where the input is", async () => {
    const graph = new Graph();
    const x = graph.input("x0", [8]);
    const y = ops.relu(x);
    const [slope] = gradients(ops.sum(y), [x]);
    const program = defineProgram(graph, { outputs: { slope: slope! } });
    const [onnx, reference] = await both(program, [[-Infinity, -1, -1.2e-38, 0, 1.2e-38, 1, Infinity, Number.NaN]]);
    expect(reference["slope"]).toEqual([0, 0, 0, 0, 1, 1, 1, Number.NaN]);
    expect(onnx).toEqual(reference);
  });
});

describe("a layer with its activation", () => {
  it("has the reference's values, also where the sum is read by others or is an output", async () => {
    const inputs = [
      [1, -2, 3, -4],
      [0.5, -1, 2, 1, 0.25, -3],
      [1, -1, 0],
    ];
    for (const more of [() => ({}), (sum: Tensor) => ({ sum }), (sum: Tensor) => ({ twice: ops.mul(sum, 2) })]) {
      const [onnx, reference] = await both(layer(more), inputs);
      expect(onnx).toEqual(reference);
    }
    for (const activation of [ops.relu, ops.sigmoid, ops.tanh])
      for (const edge of [Infinity, -Infinity, Number.NaN, 1e30, -1e30]) {
        const [onnx, reference] = await both(
          layer(() => ({}), activation),
          [inputs[0]!, inputs[1]!, [edge, 0, 1]],
        );
        const [own, expected] = [onnx["y"]!, reference["y"]!].map((values) =>
          values.map((v) => Number(v.toPrecision(6))),
        );
        expect(own).toEqual(expected);
      }
    const graph = new Graph();
    const x = graph.input("x0", [2]);
    const same = defineProgram(graph, { outputs: { a: x, b: ops.exp(x), c: ops.exp(x) } });
    const [onnx] = await both(same, [[0, 0]]);
    expect(onnx).toEqual({ a: [0, 0], b: [1, 1], c: [1, 1] });
  });
});

describe("factors", () => {
  it("multiply when the program is built, unless float32 could not hold them", () => {
    const graph = new Graph();
    const x = graph.input("x0", [3]);
    const node = graph.node(ops.mul(ops.mul(x, 3), 0.5));
    expect(node).toMatchObject({ op: "mul", args: expect.arrayContaining([x.id]) });
    expect(ops.mul(ops.mul(x, 4), 0.25).id).toBe(x.id);
    const far = graph.node(ops.mul(ops.mul(x, 1e-30), 1e-30));
    expect(far.op === "mul" && far.args.includes(x.id)).toBe(false);
  });
});

describe("softplus of many numbers", () => {
  it("is as exact as of a few, far out on both sides too, and keeps what is not finite", async () => {
    const given = [-100, -80, -20, -12, -1, -1e-9, 0, 1e-9, 1, 12, 20, 80, 1e30, Infinity, -Infinity, Number.NaN];
    const graph = new Graph();
    const x = ops.broadcast(graph.input("x0", [given.length, 1]), [given.length, 256]);
    const program = defineProgram(graph, { outputs: { y: ops.softplus(x) } });
    const [onnx, reference] = await both(program, [given]);
    given.forEach((value, i) => {
      const [actual, expected] = [onnx["y"]![256 * i]!, reference["y"]![256 * i]!];
      if (!Number.isFinite(expected)) expect(actual, `softplus(${value})`).toBe(expected);
      else expect(Math.abs(actual - expected), `softplus(${value})`).toBeLessThanOrEqual(3e-6 * expected + 1e-38);
    });
  });
});

describe("the derivative of slices", () => {
  it.each([
    [
      "side by side",
      [
        [0, 3],
        [3, 8],
      ],
    ],
    [
      "with gaps",
      [
        [1, 3],
        [5, 6],
      ],
    ],
    [
      "that overlap",
      [
        [0, 5],
        [3, 8],
        [4, 6],
      ],
    ],
    [
      "the same twice",
      [
        [2, 4],
        [2, 4],
      ],
    ],
  ] as const)("counts each element once for each slice that has it: %s", async (_, cuts) => {
    const graph = new Graph();
    const x = graph.input("x0", [1, 8]);
    // Slice i counts 10^i times.
    const parts = cuts.map(([from, to], i) => ops.sum(ops.mul(ops.slice(ops.mul(x, 1), 1, from, to), 10 ** i)));
    const [slope] = gradients(
      parts.reduce((sum, part) => ops.add(sum, part)),
      [x],
    );
    const expected = ROW.map((k) => cuts.reduce((sum, [from, to], i) => sum + (from <= k && k < to ? 10 ** i : 0), 0));
    for (const values of await both(defineProgram(graph, { outputs: { y: slope! } }), [ROW]))
      expect([...values["y"]!]).toEqual(expected);
  });
});
