import { describe, expect, it } from "vitest";
import { spectrumNorm, spectrumOf, worstDivergence } from "../../../runtime/decide/ambiguity/index.ts";
import { createDecider, type DecisionAnswer, type ScenarioSet } from "../../../runtime/decide/index.ts";
import { riskOf } from "../../../runtime/risk/index.ts";
import type { AmbiguitySet } from "../../../runtime/spec.ts";
import { noContext } from "../problems.ts";
import { lossOf, problemOf, randomInstances, scenariosOf, type RobustInstance } from "./instances.ts";

async function decide(instance: RobustInstance, radius = instance.ambiguity.radius): Promise<DecisionAnswer> {
  const ambiguity: AmbiguitySet = { ...instance.ambiguity, radius };
  return (await createDecider(problemOf({ ...instance, ambiguity }), { worstCase: true })).decide(
    scenariosOf(instance),
    noContext,
  );
}

/** The nominal risk of a decision under a law. */
function nominal(instance: RobustInstance, z: Float64Array, { count, outcomes, weights }: ScenarioSet): number {
  const { d } = instance;
  const losses = Float64Array.from({ length: count }, (_, k) =>
    lossOf(instance.pieces, z, outcomes.subarray(k * d, (k + 1) * d)),
  );
  return riskOf(problemOf(instance).risk, z, losses, weights);
}

/** Least average cost of moving one law into another where every atom of `law` came from the nearest scenario left. */
function distance(ambiguity: AmbiguitySet, a: ArrayLike<number>, b: ArrayLike<number>): number {
  const gaps = Array.from(a, (value, i) => Math.abs(value - b[i]!));
  if (ambiguity.kind === "kl" || ambiguity.norm === "l2") return Math.hypot(...gaps);
  return ambiguity.norm === "l1" ? gaps.reduce((x, y) => x + y, 0) : Math.max(...gaps);
}

const instances = randomInstances(31, 60, 4);

describe("the worst case", () => {
  it("is never below the nominal risk, grows with the radius, and is the nominal one at radius 0", async () => {
    for (const instance of instances.slice(0, 40)) {
      const { ambiguity: _set, ...problem } = problemOf(instance);
      const plain = (await createDecider(problem)).decide(scenariosOf(instance), noContext);
      const zero = await decide(instance, 0);
      expect(zero.objective).toBe(plain.objective);
      let last = plain.objective;
      for (const factor of [1e-3, 0.3, 1, 3]) {
        const answer = await decide(instance, factor * instance.ambiguity.radius);
        expect(answer.status).toBe("optimal");
        expect(answer.objective).toBeGreaterThan(last - 1e-7 * (1 + Math.abs(last)));
        last = answer.objective;
      }
    }
  });

  it("tends to the nominal risk as the radius does to 0", async () => {
    for (const instance of instances.slice(0, 20)) {
      const zero = await decide(instance, 0);
      const small = await decide(instance, 1e-7);
      const slack = instance.ambiguity.kind === "kl" ? 3e-2 : 1e-4;
      expect(Math.abs(small.objective - zero.objective)).toBeLessThan(slack * (1 + Math.abs(zero.objective)));
    }
  });

  it("is the risk of a law in the ball, which is returned", async () => {
    let found = 0;
    for (const instance of instances) {
      const answer = await decide(instance);
      const { worstCase } = answer;
      const { ambiguity, pieces, d } = instance;
      const known = ambiguity.kind === "kl" || pieces.length === 1 || ambiguity.order !== 1;
      expect(worstCase !== null && worstCase !== undefined).toBe(known);
      if (worstCase === null || worstCase === undefined) continue;
      found++;
      const total = worstCase.weights!.reduce((sum, w) => sum + w, 0);
      expect(total).toBeCloseTo(1, 9);
      const scale = 1 + Math.abs(answer.objective);
      expect(Math.abs(nominal(instance, answer.z, worstCase) - answer.objective) / scale).toBeLessThan(2e-4);
      const own = scenariosOf(instance);
      const mass = own.weights?.reduce((sum, w) => sum + w, 0) ?? own.count;
      const probability = (k: number): number => (own.weights?.[k] ?? 1) / mass;
      if (ambiguity.kind === "kl") {
        const divergence = worstCase.weights!.reduce(
          (sum, q, k) => sum + (q > 0 ? q * Math.log(q / probability(k)) : 0),
          0,
        );
        expect(divergence).toBeLessThan(ambiguity.radius + 1e-9);
        continue;
      }
      // Along the transport plan that made it: atoms come in the order of the scenarios, or are matched by direction.
      let cost = 0;
      let farthest = 0;
      for (let atom = 0; atom < worstCase.count; atom++) {
        const at = worstCase.outcomes.subarray(atom * d, (atom + 1) * d);
        let nearest = Infinity;
        for (let k = 0; k < own.count; k++) {
          nearest = Math.min(nearest, distance(ambiguity, at, own.outcomes.subarray(k * d, (k + 1) * d)));
        }
        const power = ambiguity.order === "infinity" ? 1 : ambiguity.order;
        cost += worstCase.weights![atom]! * nearest ** power;
        farthest = Math.max(farthest, nearest);
      }
      // To the nearest scenario is a lower bound of the plan's own cost.
      if (ambiguity.order === "infinity") expect(farthest).toBeLessThan(ambiguity.radius * (1 + 1e-6));
      else expect(cost).toBeLessThan(ambiguity.radius ** ambiguity.order * (1 + 1e-3));
    }
    expect(found).toBeGreaterThan(30);
  });

  it("has a gap that is proved on every answer", async () => {
    for (const instance of instances) {
      const { gap, objective, status, primalResidual } = await decide(instance);
      expect(status).toBe("optimal");
      expect(Math.abs(gap)).toBeLessThan(1e-6 * (1 + Math.abs(objective)));
      expect(primalResidual).toBeLessThan(1e-8);
    }
  });
});

