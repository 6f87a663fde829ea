import { describe, expect, it } from "vitest";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { Graph } from "../../runtime/tensor/graph.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";

describe("a graph", () => {
  it("makes equal operations one node", () => {
    const graph = new Graph();
    const x = graph.input("x", [2, 2]);
    const y = graph.input("y", [2, 2]);
    expect(ops.add(x, y).id).toBe(ops.add(x, y).id);
    expect(ops.sum(x, { axes: [0] }).id).toBe(ops.sum(x, { axes: [-2] }).id);
    expect(ops.sum(x, { axes: [0] }).id).not.toBe(ops.sum(x, { axes: [1] }).id);
    expect(graph.constant(NaN).id).toBe(graph.constant(NaN).id);
    expect(graph.constant(0).id).not.toBe(graph.constant(-0).id);
    expect(graph.constant([1, 2], [2]).id).not.toBe(graph.constant([1, 2], [1, 2]).id);
  });

  it("computes what is constant", () => {
    const graph = new Graph();
    const y = ops.add(ops.mul(graph.constant([1, 2], [2]), 3), 1);
    expect(graph.node(y)).toMatchObject({ op: "constant", value: Float64Array.of(4, 7) });
  });

  it("drops what changes nothing", () => {
    const graph = new Graph();
    const x = graph.input("x", [2, 3]);
    for (const same of [
      ops.add(x, 0),
      ops.sub(x, 0),
      ops.mul(1, x),
      ops.div(x, 1),
      ops.pow(x, 1),
      ops.reshape(ops.reshape(x, [6]), [2, 3]),
      ops.broadcast(x, [2, 3]),
      ops.slice(x, 1, 0, 3),
      ops.concat([x], 0),
      ops.transpose(x, [0, 1]),
      ops.pad(x, 0, 0, 0),
      ops.sum(x, { axes: [] }),
    ])
      expect(same.id).toBe(x.id);
    expect(ops.add(x, graph.constant(0, [4, 2, 3])).shape).toEqual([4, 2, 3]);
  });

  it("does not repeat what the other operand repeats anyway", () => {
    const graph = new Graph();
    const x = graph.input("x", [2, 3]);
    const row = graph.input("row", [3]);
    expect(ops.mul(x, ops.broadcast(row, [2, 3])).id).toBe(ops.mul(x, row).id);
    expect(ops.mul(row, ops.broadcast(row, [2, 3])).shape).toEqual([2, 3]);
  });

  it("takes transposes into products", () => {
    const graph = new Graph();
    const a = graph.input("a", [2, 3]);
    const product = ops.matmul(ops.transpose(a), a);
    expect(graph.node(product)).toMatchObject({ op: "matmul", args: [a.id, a.id], transposeA: true });
  });

  it.each([
    ["add", (g: Graph) => ops.add(g.input("a", [2, 3]), g.input("b", [2])), "[2, 3] and [2]"],
    ["matmul", (g: Graph) => ops.matmul(g.input("a", [2, 3]), g.input("b", [2, 3])), "[2, 3] × [2, 3]"],
    ["reshape", (g: Graph) => ops.reshape(g.input("a", [2, 3]), [4]), "[2, 3]"],
    [
      "concat",
      (g: Graph) => ops.concat([g.input("a", [2, 3]), g.input("b", [3, 3])], 1),
      "[3, 3] does not join [2, 3]",
    ],
    ["slice", (g: Graph) => ops.slice(g.input("a", [2]), 0, 1, 3), "1 … 3"],
    [
      "batch of products",
      (g: Graph) => ops.matmul(g.input("a", [2, 2, 3]), g.input("b", [3, 3, 2])),
      "[2, 2, 3] × [3, 3, 2]",
    ],
    ["maximum of nothing", (g: Graph) => ops.reduceMax(g.input("a", [3, 0]), { axes: [1] }), "axis 1 of [3, 0]"],
    ["choice of too many", (g: Graph) => ops.topK(g.input("a", [2, 3]), 4), "axis 1 of [2, 3]"],
    ["image", (g: Graph) => ops.conv(g.input("a", [1, 2, 0]), g.input("k", [1, 2, 1])), "[1, 2, 0]"],
    ["kernel", (g: Graph) => ops.conv(g.input("a", [1, 2, 4]), g.input("k", [1, 3, 1])), "kernel [1, 3, 1]"],
    ["large kernel", (g: Graph) => ops.conv(g.input("a", [1, 1, 2]), g.input("k", [1, 1, 4])), "larger than [1, 1, 2]"],
    [
      "stride",
      (g: Graph) => ops.conv(g.input("a", [1, 1, 4]), g.input("k", [1, 1, 1]), { stride: 0 }),
      "stride must be",
    ],
    [
      "extra row",
      (g: Graph) => ops.convTranspose(g.input("a", [1, 1, 4]), g.input("k", [1, 1, 2]), {}, 1),
      "1 extra rows",
    ],
    ["window", (g: Graph) => ops.maxPool(g.input("a", [1, 1, 5]), 2), "windows of 2"],
    ["upsampling", (g: Graph) => ops.upsample(g.input("a", [1, 1]), 2), "[1, 1] cannot be repeated"],
    [
      "vector of indices",
      (g: Graph) => ops.gather(g.input("a", [2]), g.input("i", [2, 1], "index")),
      "vector of indices",
    ],
    [
      "addresses",
      (g: Graph) => ops.gatherElements(g.input("a", [2, 3]), g.input("i", [3, 1], "index"), 1),
      "[3, 1] do not",
    ],
    ["negative padding", (g: Graph) => ops.pad(g.input("a", [2]), 0, -1, 0), "must not be negative"],
    ["groups", (g: Graph) => ops.groupNorm(g.input("a", [2, 3]), 2, g.input("s", [3]), g.input("t", [3])), "2 groups"],
    ["edges", (g: Graph) => ops.bucket(g.input("e", [3, 4]), g.input("x", [2])), "edges [3, 4]"],
    [
      "sequence",
      (g: Graph) =>
        ops.lstm(g.input("x", [2, 0, 1]), {
          input: g.input("w", [1, 4]),
          recurrent: g.input("r", [1, 4]),
          bias: g.input("b", [4]),
        }),
      "[2, 0, 1]",
    ],
    ["axis", (g: Graph) => ops.sum(g.input("a", [2]), { axes: [1] }), "no axis 1"],
    ["axis twice", (g: Graph) => ops.sum(g.input("a", [2, 2]), { axes: [1, -1] }), "twice"],
    ["transpose", (g: Graph) => ops.transpose(g.input("a", [2, 2]), [0, 0]), "no order"],
    ["broadcast", (g: Graph) => ops.broadcast(g.input("a", [2]), [3]), "does not repeat"],
    ["where", (g: Graph) => ops.where(g.input("a", [2]), 1, 0), "comparison"],
    ["index arithmetic", (g: Graph) => ops.neg(g.input("a", [2], "index")), "not index"],
    ["constant", (g: Graph) => g.constant([1, 2], [3]), "2 values"],
    ["two programs", (g: Graph) => ops.add(g.input("a", []), new Graph().input("b", [])), "two programs"],
    ["input name", (g: Graph) => [g.input("a", []), g.input("a", [])], "two inputs named a"],
  ])("refuses a wrong %s", (_, build, message) => {
    expect(() => build(new Graph())).toThrow(message);
  });
});

describe("defineProgram", () => {
  it("computes only what is asked for", () => {
    const graph = new Graph();
    const x = graph.input("x", [2]);
    const unused = ops.exp(x);
    const y = ops.neg(x);
    const program = defineProgram(graph, { outputs: { y } });
    expect(program.order).toEqual([x.id, y.id]);
    expect(program.order).not.toContain(unused.id);
  });

  it("shares the forward pass with the backward pass", () => {
    const graph = new Graph();
    const x = graph.input("x", [3]);
    const loss = ops.sum(ops.exp(x));
    const program = defineProgram(graph, { outputs: { loss, gradient: gradients(loss, [x])[0]! } });
    expect(program.order.filter((id) => program.nodes[id]!.op === "exp")).toHaveLength(1);
  });

  it("refuses a state that changes shape or is no input", () => {
    const graph = new Graph();
    const x = graph.input("x", [2]);
    const y = ops.neg(x);
    expect(() => defineProgram(graph, { outputs: {}, states: [{ current: x, next: ops.sum(x) }] })).toThrow("[2]");
    expect(() => defineProgram(graph, { outputs: {}, states: [{ current: y, next: x }] })).toThrow("Only an input");
  });
});
