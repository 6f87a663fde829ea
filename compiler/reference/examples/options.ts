import type { optionMessages } from "../../diagnostics/catalogue/options.ts";
import type { DiagnosticExample } from "./example.ts";

const generator = "uncertainty s | x ~ flow_matching { hidden: [8, 8] }";
const train = "train dw_fm { lambda_relative: one_of(0, 0.1) }";
const compare = "compare uniform_fm, saa";
const evaluate = "evaluate on test { regret }";

/** Options: a wrong and a right spec for each code. */
export const optionExamples: Readonly<Record<keyof typeof optionMessages, DiagnosticExample>> = {
  "option-unknown": {
    of: generator,
    wrong: "uncertainty s | x ~ flow_matching { hiden: [8, 8] }",
    right: "uncertainty s | x ~ flow_matching { hidden: [8, 8] }",
  },
  "option-twice": {
    of: train,
    wrong: "train dw_fm { steps: 10, steps: 20 }",
    right: "train dw_fm { steps: 20 }",
  },
  "option-missing": {
    of: evaluate,
    wrong: `${evaluate}\nambiguity wasserstein { radius: 0.1 }`,
    right: `${evaluate}\nambiguity wasserstein { order: 1, radius: 0.1 }`,
  },
  "option-type": { of: train, wrong: "train dw_fm { detilt: 1 }", right: "train dw_fm { detilt: true }" },
  "option-range": {
    of: train,
    wrong: "train dw_fm { steps: 0 }",
    right: "train dw_fm { steps: 2_000 }",
  },
  "option-word": {
    of: generator,
    wrong: "uncertainty s | x ~ flow_matching { solver: rk5 }",
    right: "uncertainty s | x ~ flow_matching { solver: rk4 }",
  },
  "option-conflict": {
    of: train,
    wrong: "train dw_fm { lambda: 0.1, lambda_relative: 0.1 }",
    right: "train dw_fm { lambda_relative: 0.1 }",
  },
  "choice-empty": {
    of: train,
    wrong: "train dw_fm { lambda_relative: one_of() }",
    right: "train dw_fm { lambda_relative: one_of(0, 0.1) }",
  },
  "tuning-criteria": {
    of: compare,
    wrong: "compare dr_knn_saa { neighbours: one_of(10, 50) by regret, radius: one_of(0, 0.1) by loss }",
    right: "compare dr_knn_saa { neighbours: one_of(10, 50) by loss, radius: one_of(0, 0.1) by loss }",
  },
  "tuning-size": {
    of: compare,
    wrong: "compare forest_saa { trees: one_of(10, 20, 30, 40, 50, 60, 70), leaf: one_of(1, 2, 3, 5, 8, 13) }",
    right: "compare forest_saa { trees: 100, leaf: one_of(1, 2, 3, 5, 8, 13) }",
  },
  "method-unknown": { of: compare, wrong: "compare uniform_fn", right: "compare uniform_fm" },
  "method-form": {
    of: train,
    wrong: "train dw_fm { reference: 5 }",
    right: "train dw_fm { reference: saa { folds: 5 } }",
  },
  "method-twice": { of: compare, wrong: "compare saa, saa", right: "compare saa, uniform_fm" },
  "method-needs": {
    base: "market",
    of: "train dw_fm",
    wrong: "train dw_fm\ncompare oracle_saa",
    right: "train dw_fm\ncompare knn_saa",
  },
  "rows-condition": {
    base: "regimes",
    of: "date < 2020-01-01",
    wrong: "date < 2020",
    right: "date < 2020-01-01",
  },
  "metric-qualifier": {
    of: evaluate,
    wrong: "evaluate on test { regret easiest 25% }",
    right: "evaluate on test { regret hardest 25% }",
  },
  "selection-on-test": {
    of: train,
    wrong: "train dw_fm { select: regret on test }",
    right: "train dw_fm { select: regret on validation }",
  },
  "preset-kind": {
    of: train,
    wrong: "preset slow = adam { rate: 1e-5 }\ntrain slow",
    right: "preset slow = adam { rate: 1e-5 }\ntrain dw_fm { optimizer: slow }",
  },
};
