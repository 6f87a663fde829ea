import { join } from "node:path";
import { assert, double, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { loadData } from "../../runtime/data/index.ts";
import { outcomeRange, projectOnRange } from "../../runtime/methods/outcome-range.ts";
import { runPipeline, type RunResult } from "../../runtime/index.ts";
import type { FieldSpec, Pipeline } from "../../runtime/spec.ts";
import { smallNewsvendor } from "./pipelines.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const field = (size: number, range?: FieldSpec["range"]): FieldSpec => ({
  role: "outcome",
  name: "s",
  type: "real",
  size,
  columns: null,
  transforms: [],
  at: "m.dro:1:1",
  ...(range === undefined ? {} : { range }),
});

const plain = { shift: [0, 0, 0], scale: [1, 1, 1] };

/** Of the two scenarios in `v`, of two components each. */
const distance = (v: Float64Array): number => Math.hypot(v[0]! - v[2]!, v[1]! - v[3]!);

const folder = temporaryFolder();

describe("the declared range of an outcome", () => {
  it("is that of its fields, one component after another", () => {
    expect(outcomeRange([field(2)], plain)).toBeNull();
    const range = outcomeRange([field(1, { lower: 0, upper: Infinity }), field(2)], plain)!;
    expect([...range.lower]).toEqual([0, -Infinity, -Infinity]);
    expect([...range.upper]).toEqual([Infinity, Infinity, Infinity]);
  });

  it("is meant in the data's units, whatever the outcome is transformed to", () => {
    const range = outcomeRange([field(1, { lower: 0, upper: 10 })], { shift: [4], scale: [2] })!;
    expect([range.lower[0], range.upper[0]]).toEqual([-2, 3]);
  });

  it("is kept by a projection that moves no two scenarios further apart", () => {
    const range = outcomeRange([field(1, { lower: 0, upper: 1 }), field(1, { lower: -2, upper: Infinity })], plain)!;
    const number = double({ min: -1e6, max: 1e6, noNaN: true });
    assert(
      property(number, number, number, number, (a, b, c, d) => {
        const before = Float64Array.of(a, b, c, d);
        const after = before.slice();
        const moved = projectOnRange(range, after);
        expect(moved).toBe([...after].filter((value, i) => value !== before[i]).length);
        for (const i of [0, 2]) {
          expect(after[i]! >= 0 && after[i]! <= 1).toBe(true);
          expect(after[i + 1]!).toBeGreaterThanOrEqual(-2);
        }
        expect(distance(after)).toBeLessThanOrEqual(distance(before) * (1 + 1e-12));
        expect(projectOnRange(range, after)).toBe(0);
      }),
    );
    const unknown = Float64Array.of(Number.NaN, 0);
    expect(projectOnRange(range, unknown)).toBe(0);
    expect(unknown[0]).toBeNaN();
  });

  it("is what every method decides with, and a run says how much was moved", async () => {
    const pipeline = smallNewsvendor({ train: { steps: 20, controls: false }, compare: [{ method: "saa" }] });
    const { data } = pipeline;
    const where = { root: ".", allow: [], seed: pipeline.seed, replicate: 0 };
    const { outcomes } = await loadData(data, pipeline.problem.sizes, where);
    const range = { lower: Math.min(...outcomes), upper: Math.max(...outcomes) };
    const fields = data.fields.map((one) => (one.role === "outcome" ? { ...one, range } : one));
    const run = (name: string, change: Partial<Pipeline>): Promise<RunResult> =>
      runPipeline({ ...pipeline, ...change }, { runFolder: join(folder, name) });
    const free = await run("free", {});
    expect(free.methods.map((method) => method.moved)).toEqual(free.methods.map(() => 0));

    const kept = await run("kept", { data: { ...data, fields } });
    const said = kept.warnings.filter(({ code }) => code === "scenarios-out-of-range");
    const [trained] = kept.methods;
    expect(trained!.moved).toBeGreaterThan(1e-3);
    expect(kept.methods.find(({ id }) => id === "saa")!.moved).toBe(0);
    expect(said.map(({ message }) => message.split(":")[0])).toEqual(
      kept.methods.filter(({ moved }) => moved >= 1e-3).map(({ label }) => label),
    );
    // A generator that has hardly been trained leaves the range often, so that its decisions change.
    expect(trained!.regrets).not.toEqual(free.methods[0]!.regrets);
  });
});
