import { describe, expect, it } from "vitest";
import { foldParams, GraphBuilder } from "../../runtime/ir/builder.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";

const ops = (b: GraphBuilder, id: number): string[] => b.finish(id).nodes.map((node) => node.op);

describe("GraphBuilder", () => {
  it("shares equal nodes and drops what the output does not need", () => {
    const b = new GraphBuilder();
    const [z, s] = [b.input("z", [3]), b.input("s", [3])];
    b.unary("exp", z);
    expect(b.binary("mul", z, s)).toBe(b.binary("mul", s, z));
    const loss = b.unary("neg", b.dot(z, s));
    expect(ops(b, loss)).toEqual(["input", "input", "mul", "sum", "neg"]);
    expect([...evaluateGraph(b.finish(loss), { z: [1, 2, 3], s: [4, 5, 6] })]).toEqual([-32]);
  });

  it("folds constants, and keeps a parameter until its label is dropped", () => {
    const b = new GraphBuilder();
    const x = b.input("x", []);
    const two = b.binary("add", b.const(1), b.const(1));
    expect(b.node(two)).toMatchObject({ op: "const", value: [2] });
    const one = b.const(1, [], undefined, "holding");
    const graph = b.finish(b.binary("mul", one, x));
    expect(graph.nodes.map((node) => node.op)).toEqual(["const", "input", "mul"]);
    expect(foldParams(graph).nodes.map((node) => node.op)).toEqual(["input"]);
  });

  it("writes max(u, 0) as pos, moves operations inside broadcasts, and reduces repeats", () => {
    const b = new GraphBuilder();
    const u = b.input("u", []);
    expect(ops(b, b.binary("max", u, b.const(0)))).toEqual(["input", "pos"]);
    const wide = b.unary("exp", b.broadcast(u, [4], []));
    expect(ops(b, wide)).toEqual(["input", "exp", "broadcast"]);
    expect([...evaluateGraph(b.finish(b.sum(wide)), { u: [0] })]).toEqual([4]);
  });

  it("sees through gathers of concatenations", () => {
    const b = new GraphBuilder();
    const [a, c] = [b.input("a", [2]), b.input("c", [3])];
    expect(b.gather(b.concat([a, c]), [2, 3, 4])).toBe(c);
    expect(b.gather(b.gather(c, [2, 1]), [1], [])).toBe(b.gather(c, [1], []));
  });

  it("reduces along axes", () => {
    const b = new GraphBuilder();
    const m = b.input("m", [2, 3]);
    const graph = b.finish(b.reduce("reduce_max", m, [0]));
    expect([...evaluateGraph(graph, { m: [1, 5, 3, 4, 2, 6] })]).toEqual([4, 5, 6]);
    const rows = b.finish(b.binary("sub", m, b.broadcast(b.sum(m, [1]), [2, 3], [0])));
    expect([...evaluateGraph(rows, { m: [1, 5, 3, 4, 2, 6] })]).toEqual([-8, -4, -6, -8, -10, -6]);
  });

  it("refuses shapes that do not fit", () => {
    const b = new GraphBuilder();
    expect(() => b.binary("add", b.input("a", [2]), b.input("c", [3]))).toThrow("add of [2] and [3]");
    expect(() => b.gather(b.input("a", [2]), [2])).toThrow("gather");
  });
});
