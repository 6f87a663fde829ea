import { describe, expect, it } from "vitest";
import { solveMixedCone } from "../../../runtime/decide/cone/index.ts";
import type { Cone, ConeProblem } from "../../../runtime/decide/cone/index.ts";
import { createRandom } from "./instances.ts";
import type { Random } from "./instances.ts";
import { coneProblem } from "./support.ts";

const SIZE = 3;
const BOUND = 3;

/** A quadratic over whole numbers in a box and a ball, small enough to try every point. */
function ballProblem(random: Random): {
  readonly problem: ConeProblem;
  readonly value: (z: readonly number[]) => number;
} {
  const centre = Array.from({ length: SIZE }, () => 2 * random.normal());
  const radius = 0.3 + 2.5 * random.uniform();
  const q = Array.from({ length: SIZE }, () => 2 * random.normal());
  const g = Array.from({ length: SIZE * SIZE }, () => random.normal());
  const p = Array.from({ length: SIZE * SIZE }, (_, at) => {
    const [i, j] = [Math.floor(at / SIZE), at % SIZE];
    return Array.from({ length: SIZE }, (_row, r) => g[r * SIZE + i]! * g[r * SIZE + j]!).reduce(
      (sum, v) => sum + v,
      0,
    );
  });
  const unit = (i: number, sign: number): number[] => Array.from({ length: SIZE }, (_, j) => (i === j ? sign : 0));
  const indices = Array.from({ length: SIZE }, (_, i) => i);
  const a = [
    ...indices.flatMap((i) => [...unit(i, 1), ...unit(i, -1)]),
    0,
    0,
    0,
    ...indices.flatMap((i) => unit(i, -1)),
  ];
  const b = [...indices.flatMap(() => [BOUND, BOUND]), radius, ...centre.map((value) => -value)];
  const cones: Cone[] = [
    { kind: "nonnegative", size: 2 * SIZE },
    { kind: "second-order", size: SIZE + 1 },
  ];
  const value = (z: readonly number[]): number => {
    if (Math.hypot(...z.map((zi, i) => zi - centre[i]!)) > radius) return Infinity;
    let total = 0;
    for (let i = 0; i < SIZE; i++) {
      total += q[i]! * z[i]!;
      for (let j = 0; j < SIZE; j++) total += (p[i * SIZE + j]! * z[i]! * z[j]!) / 2;
    }
    return total;
  };
  return { problem: coneProblem(q, a, b, cones, p), value };
}

describe("branch and bound over cones", () => {
  it("finds what trying every point finds", () => {
    let infeasible = 0;
    for (let seed = 1; seed <= 25; seed++) {
      const { problem, value } = ballProblem(createRandom(seed));
      let best = Infinity;
      for (let x = -BOUND; x <= BOUND; x++) {
        for (let y = -BOUND; y <= BOUND; y++) {
          for (let z = -BOUND; z <= BOUND; z++) best = Math.min(best, value([x, y, z]));
        }
      }
      const answer = solveMixedCone(problem, [0, 1, 2]);
      if (best === Infinity) {
        infeasible++;
        expect(answer.status).toBe("infeasible");
        continue;
      }
      expect(answer.status).toBe("optimal");
      expect([...answer.x].every(Number.isInteger)).toBe(true);
      expect(Math.abs(answer.objective - best)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(best)));
      expect(answer.bound).toBeLessThanOrEqual(best + 1e-6 * Math.max(1, Math.abs(best)));
    }
    expect(infeasible).toBeGreaterThan(0);
  });

  it("bounds an exponential cost over whole numbers", () => {
    // min e^x − 5x over whole x: e² − 10 < e − 5 and e¹ − 5 > e² − 10
    const problem = coneProblem([-5, 1], [-1, 0, 0, 0, 0, -1], [0, 1, 0], [{ kind: "exponential" }]);
    const answer = solveMixedCone(problem, [0]);
    expect(answer).toMatchObject({ status: "optimal" });
    expect(answer.x[0]).toBe(2);
    expect(answer.objective).toBeCloseTo(Math.exp(2) - 10, 5);
  });

  it("says how far it got at the node limit", () => {
    const { problem } = ballProblem(createRandom(4));
    const whole = solveMixedCone(problem, [0, 1, 2]);
    const cut = solveMixedCone(problem, [0, 1, 2], { nodeLimit: 1 });
    expect(whole.nodes).toBeGreaterThan(1);
    expect(cut.status).toBe("inaccurate");
    expect(cut.nodes).toBe(1);
    expect(cut.bound).toBeLessThanOrEqual(whole.objective + 1e-6);
    expect(cut.gap).toBeCloseTo(cut.objective - cut.bound, 9);
  });

  it("tells endless descent from no point at all", () => {
    const half: Cone = { kind: "nonnegative", size: 1 };
    const falling = coneProblem([-1], [-1], [0.5], [half]);
    expect(solveMixedCone(falling, [0]).status).toBe("unbounded");
    const nowhere = coneProblem([-1, 0], [0, 2], [1], [{ kind: "zero", size: 1 }]);
    expect(solveMixedCone(nowhere, [1]).status).not.toBe("unbounded");
  });
});
