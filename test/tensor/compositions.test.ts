import { describe, expect, it } from "vitest";
import { gradients } from "../../runtime/tensor/differentiate.ts";
import { Graph, type Tensor } from "../../runtime/tensor/graph.ts";
import { sizeOf, type Shape } from "../../runtime/tensor/node.ts";
import * as ops from "../../runtime/tensor/ops.ts";
import { defineProgram } from "../../runtime/tensor/program.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { derivative, runOnce } from "./support.ts";

/** The value of a function at arrays of the given shapes, on the reference executor. */
async function evaluate(
  inputs: readonly (readonly [Shape, ArrayLike<number>])[],
  build: (...x: Tensor[]) => Tensor,
): Promise<number[]> {
  const graph = new Graph();
  const y = ops.toFloat(ops.indexToFloat(build(...inputs.map(([shape], i) => graph.input(`x${i}`, shape)))));
  const program = defineProgram(graph, { outputs: { y } });
  return (
    await runOnce(
      program,
      inputs.map(([, data]) => data),
      "reference",
    )
  )["y"]!;
}

function normals(name: string, size: number): Float64Array {
  const out = new Float64Array(size);
  randomStream(4, name).normal(out);
  return out;
}

function expectClose(actual: readonly number[], expected: readonly number[], digits = 12): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, digits));
}

describe("reductions made of others", () => {
  it("are the textbook's", async () => {
    const x = [
      [2, 3],
      [1, -2, 0.5, 4, 0, -1],
    ] as const;
    expectClose(await evaluate([x], (t) => ops.prod(t, { axes: [1] })), [-1, 0]);
    expectClose(await evaluate([x], (t) => ops.reduceMin(t, { axes: [0] })), [1, -2, -1]);
    expectClose(await evaluate([x], (t) => ops.logSumExp(t, { axes: [1] })), [
      Math.log(Math.E + Math.exp(-2) + Math.exp(0.5)),
      Math.log(Math.exp(4) + 1 + Math.exp(-1)),
    ]);
    expectClose(await evaluate([x], (t) => ops.argmax(t)), [0, 0]);
    expectClose(await evaluate([x], (t) => ops.argmax(t, 0)), [1, 1, 0]);
  });

  it("stay finite where the exponential does not", async () => {
    expectClose(await evaluate([[[2], [1000, 1000]]], (t) => ops.logSumExp(t)), [1000 + Math.LN2]);
    expectClose(await evaluate([[[2], [1000, -1000]]], (t) => ops.softmax(t)), [1, 0]);
    expect(await evaluate([[[2], [-Infinity, -Infinity]]], (t) => ops.logSumExp(t))).toEqual([-Infinity]);
    expectClose(await evaluate([[[3], [-Infinity, 0, 0]]], (t) => ops.softmax(t)), [0, 0.5, 0.5]);
  });

  it("leave equals in their order", async () => {
    const x = [[5], [1, 3, 1, 3, 2]] as const;
    expect(await evaluate([x], (t) => ops.topKIndices(t, 5))).toEqual([1, 3, 4, 0, 2]);
    expect(await evaluate([x], (t) => ops.topKIndices(t, 5, 0, false))).toEqual([0, 2, 4, 1, 3]);
  });
});

describe("normalisation", () => {
  it("gives mean 0 and variance 1 by rows and by groups of channels", async () => {
    const x = normals("x", 24);
    const one = new Float64Array(4).fill(1);
    const zero = new Float64Array(4);
    const rows = await evaluate(
      [
        [[6, 4], x],
        [[4], one],
        [[4], zero],
      ],
      (t, s, b) => ops.layerNorm(t, s, b, 0),
    );
    const groups = await evaluate(
      [
        [[2, 4, 3], x],
        [[4], one],
        [[4], zero],
      ],
      (t, s, b) => ops.groupNorm(t, 2, s, b, 0),
    );
    for (const [values, size] of [
      [rows, 4],
      [groups, 6],
    ] as const)
      for (let start = 0; start < values.length; start += size) {
        const part = values.slice(start, start + size);
        expect(part.reduce((sum, v) => sum + v, 0)).toBeCloseTo(0, 12);
        expect(part.reduce((sum, v) => sum + v * v, 0) / size).toBeCloseTo(1, 12);
      }
  });
});

