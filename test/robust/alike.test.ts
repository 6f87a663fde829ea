import { describe, expect, it } from "vitest";
import { prepareRows } from "../../runtime/models/neural/rows.ts";
import { alikeColumns } from "../../runtime/predict/nets/spec.ts";

describe("values of one kind", () => {
  it("are the columns of a series or an image, part by part", () => {
    const inputs = [
      { name: "a", shape: [2] },
      { name: "image", shape: [2, 2], alike: true },
      { name: "b", shape: [] },
      { name: "window", shape: [3], alike: true },
    ];
    expect(alikeColumns({ inputs })).toEqual([
      [2, 6],
      [7, 10],
    ]);
  });

  it("share one scale where a generator learns them, so that a pixel that hardly varies is not blown up", () => {
    // A middle pixel, one that is dark but for a trace in one row, one that is always dark, and a target.
    const outcomes = Float64Array.from([0, 0, 0, 5, 1, 0.001, 0, 7, 0, 0, 0, 9, 1, 0, 0, 11]);
    const sizes = { context: 0, outcome: 4 };
    const data = { rows: 4, contexts: new Float64Array(0), outcomes };
    const alone = prepareRows("vae", data, sizes).outcome.scale;
    const together = prepareRows("vae", data, sizes, [[0, 3]]).outcome.scale;
    expect(alone[1]).toBeLessThan(5e-4);
    expect(together[0]).toBeCloseTo(Math.sqrt((alone[0]! ** 2 + alone[1]! ** 2) / 2), 6);
    expect(together[1]).toBe(together[0]);
    // What is constant stays so, and the target keeps its own.
    expect([together[2], together[3]]).toEqual([0, alone[3]]);
  });
});
