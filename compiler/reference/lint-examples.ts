import type { LintCode } from "../review/lint/index.ts";

/** A wrong and a right form of what a rule is about: the base with the part `of` replaced. Tests lint both. */
export interface LintExample {
  readonly of: string;
  readonly wrong: string;
  readonly right: string;
  /** Further parts of the base that both forms replace. */
  readonly setting?: readonly (readonly [of: string, by: string])[];
  /** Rules that the wrong form breaks besides, as it cannot but. */
  readonly also?: readonly LintCode[];
}

/** A spec that breaks no rule. */
export const LINT_BASE = `/// How much to hold of four funds from one day to the next.
model Funds

seed 7

unit usd

dim Fund    = 4
dim Feature = 3

param gamma: real<1> = 2.0   // weight of the tail: agreed with the risk office
param eta:   real<1> = 1e-3  // diversification: keeps the decision unique
param fee: real<usd> = 0.01  // of the broker, a trade

data market = csv("market.csv") {
  index   date: date
  context x: real[Feature] = columns("f_*") |> standardize
  outcome s: real<usd>[Fund] = columns("r_*")
  split   chronological { train: 70%, validation: 10%, test: 20% }
}

decision z: real<1>[Fund] in simplex { cap: 0.50 }

loss L(z, s) = fee - dot(s, z)

risk mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z) * fee

uncertainty s | x ~ flow_matching { hidden: [64, 64], scenarios: 512 }

train dw_fm { lambda_relative: one_of(0, 0.1), steps: 10_000 }

compare uniform_fm, saa

evaluate on test { regret, cvar_loss, seeds: 5 }
`;

const UNIQUE = "risk mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z) * fee";
const BALL = "train dw_fm { lambda_relative: one_of(0, 0.1), steps: 10_000 }";
const DECISION = "decision z: real<1>[Fund] in simplex { cap: 0.50 }";
const FILE = `data market = csv("market.csv") {
  index   date: date
  context x: real[Feature] = columns("f_*") |> standardize
  outcome s: real<usd>[Fund] = columns("r_*")
  split   chronological { train: 70%, validation: 10%, test: 20% }
}`;
const SPLIT = "split   chronological { train: 70%, validation: 10%, test: 20% }";

