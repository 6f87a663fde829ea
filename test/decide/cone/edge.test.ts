import { describe, expect, it } from "vitest";
import { solveCone } from "../../../runtime/decide/cone/index.ts";
import type { Cone, ConeProblem } from "../../../runtime/decide/cone/index.ts";
import { coneProblem, expectInfeasible, expectOptimal, expectUnbounded } from "./support.ts";

const half = (size: number): Cone => ({ kind: "nonnegative", size });
const equal = (size: number): Cone => ({ kind: "zero", size });

/** min x + 2y + z: x ≥ 1, y ≥ 2 and ‖(x, y)‖ ≤ z; the minimum is 5 + √5. */
const base = (): ConeProblem =>
  coneProblem(
    [1, 2, 1],
    [-1, 0, 0, 0, -1, 0, 0, 0, -1, -1, 0, 0, 0, -1, 0],
    [-1, -2, 0, 0, 0],
    [half(2), { kind: "second-order", size: 3 }],
  );

describe("problems that are hardly there", () => {
  it("no constraints: a quadratic objective, bounded along its null space or not", () => {
    const solved = solveCone(coneProblem([1, -2], [], [], [], [1, 0, 0, 1]));
    expect([...solved.x].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([-1, 2]);
    expectOptimal(
      coneProblem([1, 0], [], [], [], [1, 0, 0, 0]),
      solveCone(coneProblem([1, 0], [], [], [], [1, 0, 0, 0])),
    );
    const falling = coneProblem([1, 1], [], [], [], [1, 0, 0, 0]);
    expectUnbounded(falling, solveCone(falling));
  });

  it("no constraints and nothing to gain", () => {
    const answer = solveCone(coneProblem([0, 0], [], [], []));
    expect(answer).toMatchObject({ status: "optimal", objective: 0 });
  });

  it("no variables", () => {
    expect(solveCone(coneProblem([], [], [1, 2], [half(2)]))).toMatchObject({ status: "optimal", objective: 0 });
    expect(solveCone(coneProblem([], [], [1, 0], [half(2)]))).toMatchObject({ status: "optimal" });
    expect(solveCone(coneProblem([], [], [1, -2], [half(2)])).status).toBe("infeasible");
    expect(solveCone(coneProblem([], [], [], [])).status).toBe("optimal");
  });

  it("rows without coefficients", () => {
    const impossible = coneProblem([1], [0], [1], [equal(1)]);
    expectInfeasible(impossible, solveCone(impossible));
    const idle = coneProblem([1], [0, -1], [0, 3], [equal(1), half(1)]);
    expect(solveCone(idle).objective).toBeCloseTo(-3, 6);
  });

  it("a column that nothing reads, and one that only the objective does", () => {
    expect(solveCone(coneProblem([0, 1], [0, -1], [-3], [half(1)])).objective).toBeCloseTo(3, 6);
    const loose = coneProblem([1, 1], [0, -1], [-3], [half(1)]);
    expectUnbounded(loose, solveCone(loose));
  });

  it("rows that are not there", () => {
    const answer = solveCone(coneProblem([-1, 1], [1, 0, 0, 1, -1, 0, 0, -1], [5, Infinity, 0, 0], [half(4)]));
    expect(answer.objective).toBeCloseTo(-5, 6);
    expect(answer.y[1]).toBe(0);
    expect(answer.s[1]).toBe(Infinity);
  });
});

describe("degenerate problems", () => {
  const rows = [1, 1, 1, 1, 1, 1, -1, 0, 0, -1];

  it("an equality three times", () => {
    const problem = coneProblem([1, 1], rows, [1, 1, 1, 0, 0], [equal(3), half(2)]);
    expectOptimal(problem, solveCone(problem));
  });

  it("an equality twice with different right sides", () => {
    const problem = coneProblem([1, 1], rows.slice(2), [1, 1.001, 0, 0], [equal(2), half(2)]);
    expectInfeasible(problem, solveCone(problem));
  });

  it("many equalities on few free variables, consistent or not", () => {
    const a = [1, 2, 3, 4, 5, 6];
    const agreeing = coneProblem(
      [0],
      a,
      a.map((value) => 2 * value),
      [equal(6)],
    );
    expect(solveCone(agreeing).x[0]).toBeCloseTo(2, 6);
    const contradictory = coneProblem([1], a, [2, 4, 6, 8, 10, 13], [equal(6)]);
    expectInfeasible(contradictory, solveCone(contradictory));
  });

  it("a feasible set without an inside", () => {
    // x ≤ 1 and x ≥ 1
    const problem = coneProblem([1, 1], [1, 0, -1, 0, 0, -1], [1, -1, 0], [half(3)]);
    expect(solveCone(problem).objective).toBeCloseTo(1, 6);
  });

  it.each([1, 5, 25, 100])("t ≥ u² at u = %d as a cone whose other rows are constant", (u) => {
    const problem = coneProblem([1], [-1, 0, -1], [1, 2 * u, -1], [{ kind: "second-order", size: 3 }]);
    const answer = solveCone(problem);
    expect(answer.status).toBe("optimal");
    expect(Math.abs(answer.objective - u * u)).toBeLessThanOrEqual(1e-6 * u * u);
  });

  it("infeasible and, without its constraints, unbounded: infeasible is what it is", () => {
    const problem = coneProblem([-1, 0], [-1, 0, 0, 1, 0, -1], [0, -1, 0], [half(3)]);
    expectInfeasible(problem, solveCone(problem));
  });
});

describe("values that are approached, not reached", () => {
  it("exp has the infimum 0", () => {
    const cones: Cone[] = [{ kind: "exponential" }, equal(1)];
    const answer = solveCone(coneProblem([0, 0, 1], [-1, 0, 0, 0, -1, 0, 0, 0, -1, 0, 1, 0], [0, 0, 0, 1], cones));
    expect(Math.abs(answer.objective)).toBeLessThan(1e-6);
  });

  it("1/x has the infimum 0, said with an honest gap", () => {
    const problem = coneProblem([0, 1], [-1, -1, -1, 1, 0, 0], [0, 0, 2], [{ kind: "second-order", size: 3 }]);
    const answer = solveCone(problem);
    expect(["optimal", "inaccurate"]).toContain(answer.status);
    expect(answer.objective).toBeGreaterThan(-1e-6);
    if (answer.status === "inaccurate")
      expect(Math.max(Math.abs(answer.gap), answer.dualResidual)).toBeGreaterThan(1e-8);
  });
});

describe("numbers of every size", () => {
  const sizes = [1e-12, 1e-9, 1e-6, 1e6, 1e9, 1e12];

  const minimum = 5 + Math.sqrt(5);

  it.each(sizes)("objective times %d", (size) => {
    const { q, ...rest } = base();
    const answer = solveCone({ ...rest, q: q.map((value) => value * size) });
    expect(answer.status).toBe("optimal");
    expect(answer.objective / size).toBeCloseTo(minimum, 5);
  });

  it.each(sizes)("right sides times %d", (size) => {
    const { b, ...rest } = base();
    const answer = solveCone({ ...rest, b: b.map((value) => value * size) });
    expect(answer.status).toBe("optimal");
    expect(answer.objective / size).toBeCloseTo(minimum, 5);
  });

  it.each(sizes)("a column in units of %d", (size) => {
    const { a, q, ...rest } = base();
    const values = a.values.slice();
    for (let k = a.starts[1]!; k < a.starts[2]!; k++) values[k]! *= size;
    const answer = solveCone({
      ...rest,
      a: { ...a, values },
      q: q.map((value, j) => (j === 1 ? value * size : value)),
    });
    expect(answer.status).toBe("optimal");
    expect(answer.objective).toBeCloseTo(minimum, 5);
    expect(answer.x[1]! * size).toBeCloseTo(2, 5);
  });

  it("a bound of 1e12 beside bounds of 1", () => {
    const problem = coneProblem([1], [-1, 1], [-1, 1e12], [half(2)]);
    expect(solveCone(problem).objective).toBeCloseTo(1, 5);
    expect(solveCone({ ...problem, q: Float64Array.of(-1) }).objective / -1e12).toBeCloseTo(1, 6);
    const far = coneProblem([1, 1], [-1, 0, 0, -1], [-1e12, -1], [half(2)]);
    expect(solveCone(far).objective / 1e12).toBeCloseTo(1, 6);
  });
});

describe("malformed problems", () => {
  it("end in a located error", () => {
    const good = coneProblem([1], [-1], [0], [half(1)]);
    expect(() => solveCone({ ...good, q: Float64Array.of(NaN) })).toThrow("q is NaN in column 0");
    expect(() => solveCone({ ...good, b: Float64Array.of(-Infinity) })).toThrow("b is -Infinity in row 0");
    expect(() => solveCone({ ...good, cones: [equal(1)], b: Float64Array.of(Infinity) })).toThrow("of a zero cone");
    expect(() => solveCone({ ...good, cones: [half(2)] })).toThrow("the cones have 2 rows and b 1");
    expect(() => solveCone({ ...good, cones: [{ kind: "rotated", size: 1 }] })).toThrow("cone 0 (rotated) has 1 rows");
    expect(() => solveCone({ ...good, q: Float64Array.of(1, 1) })).toThrow("A is 1 × 1 where 1 × 2 is needed");
  });
});
