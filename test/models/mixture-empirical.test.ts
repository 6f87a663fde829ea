import { describe, it, expect } from "vitest";
import { createEmpiricalSampler, createNeighbourSampler } from "../../runtime/models/empirical/index.ts";
import { randomStream } from "../../runtime/tensor/random.ts";

const stream = randomStream(3, "test");

describe("nearest neighbours", () => {
  // The second component is a thousand times wider: without standardising it alone would decide.
  const data = {
    rows: 5,
    contexts: Float64Array.of(0, 0, 1, 3000, 2, 1000, 3, -1000, 4, 500),
    outcomes: Float64Array.of(10, 11, 20, 21, 30, 31, 40, 41, 50, 51),
  };
  const sampler = createNeighbourSampler(data, { context: 2, outcome: 2 }, 2);

  it("are found in the standardised context space, nearest first", () => {
    // Standard deviations of the two components: √2 and √(Σ(x − 700)²/5).
    const [a, b] = [Math.sqrt(2), Math.sqrt((700 ** 2 + 2300 ** 2 + 300 ** 2 + 1700 ** 2 + 200 ** 2) / 5)];
    const distance = (i: number, x: number[]) =>
      Math.hypot((data.contexts[2 * i]! - x[0]!) / a, (data.contexts[2 * i + 1]! - x[1]!) / b);
    for (const x of [
      [0.2, 100],
      [2.9, 900],
      [1, 3000],
    ]) {
      const expected = [0, 1, 2, 3, 4].sort((i, j) => distance(i, x) - distance(j, x)).slice(0, 2);
      expect([...sampler.neighbours(Float64Array.from(x))]).toEqual(expected);
    }
  });

  it("give their outcomes as scenarios, and draws from nothing else", async () => {
    const x = Float64Array.of(0, 0, 4, 500);
    const rows = sampler.neighbours(x.slice(0, 2));
    expect([...sampler.scenarios(x.slice(0, 2)).outcomes]).toEqual(
      [...rows].flatMap((i) => [10 * i + 10, 10 * i + 11]),
    );
    const draws = await sampler.sample(x, 2, 50, stream);
    const near = new Set([...rows].map((i) => 10 * i + 10));
    for (let i = 0; i < 50; i++) {
      expect(near.has(draws[2 * i]!)).toBe(true);
      expect(draws[2 * i + 1]).toBe(draws[2 * i]! + 1);
    }
    expect(new Set(draws.filter((_, k) => k < 100 && k % 2 === 0)).size).toBe(2);
  });

  it("are all rows where there are fewer, ties in the order of the rows", () => {
    const same = { rows: 3, contexts: new Float64Array(3), outcomes: Float64Array.of(1, 2, 3) };
    const all = createNeighbourSampler(same, { context: 1, outcome: 1 }, 10);
    expect([...all.neighbours(Float64Array.of(0))]).toEqual([0, 1, 2]);
  });
});

describe("the empirical sampler", () => {
  it("draws whole rows by weight, whatever the context", async () => {
    const data = {
      rows: 3,
      contexts: Float64Array.of(1, 2, 3),
      outcomes: Float64Array.of(1, -1, 2, -2, 3, -3),
      weights: Float64Array.of(1, 0, 3),
    };
    const draws = await createEmpiricalSampler(data, { context: 1, outcome: 2 }).sample(
      Float64Array.of(0, 9),
      2,
      5000,
      stream,
    );
    const firsts = draws.filter((_, k) => k % 2 === 0);
    expect(new Set(firsts)).toEqual(new Set([1, 3]));
    expect(draws.filter((_, k) => k % 2 === 1)).toEqual(firsts.map((v) => -v));
    const share = firsts.filter((v) => v === 3).length / 10_000;
    expect(Math.abs(share - 0.75)).toBeLessThan(0.02);
  });
});