export const lintExamples: Readonly<Record<LintCode, LintExample>> = {
  "magic-number": { of: UNIQUE, wrong: UNIQUE.replace("gamma", "3.7"), right: UNIQUE, also: ["unused-declaration"] },
  "unused-declaration": { of: "dim Feature = 3", wrong: "dim Feature = 3\ndim Sector  = 2", right: "dim Feature = 3" },
  "seed-unset": { of: "seed 7\n\n", wrong: "", right: "seed 7\n\n" },
  "unit-unstated": {
    of: "param fee: real<usd>",
    wrong: "param gap = 0.1  // of nothing\nparam fee: real<usd>",
    right: "param fee: real<usd>",
    also: ["unused-declaration"],
  },
  "radius-chosen-on-test": {
    of: BALL,
    wrong: `ambiguity wasserstein { order: 1, radius: 0.05 }\n\n${BALL}`,
    right: `ambiguity wasserstein { order: 1, radius: one_of(0, 0.05, 0.2) by holdout }\n\n${BALL}`,
  },
  "single-seed": { of: ", seeds: 5", wrong: "", right: ", seeds: 5" },
  "missing-baseline": { of: "compare uniform_fm, saa", wrong: "compare uniform_fm", right: "compare uniform_fm, saa" },
  "comparison-without-test": { of: "seeds: 5", wrong: "seeds: 2", right: "seeds: 5" },
  "weights-all-equal": {
    of: BALL,
    wrong: BALL,
    right: "train uniform_fm { steps: 10_000 }",
    setting: [
      [UNIQUE, UNIQUE.replace("gamma * cvar(L, level = 90%)", "gamma * mean(L)")],
      ["regret, cvar_loss", "regret"],
      ["compare uniform_fm, saa", "compare saa"],
    ],
  },
  "weighting-may-hurt": {
    of: "one_of(0, 0.1), steps: 10_000 }",
    wrong: "one_of(0, 2), steps: 10_000 }",
    right: "one_of(0, 2), detilt: true, steps: 10_000 }",
  },
  "weighting-without-choice": {
    of: "one_of(0, 0.1), steps: 10_000 }",
    wrong: "0.1, steps: 10_000 }",
    right: "one_of(0, 0.1), steps: 10_000 }",
    setting: [
      [
        FILE,
        "data market = synthetic portfolio { assets: 4, covariates: 3, train: 20_000 } {\n  context x: real[Feature]\n  outcome s: real[Fund]\n}",
      ],
      ["unit usd\n\n", ""],
      ["real<usd> = 0.01", "real<1> = 0.01"],
    ],
  },
  "strength-without-zero": { of: "one_of(0, 0.1)", wrong: "one_of(0.05, 0.1)", right: "one_of(0, 0.05, 0.1)" },
  "thin-tail": { of: "scenarios: 512", wrong: "scenarios: 64", right: "scenarios: 512" },
  "risk-not-reported": { of: "regret, cvar_loss", wrong: "regret", right: "regret, cvar_loss" },
  "undocumented-model": {
    of: "/// How much to hold of four funds from one day to the next.\n",
    wrong: "",
    right: "/// How much to hold of four funds from one day to the next.\n",
  },
  "undocumented-param": {
    of: "  // weight of the tail: agreed with the risk office",
    wrong: "",
    right: "  // weight of the tail: agreed with the risk office",
  },
  "small-part": { of: SPLIT, wrong: SPLIT.replace("70%, validation: 10%", "75%, validation: 5%"), right: SPLIT },
  "thin-reason": {
    of: "waive bounded_loss",
    wrong: 'waive differentiable_in_outcome because "it is fine"',
    right: 'waive differentiable_in_outcome because "no fund returns nothing at all on any day of these data"',
    setting: [
      [
        "loss L(z, s) = fee - dot(s, z)",
        "loss L(z, s) = fee - (if s[0] > 0 then dot(s, z) else 0)\n\nwaive bounded_loss",
      ],
    ],
  },
  "fraction-as-percent": { of: "level = 90%", wrong: "level = 0.9", right: "level = 90%" },
  "digit-groups": { of: "steps: 10_000", wrong: "steps: 10000", right: "steps: 10_000" },
  "choice-of-one": { of: "one_of(0, 0.1)", wrong: "one_of(0.1)", right: "0.1" },
  "compared-with-itself": {
    of: "compare uniform_fm, saa",
    wrong: "compare dw_fm, saa",
    right: "compare dw_fm { detilt: true }, saa",
  },
  "unscaled-context": { of: " |> standardize", wrong: "", right: " |> standardize" },
  "fixed-component": {
    of: DECISION,
    wrong: `${DECISION.replace("simplex { cap: 0.50 }", "0..1")}\nsubject to {\n  z[0] <= 0\n}`,
    right: DECISION,
  },
  "decision-not-unique": {
    of: " + eta * sum_squares(z) * fee",
    wrong: "",
    right: " + eta * sum_squares(z) * fee",
    also: ["unused-declaration"],
  },
  "name-style": {
    of: "dim Fund    = 4",
    wrong: "dim Fund    = 4\ndim sector  = 2",
    right: "dim Fund    = 4",
    also: ["unused-declaration"],
  },
  "ignore-without-reason": {
    of: "dim Feature = 3",
    wrong: "// droc-ignore unused-declaration\ndim Sector  = 2\ndim Feature = 3",
    right: "// droc-ignore unused-declaration: the next model uses it\ndim Sector  = 2\ndim Feature = 3",
    also: ["unused-declaration"],
  },
  "ignore-unknown-rule": {
    of: "dim Feature = 3",
    wrong: "// droc-ignore unused-dim: the next model uses it\ndim Feature = 3",
    right: "dim Feature = 3",
  },
  "ignore-unused": {
    of: "dim Feature = 3",
    wrong: "// droc-ignore unused-declaration: the next model uses it\ndim Feature = 3",
    right: "dim Feature = 3",
  },
};

/** The spec of one form of an example. @throws Error where the base lacks the text that is replaced */
export function lintCase({ of, setting = [] }: LintExample, by: string): string {
  return [...setting, [of, by] as const].reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the base of the lint examples has no ${from}`);
    return text.replace(from, () => to);
  }, LINT_BASE);
}
