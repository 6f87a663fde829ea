import { describe, expect, it } from "vitest";
import { prepareCone, solveCone } from "../../../runtime/decide/cone/index.ts";
import { CONE_KINDS, coneOf, createRandom, solvableProblem } from "./instances.ts";
import { coneProblem } from "./support.ts";

describe("a prepared problem", () => {
  it("answers as a fresh one does, whatever numbers came before", () => {
    const random = createRandom(5);
    const cones = CONE_KINDS.map((kind) => coneOf(kind, random));
    const shape = { n: 9, cones, density: 1, rank: 4 };
    const problems = Array.from({ length: 5 }, () => solvableProblem(shape, random).problem);
    const prepared = prepareCone(problems[0]!);
    for (const { p, q, a, b } of [...problems, ...problems]) {
      const answer = prepared.solve({ p: p!.values, q, a: a.values, b });
      const fresh = solveCone({ p, q, a, b, cones });
      expect(answer.status).toBe("optimal");
      expect({ ...answer, milliseconds: 0 }).toEqual({ ...fresh, milliseconds: 0 });
    }
  });

  it("keeps what is not given, and forgets what was", () => {
    const prepared = prepareCone(coneProblem([1], [-1], [-2], [{ kind: "nonnegative", size: 1 }]));
    expect(prepared.solve({ b: Float64Array.of(-5) }).objective).toBeCloseTo(5, 6);
    expect(prepared.solve({ q: Float64Array.of(3) }).objective).toBeCloseTo(6, 6);
    expect(prepared.solve({ q: Float64Array.of(-1) }).status).toBe("unbounded");
    expect(prepared.solve().objective).toBeCloseTo(2, 6);
    expect(prepared.solve({ b: Float64Array.of(Infinity) }).status).toBe("unbounded");
  });

  it("leaves the caller's numbers alone", () => {
    const { problem } = solvableProblem({ n: 4, cones: [{ kind: "rotated", size: 5 }], rank: 2 }, createRandom(3));
    const copy = structuredClone(problem);
    solveCone(problem);
    expect(problem).toEqual(copy);
  });

  it("refuses numbers of another size", () => {
    const prepared = prepareCone(coneProblem([1], [-1], [-2], [{ kind: "nonnegative", size: 1 }]));
    expect(() => prepared.solve({ a: new Float64Array(2) })).toThrow("A has 2 values and was prepared with 1");
    expect(() => prepared.solve({ p: new Float64Array(1) })).toThrow("P was prepared without entries");
    expect(() => prepared.solve({ b: Float64Array.of(NaN) })).toThrow("b is NaN in row 0");
  });
});
