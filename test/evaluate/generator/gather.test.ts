import { describe, expect, it } from "vitest";
import { diagnose, type GeneratorDiagnosis } from "../../../runtime/evaluate/generator/diagnose.ts";
import { shapeOf, warnOfDiagnoses } from "../../../runtime/evaluate/generator/gather.ts";
import type { DwFmTheory } from "../../../runtime/methods/theory/index.ts";
import type { PlannedMethod } from "../../../runtime/methods/plan.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";
import { gaussianSample } from "./support.ts";

const METHOD: PlannedMethod = {
  id: "dw_fm",
  label: "dw_fm",
  role: "trained",
  note: "",
  how: { kind: "dw_fm", detilt: false },
};
const DETILTED: PlannedMethod = { ...METHOD, how: { kind: "dw_fm", detilt: true } };

function diagnosisOf(shift: number, scale: number): GeneratorDiagnosis {
  const { contexts, drawn, observed } = gaussianSample({ n: 250, d: 2, draws: 40, shift, scale });
  return diagnose({
    contexts,
    values: new Float64Array(0),
    outcomes: observed,
    scenarios: drawn,
    train: { rows: 250, contexts: new Float64Array(0), outcomes: observed },
    difficulty: new Float64Array(contexts),
    truth: null,
    stream: randomStream(1, "gather"),
  });
}

function theory(excess: number, tilt: number, error: number): DwFmTheory {
  const at = (value: number) => ({ value, standardError: error });
  return {
    contexts: 100,
    lambda: 1,
    excessRisk: at(excess),
    tiltingBias: at(tilt),
    sum: at(excess + tilt),
    effectiveShare: 0.8,
    detiltedShare: 0.9,
    leastConstant: 1,
    leastBound: 1,
    leastBoundDetilted: 1,
  };
}

/** What is said of diagnoses, one a seed, and of the theory. */
function said(
  seeds: readonly GeneratorDiagnosis[],
  theories: readonly DwFmTheory[] = [],
  method: PlannedMethod = METHOD,
): [string, unknown][] {
  const out: [string, unknown][] = [];
  warnOfDiagnoses(
    (code, args) => void out.push([code, args]),
    [method],
    seeds.length === 0 ? [] : [{ method: "dw_fm", components: ["a", "b"], seeds }],
    theories.length === 0 ? [] : [{ method: "dw_fm", seeds: theories }],
  );
  return out;
}

describe("warnings of a diagnosis", () => {
  it("are not there for a right generator", () => {
    expect(said([diagnosisOf(0, 1), diagnosisOf(0, 1)])).toEqual([]);
  });

  it("name the level where coverage is furthest off", () => {
    const [[code, args] = ["", {}]] = said([diagnosisOf(0, 3)]);
    expect(code).toBe("generator-coverage");
    expect(args).toMatchObject({ method: "dw_fm", level: 80 });
  });

  it("say in which way an outcome is out of place where coverage is near", () => {
    expect(said([diagnosisOf(0.5, 1)])).toEqual([
      ["generator-calibration", expect.objectContaining({ shape: "outcomes lie above most of the scenarios" })],
    ]);
  });

  it("need every seed to be off", () => {
    expect(said([diagnosisOf(0.5, 1), diagnosisOf(0, 1)])).toEqual([]);
  });

  it("name a tilt that is larger than the error of the fit and than chance, unless it is taken back", () => {
    const tilted = [theory(0.1, 0.5, 0.05)];
    expect(said([], tilted)).toEqual([["tilt-exceeds-fit", { method: "dw_fm", tilt: "0.50", excess: "0.10" }]]);
    expect(said([], tilted, DETILTED)).toEqual([]);
    expect(said([], [theory(0.1, 0.5, 0.3)])).toEqual([]);
    expect(said([], [theory(0.6, 0.5, 0.05)])).toEqual([]);
  });
});

describe("the shape of a histogram", () => {
  it.each([
    [[0.1, 0.1, 0.2, 0.2, 0.4], "outcomes lie above most of the scenarios"],
    [[0.4, 0.3, 0.1, 0.1, 0.1], "outcomes lie below most of the scenarios"],
    [[0.35, 0.1, 0.1, 0.1, 0.35], "too many outcomes lie at the ends of the scenarios, which are too narrow"],
    [[0.1, 0.2, 0.4, 0.2, 0.1], "too few outcomes lie at the ends of the scenarios, which are too wide"],
    [[0.2, 0.3, 0.0, 0.3, 0.2], "the histogram in the report shows where"],
  ])("of %j is said in words", (shares, words) => {
    expect(shapeOf(shares)).toBe(words);
  });
});
