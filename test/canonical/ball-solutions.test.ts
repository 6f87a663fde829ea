import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalise, type ConvexProblem } from "../../compiler/canonical/index.ts";
import { GraphBuilder } from "../../runtime/ir/builder.ts";
import { cvar } from "../../runtime/risk/index.ts";
import { solveForm } from "./support.ts";

/** One affine piece `(a + b z) s + c + d z` of a loss of one decision z and one outcome s. */
type Piece = readonly [a: number, b: number, c: number, d: number];
interface Instance {
  readonly pieces: readonly Piece[];
  readonly scenarios: readonly number[];
  readonly radius: number;
  /** Level of a CVaR in place of the mean; 0 is the mean. */
  readonly level: number;
}

const quarter = fc.integer({ min: -8, max: 8 }).map((v) => v / 4);
const instance: fc.Arbitrary<Instance> = fc.record({
  pieces: fc.array(fc.tuple(quarter, quarter, quarter, quarter), { minLength: 1, maxLength: 3 }),
  scenarios: fc.array(
    fc.integer({ min: -20, max: 20 }).map((v) => v / 10),
    { minLength: 2, maxLength: 3 },
  ),
  radius: fc.integer({ min: 1, max: 8 }).map((v) => v / 10),
  level: fc.constantFrom(0, 0.5),
});

function problemOf({ pieces, radius, level }: Instance, order: 1 | 2): ConvexProblem {
  const b = new GraphBuilder();
  const [z, s] = [b.input("z", []), b.input("s", [])];
  const line = (constant: number, slope: number): number =>
    b.binary("add", b.const(constant), b.binary("mul", b.const(slope), z));
  const values = pieces.map(([a, c, d, e]) => b.binary("add", b.binary("mul", line(a, c), s), line(d, e)));
  const loss = b.finish(values.reduce((p, q) => b.binary("max", p, q)));
  const risk = level === 0 ? { mean: 1, cvar: [] } : { mean: 0, cvar: [{ weight: 1, level }] };
  return {
    variables: [{ name: "z", shape: [], type: "real", lower: [-1], upper: [1] }],
    data: [{ name: "s", shape: [], repeat: "scenario" }],
    risk: { loss, ...risk, ambiguity: { order, radius, norm: "l2" } },
    constraints: [],
  };
}

/** Least value of a convex function, its argument searched by golden sections and at the ends. */
function least(f: (v: number) => number, from: number, to: number, width: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let [p, q] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [fp, fq] = [f(p), f(q)];
  while (high - low > width) {
    if (fp <= fq) {
      [high, q, fq] = [q, p, fp];
      p = high - ratio * (high - low);
      fp = f(p);
    } else {
      [low, p, fp] = [p, q, fq];
      q = low + ratio * (high - low);
      fq = f(q);
    }
  }
  return Math.min(fp, fq, f(from), f(to));
}

const average = (values: readonly number[]): number => values.reduce((a, v) => a + v, 0) / values.length;

const lossAt = ({ pieces }: Instance, z: number, s: number): number =>
  Math.max(...pieces.map(([a, b, c, d]) => (a + b * z) * s + c + d * z));

describe("a loss of random pieces in a Wasserstein ball", () => {
  it(
    "of order 1 is its mean or CVaR and the radius times its steepest slope, measured far away",
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(instance, async (one) => {
          const form = canonicalise(problemOf(one, 1));
          expect(form.class).toBe("LP");
          const { value } = await solveForm(form, {
            scenarios: one.scenarios.length,
            values: { s: [...one.scenarios] },
          });
          const far = 1e7;
          const steepest = (z: number): number =>
            Math.max(...[far, -far].map((s) => (lossAt(one, z, 2 * s) - lossAt(one, z, s)) / far)) / (1 - one.level);
          const nominal = (z: number): number => {
            const losses = Float64Array.from(one.scenarios, (s) => lossAt(one, z, s));
            return one.level === 0 ? average([...losses]) : cvar(losses, one.level).value;
          };
          const brute = least((z) => nominal(z) + one.radius * Math.max(0, steepest(z)), -1, 1, 1e-10);
          expect(Math.abs(value - brute) / (1 + Math.abs(brute))).toBeLessThan(1e-6);
        }),
        { seed: 11, numRuns: 100, endOnFailure: true },
      );
    },
  );

  it("of order 2 has the value of its dual, each supremum searched", { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(instance, async (one) => {
        const form = canonicalise(problemOf({ ...one, level: 0 }, 2));
        const { value } = await solveForm(form, { scenarios: one.scenarios.length, values: { s: [...one.scenarios] } });
        // sup_s ℓ(s) − λ(s − s_k)²: the largest of the pieces' own suprema, each of a concave function.
        const worst = (z: number, lambda: number, at: number): number =>
          Math.max(
            ...one.pieces.map(([a, b, c, d]) => {
              const slope = a + b * z;
              const reach = Math.abs(slope) / lambda + 1;
              return -least((s) => lambda * (s - at) ** 2 - slope * s - c - d * z, at - reach, at + reach, 1e-7);
            }),
          );
        const robust = (z: number): number =>
          least(
            // λ over its orders of magnitude: the dual is convex in λ, so unimodal in its logarithm.
            (log) => {
              const lambda = Math.exp(log);
              return lambda * one.radius ** 2 + average(one.scenarios.map((s) => worst(z, lambda, s)));
            },
            -16,
            4,
            1e-5,
          );
        const brute = least(robust, -1, 1, 1e-7);
        expect(Math.abs(value - brute) / (1 + Math.abs(brute))).toBeLessThan(1e-6);
      }),
      { seed: 12, numRuns: 100, endOnFailure: true },
    );
  });
});