describe("special functions", () => {
  // log Γ from the C library; ψ from tables (Abramowitz & Stegun 6.3) and its recurrence.
  it.each([
    [0.1, 2.252712651734206, -10.423754940411076],
    [0.5, 0.5723649429247001, -1.9635100260214235],
    [1, 0, -0.5772156649015329],
    [2, 0, 0.4227843350984671],
    [3.7, 1.4280723266653883, 1.1671535393615113],
    [9.5, 11.689333420797269, 2.197737876402949],
    [100, 359.1342053695754, 4.600161852738087],
  ])("log Γ and ψ at %d", async (x, logGamma, digamma) => {
    const scale = Math.max(1, Math.abs(logGamma));
    expect((await evaluate([[[1], [x]]], ops.logGamma))[0]! / scale).toBeCloseTo(logGamma / scale, 12);
    expect((await evaluate([[[1], [x]]], ops.digamma))[0]).toBeCloseTo(digamma, 11);
    // The derivative of the series is the digamma function: an oracle that needs no differences.
    const slope = await evaluate([[[1], [x]]], (t) => gradients(ops.sum(ops.logGamma(t)), [t])[0]!);
    expect(slope[0]).toBeCloseTo(digamma, 11);
  });

  it("are no numbers where they are not defined", async () => {
    expect(await evaluate([[[3], [0, -0.5, Number.NaN]]], ops.logGamma)).toEqual([NaN, NaN, NaN]);
    expect(await evaluate([[[1], [-1.5]]], ops.digamma)).toEqual([NaN]);
  });
});

describe("images", () => {
  const image = Float64Array.from({ length: 16 }, (_, i) => i);
  it("are pooled by windows and repeated", async () => {
    const x = [[1, 1, 4, 4], image] as const;
    expect(await evaluate([x], (t) => ops.averagePool(t, 2))).toEqual([2.5, 4.5, 10.5, 12.5]);
    expect(await evaluate([x], (t) => ops.maxPool(t, 2))).toEqual([5, 7, 13, 15]);
    expect(
      await evaluate(
        [
          [
            [1, 2, 2],
            [1, 2, 3, 4],
          ],
        ],
        (t) => ops.upsample(t, 2),
      ),
    ).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect(
      await evaluate(
        [
          [
            [1, 1, 1, 2],
            [1, 2],
          ],
        ],
        (t) => ops.upsample(t, 2),
      ),
    ).toEqual([1, 1, 2, 2, 1, 1, 2, 2]);
  });

  it("are correlated with kernels", async () => {
    const x = [
      [1, 1, 4],
      [1, 2, 3, 5],
    ] as const;
    const k = [
      [1, 1, 3],
      [1, 0, -1],
    ] as const;
    expect(await evaluate([x, k], (a, b) => ops.conv(a, b))).toEqual([-2, -3]);
    expect(await evaluate([x, k], (a, b) => ops.conv(a, b, { padding: 1, stride: 2 }))).toEqual([-2, -3]);
    expect(await evaluate([x, k], (a, b) => ops.convTranspose(a, b))).toEqual([1, 2, 2, 3, -3, -5]);
    const edges = [
      [1, 1, 2, 2],
      [1, -1, 0, 2],
    ] as const;
    expect(await evaluate([[[1, 1, 4, 4], image], edges], (a, b) => ops.conv(a, b, { stride: 2 }))).toEqual([
      9, 13, 25, 29,
    ]);
  });
});

const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));

