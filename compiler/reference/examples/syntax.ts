import type { SYNTAX_PROBLEMS } from "../../../grammar/index.ts";
import type { DiagnosticExample } from "./example.ts";

const dims = "dim Asset = 3";
const param = "param gamma = 2.0";
const decision = "decision z: real[Asset] in simplex { cap: 0.6 }";
const loss = "loss L(z, s) = -dot(s, z)";
const risk = "risk mean(L) + gamma * cvar(L, level = 90%)";
const generator = "uncertainty s | x ~ flow_matching { hidden: [8, 8] }";
const train = "train dw_fm { lambda_relative: one_of(0, 0.1) }";
const evaluate = "evaluate on test { regret }";

/** Syntax: a wrong and a right spec for each code. */
export const syntaxExamples: Readonly<Record<keyof typeof SYNTAX_PROBLEMS, DiagnosticExample>> = {
  "unknown-character": {
    of: param,
    wrong: "param gamma = 2.0\nparam η = 0.1",
    right: "param gamma = 2.0\nparam eta = 0.1",
  },
  "foreign-operator": { of: loss, wrong: "loss L(z, s) = dot(s, z) ** 1", right: "loss L(z, s) = dot(s, z) ^ 1" },
  "foreign-comment": {
    of: param,
    wrong: "# weight of the tail\nparam gamma = 2.0",
    right: "// weight of the tail\nparam gamma = 2.0",
  },
  "unterminated-string": {
    of: dims,
    wrong: 'dim Asset = ["a", "b", "c]',
    right: 'dim Asset = ["a", "b", "c"]',
  },
  "single-quoted-string": {
    of: dims,
    wrong: 'dim Asset = [\'a\', "b", "c"]',
    right: 'dim Asset = ["a", "b", "c"]',
  },
  "bad-escape": {
    base: "market",
    of: 'csv("market.csv")',
    wrong: 'csv("data\\market.csv")',
    right: 'csv("data/market.csv")',
  },
  "bad-number": { of: param, wrong: "param gamma = 2__000", right: "param gamma = 2_000" },
  "bad-date": {
    base: "regimes",
    of: "date < 2020-01-01",
    wrong: "date < 2019-02-29",
    right: "date < 2019-02-28",
  },
  "unclosed-bracket": { of: loss, wrong: "loss L(z, s) = -(dot(s, z)", right: "loss L(z, s) = -(dot(s, z))" },
  "unmatched-bracket": { of: loss, wrong: "loss L(z, s) = -dot(s, z))", right: "loss L(z, s) = -dot(s, z)" },
  "mismatched-bracket": {
    of: generator,
    wrong: "uncertainty s | x ~ flow_matching { hidden: [8, 8) }",
    right: "uncertainty s | x ~ flow_matching { hidden: [8, 8] }",
  },
  "nesting-too-deep": {
    of: loss,
    wrong: {
      text: () => `loss L(z, s) = -dot(s, z)${" + (gamma".repeat(101)}${")".repeat(101)}`,
      shows: "loss L(z, s) = -dot(s, z) + (gamma + (gamma + (gamma + …    // 101 parentheses deep",
    },
    right: "loss L(z, s) = -dot(s, z) + 101 * gamma",
  },
  "source-too-large": {
    of: param,
    wrong: {
      text: () => `param gamma = 2.0${" // 0.0137".repeat(120_000)}`,
      shows: "param gamma = 2.0    // a comment of more than a million characters",
    },
    right: "param gamma = 2.0    // the numbers are in returns.csv",
  },
  "too-many-problems": {
    of: param,
    wrong: {
      text: () => `param gamma = 2.0\n${Array.from({ length: 201 }, (_, i) => `param p${i} = = 1`).join("\n")}`,
      shows: "param gamma = 2.0\nparam p0 = = 1\n…\nparam p200 = = 1",
    },
    right: "param gamma = 2.0\nparam p0 = 1",
    also: ["missing-value"],
  },
  "expected-token": {
    of: evaluate,
    wrong: "evaluate no test { regret }",
    right: "evaluate on test { regret }",
  },
  "unexpected-token": {
    of: decision,
    wrong: "decision z: real[Asset] im simplex { cap: 0.6 }",
    right: "decision z: real[Asset] in simplex { cap: 0.6 }",
  },
  "unexpected-keyword": { of: param, wrong: "param gamma = then", right: "param gamma = 2.0" },
  "reserved-name": { of: param, wrong: "param gamma = 2.0\nparam if = 1", right: "param gamma = 2.0\nparam if_ = 1" },
  "missing-value": { of: risk, wrong: "risk mean(L) +", right: "risk mean(L) + gamma * cvar(L, level = 90%)" },
  "missing-equals": { of: param, wrong: "param gamma 2.0", right: "param gamma = 2.0" },
  "missing-colon": {
    of: decision,
    wrong: "decision z: real[Asset] in simplex { cap 0.6 }",
    right: "decision z: real[Asset] in simplex { cap: 0.6 }",
  },
  "equals-for-colon": {
    of: generator,
    wrong: "uncertainty s | x ~ flow_matching { hidden = [8, 8] }",
    right: "uncertainty s | x ~ flow_matching { hidden: [8, 8] }",
  },
  "colon-for-equals": { of: risk, wrong: "risk cvar(L, level: 90%)", right: "risk cvar(L, level = 90%)" },
  "single-equals": {
    of: decision,
    wrong: "decision z: real[Asset] >= 0\nsubject to { sum(z) = 1 }",
    right: "decision z: real[Asset] >= 0\nsubject to { sum(z) == 1 }",
  },
  "missing-comma": { of: loss, wrong: "loss L(z, s) = -dot(s z)", right: "loss L(z, s) = -dot(s, z)" },
  "extra-comma": {
    of: train,
    wrong: "train dw_fm { lambda_relative: 0.1,, steps: 500 }",
    right: "train dw_fm { lambda_relative: 0.1, steps: 500 }",
  },
  "missing-newline": {
    of: param,
    wrong: "param gamma = 2.0 param eta = 0.1",
    right: "param gamma = 2.0\nparam eta = 0.1",
  },
  "unknown-declaration": { of: param, wrong: "parameter gamma = 2.0", right: "param gamma = 2.0" },
  "line-begins-new-item": {
    of: loss,
    wrong: "loss L(z, s) = -dot(s, z)\n  - gamma",
    right: "loss L(z, s) = -dot(s, z) -\n  gamma",
  },
  "bare-level": { of: risk, wrong: "risk cvar(L, 90%)", right: "risk cvar(L, level = 90%)" },
  "chained-relation": {
    of: param,
    wrong: "param gamma = 2.0\nparam moderate: bool = 0 < gamma < 5",
    right: "param gamma = 2.0\nparam moderate: bool = 0 < gamma and gamma < 5",
  },
  "not-a-constraint": {
    of: decision,
    wrong: "decision z: real[Asset] in simplex\nsubject to { z[0] + z[1] }",
    right: "decision z: real[Asset] in simplex\nsubject to { z[0] + z[1] <= 0.8 }",
  },
  "misplaced-import": {
    of: "model Example",
    wrong: 'model Example\nimport { newsvendor } from "std/losses"',
    right: 'import { newsvendor } from "std/losses"\nmodel Example',
  },
  "misplaced-model": {
    base: "storage",
    of: "  next level = level + sum(charge)",
    wrong: "  model Variant\n  next level = level + sum(charge)",
    right: "  next level = level + sum(charge)",
  },
  "unclosed-unit": {
    of: "param price: real<usd/item> = 3.0",
    wrong: "param price: real<usd/item = 3.0",
    right: "param price: real<usd/item> = 3.0",
  },
};
