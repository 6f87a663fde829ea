import { describe, expect, it } from "vitest";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { createExecutor, type ExecutorChoice } from "../../runtime/tensor/executor.ts";
import { Graph, type Tensor } from "../../runtime/tensor/graph.ts";
import { erf } from "../../runtime/tensor/kernels.ts";
import { loadRuntime } from "../../runtime/tensor/onnx-executor.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";
import { EXECUTORS, named } from "./lanes.ts";
import { runOnce, weightedSum } from "./support.ts";

/** `build` of one vector input. */
async function applied(kind: ExecutorChoice, x: readonly number[], build: (x: Tensor) => Tensor): Promise<number[]> {
  const graph = new Graph();
  const y = ops.toFloat(build(graph.input("x0", [x.length])));
  return (await runOnce(defineProgram(graph, { outputs: { y } }), [x], kind))["y"]!;
}

describe.each(named(EXECUTORS))("the %s executor", (_, kind) => {
  // Values known without either executor, exact in float32.
  it.each([
    ["neg", ops.neg, [1.5, 0, -2], [-1.5, -0, 2]],
    ["abs", ops.abs, [-1.5, 0], [1.5, 0]],
    ["sign", ops.sign, [-3, 0, 7], [-1, 0, 1]],
    ["exp", ops.exp, [0], [1]],
    ["log", ops.log, [1], [0]],
    ["sqrt", ops.sqrt, [4, 0.25], [2, 0.5]],
    ["square", ops.square, [-3], [9]],
    ["tanh", ops.tanh, [0, 40, -40], [0, 1, -1]],
    ["sigmoid", ops.sigmoid, [0, 100], [0.5, 1]],
    ["relu", ops.relu, [-2, 0, 3], [0, 0, 3]],
    ["softplus", ops.softplus, [100, -800], [100, 0]],
    ["erf", ops.erf, [0, 9, -9], [0, 1, -1]],
    ["sin", ops.sin, [0], [0]],
    ["cos", ops.cos, [0], [1]],
    ["pow", (x: Tensor) => ops.pow(x, 3), [2, -1], [8, -1]],
    ["max", (x: Tensor) => ops.max(x, 1), [2, -1], [2, 1]],
    ["min", (x: Tensor) => ops.min(1, x), [2, -1], [1, -1]],
    ["sub", (x: Tensor) => ops.sub(1, x), [2, -1], [-1, 2]],
    ["div", (x: Tensor) => ops.div(1, x), [2, -0.5], [0.5, -2]],
    ["less", (x: Tensor) => ops.less(x, 1), [0, 1, 2], [1, 0, 0]],
    ["lessEqual", (x: Tensor) => ops.lessEqual(x, 1), [0, 1, 2], [1, 1, 0]],
    ["greater", (x: Tensor) => ops.greater(x, 1), [0, 1, 2], [0, 0, 1]],
    ["greaterEqual", (x: Tensor) => ops.greaterEqual(x, 1), [0, 1, 2], [0, 1, 1]],
    ["equal", (x: Tensor) => ops.equal(x, 1), [0, 1, 2], [0, 1, 0]],
    ["where", (x: Tensor) => ops.where(ops.less(x, 1), 5, x), [0, 1, 2], [5, 1, 2]],
    ["sum", (x: Tensor) => ops.sum(x), [1, 2, 4], [7]],
    ["mean", (x: Tensor) => ops.mean(x), [1, 2, 6], [3]],
    ["reduceMax", (x: Tensor) => ops.reduceMax(x), [1, 6, 2], [6]],
    ["pad", (x: Tensor) => ops.pad(x, 0, 1, 2), [1, 2], [0, 1, 2, 0, 0]],
    ["slice", (x: Tensor) => ops.slice(x, 0, 1, 3), [1, 2, 3, 4], [2, 3]],
    ["transpose", (x: Tensor) => ops.transpose(ops.reshape(x, [2, 3])), [1, 2, 3, 4, 5, 6], [1, 4, 2, 5, 3, 6]],
    ["concat", (x: Tensor) => ops.concat([x, ops.neg(x)], 0), [1, 2], [1, 2, -1, -2]],
    ["broadcast", (x: Tensor) => ops.broadcast(x, [2, 2]), [1, 2], [1, 2, 1, 2]],
    [
      "matmul",
      (x: Tensor) => ops.matmul(ops.reshape(x, [2, 2]), ops.transpose(ops.reshape(x, [2, 2]))),
      [1, 2, 3, 4],
      [5, 11, 11, 25],
    ],
  ] as const)("computes %s", async (_, build, x, expected) => {
    expect(await applied(kind, x, build)).toEqual(expected);
  });

  it.each([
    ["relu", ops.relu, [NaN, Infinity, 0]],
    ["max", (x: Tensor) => ops.max(x, 0), [NaN, Infinity, 0]],
    ["min", (x: Tensor) => ops.min(x, 0), [NaN, 0, -Infinity]],
    ["add", (x: Tensor) => ops.add(x, 1), [NaN, Infinity, -Infinity]],
    ["mul by zero", (x: Tensor) => ops.mul(x, 0), [NaN, NaN, NaN]],
    ["difference of infinities", (x: Tensor) => ops.sub(x, x), [NaN, NaN, NaN]],
    ["exp", ops.exp, [NaN, Infinity, 0]],
    ["log", ops.log, [NaN, Infinity, NaN]],
    ["sqrt", ops.sqrt, [NaN, Infinity, NaN]],
    ["tanh", ops.tanh, [NaN, 1, -1]],
    ["sigmoid", ops.sigmoid, [NaN, 1, 0]],
    ["softplus", ops.softplus, [NaN, Infinity, 0]],
    ["square", ops.square, [NaN, Infinity, Infinity]],
    ["a comparison", (x: Tensor) => ops.less(x, 0), [0, 0, 1]],
    ["sum of columns", (x: Tensor) => ops.sum(ops.reshape(x, [3, 1]), { axes: [0] }), [NaN]],
    ["sum", (x: Tensor) => ops.sum(x), [NaN]],
  ] as const)("keeps what is not a number through %s", async (_, build, expected) => {
    expect(await applied(kind, [NaN, Infinity, -Infinity], build)).toEqual(expected);
  });

  it("gathers rows and adds them back where they came from", async () => {
    const graph = new Graph();
    const table = graph.input("x0", [3, 2]);
    const rows = graph.input("rows", [4], "index");
    const drawn = ops.gather(table, rows);
    const loss = ops.sum(ops.square(drawn));
    const [gradient] = gradients(loss, [table]);
    const executor = await createExecutor(
      defineProgram(graph, { outputs: { drawn, gradient: gradient!, back: ops.scatterAdd(drawn, rows, 3) } }),
      kind,
    );
    executor.input("x0").set([1, 2, 3, 4, 5, 6]);
    executor.indices("rows").set([2, 0, 2, 2]);
    await executor.run();
    expect([...executor.output("drawn")]).toEqual([5, 6, 1, 2, 5, 6, 5, 6]);
    expect([...executor.output("gradient")]).toEqual([2, 4, 0, 0, 30, 36]);
    expect([...executor.output("back")]).toEqual([1, 2, 0, 0, 15, 18]);
    await executor.dispose();
  });

  it("keeps states between calls, swaps them at once and lets them be set", async () => {
    const graph = new Graph();
    const a = graph.input("a", [2]);
    const b = graph.input("b", [2]);
    const step = graph.input("step", []);
    const program = defineProgram(graph, {
      outputs: { sum: ops.add(a, b) },
      states: [
        { current: a, next: b },
        { current: b, next: ops.add(a, step) },
      ],
    });
    const executor = await createExecutor(program, kind);
    expect([...executor.state("a")]).toEqual([0, 0]);
    executor.state("a").set([1, 2]);
    executor.state("b").set([10, 20]);
    executor.input("step").fill(100);
    await executor.run();
    expect([...executor.output("sum")]).toEqual([11, 22]);
    expect([[...executor.state("a")], [...executor.state("b")]]).toEqual([
      [10, 20],
      [101, 102],
    ]);
    await executor.run();
    expect([...executor.state("b")]).toEqual([110, 120]);
    await executor.dispose();
  });

  it("gives one node as several outputs, and inputs and constants as outputs", async () => {
    const graph = new Graph();
    const x = graph.input("x0", [2]);
    const y = ops.exp(x);
    const program = defineProgram(graph, { outputs: { x, first: y, second: y, three: graph.constant(3, [2]) } });
    expect(await runOnce(program, [[0, 0]], kind)).toEqual({ x: [0, 0], first: [1, 1], second: [1, 1], three: [3, 3] });
  });

  it("runs though an input is read by nothing, and names what it has when asked for something else", async () => {
    const graph = new Graph();
    const x = graph.input("x0", [1]);
    graph.input("unread", [3]);
    const executor = await createExecutor(defineProgram(graph, { outputs: { y: ops.neg(x) } }), kind);
    executor.input("unread").fill(1);
    executor.input("x0").fill(2);
    await executor.run();
    expect([...executor.output("y")]).toEqual([-2]);
    expect(() => executor.input("y")).toThrow("no input named y; it has x0, unread");
    expect(() => executor.state("y")).toThrow("no state named y; it has none");
  });
});