describe("the spectrum of a risk", () => {
  it("has the norms of its step function", () => {
    const steps = spectrumOf(1, [
      { weight: 2, level: 0.9 },
      { weight: 1, level: 0.5 },
    ]);
    expect(steps.map(({ mass }) => mass).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(spectrumNorm("infinity", steps)).toBeCloseTo(4, 12);
    expect(spectrumNorm(1, steps)).toBeCloseTo(1 + 2 + 20, 12);
    expect(spectrumNorm(2, steps)).toBeCloseTo(Math.sqrt(0.5 * 1 + 0.4 * 9 + 0.1 * 529), 12);
    expect(spectrumNorm(2, spectrumOf(0, [{ weight: 1, level: 0.75 }]))).toBeCloseTo(2, 12);
  });
});

describe("the worst divergence", () => {
  it("puts all mass on the largest value where the radius allows it, and none anywhere else for one value", () => {
    const half = Float64Array.of(0.5, 0.5);
    expect(worstDivergence(Float64Array.of(1, 3), half, Math.log(2)).value).toBe(3);
    expect(worstDivergence(Float64Array.of(3, 3), half, 1).value).toBe(3);
    const { value, weights } = worstDivergence(Float64Array.of(1, 3), half, 0.1);
    const [q] = weights;
    expect(q! * Math.log(2 * q!) + (1 - q!) * Math.log(2 * (1 - q!))).toBeCloseTo(0.1, 9);
    expect(value).toBeCloseTo(q! + 3 * (1 - q!), 9);
  });

  it("does not overflow at losses of 1e12 and of 1e-12", () => {
    for (const unit of [1e12, 1e-12]) {
      const { value } = worstDivergence(Float64Array.of(unit, 3 * unit), Float64Array.of(0.5, 0.5), 0.1);
      expect(value / unit).toBeCloseTo(worstDivergence(Float64Array.of(1, 3), Float64Array.of(0.5, 0.5), 0.1).value, 9);
    }
  });
});

describe("a mean of level 0", () => {
  it("is the same written as a CVaR", async () => {
    const [instance] = instances.filter(({ ambiguity }) => ambiguity.kind === "wasserstein" && ambiguity.order === 2);
    const one = await decide({ ...instance!, mean: 1, cvar: [] });
    const other = await decide({ ...instance!, mean: 0, cvar: [{ weight: 1, level: 0 }] });
    expect(other.objective).toBeCloseTo(one.objective, 9);
  });
});
