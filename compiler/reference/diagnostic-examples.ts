/**
 * A wrong and a right form of a part of `baseSpec`, by code. `of` is the text that both stand in for. Each pair is
 * compiled by test/docs: the wrong one must report the code, the right one nothing.
 */
export interface DiagnosticExample {
  readonly of: string;
  readonly wrong: string;
  readonly right: string;
}

/** The spec that the examples change. */
export const baseSpec = `model Example

dim Asset = 3
unit usd
unit item

param gamma = 2.0
param price: real<usd/item> = 3.0

data returns = synthetic portfolio { assets: 3, covariates: 2, train: 200, validation: 50, test: 50 } {
  context x: real[2]
  outcome s: real[Asset]
}

decision z: real[Asset] in simplex { cap: 0.6 }

loss L(z, s) = -dot(s, z)

risk mean(L) + gamma * cvar(L, level = 90%)

uncertainty s | x ~ flow_matching { hidden: [8, 8] }

train dw_fm { lambda_relative: one_of(0, 0.1) }

compare uniform_fm, saa

evaluate on test { regret }
`;

const dims = "dim Asset = 3";
const param = "param gamma = 2.0";
const decision = "decision z: real[Asset] in simplex { cap: 0.6 }";
const loss = "loss L(z, s) = -dot(s, z)";
const risk = "risk mean(L) + gamma * cvar(L, level = 90%)";
const generator = "uncertainty s | x ~ flow_matching { hidden: [8, 8] }";
const train = "train dw_fm { lambda_relative: one_of(0, 0.1) }";
const compare = "compare uniform_fm, saa";
const evaluate = "evaluate on test { regret }";
const outcome = "  outcome s: real[Asset]";

