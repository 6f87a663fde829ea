import { describe, expect, it } from "vitest";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { divergence, divergenceEstimate, jvp } from "../../runtime/tensor/forward.ts";
import { Graph } from "../../runtime/tensor/graph.ts";
import { sizeOf } from "../../runtime/tensor/node.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { mlp, mlpLayout, unpack } from "../../runtime/tensor/parameters.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { STRUCTURED_CASES } from "./cases-structured.ts";
import { CASES } from "./cases.ts";
import { derivative, drawInputs, largestError, runOnce, weightedSum } from "./support.ts";

describe("forward mode", () => {
  it.each([...CASES, ...STRUCTURED_CASES].filter((test) => test.flat !== true))(
    "$name: agrees with reverse mode and with differences",
    async (test) => {
      const graph = new Graph();
      const inputs = test.shapes.map((shape, i) => graph.input(`x${i}`, shape));
      const directions = test.shapes.map((shape, i) => {
        const data = new Float64Array(sizeOf(shape));
        randomStream(9, `${test.name}/${i}`).normal(data);
        return data;
      });
      const tangents = directions.map((data, i) => graph.constant(data, test.shapes[i]!));
      const y = test.build(...inputs);
      const loss = weightedSum(y);
      const forward = weightedSum(jvp([y], inputs, tangents)[0]!);
      const reverse = gradients(loss, inputs)
        .map((gradient, i) => ops.sum(ops.mul(gradient, tangents[i]!)))
        .reduce((sum, term) => ops.add(sum, term));
      const program = defineProgram(graph, { outputs: { loss, forward, reverse } });
      const at = drawInputs(test);
      const result = await runOnce(program, at, "reference");
      expect(largestError(result["forward"]!, result["reverse"]!)).toBeLessThan(1e-12);
      const along = async (shift: number): Promise<number> => {
        const moved = at.map((x, i) => x.map((v, k) => v + shift * directions[i]![k]!));
        return (await runOnce(program, moved, "reference"))["loss"]![0]!;
      };
      const expected = await derivative(along, 0.004);
      expect(largestError(result["forward"]!, [expected])).toBeLessThan(1e-9);
    },
  );

  it("is zero where the output does not depend on the input, and needs a tangent for each", () => {
    const graph = new Graph();
    const x = graph.input("x", [2]);
    const y = graph.input("y", [3]);
    expect(graph.uniformValue(jvp([ops.exp(y)], [x], [x])[0]!)).toBe(0);
    expect(jvp([], [x], [x])).toEqual([]);
    expect(() => jvp([y], [x], [y])).toThrow("a tangent of [2] is needed, not [3]");
    expect(() => jvp([y], [x], [])).toThrow("a tangent of [2] is needed");
  });

  it("gives derivatives that are differentiated again", async () => {
    const graph = new Graph();
    const x = graph.input("x0", [3]);
    const [first] = jvp([ops.pow(x, 3)], [x], [ops.broadcast(graph.constant(1), [3])]);
    const [second] = gradients(ops.sum(first!), [x]);
    const result = await runOnce(defineProgram(graph, { outputs: { second: second! } }), [[0.5, 1, 2]], "reference");
    expect(result["second"]).toEqual([3, 6, 12]);
  });
});

describe("divergence", () => {
  it("is the trace of the Jacobian at each row, and the estimate's mean over probes of signs", async () => {
    const [rows, d] = [3, 2];
    const layout = mlpLayout([d, 5, d]);
    const graph = new Graph();
    const state = graph.input("x0", [rows, d]);
    const field = mlp(state, unpack(graph.input("x1", [layout.size]), layout), "tanh");
    const exact = divergence(field, state);
    expect(exact.shape).toEqual([rows, 1]);
    // Over all signs of two components the estimate's mean is the divergence itself.
    const estimates = [
      [1, 1],
      [1, -1],
    ].map((signs) => divergenceEstimate(field, state, ops.broadcast(graph.constant(signs, [1, d]), [rows, d])));
    const estimate = ops.mul(ops.add(estimates[0]!, estimates[1]!), 0.5);
    const program = defineProgram(graph, { outputs: { field, exact, estimate } });
    const parameters = new Float64Array(layout.size);
    randomStream(2, "parameters").normal(parameters);
    const at = Float64Array.of(0.3, -0.7, 1.1, 0.2, -0.4, 0.9);
    const run = (x: Float64Array): Promise<Record<string, number[]>> => runOnce(program, [x, parameters], "reference");
    const result = await run(at);
    for (let row = 0; row < rows; row++) {
      let trace = 0;
      for (let i = 0; i < d; i++) {
        const k = row * d + i;
        trace += await derivative(
          async (shift) => (await run(at.map((v, j) => (j === k ? v + shift : v))))["field"]![k]!,
          0.01,
        );
      }
      expect(result["exact"]![row]).toBeCloseTo(trace, 9);
      expect(result["estimate"]![row]).toBeCloseTo(trace, 9);
    }
  });

  it("refuses what is no field over rows", () => {
    const graph = new Graph();
    const x = graph.input("x", [3, 2]);
    expect(() => divergence(ops.sum(x, { axes: [1] }), x)).toThrow("[3] is no field over rows [3, 2]");
  });
});
