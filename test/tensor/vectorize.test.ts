import { describe, expect, it } from "vitest";
import { createExecutor } from "../../runtime/tensor/executor.ts";
import { Graph, type Tensor } from "../../runtime/tensor/graph.ts";
import { sizeOf } from "../../runtime/tensor/node.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram, type Program } from "../../runtime/tensor/program.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { vectorize } from "../../runtime/tensor/vectorize.ts";
import { STRUCTURED_CASES } from "./cases-structured.ts";
import { CASES } from "./cases.ts";
import { caseProgram, drawInputs, largestError, runOnce, type Case } from "./support.ts";

const COUNT = 3;

/** Distinct inputs of one member of a case. */
function memberInputs(test: Case, member: number): Float64Array[] {
  return drawInputs({ ...test, name: `${test.name}/${member}` });
}

/** Runs the vectorised case with the inputs in `shared` common to all, and each member by itself. */
async function bothWays(test: Case, shared: readonly number[], kind: "onnx" | "reference"): Promise<void> {
  const program = caseProgram(test);
  const inputs = Array.from({ length: COUNT }, (_, member) =>
    test.shapes.map((_, i) => memberInputs(test, shared.includes(i) ? 0 : member)[i]!),
  );
  const together = vectorize(program, COUNT, { shared: shared.map((i) => `x${i}`) });
  const stacked = test.shapes.map((_, i) =>
    shared.includes(i) ? inputs[0]![i]! : Float64Array.from(inputs.flatMap((member) => [...member[i]!])),
  );
  const result = await runOnce(together, stacked, kind);
  for (const [member, own] of inputs.entries()) {
    const alone = await runOnce(program, own, "reference");
    for (const { name, shape } of program.outputs) {
      const slice = result[name]!.slice(member * sizeOf(shape), (member + 1) * sizeOf(shape));
      const error = largestError(slice, alone[name]!);
      expect([name, member, error]).toEqual([
        name,
        member,
        expect.toSatisfy((e: number) => e < (kind === "onnx" ? 2e-5 : 1e-12)),
      ]);
    }
  }
}

function thereAndBack(x: Tensor, rows: Tensor): Tensor {
  const drawn = ops.gather(x, rows);
  return ops.add(drawn, ops.gather(ops.scatterAdd(drawn, rows, 4), rows));
}

function shapesOf(program: Program, op: string): number[][] {
  return program.order.flatMap((id) => (program.nodes[id]!.op === op ? [[...program.nodes[id]!.shape]] : []));
}

const ALL = [...CASES, ...STRUCTURED_CASES];

describe("a vectorised program", () => {
  it.each(ALL)("$name: each member computes what it would alone, with derivatives", async (test) => {
    await bothWays(test, [], "reference");
    for (let i = 0; i < test.shapes.length && test.shapes.length > 1; i++) await bothWays(test, [i], "reference");
  });

  it.each(STRUCTURED_CASES)("$name: on onnx too", async (test) => {
    await bothWays(test, [], "onnx");
    if (test.shapes.length > 1) await bothWays(test, [0], "onnx");
  });

  it("gathers and scatters with indices of each member", async () => {
    const graph = new Graph();
    const x = graph.input("x0", [4, 2]);
    const rows = graph.input("rows", [3], "index");
    const program = defineProgram(graph, { outputs: { y: thereAndBack(x, rows) } });
    const indices = [
      [0, 3, 3],
      [1, 1, 1],
    ];
    for (const shared of [[], ["x0"], ["rows"]]) {
      const together = await createExecutor(vectorize(program, 2, { shared }), "onnx");
      const values = new Float64Array(16);
      randomStream(3, "gather").normal(values);
      together.input("x0").set(shared.includes("x0") ? values.subarray(0, 8) : values);
      together.indices("rows").set(shared.includes("rows") ? indices[0]! : indices.flat());
      await together.run();
      for (const member of [0, 1]) {
        const alone = await createExecutor(program, "reference");
        alone.input("x0").set(values.subarray(...(shared.includes("x0") || member === 0 ? [0, 8] : [8, 16])));
        alone.indices("rows").set(indices[shared.includes("rows") ? 0 : member]!);
        await alone.run();
        expect(largestError(together.output("y").slice(6 * member, 6 * member + 6), alone.output("y"))).toBeLessThan(
          1e-6,
        );
      }
      await together.dispose();
    }
  });

  it("computes once what only shared inputs decide, and gives states and outputs of each member", async () => {
    const graph = new Graph();
    const noise = graph.input("noise", [2]);
    const rate = graph.input("rate", []);
    const total = graph.input("total", [2]);
    const program = defineProgram(graph, {
      outputs: { noise: ops.exp(noise), total },
      states: [{ current: total, next: ops.add(total, ops.mul(ops.exp(noise), rate)) }],
    });
    const together = vectorize(program, 2, { shared: ["noise"] });
    expect(shapesOf(together, "exp")).toEqual([[2]]);
    const executor = await createExecutor(together, "reference");
    executor.state("total").set([1, 2, 3, 4]);
    executor.input("rate").set([1, 10]);
    await executor.run();
    expect([...executor.state("total")]).toEqual([2, 3, 13, 14]);
    expect([...executor.output("noise")]).toEqual([1, 1, 1, 1]);
  });

  it("refuses no members and shared inputs that are none", () => {
    const graph = new Graph();
    const program = defineProgram(graph, { outputs: { y: ops.neg(graph.input("x0", [1])) } });
    expect(() => vectorize(program, 0)).toThrow("at least one member");
    expect(() => vectorize(program, 2, { shared: ["z"] })).toThrow("no input named z");
  });
});
