import { describe, expect, it } from "vitest";
import { coneSize } from "../../../runtime/decide/cone/check-cone.ts";
import { solveCone } from "../../../runtime/decide/cone/index.ts";
import type { Cone } from "../../../runtime/decide/cone/index.ts";
import { CONE_KINDS, coneOf, createRandom, infeasibleProblem, solvableProblem, unboundedProblem } from "./instances.ts";
import type { Random, Shape } from "./instances.ts";
import { expectInfeasible, expectOptimal, expectUnbounded } from "./support.ts";

const SEEDS = Array.from({ length: 12 }, (_, k) => 1 + k);

const MIXES: readonly (readonly [string, readonly Cone["kind"][]])[] = [
  ["zero and nonnegative", ["zero", "nonnegative"]],
  ["second-order", ["second-order"]],
  ["rotated", ["rotated"]],
  ["exponential", ["exponential"]],
  ["dual exponential", ["dual-exponential"]],
  ["all", CONE_KINDS],
];

function shapeOf(kinds: readonly Cone["kind"][], random: Random, quadratic: boolean, least = 1): Shape {
  const cones = Array.from({ length: random.integer(1, 4) }, () =>
    coneOf(kinds[random.integer(0, kinds.length - 1)]!, random),
  );
  const rows = cones.reduce((total, cone) => total + coneSize(cone), 0);
  const n = Math.max(least, random.integer(1, rows));
  return { n, cones, rank: quadratic ? Math.min(3, n - 1) : 0 };
}

describe.each(MIXES)("cone programs over %s cones", (_name, kinds) => {
  describe.each([
    ["a linear objective", false],
    ["a quadratic objective", true],
  ] as const)("with %s", (_objective, quadratic) => {
    it("are solved to the optimum that they were made with", () => {
      for (const seed of SEEDS) {
        const random = createRandom(7919 * seed);
        const { problem, objective } = solvableProblem(shapeOf(kinds, random, quadratic), random);
        const answer = solveCone(problem);
        expectOptimal(problem, answer);
        expect(Math.abs(answer.objective - objective)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(objective)));
        expect(Math.abs(answer.gap)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(objective)));
      }
    });

    it("are proved infeasible", () => {
      for (const seed of SEEDS) {
        const random = createRandom(104729 * seed);
        const problem = infeasibleProblem(shapeOf(kinds, random, quadratic), random);
        expectInfeasible(problem, solveCone(problem));
      }
    });

    it("are proved unbounded", () => {
      for (const seed of SEEDS) {
        const random = createRandom(1299709 * seed);
        const problem = unboundedProblem(shapeOf(kinds, random, quadratic, 2), random);
        expectUnbounded(problem, solveCone(problem));
      }
    });
  });
});

describe("large second-order cones", () => {
  it("enter the KKT system by two rank-one terms and are solved as small ones", () => {
    for (const seed of SEEDS.slice(0, 4)) {
      const random = createRandom(31 * seed);
      const cones: Cone[] = [
        { kind: "second-order", size: 120 },
        { kind: "rotated", size: 60 },
        { kind: "nonnegative", size: 40 },
      ];
      const { problem, objective } = solvableProblem({ n: 50, cones, density: 0.2 }, random);
      const answer = solveCone(problem);
      expectOptimal(problem, answer);
      expect(Math.abs(answer.objective - objective)).toBeLessThanOrEqual(1e-6 * Math.abs(objective));
    }
  });
});