export const diagnosticExamples: Readonly<Record<string, DiagnosticExample>> = {
  "bad-number": { of: param, wrong: "param gamma = 2__000", right: "param gamma = 2_000" },
  "bare-level": { of: risk, wrong: "risk cvar(L, 90%)", right: "risk cvar(L, level = 90%)" },
  "foreign-operator": { of: loss, wrong: "loss L(z, s) = dot(s, z) ** 1", right: "loss L(z, s) = dot(s, z) ^ 1" },
  "equals-for-colon": {
    of: generator,
    wrong: "uncertainty s | x ~ flow_matching { hidden = [8, 8] }",
    right: "uncertainty s | x ~ flow_matching { hidden: [8, 8] }",
  },
  "unclosed-bracket": { of: loss, wrong: "loss L(z, s) = -(dot(s, z)", right: "loss L(z, s) = -(dot(s, z))" },
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
  "unknown-declaration": { of: param, wrong: "parameter gamma = 2.0", right: "param gamma = 2.0" },
  "line-begins-new-item": {
    of: loss,
    wrong: "loss L(z, s) = -dot(s, z)\n  - gamma",
    right: "loss L(z, s) = -dot(s, z) -\n  gamma",
  },
  "single-equals": {
    of: decision,
    wrong: "decision z: real[Asset] >= 0\nsubject to { sum(z) = 1 }",
    right: "decision z: real[Asset] >= 0\nsubject to { sum(z) == 1 }",
  },
  "unknown-name": { of: risk, wrong: "risk mean(L) + gama", right: "risk mean(L) + gamma" },
  "unknown-function": { of: loss, wrong: "loss L(z, s) = -dott(s, z)", right: "loss L(z, s) = -dot(s, z)" },
  "unknown-dim": { of: outcome, wrong: "  outcome s: real[Assets]", right: "  outcome s: real[Asset]" },
  "unknown-unit": {
    of: "param price: real<usd/item> = 3.0",
    wrong: "param price: real<usd/items> = 3.0",
    right: "param price: real<usd/item> = 3.0",
  },
  "duplicate-name": {
    of: param,
    wrong: "param gamma = 2.0\nparam gamma = 3.0",
    right: "param gamma = 2.0\nparam delta = 3.0",
  },
  "duplicate-declaration": { of: risk, wrong: "risk mean(L)\nrisk cvar(L, level = 90%)", right: "risk mean(L)" },
  "missing-declaration": { of: risk, wrong: "", right: "risk mean(L)" },
  "dim-mismatch": {
    of: loss,
    wrong: "loss L(z, s, x) = -sum(x * z)",
    right: "loss L(z, s) = -sum(s * z)",
  },
  "unit-mismatch": {
    of: loss,
    wrong: "loss L(z, s) = price - dot(s, z)",
    right: "loss L(z, s) = gamma - dot(s, z)",
  },
  "cvar-level-missing": { of: risk, wrong: "risk cvar(L)", right: "risk cvar(L, tail = 10%)" },
  "cvar-level-range": { of: risk, wrong: "risk cvar(L, level = 100%)", right: "risk cvar(L, level = 99%)" },
  "risk-negative-weight": {
    of: risk,
    wrong: "risk mean(L) - gamma * cvar(L, level = 90%)",
    right: "risk mean(L) + gamma * cvar(L, level = 90%)",
  },
  "risk-without-loss": { of: risk, wrong: "risk sum_squares(z)", right: "risk mean(L) + sum_squares(z)" },
  "not-yet-supported": { of: risk, wrong: "risk entropic(L, theta = 1)", right: "risk cvar(L, level = 90%)" },
  "option-unknown": {
    of: generator,
    wrong: "uncertainty s | x ~ flow_matching { hiden: [8, 8] }",
    right: "uncertainty s | x ~ flow_matching { hidden: [8, 8] }",
  },
  "option-range": {
    of: train,
    wrong: "train dw_fm { steps: 0 }",
    right: "train dw_fm { steps: 2_000 }",
  },
  "option-twice": {
    of: train,
    wrong: "train dw_fm { steps: 10, steps: 20 }",
    right: "train dw_fm { steps: 20 }",
  },
  "method-unknown": { of: compare, wrong: "compare uniform_fn", right: "compare uniform_fm" },
  "evaluate-on": { of: evaluate, wrong: "evaluate on train { regret }", right: "evaluate on test { regret }" },
  "loss-not-convex-in-decision": {
    of: loss,
    wrong: "loss L(z, s) = min(-dot(s, z), 1)",
    right: "loss L(z, s) = max(-dot(s, z), -1)",
  },
  "loss-not-piecewise-affine": {
    of: loss,
    wrong: "loss L(z, s) = exp(-dot(s, z))",
    right: "loss L(z, s) = max(0, -dot(s, z))",
  },
  "loss-ignores-decision": { of: loss, wrong: "loss L(z, s) = sum(s)", right: "loss L(z, s) = dot(s, z)" },
  "loss-ignores-outcome": { of: loss, wrong: "loss L(z, s) = sum(z)", right: "loss L(z, s) = dot(s, z)" },
  "risk-term-not-convex": {
    of: risk,
    wrong: "risk mean(L) - sum_squares(z)",
    right: "risk mean(L) + sum_squares(z)",
  },
  "constraint-not-affine": {
    of: decision,
    wrong: "decision z: real[Asset] >= 0\nsubject to { sum(z) == 1\n  sum_squares(z) <= 0.5 }",
    right: "decision z: real[Asset] >= 0\nsubject to { sum(z) == 1\n  z <= 0.7 }",
  },
  "feasible-set-empty": {
    of: decision,
    wrong: "decision z: real[Asset] in simplex { cap: 0.3 }",
    right: "decision z: real[Asset] in simplex { cap: 0.4 }",
  },
  "risk-unbounded": {
    of: `${decision}\n\n${loss}`,
    wrong: "decision z: real[Asset] >= 0\n\nloss L(z, s) = sum(pos(s - z)) - 2 * sum(z)",
    right: "decision z: real[Asset] in 0..10\n\nloss L(z, s) = sum(pos(s - z)) - 2 * sum(z)",
  },
  "decision-may-be-unbounded": {
    of: decision,
    wrong: "decision z: real[Asset] >= 0",
    right: "decision z: real[Asset] in 0..1",
  },
  "redundant-constraint": {
    of: decision,
    wrong: "decision z: real[Asset] in simplex\nsubject to { z[0] + z[1] <= 1.2 }",
    right: "decision z: real[Asset] in simplex\nsubject to { z[0] + z[1] <= 0.8 }",
  },
  "assumption-violated": {
    of: loss,
    wrong: "loss L(z, s) = if s[0] > 0 then -dot(s, z) else 0",
    right: "loss L(z, s) = max(-dot(s, z), 0)",
  },
  "evaluate-on-selection": {
    of: evaluate,
    wrong: "evaluate on validation { regret }",
    right: "evaluate on test { regret }",
  },
  "waive-unknown": {
    of: evaluate,
    wrong: 'evaluate on test { regret }\nwaive smooth because "it is"',
    right: "evaluate on test { regret }",
  },
  "waive-unused": {
    of: evaluate,
    wrong: 'evaluate on test { regret }\nwaive differentiable_in_outcome because "it is"',
    right: "evaluate on test { regret }",
  },
  "waive-without-reason": {
    of: loss,
    wrong: 'loss L(z, s) = if s[0] > 0 then -dot(s, z) else 0\nwaive differentiable_in_outcome because ""',
    right:
      'loss L(z, s) = if s[0] > 0 then -dot(s, z) else 0\nwaive differentiable_in_outcome because "returns are never zero"',
  },
  "selection-on-test": {
    of: train,
    wrong: "train dw_fm { select: regret on test }",
    right: "train dw_fm { select: regret on validation }",
  },
  "option-conflict": {
    of: train,
    wrong: "train dw_fm { lambda: 0.1, lambda_relative: 0.1 }",
    right: "train dw_fm { lambda_relative: 0.1 }",
  },
  "option-type": { of: train, wrong: "train dw_fm { detilt: 1 }", right: "train dw_fm { detilt: true }" },
  "option-word": {
    of: generator,
    wrong: "uncertainty s | x ~ flow_matching { solver: rk5 }",
    right: "uncertainty s | x ~ flow_matching { solver: rk4 }",
  },
  "method-twice": { of: compare, wrong: "compare saa, saa", right: "compare saa, uniform_fm" },
  "metric-qualifier": {
    of: evaluate,
    wrong: "evaluate on test { regret easiest 25% }",
    right: "evaluate on test { regret hardest 25% }",
  },
  "uncertainty-target": {
    of: generator,
    wrong: "uncertainty z | x ~ flow_matching",
    right: "uncertainty s | x ~ flow_matching",
  },
  "decision-domain": {
    of: decision,
    wrong: "decision z: real[Asset] in simplx",
    right: "decision z: real[Asset] in simplex",
  },
  "decision-range": {
    of: decision,
    wrong: "decision z: real[Asset] in 1..0",
    right: "decision z: real[Asset] in 0..1",
  },
  "constraint-relation": {
    of: decision,
    wrong: "decision z: real[Asset] in simplex\nsubject to { z[0] < 0.5 }",
    right: "decision z: real[Asset] in simplex\nsubject to { z[0] <= 0.5 }",
  },
  "constraint-uses": {
    of: decision,
    wrong: "decision z: real[Asset] in simplex\nsubject to { dot(s, z) >= 0 }",
    right: "decision z: real[Asset] in simplex\nsubject to { z[0] + z[1] <= 0.8 }",
  },
  "constraint-without-decision": {
    of: decision,
    wrong: "decision z: real[Asset] in simplex\nsubject to { gamma <= 3 }",
    right: "decision z: real[Asset] in simplex\nsubject to { gamma * z <= 1 }",
  },
  "loss-shape": { of: loss, wrong: "loss L(z, s) = -s * z", right: "loss L(z, s) = -sum(s * z)" },
  "loss-unlisted": { of: loss, wrong: "loss L(z) = -dot(s, z)", right: "loss L(z, s) = -dot(s, z)" },
  "risk-not-linear": {
    of: risk,
    wrong: "risk max(mean(L), cvar(L, level = 90%))",
    right: "risk mean(L) + cvar(L, level = 90%)",
  },
  "risk-uses": {
    of: `${loss}\n\n${risk}`,
    wrong: "loss L(z, s) = -dot(s, z)\n\nrisk mean(L) + sum(s)",
    right: "loss L(z, s) = sum(s) - dot(s, z)\n\nrisk mean(L)",
  },
  "risk-loss-name": { of: risk, wrong: "risk cvar(z, level = 90%)", right: "risk cvar(L, level = 90%)" },
};
