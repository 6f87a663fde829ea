import { describe, expect, it } from "vitest";
import type { DecisionAnswer, Decider, ScenarioSet } from "../../runtime/decide/index.ts";
import { crossFittedSensitivities, fittedReference, foldsOf } from "../../runtime/methods/reference.ts";
import { startPace } from "../../runtime/methods/pace.ts";
import type { TrainingSet } from "../../runtime/models/sampler.ts";
import type { DecisionProblem } from "../../runtime/spec.ts";
import { smallPortfolio } from "../runs/pipelines.ts";

const { problem } = smallPortfolio();
const ROWS = 23;

/** Rows whose first outcome is their own number, so that a scenario tells where it came from. */
function numberedRows(): TrainingSet {
  return {
    rows: ROWS,
    contexts: Float64Array.from({ length: ROWS * 2 }, (_, k) => Math.sin(k)),
    outcomes: Float64Array.from({ length: ROWS * 3 }, (_, k) => (k % 3 === 0 ? k / 3 : 0.01 * k)),
  };
}

/** Records the rows that each solve sees; answers with a decision that names the call. */
function recordingDecider(): { decider: Decider; calls: number[][] } {
  const calls: number[][] = [];
  const decider: Decider = {
    decide(scenarios: ScenarioSet): DecisionAnswer {
      calls.push(Array.from({ length: scenarios.count }, (_, k) => scenarios.outcomes[3 * k]!));
      return {
        z: Float64Array.of(calls.length, 0, 0),
        t: Float64Array.of(1e9),
        objective: 0,
        status: "optimal",
        primalResidual: 0,
        dualResidual: 0,
        gap: 0,
        milliseconds: 0,
        solver: "recording",
        blame: [],
      };
    },
  };
  return { decider, calls };
}

describe("cross-fitting (003 Appendix D)", () => {
  it("cuts the rows into blocks that cover them once", () => {
    const folds = foldsOf(ROWS, 4);
    expect(folds[0]!.from).toBe(0);
    expect(folds.at(-1)!.to).toBe(ROWS);
    for (const [k, fold] of folds.entries()) if (k > 0) expect(fold.from).toBe(folds[k - 1]!.to);
  });

  it("decides a fold's SAA reference on exactly the rows of the other folds", async () => {
    const { decider, calls } = recordingDecider();
    const squares = await crossFittedSensitivities(
      problem,
      decider,
      { kind: "saa", folds: 4 },
      numberedRows(),
      startPace(),
    );
    expect(calls).toHaveLength(4);
    for (const [k, { from, to }] of foldsOf(ROWS, 4).entries()) {
      const others = Array.from({ length: ROWS }, (_, row) => row).filter((row) => row < from || row >= to);
      expect(calls[k]).toEqual(others);
      // The gradient is −z and z names the solve: each row is weighed with its own fold's decision.
      for (let row = from; row < to; row++) expect(squares[row]).toBe((k + 1) ** 2);
    }
  });

  it("decides a row's nearest-neighbour reference on rows of other folds only", async () => {
    const { decider, calls } = recordingDecider();
    const spec = { kind: "knn_saa", folds: 4, neighbours: 6 } as const;
    await crossFittedSensitivities(problem, decider, spec, numberedRows(), startPace());
    expect(calls).toHaveLength(ROWS);
    const folds = foldsOf(ROWS, 4);
    for (const [row, seen] of calls.entries()) {
      const own = folds.find(({ from, to }) => row >= from && row < to)!;
      expect(seen).toHaveLength(6);
      expect(seen.some((other) => other >= own.from && other < own.to)).toBe(false);
    }
  });

  it("decides every row anew where the loss reads the context, still without its fold", async () => {
    const contextual: DecisionProblem = {
      ...problem,
      loss: (z, s, x) => problem.loss(z, s, x) + x[0]!,
    };
    const { decider, calls } = recordingDecider();
    await crossFittedSensitivities(contextual, decider, { kind: "saa", folds: 4 }, numberedRows(), startPace());
    expect(calls).toHaveLength(ROWS);
    expect(calls[0]).not.toContain(0);
    expect(calls[ROWS - 1]).not.toContain(ROWS - 1);
  });

  it("refuses fewer rows than folds", async () => {
    const { decider } = recordingDecider();
    const few = { rows: 3, contexts: new Float64Array(6), outcomes: new Float64Array(9) };
    await expect(
      crossFittedSensitivities(problem, decider, { kind: "saa", folds: 5 }, few, startPace()),
    ).rejects.toMatchObject({ code: "too-few-rows" });
  });
});

describe("the reference for new contexts", () => {
  it("is one solve on all rows where nothing reads the context", () => {
    const { decider, calls } = recordingDecider();
    const at = fittedReference(problem, decider, { kind: "saa", folds: 4 }, numberedRows());
    at(Float64Array.of(0, 0));
    at(Float64Array.of(1, 1));
    expect(calls).toHaveLength(1);
    expect(calls[0]).toHaveLength(ROWS);
  });
});
