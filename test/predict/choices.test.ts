import { describe, expect, it } from "vitest";
import { choiceTable, warnOfEdges } from "../../runtime/predict/choices.ts";
import { convergenceCharts, convergenceTable, warnOfConvergence } from "../../runtime/predict/convergence.ts";
import type { PredictorResult } from "../../runtime/predict/results.ts";
import type { RobustDiagnosis } from "../../runtime/robust/diagnosis.ts";
import type { Warn } from "../../runtime/runs/event-log.ts";

/** What a method says of each seed: the values that it tried, each with its loss, and the one that it chose. */
function method(option: string | null, diagnoses: readonly (RobustDiagnosis | null)[]): PredictorResult {
  return { id: "m", label: "m", role: "baseline", note: "", option, values: [], sets: [], diagnoses };
}

const chose = (radius: number, ...tried: readonly (readonly [radius: number, loss: number])[]): RobustDiagnosis => ({
  radius,
  candidates: tried.map(([value, loss]) => ({ radius: value, loss })),
});

/** A generator whose loss before the adversary is `pretraining`; it ended `violation` above its budget. */
function ascent(pretraining: number, budget: number, violation = 0, multiplierDrift = 0): RobustDiagnosis {
  const entry = { outer: 0, expected: 1, deviation: 1, reconstruction: budget, violation };
  return {
    ...chose(budget, [1.5 * pretraining, 3], [budget, 2]),
    gasDro: {
      diagnostics: {
        budget,
        pretraining,
        reconstruction: 1.01 * budget,
        binds: true,
        violation,
        multiplierSwing: 0.1,
        multiplierDrift,
        innerGap: null,
      },
      trace: [0, 1, 2].map((epoch) => ({ ...entry, epoch, multiplier: 2 * epoch })),
    },
  };
}

/** Codes with the arguments that tell them apart. */
function said(warnAll: (warn: Warn) => void): readonly string[] {
  const found: string[] = [];
  warnAll((code, args) => found.push([code, ...Object.values(args)].join(" ")));
  return found;
}

describe("what was chosen on held-out rows", () => {
  it("has a row for each value, in order, with its loss over the seeds", () => {
    const rival = method("radius", [chose(0.1, [1, 5], [0.1, 4]), chose(1, [1, 3], [0.1, 6])]);
    const { rows } = choiceTable({ methods: [rival, method(null, [null, null]), method("share", [chose(4)])] });
    expect(rows).toEqual([
      ["m", "radius", "0.1", "5.000 ± 1.414", "1 of 2"],
      ["m", "radius", "1", "4.000 ± 1.414", "1 of 2"],
    ]);
  });

  it("names multiples of a loss that differs between seeds", () => {
    const { rows } = choiceTable({ methods: [method("budget", [ascent(0.2, 0.21), ascent(0.4, 0.42)])] });
    expect(rows.map(([, , value, , chosen]) => [value, chosen])).toEqual([
      ["1.05 × J(θ₀)", "2 of 2"],
      ["1.5 × J(θ₀)", "–"],
    ]);
  });

  it.each([
    ["an end", "radius", chose(0.1, [0.1, 1], [0.5, 2]), ["choice-at-edge m radius 1 smallest downward 0.1 1"]],
    ["the other", "share", chose(16, [1, 2], [16, 1]), ["choice-at-edge m share 1 largest upward 16 1"]],
    ["a value within", "radius", chose(0.2, [0.1, 2], [0.2, 1], [0.5, 2]), []],
    ["the rows themselves", "radius", chose(0, [0, 1], [0.5, 2]), []],
    ["all of the mass", "tail", chose(1, [0.1, 2], [1, 1]), []],
    ["the least budget", "budget", ascent(0.2, 0.21), []],
    ["what there was no choice of", "radius", chose(1), []],
  ])("says where %s was taken", (_, option, diagnosis, expected) => {
    expect(said((warn) => warnOfEdges(warn, [method(option, [diagnosis])]))).toEqual(expected);
  });
});

describe("convergence of the adversary", () => {
  it("is a table and two charts of a line a seed", () => {
    const methods = [method("budget", [ascent(0.2, 0.21), ascent(0.4, 0.42)]), method("radius", [chose(1), null])];
    expect(convergenceTable({ methods }).rows).toEqual([
      ["0", "m", "0.2100", "0.952", "1.010", "yes", "0.10", "0.00", "–"],
      ["1", "m", "0.4200", "0.952", "1.010", "yes", "0.10", "0.00", "–"],
    ]);
    const charts = convergenceCharts({ methods });
    expect(charts).toHaveLength(2);
    for (const chart of charts) expect(chart.match(/<polyline/g)).toHaveLength(2);
  });

  it("warns of a loss beyond the budget and of a multiplier that still moves", () => {
    const methods = [method("budget", [ascent(0.2, 0.21, 0.04, -0.2), ascent(0.2, 0.21, 0.12, -0.7)])];
    expect(said((warn) => warnOfConvergence(warn, methods))).toEqual([
      "budget-overrun m 1 12 0.2100",
      "multiplier-unsettled m 1 70",
    ]);
  });
});
