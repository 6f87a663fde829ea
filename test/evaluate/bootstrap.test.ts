import { describe, expect, it } from "vitest";
import { pairedBootstrap } from "../../runtime/evaluate/bootstrap.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const options = { resamples: 2000, level: 0.95, block: 1 };
const stream = randomStream(3, "bootstrap");

function noise(name: string, length: number): Float64Array {
  const values = new Float64Array(length);
  randomStream(3, name).normal(values);
  return values;
}

function width(rows: Float64Array[]): number {
  const masks = rows.map(() => null);
  const interval = pairedBootstrap(rows, masks, stream, options)!;
  return interval.upper - interval.lower;
}

describe("the paired bootstrap", () => {
  it("has no width where every difference is the same", () => {
    const interval = pairedBootstrap(
      [new Float64Array(20).fill(0.25), new Float64Array(20).fill(0.25)],
      [null, null],
      stream,
      options,
    )!;
    expect(interval.lower).toBeCloseTo(0.25, 14);
    expect(interval.upper).toBeCloseTo(0.25, 14);
  });

  it("has the width of the normal interval for one seed and independent contexts", () => {
    const values = noise("one", 400);
    const interval = pairedBootstrap([values], [null], stream, options)!;
    const mean = values.reduce((sum, value) => sum + value, 0) / 400;
    const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399);
    expect(interval.upper - interval.lower).toBeCloseTo((2 * 1.96 * sd) / 20, 1);
    expect(interval.lower).toBeLessThan(mean);
    expect(interval.upper).toBeGreaterThan(mean);
  });

  it("is wider where seeds disagree than where they do not", () => {
    const base = noise("base", 100);
    const agree = [base, base, base, base];
    const disagree = [-0.6, -0.2, 0.2, 0.6].map((shift) => base.map((value) => value + shift));
    expect(width(disagree)).toBeGreaterThan(1.3 * width(agree));
  });

  it("is wider with blocks where neighbours are alike", () => {
    const few = noise("few", 25);
    const values = Float64Array.from({ length: 200 }, (_, i) => few[Math.floor(i / 8)]!);
    const single = pairedBootstrap([values], [null], stream, options)!;
    const blocked = pairedBootstrap([values], [null], stream, { ...options, block: 8 })!;
    expect(blocked.upper - blocked.lower).toBeGreaterThan(1.5 * (single.upper - single.lower));
  });

  it("counts only contexts under the mask", () => {
    const values = Float64Array.from({ length: 40 }, (_, i) => (i < 10 ? 2 : -100));
    const mask = Uint8Array.from({ length: 40 }, (_, i) => (i < 10 ? 1 : 0));
    const interval = pairedBootstrap([values], [mask], stream, options)!;
    expect([interval.lower, interval.upper]).toEqual([2, 2]);
  });

  it("gives the same interval for the same stream, and none for one context", () => {
    const values = noise("again", 30);
    expect(pairedBootstrap([values], [null], stream, options)).toEqual(
      pairedBootstrap([values], [null], stream, options),
    );
    expect(pairedBootstrap([Float64Array.of(1)], [null], stream, options)).toBeNull();
  });
});
