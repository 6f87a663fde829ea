import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { pipelineData } from "../../compiler/emit/lower-spec.ts";
import { buresSquared } from "../../runtime/decide/ambiguity/bures.ts";
import { transportCost } from "../../runtime/decide/ambiguity/transport.ts";
import { createDecider } from "../../runtime/decide/index.ts";
import { openMixtureBall } from "../../runtime/methods/mixture-ball.ts";
import { mixtureDistance } from "../../runtime/methods/mixture-distance.ts";
import { coverageRadius, coverageRefits } from "../../runtime/methods/radius-coverage.ts";
import { centralCandidate } from "../../runtime/methods/radius-unknown-size.ts";
import { cholesky } from "../../runtime/models/mixture/cholesky.ts";
import type { ConditionalMixture } from "../../runtime/models/mixture/conditional.ts";
import { fitMixture } from "../../runtime/models/mixture/index.ts";
import { refitMixtures } from "../../runtime/models/mixture/refit.ts";
import type { TrainingSet } from "../../runtime/models/sampler.ts";
import type { MixtureSpec } from "../../runtime/spec.ts";
import { randomStream } from "../../runtime/tensor/random.ts";
import { smallNewsvendor } from "../runs/pipelines.ts";
import { compileText, diagnose, spec } from "../support/tester.ts";
import { normals } from "./generators.ts";

const ONE_D = { context: 1, outcome: 1 } as const;
const GMM: MixtureSpec = {
  kind: "gmm",
  components: [1],
  criterion: "aic",
  covariance: "full",
  restarts: 1,
  floor: 1e-9,
  scenarios: 50,
};

/** A mixture of Gaussians on the line as a law that does not look at the context. */
function line(...parts: readonly (readonly [weight: number, mean: number, sd: number])[]): ConditionalMixture {
  return {
    weights: Float64Array.from(parts, ([weight]) => weight),
    means: parts.map(([, mean]) => Float64Array.of(mean)),
    covariances: parts.map(([, , sd]) => Float64Array.of(sd * sd)),
  };
}

/** `s = 1 + 2x + noise`. */
function linear(rows: number, name: string): TrainingSet {
  const contexts = normals(rows, `${name}/x`);
  const outcomes = normals(rows, `${name}/s`).map((noise, i) => 1 + 2 * contexts[i]! + noise);
  return { rows, contexts, outcomes };
}

describe("the distance of two Gaussians", () => {
  it("is that of their deviations where the covariances commute", () => {
    const [a, b] = [Float64Array.of(4, 0, 0, 9), Float64Array.of(1, 0, 0, 25)];
    expect(buresSquared(cholesky(a, 2)!, a, b, 2)).toBeCloseTo((2 - 1) ** 2 + (3 - 5) ** 2, 10);
    expect(buresSquared(cholesky(a, 2)!, a, a, 2)).toBeCloseTo(0, 10);
  });

  it("is the same in both directions, and that of roots found by another way", () => {
    const a = Float64Array.of(2, 0.6, 0.6, 1);
    const b = Float64Array.of(1, -0.5, -0.5, 3);
    const there = buresSquared(cholesky(a, 2)!, a, b, 2);
    expect(buresSquared(cholesky(b, 2)!, b, a, 2)).toBeCloseTo(there, 10);
    // Of 2 × 2 matrices: tr √M = √(tr M + 2 √det M) with M = AB.
    const trace = 2 * 1 + 0.6 * -0.5 + 0.6 * -0.5 + 1 * 3;
    const root = Math.sqrt((2 - 0.36) * (3 - 0.25));
    expect(there).toBeCloseTo(3 + 4 - 2 * Math.sqrt(trace + 2 * root), 10);
  });
});

