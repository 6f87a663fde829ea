import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gradientGraph } from "../../compiler/derive/index.ts";
import { BodyWriter } from "../../compiler/emit/body.ts";
import { Names } from "../../compiler/emit/names.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import { evaluateGraph } from "../../runtime/ir/evaluate.ts";
import type { ExprGraph } from "../../runtime/ir/expr.ts";
import { randomCase } from "../support/random-graphs.ts";

/** The lines that store a graph's value in `out`, over inputs that are arrays of their names. */
function write(graph: ExprGraph): { readonly lines: readonly string[]; readonly tables: readonly string[] } {
  const b = new GraphBuilder();
  const id = b.graft(graph)[graph.output]!;
  const tables: string[] = [];
  const around = {
    input: (name: string, index: string) => `${name}[${index}]`,
    param: (name: string) => name,
    table: (values: readonly number[]) => {
      tables.push(`const table${tables.length} = [${values.join(", ")}];`);
      return `table${tables.length - 1}`;
    },
    dim: () => "Industry",
  };
  const writer = new BodyWriter(b, [id], around, new Names());
  writer.store({ array: "out", offset: 0, id });
  return { lines: writer.lines, tables };
}

function run(graph: ExprGraph, inputs: Readonly<Record<string, readonly number[]>>): number[] {
  const { lines, tables } = write(graph);
  // The text under test is the writer's own, made of random operations.
  // oxlint-disable-next-line typescript/no-implied-eval, no-new-func
  const body = new Function("x", "y", "out", [...tables, ...lines].join("\n"));
  const out: number[] = [];
  body(inputs["x"], inputs["y"], out);
  return out;
}

function agrees(graph: ExprGraph, inputs: Readonly<Record<string, readonly number[]>>): void {
  const exact = [...evaluateGraph(graph, inputs)];
  const written = run(graph, inputs);
  expect(written).toHaveLength(exact.length);
  exact.forEach((value, i) => {
    const other = written[i]!;
    const same = Object.is(value, other) || value === other || (Number.isNaN(value) && Number.isNaN(other));
    expect(same || Math.abs(value - other) <= 1e-9 * Math.max(1, Math.abs(value)), `${value} ${other}`).toBe(true);
  });
}

describe("BodyWriter", () => {
  it("computes what the evaluator does, for random expressions and their gradients", () => {
    fc.assert(
      fc.property(randomCase, ({ graph, inputs, shape }) => {
        fc.pre([...evaluateGraph(graph, inputs)].every((v) => Math.abs(v) < 1e8));
        agrees(graph, inputs);
        agrees(gradientGraph(graph, { name: "x", shape }), inputs);
      }),
      { seed: 11, numRuns: 800 },
    );
  });

  it("keeps loops, and names what is read twice", () => {
    const b = new GraphBuilder();
    const [x, y] = [b.input("x", [10]), b.input("y", [10])];
    const dot = b.dot(x, y);
    const graph = b.finish(b.binary("mul", dot, b.unary("exp", dot)));
    expect(write(graph).lines).toEqual([
      "let total = 0;",
      "for (let i = 0; i < 10; i++) total += x[i] * y[i]; // Industry",
      "out[0] = total * Math.exp(total);",
    ]);
    const gradient = gradientGraph(b.finish(b.unary("neg", dot)), { name: "x", shape: [10] });
    expect(write(gradient).lines).toEqual(["for (let i = 0; i < 10; i++) out[i] = -y[i]; // Industry"]);
  });

  it("hoists what does not change out of loops", () => {
    const b = new GraphBuilder();
    const x = b.input("x", [3]);
    const graph = b.finish(b.binary("div", x, b.unary("exp", b.sum(x))));
    expect(write(graph).lines).toEqual([
      "let total = 0;",
      "for (let i = 0; i < 3; i++) total += x[i]; // Industry",
      "const exponential = Math.exp(total);",
      "for (let i = 0; i < 3; i++) out[i] = x[i] / exponential; // Industry",
    ]);
  });

  it("writes long expressions in parts", () => {
    const b = new GraphBuilder();
    const x = b.input("x", [2]);
    let [scalar, vector] = [b.sum(x), x];
    for (let i = 1; i < 400; i++) {
      scalar = b.binary("add", scalar, b.unary("sin", b.binary("mul", b.const(i), b.sum(x))));
      vector = b.unary("tanh", b.binary("mul", b.const(1 + i / 100), b.unary("sin", vector)));
    }
    const graph = b.finish(b.binary("mul", scalar, b.sum(vector)));
    agrees(graph, { x: [0.25, -0.5], y: [] });
    expect(Math.max(...write(graph).lines.map((line) => line.length))).toBeLessThan(400);
  });

  it("reads slices and strides without tables", () => {
    const b = new GraphBuilder();
    const x = b.input("x", [3, 4]);
    const { lines, tables } = write(b.finish(b.gather(x, [1, 5, 9], [3])));
    expect(lines).toEqual(["for (let i = 0; i < 3; i++) out[i] = x[(i) * 4 + 1];"]);
    expect(tables).toEqual([]);
  });
});