describe("an LSTM", () => {
  it("is the recursion of its gates", async () => {
    const [n, time, width, hidden] = [2, 4, 3, 2];
    const x = normals("sequence", n * time * width);
    const [wx, wh, b] = [
      normals("input", width * 4 * hidden),
      normals("recurrent", hidden * 4 * hidden),
      normals("bias", 4 * hidden),
    ];
    const expected = Array.from({ length: n * time * hidden }, () => 0);
    for (let row = 0; row < n; row++) {
      let h = [0, 0];
      let c = [0, 0];
      for (let t = 0; t < time; t++) {
        const gates = Array.from({ length: 4 * hidden }, (_, g) => {
          let sum = b[g]!;
          for (let i = 0; i < width; i++) sum += x[(row * time + t) * width + i]! * wx[i * 4 * hidden + g]!;
          for (let i = 0; i < hidden; i++) sum += h[i]! * wh[i * 4 * hidden + g]!;
          return sum;
        });
        c = c.map((v, i) => sigmoid(gates[hidden + i]!) * v + sigmoid(gates[i]!) * Math.tanh(gates[2 * hidden + i]!));
        h = c.map((v, i) => sigmoid(gates[3 * hidden + i]!) * Math.tanh(v));
        h.forEach((v, i) => (expected[(row * time + t) * hidden + i] = v));
      }
    }
    const actual = await evaluate(
      [
        [[n, time, width], x],
        [[width, 4 * hidden], wx],
        [[hidden, 4 * hidden], wh],
        [[4 * hidden], b],
      ],
      (s, input, recurrent, bias) => ops.lstm(s, { input, recurrent, bias }),
    );
    expectClose(actual, expected);
  });
});

describe("a rational-quadratic spline", () => {
  const [rows, bins, bound] = [7, 5, 2];
  const shapes: readonly Shape[] = [[rows], [rows, bins], [rows, bins], [rows, bins - 1]];
  const parameters = shapes.slice(1).map((shape, i) => normals(`spline ${i}`, sizeOf(shape)));
  const at = Float64Array.of(-2.5, -1.9, -0.7, 0.01, 1.2, 1.999, 3);
  const spline = (x: ArrayLike<number>, part: "value" | "logDerivative", inverse = false): Promise<number[]> =>
    evaluate(
      [x, ...parameters].map((data, i) => [shapes[i]!, data] as const),
      (t, widths, heights, slopes) =>
        ops.rationalQuadraticSpline(t, { widths: widths!, heights: heights!, slopes: slopes! }, bound, inverse)[part],
    );

  it("is inverted by its inverse and is the identity beyond its bound", async () => {
    const y = await spline(at, "value");
    expect([y[0], y[6]]).toEqual([-2.5, 3]);
    expect(y.slice(1, 6).some((v, i) => Math.abs(v - at[i + 1]!) > 0.05)).toBe(true);
    expectClose(await spline(y, "value", true), [...at], 11);
    const back = await spline(y, "logDerivative", true);
    expectClose(
      (await spline(at, "logDerivative")).map((v) => -v),
      back,
      10,
    );
  });

  it.each([1, 2, 5])("is the same with its %i bins along either axis", async (count) => {
    const tables = [count, count, count - 1].map(
      (size, i) => [[rows, size], normals(`axes ${i}`, rows * size)] as const,
    );
    for (const inverse of [false, true])
      for (const part of ["value", "logDerivative"] as const) {
        const last = await evaluate([[[rows], at], ...tables], (t, widths, heights, slopes) => {
          const parameters = { widths: widths!, heights: heights!, slopes: slopes! };
          return ops.rationalQuadraticSpline(t, parameters, bound, inverse)[part];
        });
        const first = await evaluate([[[rows], at], ...tables], (t, ...turned) => {
          const [widths, heights, slopes] = turned.map((table) => ops.swapAxes(table, 0, 1));
          const parameters = { widths: widths!, heights: heights!, slopes: slopes! };
          return ops.rationalQuadraticSpline(t, parameters, bound, inverse, -2)[part];
        });
        expectClose(first, last, 12);
      }
  });

  it("has the derivative that it says, and grows", async () => {
    const slopes = await spline(at, "logDerivative");
    for (const [i, slope] of slopes.entries()) {
      const moved = async (shift: number): Promise<number> =>
        (
          await spline(
            at.map((v, k) => (k === i ? v + shift : v)),
            "value",
          )
        )[i]!;
      expect(Math.exp(slope)).toBeCloseTo(await derivative(moved, 1e-4), 7);
    }
  });

  it("finds bins by their edges", async () => {
    const edges = [
      [4, 3],
      [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2],
    ] as const;
    expect(await evaluate([edges, [[4], [-1, 0.5, 1, 9]]], ops.bucket)).toEqual([0, 0, 1, 1]);
    expect(
      await evaluate(
        [
          [
            [2, 2],
            [0, 1, 0, 1],
          ],
          [[2], [0.5, 7]],
        ],
        ops.bucket,
      ),
    ).toEqual([0, 0]);
  });
});
