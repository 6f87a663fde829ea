import { describe, expect, it } from "vitest";
import { catalogue } from "../../../compiler/diagnostics/index.ts";
import { diagnose, spec, type SpecParts } from "../../support/tester.ts";

type Case = readonly [codes: string, parts: SpecParts];

const file = (lines: string, split = "split chronological { train: 70%, validation: 10%, test: 20% }"): SpecParts => ({
  data: `data market = csv("market.csv") {\n  index date: date\n  ${lines}\n  ${split}\n}`,
});
const fields = 'context x: real[Feature] = columns("f_*")\n  outcome s: real[Asset] = columns("r_*")';
const split = (text: string): SpecParts => file(fields, text);
const outcome = 'outcome s: real[Asset] = columns("r_*")';
const subject = (text: string, decision = "decision z: real[Asset] in simplex"): SpecParts => ({
  decision,
  constraints: `subject to { ${text} }`,
});

/** Mistakes that people who know the problem make, each with the one place to look at. */
const misuse: Readonly<Record<string, readonly Case[]>> = {
  "the answer in hand": [
    ["leak-same-row", file(`context ~~~x~~~: real[Feature] = columns("r_a*")\n  ${outcome}`)],
    ["leak-same-row", file(`context ~~~x~~~: real[Feature] = lag(columns("r_*"), 0)\n  ${outcome}`)],
    ["leak-same-row", file(`context ~~~x~~~: real[Feature] = columns("*")\n  ${outcome}`)],
    ["leak-same-row", file(`context ~~~x~~~: real[Feature] = rolling_mean(columns("r_*"), window = 5)\n  ${outcome}`)],
    ["leak-possible", file(`context ~~~x~~~: real[Feature] = columns("*_a")\n  ${outcome}`)],
    [
      "leak-across-split",
      {
        data: `data market = csv("market.csv") {\n  index row: int\n  context x: real[Feature] = lag(columns("r_*"), 1)\n  ${outcome}\n  ~~~split random { train: 70%, validation: 10%, test: 20% }~~~\n}`,
      },
    ],
    ["split-random-time", split("~~~split random { train: 70%, validation: 10%, test: 20% }~~~")],
    ["selection-on-test", { train: "train dw_fm { select: ~~~regret on test~~~ }" }],
    ["evaluate-on", { evaluate: "evaluate on ~~~train~~~ { regret }" }],
    ["evaluate-on-selection", { evaluate: "~~~evaluate on validation { regret }~~~" }],
    [
      "method-needs",
      { ...split("split chronological { train: 80%, validation: 0%, test: 20% }"), train: "train ~~~dw_fm~~~" },
    ],
    ["method-needs", { evaluate: "evaluate on test { regret, ~~~evaluator: truth~~~ }" }],
    ["method-needs", { compare: "compare ~~~oracle_saa~~~" }],
  ],
  "rows and columns": [
    ["split-sum", split("~~~split chronological { train: 70%, validation: 10%, test: 10% }~~~")],
    ["split-empty", split("~~~split chronological { train: 90%, validation: 10%, test: 0% }~~~")],
    ["split-missing", { data: `data ~~~market~~~ = csv("market.csv") {\n  index date: date\n  ${fields}\n}` }],
    ["split-rule", split("split ~~~chronologic~~~ { train: 70%, validation: 10%, test: 20% }")],
    ["option-unknown", split("split chronological { train: 70%, ~~~valid~~~: 10%, test: 20% }")],
    ["columns-missing", file(`context ~~~x~~~: real[Feature]\n  ${outcome}`)],
    ["columns-count", file(`context x: real[Feature] = ~~~lag(column("f"), 1..5)~~~\n  ${outcome}`)],
    ["pipe-stage", file(`context x: real[Feature] = columns("f_*") |> ~~~whiten~~~\n  ${outcome}`)],
    ["pipe-after-fit", file(`context x: real[Feature] = columns("f_*") |> standardize |> ~~~log1p~~~\n  ${outcome}`)],
    ["columns-form", file(`context x: real[Feature] = ~~~"f_*"~~~\n  ${outcome}`)],
    ["field-range", file(`context x: real[Feature] in ~~~5..1~~~ = columns("f_*")\n  ${outcome}`)],
    [
      "source-unknown",
      {
        data: `data market = ~~~excel("market.xlsx")~~~ {\n  index date: date\n  ${fields}\n  split chronological { train: 70%, validation: 10%, test: 20% }\n}`,
      },
    ],
  ],
  "what may be decided": [
    ["feasible-set-empty", { decision: "decision z: real[Asset] in ~~~simplex { cap: 20% }~~~" }],
    ["feasible-set-empty", subject("~~~z[0] + z[1] >= 1.5~~~")],
    ["feasible-set-empty", subject("z[1] <= 0.1, ~~~z[1] >= 0.2~~~")],
    ["feasible-set-empty", subject("~~~2 * sum(z) == 1~~~")],
    ["decision-range", { decision: "decision z: real[Asset] in ~~~1..0~~~" }],
    [
      "risk-unbounded",
      { decision: "decision ~~~z~~~: real[Asset] >= 0", loss: "loss L(z, s) = sum(pos(s - z)) - 2 * sum(z)" },
    ],
    ["decision-may-be-unbounded", { decision: "decision ~~~z~~~: real[Asset] >= 0" }],
    [
      "decision-may-be-unbounded",
      { decision: "decision ~~~z~~~: real[Asset]", constraints: "subject to { sum(z) == 1 }" },
    ],
    ["redundant-constraint", subject("~~~z <= 1.5~~~")],
    ["redundant-constraint", subject("z[0] <= 0.5, ~~~z[0] <= 0.6~~~")],
    ["constraint-relation", subject("~~~z[0] < 0.5~~~")],
    ["constraint-relation", subject("~~~z[0] != 0.5~~~")],
    ["constraint-uses", subject("~~~dot(s, z) >= 0~~~")],
    ["constraint-uses", subject("~~~z[0] <= x[0]~~~")],
    ["constraint-without-decision", subject("~~~1 <= 2~~~")],
    ["constraint-not-affine", subject("~~~sum_squares(z)~~~ >= 0.1")],
    ["constraint-not-affine", subject("~~~z[0] * z[1]~~~ <= 1")],
    [
      "constraint-not-affine",
      { ...subject("~~~norm2(z)~~~ >= 0.1, sum_squares(z) <= 2"), loss: "loss L(z, s) = -log(2 + dot(s, z))" },
    ],
    ["single-equals", subject("sum(z) ~~~=~~~ 1", "decision z: real[Asset] in 0..1")],
    ["decision-domain", { decision: "decision z: real[Asset] in ~~~simplx~~~" }],
    ["option-unknown", { decision: "decision z: real[Asset] in simplex { ~~~max~~~: 0.3 }" }],
    ["decision-type", { decision: "decision z: ~~~date~~~" }],
  ],
  "what it costs": [
    ["loss-not-convex-in-decision", { loss: "loss L(z, s) = ~~~min(-dot(s, z), 1)~~~" }],
    ["loss-not-piecewise-affine", { loss: "loss L(z, s) = ~~~sqrt(dot(s, z))~~~" }],
    ["loss-not-piecewise-affine", { loss: "loss L(z, s) = ~~~log(dot(s, z))~~~" }],
    ["loss-ignores-decision", { loss: "loss ~~~L~~~(z, s) = sum(s)" }],
    ["loss-ignores-outcome", { loss: "loss ~~~L~~~(z, s) = sum(z)" }],
    ["loss-unlisted", { loss: "loss ~~~L~~~(z) = -dot(s, z)" }],
    ["loss-parameter", { loss: "loss L(z, ~~~r~~~) = -sum(z)" }],
    ["loss-shape", { loss: "loss L(z, s) = ~~~-s * z~~~" }],
    ["dim-mismatch", { loss: "loss L(z, s, x) = -sum(~~~x * z~~~)" }],
    ["unknown-name", { loss: "loss L(z, s) = -dot(s, ~~~w~~~)" }],
    ["unknown-function", { loss: "loss L(z, s) = -~~~dott~~~(s, z)" }],
    ["assumption-violated", { loss: "loss L(z, s) = if ~~~s[0] > 0~~~ then -dot(s, z) else 0" }],
    ["assumption-violated", { loss: "loss L(z, s) = -dot(s, z) * (if ~~~s[1] <= s[2]~~~ then 1 else 2)" }],
    ["waive-unknown", { more: 'waive ~~~lipschitz~~~ because "it is"' }],
    ["waive-unused", { more: 'waive ~~~random_split~~~ because "it is safe"' }],
    ["waive-unused", { more: 'waive ~~~differentiable_in_outcome~~~ because "it is"' }],
    ["waive-without-reason", { more: 'waive random_split because ~~~""~~~' }],
  ],
  "how risk is weighed": [
    ["bare-level", { risk: "risk cvar(L, ~~~95%~~~)" }],
    ["cvar-level-missing", { risk: "risk ~~~cvar(L)~~~" }],
    ["cvar-level-range", { risk: "risk cvar(L, ~~~level = 100%~~~)" }],
    ["cvar-level-range", { risk: "risk cvar(L, ~~~tail = 0%~~~)" }],
    ["argument-unknown", { risk: "risk cvar(L, ~~~alpha~~~ = 5%)" }],
    ["risk-negative-weight", { risk: "risk mean(L) - ~~~cvar(L, level = 90%)~~~" }],
    ["risk-not-linear", { risk: "risk ~~~max(mean(L), cvar(L, level = 90%))~~~" }],
    ["risk-without-loss", { risk: "risk ~~~sum_squares(z)~~~" }],
    ["risk-uses", { risk: "risk mean(L) + ~~~sum(s)~~~" }],
    ["risk-term-not-convex", { risk: "risk mean(L) - ~~~sum_squares(z)~~~" }],
    ["risk-loss-name", { risk: "risk cvar(~~~z~~~, level = 90%)" }],
  ],
  "how it is learnt and judged": [
    ["option-unknown", { train: "train dw_fm { ~~~lamda~~~: 0.1 }" }],
    ["option-conflict", { train: "train dw_fm { lambda: 0.1, ~~~lambda_relative~~~: 0.1 }" }],
    ["option-range", { train: "train dw_fm { steps: ~~~0~~~ }" }],
    ["option-range", { train: "train dw_fm { reference: saa { folds: ~~~1~~~ } }" }],
    ["equals-for-colon", { train: "train dw_fm { steps ~~~=~~~ 10 }" }],
    ["option-type", { train: "train dw_fm { detilt: ~~~1~~~ }" }],
    ["option-word", { uncertainty: "uncertainty s | x ~ flow_matching { solver: ~~~rk5~~~ }" }],
    ["method-unknown", { train: "train ~~~dwfm~~~" }],
    ["method-unknown", { uncertainty: "uncertainty s | x ~ ~~~flow_macthing~~~", train: null }],
    ["method-unknown", { compare: "compare ~~~unifrom_fm~~~" }],
    ["method-twice", { compare: "compare saa, ~~~saa~~~" }],
    ["method-unknown", { evaluate: "evaluate on test { ~~~regert~~~ }" }],
    ["metric-qualifier", { evaluate: "evaluate on test { regret ~~~easiest~~~ 25% }" }],
    ["uncertainty-target", { uncertainty: "uncertainty ~~~z~~~ | x ~ flow_matching" }],
  ],
};

const cases = Object.entries(misuse).flatMap(([group, list]) =>
  list.map(([codes, parts]) => [group, codes, parts] as const),
);

describe("misuse", () => {
  it.each(cases)("of %s: %s in %o", (_, codes, parts) => {
    const { diagnostics } = diagnose(spec(parts), codes.split(" "));
    for (const { message, why, help } of diagnostics) {
      for (const text of [message, why, help]) expect(text).not.toMatch(/\{\w+\}|undefined|NaN|\[object/);
    }
  });

  it("has eighty cases and more, of codes that exist", () => {
    expect(cases.length).toBeGreaterThanOrEqual(80);
    const known = new Set(Object.keys(catalogue));
    expect(cases.flatMap(([, codes]) => codes.split(" ")).filter((code) => !known.has(code))).toEqual([]);
  });
});
