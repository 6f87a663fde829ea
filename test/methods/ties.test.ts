import { describe, expect, it } from "vitest";
import { createDecider } from "../../runtime/decide/index.ts";
import { openTies } from "../../runtime/methods/ties.ts";
import type { DecisionProblem } from "../../runtime/spec.ts";

const n = 4;

/** `min c·z` over choices of two of four items, as whole numbers or not. */
function choose(integer: readonly number[], quadratic: readonly number[] | null = null): DecisionProblem {
  const all = (value: number): number[] => Array.from({ length: n }, () => value);
  return {
    sizes: { context: 0, outcome: n, decision: n },
    feasible: {
      size: n,
      lower: all(0),
      upper: all(1),
      integer,
      inequalities: [],
      equalities: [{ coefficients: all(1), bound: 2, at: "m.dro:1:1" }],
    },
    loss: (z, s) => z.reduce((sum, value, i) => sum + value * s[i]!, 0),
    lossGradientZ: (_z, s, _x, out) => out.set(s),
    lossGradientS: (z, _s, _x, out) => out.set(z),
    extendedGradientS: (z, _t, _s, _x, out) => out.set(z),
    pieces: {
      count: 1,
      fill(s, _x, slopes, offsets) {
        slopes.set(s);
        offsets[0] = 0;
      },
    },
    risk: { mean: 1, cvar: [], linear: all(0), quadratic, constant: 0 },
  };
}

const pairs = [0, 1, 2, 3].flatMap((a) => [0, 1, 2, 3].filter((b) => b > a).map((b) => [a, b] as const));
const costOf = (costs: readonly number[], [a, b]: readonly [number, number]): number => costs[a]! + costs[b]!;

/** PyEPO's `unambSPO`: the largest true cost among the decisions that are best for the prediction. */
function worstOfTies(predicted: readonly number[], came: readonly number[]): number {
  const least = Math.min(...pairs.map((pair) => costOf(predicted, pair)));
  return Math.max(
    ...pairs.filter((pair) => costOf(predicted, pair) <= least + 1e-12).map((pair) => costOf(came, pair)),
  );
}

async function ours(problem: DecisionProblem, predicted: readonly number[], came: readonly number[]) {
  const decider = await createDecider(problem);
  // Two scenarios whose mean is the prediction.
  const outcomes = Float64Array.from([...predicted.map((c) => c + 0.25), ...predicted.map((c) => c - 0.25)]);
  const set = { count: 2, outcomes };
  const answer = decider.decide(set, new Float64Array(0));
  const ties = await openTies(problem, { values: new Float64Array(0), outcomes: Float64Array.from(came) });
  return ties.worst(ties.exact ?? decider, set, 0, answer);
}

describe("decisions that are equally good for a prediction", () => {
  it.each([
    { title: "all tied", predicted: [1, 1, 1, 1], came: [5, 1, 4, 2], worst: 9 },
    { title: "two of three tied", predicted: [0, 2, 2, 2], came: [1, 3, 8, 4], worst: 9 },
    { title: "costs of zero", predicted: [0, 0, 0, 0], came: [0.1, 0.3, 0.2, 0.4], worst: 0.7 },
    { title: "gains that came", predicted: [2, 2, 1, 3], came: [-3, -1, -2, -9], worst: -3 },
    { title: "no tie", predicted: [4, 3, 2, 1], came: [0, 0, 5, 6], worst: 11 },
    // A hair of difference in the prediction is none to argue with: it decides.
    { title: "nearly tied", predicted: [1, 1.001, 1.002, 1.003], came: [0, 0, 9, 9], worst: 0 },
  ])("$title: the worst for what came, as PyEPO's unambiguous regret takes it", async ({ predicted, came, worst }) => {
    expect(worstOfTies(predicted, came)).toBeCloseTo(worst, 12);
    for (const integer of [[], [0, 1, 2, 3]]) {
      const z = await ours(choose(integer), predicted, came);
      expect(z!.reduce((sum, value, i) => sum + value * came[i]!, 0)).toBeCloseTo(worst, 6);
    }
  });

  it("are not looked for where the risk curves, which has one best decision", async () => {
    const identity = Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 0.1 : 0));
    expect(await ours(choose([], identity), [1, 1, 1, 1], [5, 1, 4, 2])).toBeUndefined();
  });
});
