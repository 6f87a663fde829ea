import { describe, expect, it } from "vitest";
import { diagnose, type DiagnosisInput } from "../../../runtime/evaluate/generator/diagnose.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";
import { normals } from "./support.ts";

/** Outcomes and scenarios x + N(0, 1), in units of 10; d components alike. */
function input(n: number, d: number, draws: number, change: Partial<DiagnosisInput> = {}): DiagnosisInput {
  const x = normals(n, "x");
  const at = (k: number, per: number): number => x[Math.floor(k / per)]!;
  const rows = 300;
  const known = normals(rows, "train/x");
  return {
    contexts: n,
    values: x,
    outcomes: normals(n * d, "s").map((value, k) => 10 * (at(k, d) + value)),
    scenarios: normals(n * draws * d, "g").map((value, k) => 10 * (at(k, draws * d) + value)),
    train: {
      rows,
      contexts: known,
      outcomes: normals(rows * d, "train/s").map((value, k) => 10 * (known[Math.floor(k / d)]! + value)),
    },
    difficulty: x.map(Math.abs),
    truth: null,
    stream: randomStream(1, "diagnose"),
    ...change,
  };
}

const scaled = (values: Float64Array): Float64Array => values.map((value) => 1024 * value);

/** Rows of two components of which the first is 5 everywhere. */
const firstConstant = (values: Float64Array): Float64Array => values.map((value, k) => (k % 2 === 0 ? 5 : value));

describe("a diagnosis", () => {
  it("finds nothing wrong with the true law", () => {
    const truth = {
      positions: Int32Array.from({ length: 30 }, (_, k) => 8 * k),
      outcomes: new Float64Array(30 * 16 * 2),
    };
    const x = normals(240, "x");
    const noise = normals(truth.outcomes.length, "t");
    truth.outcomes.forEach((_, k) => {
      truth.outcomes[k] = 10 * (x[8 * Math.floor(k / 32)]! + noise[k]!);
    });
    const found = diagnose(input(240, 2, 40, { truth }));
    expect(found.mmd.p).toBeGreaterThan(0.01);
    expect(found.pit.worst!.p).toBeGreaterThan(0.01);
    expect(found.slicedWasserstein.p).toBeGreaterThan(0.02);
    expect(found.coverage.map(({ byDifficulty }) => byDifficulty.length)).toEqual([3, 3, 3]);
    // In units of the training deviation 10·√2: 1/√π of the noise's 10, against 1/√π of the whole.
    expect(found.crps[0]!.value).toBeCloseTo(1 / Math.sqrt(2 * Math.PI), 1);
    expect(found.crps[0]!.reference).toBeCloseTo(1 / Math.sqrt(Math.PI), 1);
    expect(Math.abs(found.truth!.energy.value!)).toBeLessThan(4 * found.truth!.energy.standardError!);
    expect(found.notes).toEqual([]);
  });

  it("is a function of its input alone", () => {
    expect(JSON.stringify(diagnose(input(40, 2, 12)))).toBe(JSON.stringify(diagnose(input(40, 2, 12))));
  });

  it("does not depend on the units of the outcome", () => {
    const base = input(60, 2, 12);
    const { train } = base;
    const other = diagnose({
      ...base,
      outcomes: scaled(base.outcomes),
      scenarios: scaled(base.scenarios),
      train: { ...train, outcomes: scaled(train.outcomes) },
    });
    expect(other.energyScore.value).toBeCloseTo(diagnose(base).energyScore.value!, 9);
  });

  it.each([1, 2, 4])("of %i contexts says what is missing instead of failing", (n) => {
    const found = diagnose(input(n, 1, 5));
    expect(found.pit.worst).toBeNull();
    expect(found.notes.join()).toContain(`${n} contexts are too few`);
    expect(JSON.stringify(found)).not.toContain("NaN");
    expect(found.energyScore.value).not.toBeNull();
  });

  it("takes a constant component and no context", () => {
    const base = input(30, 2, 8);
    const found = diagnose({
      ...base,
      values: new Float64Array(0),
      outcomes: firstConstant(base.outcomes),
      scenarios: firstConstant(base.scenarios),
      train: { rows: 300, contexts: new Float64Array(0), outcomes: firstConstant(base.train.outcomes) },
    });
    expect(found.crps[0]!.value).toBe(0);
    for (const value of [found.mmd.value, found.energyScore.value, found.correlation.largest.value]) {
      expect(Number.isFinite(value)).toBe(true);
    }
  });

  it("names the scenario that is not a number", () => {
    const base = input(6, 2, 5);
    base.scenarios[(3 * 5 + 2) * 2 + 1] = Number.NaN;
    expect(() => diagnose(base)).toThrowError(
      expect.objectContaining({ code: "scenario-not-finite", args: { row: 2, value: "NaN", component: 1 } }),
    );
  });
});
