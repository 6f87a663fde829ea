import { describe, expect, it } from "vitest";
import { analyseModel } from "../../compiler/analyse/index.ts";
import {
  assumptionTable,
  factsOf,
  isViolated,
  judge,
  needs,
  waivableAssumptions,
} from "../../compiler/analyse/assumptions/index.ts";
import { compileText, diagnose, lower, spec, type SpecParts } from "../support/tester.ts";

const switching = "loss L(z, s) = -dot(s, z) + (if ~~~s[0] > 0~~~ then 0 else 1) * z[0]";
const waived = 'waive differentiable_in_outcome because "returns are never zero"';

/** Violated rows of a method for a spec that is trained without weights, so that it compiles. */
function violated(method: string, parts: SpecParts): readonly string[] {
  const ir = lower(spec({ train: "train uniform_fm", ...parts }));
  const { canonical } = analyseModel(ir);
  if (canonical === null) throw new Error("the spec is not sound");
  return judge(method, factsOf({ ir, ...canonical }))
    .filter(isViolated)
    .map(({ need }) => need.assumption);
}

describe("the table", () => {
  it("has no row twice, and uses every assumption", () => {
    const keys = needs.map(({ method, assumption }) => `${method} ${assumption}`);
    expect(new Set(keys).size).toBe(keys.length);
    const used = new Set<string>(needs.map(({ assumption }) => assumption));
    expect(Object.keys(assumptionTable).filter((id) => !used.has(id))).toEqual([]);
  });

  it("says of each row what it means, where it comes from and what its lack costs, in one voice", () => {
    for (const { statement, source, advice } of Object.values(assumptionTable)) {
      for (const text of [statement, advice]) expect(text).toMatch(/^[a-zéλ`][^]*[^.]$/u);
      expect(source.length).toBeGreaterThan(5);
    }
    for (const { otherwise } of needs) expect(otherwise).toMatch(/^[a-z][^]*[^.]$/);
  });
});

describe("a violated assumption", () => {
  it("is an error at the sub-expression, with the method named", () => {
    const { diagnostics } = diagnose(spec({ loss: switching }), ["assumption-violated"]);
    expect(diagnostics[0]!.message).toBe(
      "`dw_fm` assumes that the loss is continuous and almost everywhere differentiable in the outcome, but `>` switches on the outcome, so the loss may jump there",
    );
    expect(diagnostics[0]!.why).toContain("003 §4.2");
    expect(diagnostics[0]!.help).toContain("waive differentiable_in_outcome");
    expect(diagnostics[0]!.related.map((place) => place.message)).toEqual(["`dw_fm` takes part in it"]);
  });

  it("is no matter to a method that does not assume it", () => {
    const plain = switching.replaceAll("~~~", "");
    for (const train of ["train uniform_fm", "train dw_fm { lambda: 0 }"]) {
      expect(compileText(spec({ loss: plain, train })).diagnostics).toEqual([]);
    }
  });

  it.each([
    ["wasserstein { order: 1, radius: 0.1 }", "loss L(z, s) = dot(square(s), z)"],
    ["wasserstein { order: 2, radius: 0.1 }", "loss L(z, s) = dot(~~~square(s)~~~, z)"],
  ])("is found of the ambiguity %s", (set, loss) => {
    const marked = loss.includes("~~~") ? `ambiguity ${set}` : `~~~ambiguity ${set}~~~`;
    const { diagnostics } = diagnose(spec({ loss, more: marked }), ["assumption-violated"]);
    expect(diagnostics[0]!.message).toContain(`\`${set.slice(0, 22)} }\` assumes`);
    expect(compileText(spec({ more: `ambiguity ${set}` })).diagnostics).toEqual([]);
  });

  it("may be accepted in the open", () => {
    const ir = lower(spec({ loss: switching.replaceAll("~~~", ""), more: waived }));
    expect(ir.waivers).toMatchObject([{ assumption: "differentiable_in_outcome" }]);
    const { canonical } = analyseModel(ir);
    const row = canonical!.judgements.find(({ need }) => need.assumption === "differentiable_in_outcome");
    expect(row).toMatchObject({ verdict: { holds: false }, waiver: { because: "returns are never zero" } });
  });

  it.each([
    ['waive ~~~differentiable_in_outcome~~~ because "no need"', "waive-unused"],
    ['waive ~~~differentiable_in_outcom~~~ because "a typo"', "waive-unknown"],
    ['waive differentiable_in_outcome because ~~~" "~~~', "waive-without-reason"],
  ])("is not set aside by %s", (more, code) => {
    diagnose(spec({ more }), [code]);
  });
});

describe("methods", () => {
  const bilinear = { loss: "loss L(z, s) = -dot(s, z)" };
  const tail = { ...bilinear, risk: "risk mean(L) + cvar(L, level = 90%)" };
  const curved = { loss: "loss L(z, s) = dot(square(s), z)" };
  const lots: SpecParts = { ...bilinear, decision: "decision z: int[Asset] in 0..3" };
  const ridge = { ...bilinear, risk: "risk mean(L) + sum_squares(z)" };
  const kinked = { loss: "loss L(z, s) = sum(pos(s - z))" };

  it.each([
    ["wasserstein_1", bilinear, []],
    ["wasserstein_1", kinked, []],
    ["wasserstein_1", curved, ["lipschitz_in_outcome"]],
    ["wasserstein_1", { loss: switching.replaceAll("~~~", "") }, ["lipschitz_in_outcome"]],
    ["wasserstein_2", bilinear, []],
    ["wasserstein_2", { loss: "loss L(z, s) = max(-dot(s, z), 2 * dot(s, z) - 1)" }, []],
    ["wasserstein_2", curved, ["piecewise_affine_in_outcome"]],
    ["kl", curved, []],
    ["spo_plus", bilinear, []],
    ["spo_plus", tail, []],
    ["spo_plus", curved, ["linear_in_outcome"]],
    ["spo_plus", { loss: "loss L(z, s) = max(-dot(s, z), 0)" }, ["linear_in_outcome"]],
    ["gen_dfl_implicit", bilinear, ["strongly_convex"]],
    ["gen_dfl_implicit", ridge, []],
    ["gen_dfl_implicit", lots, ["convex_in_decision", "strongly_convex"]],
    ["gen_dfl_contrastive", lots, []],
    ["task_e2e", ridge, []],
    ["diff_dro", lots, ["convex_in_decision"]],
    ["lro", bilinear, []],
    ["e2e_cro", lots, ["convex_in_decision"]],
    ["e2e_conformal", curved, ["linear_in_outcome"]],
    ["sddp", lots, ["convex_in_decision"]],
    ["w_dro", { loss: switching.replaceAll("~~~", "") }, ["differentiable_in_outcome"]],
    ["dw_fm_strong", ridge, ["unconstrained_decision"]],
    ["dw_fm_strong", { ...ridge, decision: "decision z: real[Asset]" }, []],
    ["dw_fm_strong", bilinear, ["strongly_convex", "unconstrained_decision"]],
    ["gas_dro", curved, []],
  ] satisfies readonly (readonly [string, SpecParts, readonly string[]])[])(
    "%s with %o lacks %o",
    (method, parts, lacks) => {
      expect(violated(method, parts)).toEqual(lacks);
    },
  );

  it("are all in the table, and what can be waived is what they cannot do without", () => {
    expect([...waivableAssumptions.keys()].toSorted()).toEqual(
      [...new Set(needs.filter((need) => need.for === "applies").map(({ assumption }) => assumption))].toSorted(),
    );
  });
});