describe("transport", () => {
  it("carries mass on a line in order", () => {
    const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 9 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(points, points, (from, to) => {
        const [a, b] = [share(from), share(to)];
        const cost = Float64Array.from(from.flatMap(([x]) => to.map(([y]) => (x - y) ** 2)));
        expect(transportCost(a, b, cost)).toBeCloseTo(inOrder(from, a, to, b), 9);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

/** The masses of a law's atoms, which sum to 1. */
function share(law: readonly (readonly [number, number])[]): Float64Array {
  const total = law.reduce((sum, [, mass]) => sum + mass, 0);
  return Float64Array.from(law, ([, mass]) => mass / total);
}

function sorted(law: readonly (readonly [number, number])[], masses: Float64Array): { at: number; mass: number }[] {
  return law.map(([at], k) => ({ at, mass: masses[k]! })).sort((p, q) => p.at - q.at);
}

/** Weights that sum to 1. */
function normal(parts: readonly (readonly [number, number, number])[]): ConditionalMixture {
  const total = parts.reduce((sum, [weight]) => sum + weight, 0);
  return line(...parts.map(([weight, mean, sd]) => [weight / total, mean, sd] as const));
}

/** The cost of the monotone coupling, which is the least for squared distances on a line. */
function inOrder(
  from: readonly (readonly [number, number])[],
  a: Float64Array,
  to: readonly (readonly [number, number])[],
  b: Float64Array,
): number {
  const [left, right] = [sorted(from, a), sorted(to, b)];
  let sum = 0;
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    const mass = Math.min(left[i]!.mass, right[j]!.mass);
    sum += mass * (left[i]!.at - right[j]!.at) ** 2;
    left[i]!.mass -= mass;
    right[j]!.mass -= mass;
    if (left[i]!.mass <= right[j]!.mass) i++;
    else j++;
  }
  return sum;
}

describe("the distance of two mixtures", () => {
  it("is that of Gaussians where each is one, and that of the components' weights where they are the same", () => {
    expect(mixtureDistance().between(line([1, 0, 1]), line([1, 3, 5]))).toBeCloseTo(5, 10);
    const [a, b] = [line([0.5, 0, 1], [0.5, 10, 1]), line([0.3, 10, 1], [0.7, 0, 1])];
    // A fifth of the mass goes ten far.
    expect(mixtureDistance().between(a, b)).toBeCloseTo(Math.sqrt(0.2 * 100), 10);
  });

  it("is at most the one that keeps what it can in each component", () => {
    const part = fc.tuple(
      fc.double({ min: 0.1, max: 1, noNaN: true }),
      fc.double({ min: -3, max: 3, noNaN: true }),
      fc.double({ min: 0.2, max: 2, noNaN: true }),
    );
    const laws = fc.tuple(part, part, part);
    fc.assert(
      fc.property(laws, laws, (p, q) => {
        const [a, b] = [normal(p), normal(q)];
        const distance = mixtureDistance();
        expect(distance.between(a, b)).toBeLessThanOrEqual(distance.corresponding(a, b) + 1e-9);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});

const ballStream = (purpose: string) => randomStream(4, purpose);

describe("a mixture of unknown size", () => {
  it("is taken from the middle: the candidate whose largest distance is smallest", () => {
    const candidates = [0, 4, 10].map((mean) => ({ condition: () => line([1, mean, 1]) }));
    expect(centralCandidate(candidates)(new Float64Array(1))).toEqual({ candidate: 1, distance: 6 });
  });

  it("is drawn from at the middle, and the ball reaches the farthest", async () => {
    const train = linear(80, "sizes");
    const ball = await openMixtureBall({
      spec: GMM,
      ambiguity: { components: [1, 2, 4] },
      train,
      sizes: ONE_D,
      stream: ballStream,
    });
    const fits = await Promise.all(
      [1, 2, 4].map((count) => fitMixture({ ...GMM, components: [count] }, train, ONE_D, ballStream("mixture"))),
    );
    const at = Float64Array.of(0.4);
    const { candidate, distance } = centralCandidate(fits)(at);
    expect(ball.widening(at)).toBe(distance);
    expect(distance).toBeGreaterThan(0);
    const draws = randomStream(5, "draws");
    expect(await ball.sample(at, 1, 10, draws)).toEqual(await fits[candidate]!.sample(at, 1, 10, draws));
  });
});

describe("the radius of coverage", () => {
  const LEVEL = 0.8;
  const distances: number[] = [];
  const radii: number[] = [];
  const truth: ConditionalMixture = line([1, 2, 1]);
  const at = Float64Array.of(0.5);

  beforeAll(async () => {
    for (let trial = 0; trial < 60; trial++) {
      const train = linear(100, `trial ${trial}`);
      const fit = await fitMixture(GMM, train, ONE_D, randomStream(6, "fit"));
      const refits = await refitMixtures(fit.tensors, GMM, train, ONE_D, 40, randomStream(7, `refits ${trial}`));
      radii.push(coverageRadius(fit, refits, LEVEL)(at));
      distances.push(mixtureDistance().between(fit.condition(at), truth));
    }
  });

  it("holds the true law about as often as it says", () => {
    const covered = radii.filter((radius, trial) => distances[trial]! <= radius).length;
    // 60 trials of probability 0.8: the standard deviation is 3.
    expect(covered).toBeGreaterThan(0.8 * 60 - 10);
    expect(covered).toBeLessThan(0.8 * 60 + 10);
  });

  it("grows with the level and asks for more refits near one", () => {
    const fit = { condition: () => line([1, 0, 1]) };
    const refits = Array.from({ length: 40 }, (_, b) => ({ condition: () => line([1, b + 1, 1]) }));
    expect(coverageRadius(fit, refits, 0.5)(at)).toBe(21);
    expect(coverageRadius(fit, refits, 0.9)(at)).toBe(37);
    expect(coverageRefits(0.9)).toBe(40);
    expect(coverageRefits(0.99)).toBe(300);
  });
});

describe("scenarios that widen the ball around them", () => {
  it("decide as a ball of the whole radius does, and as the scenarios alone where it is 0", async () => {
    const { problem } = smallNewsvendor();
    const set = { kind: "wasserstein", order: 2, norm: "l2" } as const;
    const outcomes = normals(40, "demand").map((value) => 20 + 4 * value);
    const context = new Float64Array(problem.sizes.context);
    const decide = async (radius: number, widened: boolean, widening: number): Promise<number> => {
      const ambiguity = widened ? ({ ...set, radius, widened } as const) : { ...set, radius };
      const decider = await createDecider({ ...problem, ambiguity });
      // A call before with another radius leaves nothing behind.
      decider.decide({ count: 40, outcomes, widening: 9 }, context);
      return decider.decide({ count: 40, outcomes, widening }, context).z[0]!;
    };
    expect(await decide(0.5, true, 1.5)).toBeCloseTo(await decide(2, false, 0), 6);
    expect(await decide(0, true, 0)).toBeCloseTo(await decide(0, false, 0), 9);
    expect(await decide(0, true, 2)).not.toBeCloseTo(await decide(0, false, 0), 2);
  });
});

describe("a ball around a mixture in a spec", () => {
  const NEWSVENDOR = { uncertainty: "uncertainty s | x ~ gmm", train: null, compare: "compare saa" } as const;
  const lowered = (ambiguity: string) => {
    const { diagnostics, notRunnable, models } = compileText(spec({ ...NEWSVENDOR, more: `ambiguity ${ambiguity}` }));
    expect(diagnostics).toEqual([]);
    expect(notRunnable).toEqual([]);
    return pipelineData(models[0]!).ambiguity;
  };

  it("is lowered with how its radius is found", () => {
    expect(lowered("wasserstein { order: 2, coverage: 90% }")).toMatchObject({ radii: [0], coverage: 0.9 });
    expect(lowered("wasserstein { order: 2, radius: 0.1, components: [1, 2, 5] }")).toMatchObject({
      radii: [0.1],
      components: [1, 2, 5],
    });
    expect(lowered("wasserstein { order: 2, radius: one_of(0, 1) by cross_validation, folds: 3 }")).toMatchObject({
      radii: [0, 1],
      folds: 3,
    });
    expect(lowered("wasserstein { order: 2, radius: one_of(0, 1) by cross_validation }")).toMatchObject({ folds: 5 });
    expect(lowered("wasserstein { order: 2, radius: one_of(0, 1) }")).not.toHaveProperty("folds");
  });

  it.each([
    ["gaussian", "order: 2, coverage: 90%"],
    ["gmm", "order: 1, coverage: 90%"],
    ["gmm", "order: 2, norm: l1, radius: 0, components: [1, 2]"],
    ["gmm", "order: 2, center: empirical, radius: 0, components: [1, 2]"],
  ])("needs a mixture and squared Euclidean distances: %s, %s", (generator, options) => {
    const more = `ambiguity ~~~wasserstein { ${options} }~~~`;
    diagnose(spec({ ...NEWSVENDOR, uncertainty: `uncertainty s | x ~ ${generator}`, more }), ["ambiguity-needs"]);
  });

  it("has one way to its radius", () => {
    const more = "ambiguity wasserstein { order: 2, radius: 1, ~~~coverage~~~: 90% }";
    diagnose(spec({ ...NEWSVENDOR, more }), ["option-conflict"]);
  });
});
