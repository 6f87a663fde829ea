import { describe, expect, it } from "vitest";
import { normalQuantile } from "../../runtime/tensor/normal-quantile.ts";
import { philoxBlocks } from "../../runtime/tensor/philox.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

describe("Philox4x32-10", () => {
  // Known answers of Random123 (kat_vectors): counter, key, words.
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])("gives the published words for counter %j", (counter, key, expected) => {
    const out = new Uint32Array(4);
    philoxBlocks(
      { counter1: counter[1]!, counter2: counter[2]!, counter3: counter[3]!, key0: key[0]!, key1: key[1]! },
      counter[0]!,
      1,
      out,
    );
    expect([...out]).toEqual(expected);
  });
});

describe("normalQuantile", () => {
  it.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.1, -1.2815515655446004],
    [1e-3, -3.090232306167813],
    [1e-10, -6.361340902404056],
    [1e-20, -9.262340089798409],
  ])("of %d is %d", (u, expected) => {
    expect(normalQuantile(u)).toBeCloseTo(expected, 13);
  });
});

describe("randomStream", () => {
  const stream = randomStream(42, "train/noise");

  it("gives a value by position alone", () => {
    const whole = new Float64Array(5000);
    for (const kind of ["uniform", "normal"] as const) {
      stream[kind](whole);
      for (const [position, length] of [
        [0, 1],
        [1, 7],
        [3, 2],
        [2047, 3],
        [2050, 2900],
      ] as const) {
        const part = new Float64Array(length);
        stream[kind](part, position);
        expect(part).toEqual(whole.slice(position, position + length));
      }
    }
  });

  it("runs on past 2^32 blocks without repeating", () => {
    const edge = 4 * 2 ** 32;
    const across = new Float64Array(16);
    stream.uniform(across, edge - 8);
    const start = new Float64Array(8);
    stream.uniform(start, 0);
    const after = new Float64Array(8);
    stream.uniform(after, edge);
    expect(across.slice(8)).toEqual(after);
    expect(after).not.toEqual(start);
  });

  it("differs by seed, by name and by use", () => {
    const draw = (s: typeof stream) => {
      const out = new Float64Array(4);
      s.uniform(out);
      return out.join();
    };
    const seen = [
      stream,
      randomStream(43, "train/noise"),
      randomStream(42 + 2 ** 32, "train/noise"),
      randomStream(-42, "train/noise"),
      randomStream(42, "train/time"),
      stream.child("0"),
    ].map(draw);
    expect(new Set(seen).size).toBe(seen.length);
    const u = new Float64Array(2000);
    const z = new Float64Array(2000);
    stream.uniform(u);
    stream.normal(z);
    expect(Math.abs(correlation(u, z))).toBeLessThan(0.08);
  });

  it("joins names with a slash", () => {
    const a = new Float64Array(3);
    const b = new Float64Array(3);
    randomStream(1, "train").child("noise").uniform(a);
    randomStream(1, "train/noise").uniform(b);
    expect(a).toEqual(b);
  });

  it("keeps float32 below one and equal to the float64 numbers to its precision", () => {
    const single = new Float32Array(100_000);
    const double = new Float64Array(100_000);
    stream.uniform(single);
    stream.uniform(double);
    expect(Math.max(...single)).toBeLessThan(1);
    expect(double.every((v, i) => v >= single[i]! && v - single[i]! < 2 ** -24)).toBe(true);
    stream.normal(single);
    stream.normal(double);
    expect(single).toEqual(Float32Array.from(double));
  });

  it("has the moments of the uniform and the normal law", () => {
    const n = 200_000;
    const out = new Float64Array(n);
    stream.uniform(out);
    // Five standard errors of each moment.
    expect(Math.abs(moment(out, 1) - 1 / 2)).toBeLessThan(5 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(moment(out, 2) - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / n));
    stream.normal(out);
    expect(Math.abs(moment(out, 1))).toBeLessThan(5 * Math.sqrt(1 / n));
    expect(Math.abs(moment(out, 2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(moment(out, 3))).toBeLessThan(5 * Math.sqrt(15 / n));
    expect(Math.abs(moment(out, 4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
    expect(Math.abs(correlation(out.slice(0, -1), out.slice(1)))).toBeLessThan(5 / Math.sqrt(n));
  });

  it("draws integers evenly and within the bound", () => {
    const out = new Int32Array(70_000);
    stream.integers(out, 7);
    const counts = new Uint32Array(7);
    for (const v of out) counts[v]!++;
    const chiSquare = [...counts].reduce((sum, c) => sum + (c - 10_000) ** 2 / 10_000, 0);
    // 99.99 % point of χ² with 6 degrees of freedom.
    expect(chiSquare).toBeLessThan(27.9);
    stream.integers(out, 1);
    expect(out.every((v) => v === 0)).toBe(true);
  });

  it("permutes: each value once, each place as likely as another", () => {
    const counts = new Float64Array(25);
    for (let trial = 0; trial < 4000; trial++) {
      const order = randomStream(trial, "p").permutation(5);
      expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
      order.forEach((value, place) => counts[5 * place + value]!++);
    }
    for (const c of counts) expect(Math.abs(c - 800)).toBeLessThan(5 * Math.sqrt(4000 * 0.2 * 0.8));
    expect(stream.permutation(0)).toEqual(new Int32Array(0));
  });

  it("refuses a seed, a position or a bound that is no integer", () => {
    expect(() => randomStream(0.5, "x")).toThrow(RangeError);
    expect(() => stream.uniform(new Float64Array(1), -1)).toThrow(RangeError);
    expect(() => stream.integers(new Int32Array(1), 0)).toThrow(RangeError);
  });
});

function moment(values: Float64Array, power: number): number {
  let sum = 0;
  for (const v of values) sum += v ** power;
  return sum / values.length;
}

function correlation(a: Float64Array, b: Float64Array): number {
  const meanA = moment(a, 1);
  const meanB = moment(b, 1);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    ab += (a[i]! - meanA) * (b[i]! - meanB);
    aa += (a[i]! - meanA) ** 2;
    bb += (b[i]! - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}
