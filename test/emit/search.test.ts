import { describe, expect, it } from "vitest";
import { emitPipeline } from "../../compiler/emit/pipeline.ts";
import { pipelineData } from "../../compiler/emit/lower-spec.ts";
import { diagnose, lower } from "../support/tester.ts";

const packing = (solve: string, compare: string): string => `model Packing

dim Item = 3

data days = csv("days.csv") {
  index date: date
  context x: real[2] = columns("f_*") |> standardize
  outcome v: real[Item] = columns("v_*")
  split chronological { train: 70%, validation: 10%, test: 20% }
}

decision z: bool[Item]
subject to { weight: 2 * z[0] + 3 * z[1] + 4 * z[2] <= 6 }

loss cost(z, v) = -dot(v, z)
risk mean(cost)
${solve}
uncertainty v | x ~ gaussian
compare ${compare}
evaluate on test { hindsight_regret, seeds: 5 }
`;

describe("solve branch_and_bound", () => {
  it("is carried by the emitted problem, with its defaults as such", async () => {
    const ir = lower(packing("solve branch_and_bound { gap: 0.1% }", "two_stage"));
    const data = pipelineData(ir);
    expect(data.search).toEqual({ gap: 1e-3, timeLimit: 60 });
    const text = await emitPipeline(ir, { sources: [], root: "../", drocVersion: "1.2.3" });
    expect(text).toContain("When the search for a whole decision ends");
    expect(text).toMatch(
      /const search: IntegerSearchSpec = \{\n {2}gap: 0\.001,\n {2}timeLimit: 60, \/\/ default\n\};/,
    );
    const from = text.indexOf("const problem: DecisionProblem");
    expect(text.slice(from, text.indexOf("};", text.indexOf("risk,", from)))).toMatch(/\bsearch,/);
  });

  it("is not emitted where the spec does not state it", async () => {
    const ir = lower(packing("", "two_stage"));
    expect(pipelineData(ir)).not.toHaveProperty("search");
    expect(await emitPipeline(ir, { sources: [], root: "../", drocVersion: "1.2.3" })).not.toContain("search");
  });

  it("takes a gap under 1 and a positive time", () => {
    diagnose(packing("solve branch_and_bound { gap: ~~~1~~~, time_limit: ~~~0~~~ }", "two_stage"), [
      "option-range",
      "option-range",
    ]);
  });

  it("belongs to a decision of one stage, and SDDP to several", () => {
    diagnose(packing("solve ~~~sddp { iterations: 5 }~~~", "two_stage"), ["wrong-problem"]);
  });
});

describe("evaluations", () => {
  it("are lowered where they are stated", () => {
    const ir = lower(packing("", "spo_plus { evaluations: 7 }, two_stage"));
    const evaluations = pipelineData(ir).compare.map((method) => "evaluations" in method && method.evaluations);
    expect(evaluations).toEqual([7, false]);
  });

  it("are no option of a robust layer", () => {
    diagnose(packing("", "diff_dro { ~~~evaluations~~~: 7 }"), ["option-unknown"]);
  });
});

describe("relax", () => {
  it("is lowered where it is true, and absent otherwise", () => {
    const ir = lower(packing("", "spo_plus { relax: true }, pg { relax: false }, dbb"));
    const relaxed = pipelineData(ir).compare.map((method) => "relax" in method && method.relax);
    expect(relaxed).toEqual([true, false, false]);
  });

  it("is no option of losses over a pool of whole decisions", () => {
    diagnose(packing("", "nce { ~~~relax~~~: true }"), ["option-unknown"]);
  });
});
