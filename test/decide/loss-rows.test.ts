import { describe, expect, it } from "vitest";
import { cappedSimplex, createDecider } from "../../runtime/decide/index.ts";
import { plainLossRows, STRIP_ROWS, vectorLossRows } from "../../runtime/decide/loss-rows.ts";
import type { LossRows } from "../../runtime/decide/loss-rows.ts";
import { createTailValue } from "../../runtime/decide/tail-value.ts";
import { cvar } from "../../runtime/risk/index.ts";
import { createNumbers, noContext, rawProblem, risk, scenarioSet } from "./problems.ts";

const SIZES = [1, 2, 3, 7, 8, 9, 10, 16, 17, 50];

/** Sums over strips of which the last is short. */
function sumsOf(rows: LossRows, n: number, seed: number): { sums: Float64Array; sizes: Float64Array } {
  const numbers = createNumbers(seed);
  rows.clear();
  for (const count of [STRIP_ROWS, STRIP_ROWS, 5, 0, 1]) {
    for (let row = 0; row < count; row++) {
      rows.weights[row] = numbers.uniform();
      for (let i = 0; i < n; i++) rows.slope[row]![i] = numbers.normal();
    }
    rows.addSums(count);
  }
  const sums = new Float64Array(n);
  const sizes = new Float64Array(n);
  rows.readSums(sums, sizes);
  return { sums, sizes };
}

describe("rows of losses", () => {
  it("are summed by vectors as by loops, to the last bits", () => {
    for (const n of SIZES) {
      const plain = sumsOf(plainLossRows(3, n), n, n);
      const vectors = sumsOf(vectorLossRows(3, n), n, n);
      for (let i = 0; i < n; i++) {
        expect(Math.abs(vectors.sums[i]! - plain.sums[i]!)).toBeLessThan(1e-15 * plain.sizes[i]!);
        expect(Math.abs(vectors.sizes[i]! - plain.sizes[i]!)).toBeLessThan(1e-15 * plain.sizes[i]!);
      }
    }
  });

  it("find one number that is not finite, wherever it is, and none beyond what was filled", () => {
    for (const d of [0, ...SIZES]) {
      for (const rows of [plainLossRows(d, 1), vectorLossRows(d, 1)]) {
        const used = 3;
        rows.outcomes.fill(1);
        rows.outcomes.fill(Number.NaN, used * d);
        expect(rows.areFinite(used)).toBe(true);
        for (let at = 0; at < used * d; at++) {
          for (const wrong of [Number.NaN, Infinity, -Infinity]) {
            rows.outcomes[at] = wrong;
            expect(rows.areFinite(used)).toBe(false);
          }
          rows.outcomes[at] = 1;
        }
      }
    }
  });

  it("shared by deciders of one size leave nothing of one in the other's answer", async () => {
    const n = 3;
    const count = 200;
    const drawn = (seed: number): number[][] => {
      const { normal } = createNumbers(seed);
      return Array.from({ length: count }, () => Array.from({ length: n + 1 }, normal));
    };
    const spec = risk(n, { mean: 1, cvar: [{ weight: 1, level: 0.9 }] });
    const problem = rawProblem(1, cappedSimplex(n, 0.8, "set"), spec);
    // Fills only what is not 0, as a loss that ignores its last component may.
    const sparse = {
      ...problem,
      pieces: {
        ...problem.pieces,
        fill: (s: Float64Array, _x: Float64Array, slopes: Float64Array, offsets: Float64Array) => {
          slopes[0] = s[0]!;
          offsets[0] = s[n]!;
        },
      },
    };
    const alone = (await createDecider(sparse)).decide(scenarioSet(drawn(1)), noContext);
    const other = await createDecider(problem);
    const again = await createDecider(sparse);
    other.decide(scenarioSet(drawn(2)), noContext);
    expect(again.decide(scenarioSet(drawn(1)), noContext).objective).toBe(alone.objective);
  });
});

describe("the tail's value with a guess of where it begins", () => {
  it("is the one without, for any guess", () => {
    const numbers = createNumbers(4);
    const tail = createTailValue();
    const count = 300;
    for (let trial = 0; trial < 60; trial++) {
      // Ties, of which some are at the value at risk.
      const losses = Float64Array.from({ length: count }, () => 0.01 + Math.round(20 * numbers.normal()) / 20);
      const weights = Float64Array.from({ length: count }, () => (trial % 2 === 0 ? 1 / count : numbers.uniform()));
      for (const level of [0.05, 0.5, 0.9, 0.95, 0.999]) {
        const known = cvar(losses, level, weights);
        for (const guess of [known.var, known.var + 1e-12, known.var - 0.3, known.var + 0.3, -9, 9, Number.NaN]) {
          for (const room of [0, 1e-9, 0.4, Infinity]) {
            const found = tail.measure(losses, weights, count, level, guess, room);
            expect(Math.abs(found.value - known.value)).toBeLessThan(1e-13);
            expect(found.var).toBe(known.var);
          }
        }
      }
    }
  });
});
