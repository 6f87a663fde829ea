import { describe, expect, it } from "vitest";
import { solveCone, type Cone, type ConeProblem } from "../../runtime/decide/cone/index.ts";
import {
  ballSet,
  boxSet,
  cappedSimplexSet,
  halfspaceSet,
  hyperplaneSet,
  intersectionSet,
  minimiseSmooth,
  simplexSet,
  type SimpleSet,
  type SmoothFunction,
} from "../../runtime/decide/first-order/index.ts";
import { sparseFromEntries, type Entry } from "../../runtime/decide/sparse/matrix.ts";
import { createNumbers } from "./problems.ts";

const N = 6;

/** Rows of `Ax + s = b` and their cones, as a test writes the set itself. */
interface Described {
  readonly name: string;
  readonly set: SimpleSet;
  readonly rows: readonly { readonly values: readonly number[]; readonly bound: number }[];
  readonly cones: readonly Cone[];
}

const unit = (i: number, sign: number): number[] => Array.from({ length: N }, (_, j) => (i === j ? sign : 0));
const all = (value: number): number[] => Array.from({ length: N }, () => value);
const between = (lower: number, upper: number): Described["rows"] =>
  Array.from({ length: N }, (_, i) => [
    { values: unit(i, 1), bound: upper },
    { values: unit(i, -1), bound: -lower },
  ]).flat();
const a1 = [1, -2, 0.5, 0, 1, 1];
const a2 = [0, 1, 1, -1, 0.3, 0];
const a3 = [-1, 0, 0, 2, 1, 1];
const half = (values: readonly number[], bound: number) => ({ values, bound });

const SETS: readonly Described[] = [
  {
    name: "box",
    set: boxSet(all(-1), all(0.5)),
    rows: between(-1, 0.5),
    cones: [{ kind: "nonnegative", size: 2 * N }],
  },
  {
    name: "simplex",
    set: simplexSet(N, 2),
    rows: [half(all(1), 2), ...Array.from({ length: N }, (_, i) => half(unit(i, -1), 0))],
    cones: [
      { kind: "zero", size: 1 },
      { kind: "nonnegative", size: N },
    ],
  },
  {
    name: "capped simplex",
    set: cappedSimplexSet(N, 0.3),
    rows: [half(all(1), 1), ...between(0, 0.3)],
    cones: [
      { kind: "zero", size: 1 },
      { kind: "nonnegative", size: 2 * N },
    ],
  },
  {
    name: "ball",
    set: ballSet([1, 0, 0, 0, 0, -1], 0.7),
    rows: [half(all(0), 0.7), ...Array.from({ length: N }, (_, i) => half(unit(i, -1), [-1, 0, 0, 0, 0, 1][i]!))],
    cones: [{ kind: "second-order", size: N + 1 }],
  },
  {
    name: "half-space",
    set: halfspaceSet(a1, -0.4),
    rows: [half(a1, -0.4)],
    cones: [{ kind: "nonnegative", size: 1 }],
  },
  { name: "hyperplane", set: hyperplaneSet(a1, 0.6), rows: [half(a1, 0.6)], cones: [{ kind: "zero", size: 1 }] },
  {
    name: "half-spaces and a box",
    set: intersectionSet([
      halfspaceSet(a1, -0.4),
      halfspaceSet(a2, 0.2),
      halfspaceSet(a3, 0.1),
      boxSet(all(-1), all(1)),
    ]),
    rows: [half(a1, -0.4), half(a2, 0.2), half(a3, 0.1), ...between(-1, 1)],
    cones: [{ kind: "nonnegative", size: 3 + 2 * N }],
  },
];

/** `min ½zᵀPz + qᵀz` over a described set, by the cone solver. */
function byCones({ rows, cones }: Described, p: readonly number[], q: ArrayLike<number>): Float64Array {
  const quadratic: Entry[] = [];
  for (let i = 0; i < N; i++) for (let j = i; j < N; j++) quadratic.push({ row: i, column: j, value: p[i * N + j]! });
  const entries = rows.flatMap(({ values }, row) => values.map((value, column) => ({ row, column, value })));
  const problem: ConeProblem = {
    p: sparseFromEntries(N, N, quadratic),
    q: Float64Array.from(q),
    a: sparseFromEntries(rows.length, N, entries),
    b: Float64Array.from(rows, ({ bound }) => bound),
    cones,
  };
  const answer = solveCone(problem, { tolerance: 1e-11 });
  expect(answer.status).toBe("optimal");
  return answer.x;
}