describe("the onnx executor's library", () => {
  it("is reported by name where it cannot be loaded", async () => {
    const cause = new Error("no such file");
    await expect(loadRuntime(() => Promise.reject(cause))).rejects.toMatchObject({
      code: "executor-unavailable",
      args: { executor: "ONNX Runtime", platform: `${process.platform}-${process.arch}`, reason: "no such file" },
      cause,
    });
  });
});

describe("derivatives", () => {
  it("are second derivatives when taken twice", async () => {
    const graph = new Graph();
    const x = graph.input("x0", [3]);
    const [first] = gradients(ops.sum(ops.pow(x, 3)), [x]);
    const [second] = gradients(weightedSum(first!), [x]);
    const at = [0.5, 1, 2];
    const result = await runOnce(defineProgram(graph, { outputs: { second: second! } }), [at], "reference");
    at.forEach((v, i) => expect(result["second"]![i]).toBeCloseTo(6 * v * Math.cos(1 + 3 * i), 12));
  });

  it("are zero where the loss does not depend on the input, and refused for a vector", () => {
    const graph = new Graph();
    const x = graph.input("x", [2]);
    const y = graph.input("y", []);
    expect(graph.uniformValue(gradients(ops.sum(y), [x])[0]!)).toBe(0);
    expect(() => gradients(x, [x])).toThrow("Only a scalar");
  });

  it("share a maximum's derivative among equals", async () => {
    const graph = new Graph();
    const x = graph.input("x0", [3]);
    const [d] = gradients(ops.reduceMax(x), [x]);
    const result = await runOnce(defineProgram(graph, { outputs: { d: d! } }), [[1, 4, 4]], "reference");
    expect(result["d"]).toEqual([0, 0.5, 0.5]);
  });
});

describe("erf", () => {
  // From the C library.
  it.each([
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [2.49, 0.9995707121322661],
    [2.51, 0.9996142945182758],
    [3, 0.9999779095030014],
    [4, 0.9999999845827421],
  ])("of %d", (x, expected) => {
    expect(erf(x)).toBeCloseTo(expected, 13);
    expect(erf(-x)).toBeCloseTo(-expected, 13);
  });
});
