import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wassersteinDistance } from "../../runtime/predict/distance.ts";
import { corrupted, corruptionsOf } from "../../runtime/predict/stress.ts";
import type { CorruptionSpec } from "../../runtime/predict/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { rowsOf } from "./support.ts";

const window = [{ name: "y", shape: [24] }];
const data = rowsOf(200, 24, (x) => [x[0]!]);

function apply(spec: CorruptionSpec, parts = window, rows = data) {
  const [corruption] = corruptionsOf([spec], parts);
  return corrupted(rows, corruption!, randomStream(3, "stress"));
}

const noiseOf = (octaves: number): number[][] => {
  const { inputs } = apply({ kind: "perlin", octaves, amplitude: 0.4 });
  return Array.from({ length: data.rows }, (_, i) =>
    Array.from({ length: 24 }, (_, t) => inputs[24 * i + t]! - data.inputs[24 * i + t]!),
  );
};

const roughness = (rows: number[][]): number =>
  rows.flatMap((row) => row.slice(1).map((value, t) => (value - row[t]!) ** 2)).reduce((a, b) => a + b, 0) /
  rows.flat().reduce((sum, value) => sum + value * value, 0);

describe("corruptions", () => {
  it("leave the targets and the rows they are made from alone", () => {
    const before = data.inputs.slice();
    const found = apply({ kind: "gaussian", sd: [0.5] });
    expect(found.targets).toBe(data.targets);
    expect(data.inputs).toEqual(before);
    expect(found.inputs).not.toEqual(before);
  });

  it("have Gaussian noise of the standard deviation", () => {
    const { inputs } = apply({ kind: "gaussian", sd: [0.5] });
    const squares = inputs.reduce((sum, value, i) => sum + (value - data.inputs[i]!) ** 2, 0);
    expect(Math.sqrt(squares / inputs.length)).toBeCloseTo(0.5, 2);
  });

  it("have one test set a strength", () => {
    const labels = corruptionsOf(
      [
        { kind: "gaussian", sd: [0.1, 0.2] },
        { kind: "cutout", ratio: 0.3, value: 1 },
      ],
      window,
    );
    expect(labels.map(({ label }) => label)).toEqual(["gaussian 0.1", "gaussian 0.2", "cutout 30%"]);
  });

  it("have smooth noise whose largest value is the amplitude", () => {
    for (const row of noiseOf(8)) expect(Math.max(...row.map(Math.abs))).toBeCloseTo(0.4, 10);
    // Steps of white noise are of twice its own square; one octave is smoother than eight.
    expect(roughness(noiseOf(8))).toBeLessThan(1);
    expect(roughness(noiseOf(1))).toBeLessThan(0.5 * roughness(noiseOf(8)));
  });

  it("cut a stretch of the window and a square of the image", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.05, max: 0.9, noNaN: true }), (ratio) => {
        const { inputs } = apply({ kind: "cutout", ratio, value: 9 });
        const wanted = Math.max(1, Math.round(24 * ratio));
        for (let i = 0; i < 5; i++) {
          const cut = Array.from(inputs.subarray(24 * i, 24 * i + 24).keys()).filter((t) => inputs[24 * i + t] === 9);
          expect(cut).toHaveLength(wanted);
          expect(cut.at(-1)! - cut[0]!).toBe(wanted - 1);
        }
      }),
      { numRuns: 20 },
    );
    const image = rowsOf(3, 100, () => [0]);
    const { inputs } = apply({ kind: "cutout", ratio: 0.25, value: 9 }, [{ name: "image", shape: [10, 10] }], image);
    for (let i = 0; i < 3; i++) expect(inputs.subarray(100 * i, 100 * i + 100).filter((v) => v === 9)).toHaveLength(25);
  });

  it("leave single numbers beside the window alone", () => {
    const parts = [
      { name: "y", shape: [3] },
      { name: "x", shape: [] },
    ];
    const rows = rowsOf(4, 4, () => [0]);
    const { inputs } = apply({ kind: "perlin", octaves: 2, amplitude: 1 }, parts, rows);
    for (let i = 0; i < 4; i++) expect(inputs[4 * i + 3]).toBe(rows.inputs[4 * i + 3]);
  });
});

describe("the distance from the training rows", () => {
  it("is 0 from themselves and the length of a shift", () => {
    expect(wassersteinDistance(data, data)).toBe(0);
    const moved = { ...data, inputs: data.inputs.map((value, k) => (k % 24 === 3 ? value + 2 : value)) };
    // The optimal plan can only do better than moving every row by the shift.
    expect(wassersteinDistance(moved, data)).toBeLessThanOrEqual(2 + 1e-9);
    const far = { ...data, inputs: data.inputs.map((value) => value + 100) };
    expect(wassersteinDistance(far, data)).toBeCloseTo(100 * Math.sqrt(24), 0);
  });
});