const identity = Array.from({ length: N * N }, (_, at) => (at % (N + 1) === 0 ? 1 : 0));

describe.each(SETS)("$name", (described) => {
  const { set } = described;

  it("projects on the nearest point, as the cone solver finds it", () => {
    for (let seed = 1; seed <= 12; seed++) {
      const numbers = createNumbers(seed);
      const v = Float64Array.from({ length: N }, () => 2 * numbers.normal());
      const expected = byCones(
        described,
        identity,
        v.map((value) => -value),
      );
      const projected = v.slice();
      set.project(projected);
      projected.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-6));
      const again = projected.slice();
      set.project(again);
      again.forEach((value, i) => expect(Math.abs(value - projected[i]!)).toBeLessThanOrEqual(1e-11));
    }
  });

  it("is minimised over by accelerated projected gradient, with a gap that bounds the excess", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const numbers = createNumbers(seed + 50);
      const factor = Array.from({ length: N * N }, () => numbers.normal());
      const p = Array.from({ length: N * N }, (_, at) => {
        const [i, j] = [Math.floor(at / N), at % N];
        let value = i === j ? 0.1 : 0;
        for (let k = 0; k < N; k++) value += factor[k * N + i]! * factor[k * N + j]!;
        return value;
      });
      const q = Float64Array.from({ length: N }, () => numbers.normal());
      const f: SmoothFunction = {
        at(z, gradient) {
          let value = 0;
          for (let i = 0; i < N; i++) {
            let slope = 0;
            for (let j = 0; j < N; j++) slope += p[i * N + j]! * z[j]!;
            gradient[i] = slope + q[i]!;
            value += (slope / 2 + q[i]!) * z[i]!;
          }
          return value;
        },
      };
      const least = f.at(byCones(described, p, q), new Float64Array(N));
      const answer = minimiseSmooth(set, f);
      expect(answer.status).toBe("optimal");
      expect(Math.abs(answer.value - least)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(least)));
      const rough = minimiseSmooth(set, f, { maxIterations: 3 });
      if (set.minimise === null) continue;
      expect(answer.gap).toBeGreaterThanOrEqual(answer.value - least - 1e-7);
      expect(rough.gap).toBeGreaterThanOrEqual(rough.value - least - 1e-7);
    }
  });
});

const shrink = (value: number, by: number): number => Math.sign(value) * Math.max(Math.abs(value) - by, 0);
const clamp = (value: number): number => Math.min(1, Math.max(-1, value));

describe("first-order methods", () => {
  it("take a proximal part: the lasso over a box", () => {
    // ½‖z − v‖² + λ‖z‖₁ over [−1, 1]: shrink by λ, then clamp.
    const v = [3, -0.2, 0.9, -2, 0.05, 0.6];
    const lambda = 0.3;
    const answer = minimiseSmooth(
      boxSet(all(-1), all(1)),
      {
        at(z, gradient) {
          let value = 0;
          for (let i = 0; i < N; i++) {
            gradient[i] = z[i]! - v[i]!;
            value += gradient[i]! ** 2 / 2;
          }
          return value;
        },
      },
      {
        proximal: {
          valueAt: (z) => lambda * z.reduce((sum, value) => sum + Math.abs(value), 0),
          proximal: (z, step) => z.forEach((value, i) => (z[i] = clamp(shrink(value, step * lambda)))),
        },
      },
    );
    expect(answer.status).toBe("optimal");
    v.forEach((value, i) => expect(answer.z[i]).toBeCloseTo(clamp(shrink(value, lambda)), 7));
    expect(answer.gap).toBeNaN();
  });

  it("refuses sets without a point", () => {
    expect(() => cappedSimplexSet(3, 0.3)).toThrow(RangeError);
    expect(() => boxSet([1], [0])).toThrow(RangeError);
    expect(() => ballSet([0], -1)).toThrow(RangeError);
    expect(() => halfspaceSet([0, 0], 1)).toThrow(RangeError);
  });
});
