import { describe, expect, it } from "vitest";
import { analyseModel } from "../../compiler/analyse/index.ts";
import { guaranteesOf, type Guarantee } from "../../compiler/analyse/guarantees/index.ts";
import { lower, spec, type SpecParts } from "../support/tester.ts";

function guarantees(parts: SpecParts): ReadonlyMap<string, Guarantee> {
  const ir = lower(spec(parts));
  const { canonical } = analyseModel(ir);
  if (canonical === null) throw new Error("the spec is not sound");
  return new Map(guaranteesOf(ir, canonical).map((one) => [one.name, one]));
}

describe("guarantees", () => {
  it("say what a plain portfolio has, and what would make it stronger", () => {
    const found = guarantees({});
    expect([...found].map(([name, { holds }]) => [name, holds])).toEqual([
      ["convex", true],
      ["unique-decision", false],
      ["nonempty", true],
      ["bounded", true],
      ["coherent-risk", true],
      ["sample-average", true],
      ["differentiable-in-outcome", true],
      ["regret-bound", "unknown"],
      ["no-leakage", true],
      ["regret-under-truth", false],
    ]);
    expect(found.get("unique-decision")!.stronger).toContain("sum_squares");
    expect(found.get("regret-bound")).toMatchObject({
      source: "003 theorem 5.6",
      bound: expect.stringContaining("tilt"),
    });
    expect(found.get("regret-bound")!.stronger).toContain("strongly convex");
  });

  it("have the constants that the spec fixes", () => {
    const found = guarantees({
      params: "param eta = 0.5",
      decision: "decision z: real[Asset]",
      risk: "risk mean(L) + eta * sum_squares(z)",
    });
    expect(found.get("unique-decision")).toMatchObject({ holds: true, bound: "‖z − z*‖² ≤ 2 · gap" });
    expect(found.get("regret-bound")).toMatchObject({
      source: "003 theorem C.4",
      bound: expect.stringContaining("2 · 1²"),
    });
    expect(found.get("bounded")).toMatchObject({ holds: true });
    const tail = guarantees({
      risk: "risk mean(L) + cvar(L, level = 75%)",
      uncertainty: "uncertainty s | x ~ flow_matching { scenarios: 400 }",
    });
    expect(tail.get("sample-average")).toMatchObject({
      text: expect.stringContaining("100 of them"),
      bound: "error of the risk of order 0.1 · sd of the loss in the tail",
    });
  });

  it("lose what integers, jumps and unweighted training lose", () => {
    const whole = guarantees({ decision: "decision z: int[Asset] in 0..4" });
    expect(whole.get("convex")).toMatchObject({ holds: false });
    expect(whole.get("nonempty")).toMatchObject({ holds: "unknown", text: expect.stringContaining("rounded") });
    expect(guarantees({ train: "train uniform_fm" }).get("regret-bound")!.bound).not.toContain("tilt");
    const mixture = guarantees({ uncertainty: "uncertainty s | x ~ gmm", train: null });
    expect(mixture.has("regret-bound")).toBe(false);
  });

  it("print what was waived, with its reason", () => {
    const found = guarantees({
      loss: "loss L(z, s) = -dot(s, z) + (if s[0] > 0 then 0 else 1) * z[0]",
      more: 'waive differentiable_in_outcome because "returns are never zero"',
    });
    expect(found.get("waived-differentiable-in-outcome")).toMatchObject({
      holds: false,
      text: expect.stringContaining('accepted because "returns are never zero"'),
    });
    expect(found.get("differentiable-in-outcome")).toMatchObject({ holds: false });
  });
});
