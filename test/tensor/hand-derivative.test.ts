import { expect, it } from "vitest";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { createExecutor } from "../../runtime/tensor/executor.ts";
import { Graph, type Tensor } from "../../runtime/tensor/graph.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";

/** Two steps `h ← tanh(w h)` from x, whose derivative by hand is ten times too large, so that its use shows. */
function steps(graph: Graph): { readonly x: Tensor; readonly h: readonly [Tensor, Tensor] } {
  const x = graph.input("x", [1]);
  const first = ops.tanh(x);
  const second = ops.tanh(first);
  graph.differentiateAs({
    inputs: [x],
    outputs: [first, second],
    adjoints: ([a, b]) => [ops.mul(ops.add(a ?? graph.constant(0, [1]), b ?? graph.constant(0, [1])), 10)],
  });
  return { x, h: [first, second] };
}

async function derivative(wrt: "x" | "first", of: 0 | 1): Promise<number> {
  const graph = new Graph();
  const { x, h } = steps(graph);
  const [slope] = gradients(ops.sum(ops.mul(h[of], 3)), [wrt === "x" ? x : h[0]]);
  const executor = await createExecutor(defineProgram(graph, { outputs: { slope: slope! } }), "reference");
  executor.input("x").set([0.4]);
  await executor.run();
  return executor.output("slope")[0]!;
}

it("goes from the outputs straight to the inputs", async () => {
  expect(await derivative("x", 1)).toBeCloseTo(30, 12);
});

it("leaves a derivative in a node within to the nodes", async () => {
  const second = Math.tanh(Math.tanh(0.4));
  expect(await derivative("first", 1)).toBeCloseTo(3 * (1 - second ** 2), 12);
});

it("leaves a loss of the first steps alone to the nodes where nothing reads the last", async () => {
  const graph = new Graph();
  const { x, h } = steps(graph);
  const [slope] = gradients(ops.reshape(h[0], []), [x]);
  expect(slope!.shape).toEqual([1]);
  expect(await derivative("x", 0)).toBeCloseTo(30, 12);
});

it("of a tensor whose reshape is reshaped once more is that of what both read", async () => {
  const graph = new Graph();
  const x = ops.reshape(graph.input("x", [4]), [2, 2]);
  const [slope] = gradients(ops.sum(ops.square(ops.reshape(x, [1, 4]))), [x]);
  expect(slope!.shape).toEqual([2, 2]);
  const executor = await createExecutor(defineProgram(graph, { outputs: { slope: slope! } }), "reference");
  executor.input("x").set([1, 2, 3, 4]);
  await executor.run();
  expect(Array.from(executor.output("slope"))).toEqual([2, 4, 6, 8]);
});

it("is refused of a slice whose parts read the slice's source", () => {
  const graph = new Graph();
  const x = ops.slice(graph.input("x", [6]), 0, 1, 5);
  const loss = ops.sum(ops.square(ops.slice(x, 0, 1, 3)));
  expect(() => gradients(loss, [x])).toThrow(/ask for one in its source/);
});
