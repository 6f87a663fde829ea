import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gradientGraph, jacobianGraph, joinedGradientGraph } from "../../compiler/derive/index.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import type { ExprGraph } from "../../runtime/ir/expr.ts";
import { binaryFunctions, reduceFunctions, unaryFunctions } from "../../runtime/ir/scalar-ops.ts";
import { branchSignature, randomCase } from "../support/random-graphs.ts";

type Inputs = Readonly<Record<string, readonly number[]>>;

const firstStep = 4e-3;
const levels = 3;

const shifted = (inputs: Inputs, name: string, i: number, h: number): Inputs => ({
  ...inputs,
  [name]: inputs[name]!.map((v, j) => (j === i ? v + h : v)),
});

/** Central differences extrapolated by Richardson: error of order h⁶. */
function difference(graph: ExprGraph, inputs: Inputs, name: string, i: number): number {
  const table: number[][] = [];
  for (let level = 0; level < levels; level++) {
    const h = firstStep / 2 ** level;
    const up = evaluateGraph(graph, shifted(inputs, name, i, h))[0]!;
    const down = evaluateGraph(graph, shifted(inputs, name, i, -h))[0]!;
    const row = [(up - down) / (2 * h)];
    for (let order = 1; order <= level; order++) {
      row.push(row[order - 1]! + (row[order - 1]! - table[level - 1]![order - 1]!) / (4 ** order - 1));
    }
    table.push(row);
  }
  return table[2]![2]!;
}

function isSmoothAround(graph: ExprGraph, inputs: Inputs, name: string): boolean {
  const here = branchSignature(graph, inputs);
  if (here === null) return false;
  return inputs[name]!.every((_, i) =>
    [1, -1, 0.5, -0.5].every((side) => branchSignature(graph, shifted(inputs, name, i, side * firstStep)) === here),
  );
}

function gradientAt(make: (b: GraphBuilder, x: number) => number, x: readonly number[]): number[] {
  const b = new GraphBuilder();
  const graph = b.finish(make(b, b.input("x", [x.length])));
  return [...evaluateGraph(gradientGraph(graph, { name: "x", shape: [x.length] }), { x })];
}

describe("gradientGraph", () => {
  it("agrees with finite differences to 1e-6 on random expressions over every operation", () => {
    const used = new Set<string>();
    let checked = 0;
    fc.assert(
      fc.property(randomCase, ({ graph, inputs, shape }) => {
        fc.pre(isSmoothAround(graph, inputs, "x"));
        const gradient = gradientGraph(graph, { name: "x", shape });
        const values = evaluateGraph(gradient, inputs);
        expect(gradient.nodes[gradient.output]!.shape).toEqual(shape);
        const exact = [...values];
        const approximate = exact.map((_, i) => difference(graph, inputs, "x", i));
        const scale = Math.max(1, ...approximate.map(Math.abs));
        exact.forEach((v, i) => expect(Math.abs(v - approximate[i]!) / scale).toBeLessThan(1e-6));
        for (const node of graph.nodes) used.add(node.op);
        checked++;
      }),
      { seed: 20261121, numRuns: 1500, maxSkipsPerRun: 20 },
    );
    expect(checked).toBe(1500);
    const structural = ["broadcast", "where", "gather", "concat", "softmax", "matmul", "transpose"];
    const elementwise = [unaryFunctions, binaryFunctions, reduceFunctions].flatMap(Object.keys);
    for (const op of [...elementwise, ...structural]) {
      expect(used, op).toContain(op);
    }
  });

  it("takes the stated subgradients at kinks", () => {
    expect(gradientAt((b, x) => b.sum(b.unary("pos", x)), [0, 1, -1])).toEqual([0, 1, 0]);
    expect(gradientAt((b, x) => b.sum(b.unary("abs", x)), [0, 1, -1])).toEqual([0, 1, -1]);
    expect(gradientAt((b, x) => b.reduce("reduce_max", x), [2, 3, 3])).toEqual([0, 1, 0]);
    expect(gradientAt((b, x) => b.reduce("reduce_min", x), [2, 1, 1])).toEqual([0, 1, 0]);
    expect(gradientAt((b, x) => b.reduce("norm_inf", x), [-3, 3, 1])).toEqual([-1, 0, 0]);
    expect(gradientAt((b, x) => b.reduce("norm2", x), [0, 0])).toEqual([0, 0]);
    expect(gradientAt((b, x) => b.reduce("prod", x), [0, 3, 2])).toEqual([6, 0, 0]);
    expect(gradientAt((b, x) => b.reduce("prod", x), [0, 0, 2])).toEqual([0, 0, 0]);
    const pair = (op: "max" | "min"): number[] =>
      gradientAt((b, x) => b.binary(op, b.gather(x, [0], []), b.gather(x, [1], [])), [5, 5]);
    expect(pair("max")).toEqual([1, 0]);
    expect(pair("min")).toEqual([1, 0]);
  });

  it("simplifies: the gradient of −s·z in z is −s", () => {
    const b = new GraphBuilder();
    const loss = b.finish(b.unary("neg", b.dot(b.input("s", [3]), b.input("z", [3]))));
    const gradient = gradientGraph(loss, { name: "z", shape: [3] });
    expect(gradient.nodes).toMatchObject([{ op: "input", name: "s" }, { op: "neg" }]);
  });

  it("is zero in an input that the graph does not read", () => {
    const b = new GraphBuilder();
    const gradient = gradientGraph(b.finish(b.sum(b.input("s", [2]))), { name: "z", shape: [3] });
    expect([...evaluateGraph(gradient, { z: [1, 2, 3], s: [0, 0] })]).toEqual([0, 0, 0]);
  });

  it("joins the gradients of several inputs in order", () => {
    const b = new GraphBuilder();
    const loss = b.finish(
      b.binary("add", b.sum(b.unary("square", b.input("u", [2]))), b.unary("exp", b.input("v", []))),
    );
    const gradient = joinedGradientGraph(loss, [
      { name: "v", shape: [] },
      { name: "u", shape: [2] },
    ]);
    expect([...evaluateGraph(gradient, { u: [1, 2], v: [0] })]).toEqual([1, 2, 4]);
  });
});

describe("jacobianGraph", () => {
  it("has a row for each element", () => {
    const b = new GraphBuilder();
    const x = b.input("x", [2]);
    const y = b.concat([b.reduce("prod", x), b.unary("square", x)]);
    const jacobian = jacobianGraph(b.finish(y), { name: "x", shape: [2] });
    expect(jacobian.nodes[jacobian.output]!.shape).toEqual([3, 2]);
    expect([...evaluateGraph(jacobian, { x: [3, 5] })]).toEqual([5, 3, 6, 0, 0, 10]);
  });
});
