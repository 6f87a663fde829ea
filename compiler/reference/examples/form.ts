import type { analyseCatalogue } from "../../analyse/catalogue.ts";
import type { DiagnosticExample } from "./example.ts";

const decision = "decision z: real[Asset] in simplex { cap: 0.6 }";
const loss = "loss L(z, s) = -dot(s, z)";
const risk = "risk mean(L) + gamma * cvar(L, level = 90%)";
const evaluate = "evaluate on test { regret }";
const marketOutcome = '  outcome s: real[Asset] = columns("r_*")';
const fields = `  index date: date
  context x: real[Feature] = columns("f_*") |> standardize
${marketOutcome}
  split chronological { train: 70%, validation: 10%, test: 20% }`;

/** The form of the problem: a wrong and a right spec for each code. */
export const formExamples: Readonly<Record<keyof typeof analyseCatalogue, DiagnosticExample>> = {
  "loss-not-piecewise-affine": {
    of: loss,
    wrong: "loss L(z, s) = log(2 + dot(s, z))",
    right: "loss L(z, s) = -log(2 + dot(s, z))",
  },
  "loss-not-convex-in-decision": {
    of: loss,
    wrong: "loss L(z, s) = min(-dot(s, z), 1)",
    right: "loss L(z, s) = max(-dot(s, z), -1)",
  },
  "loss-too-many-pieces": {
    of: loss,
    wrong: "loss L(z, s) = sum(abs(s - z)) + sum(abs(s - 2 * z))",
    right: "loss L(z, s) = sum(abs(s - z))",
  },
  "expression-too-deep": {
    of: loss,
    wrong: `fn a(u) = abs(abs(abs(abs(abs(u) - 1) - 1) - 1) - 1) - 1
fn b(u) = a(a(a(a(a(u)))))
fn c(u) = b(b(b(b(b(u)))))
fn d(u) = c(c(c(c(c(u)))))
loss L(z, s) = d(-dot(s, z))`,
    right: "loss L(z, s) = abs(-dot(s, z))",
  },
  "loss-ignores-decision": { of: loss, wrong: "loss L(z, s) = sum(s)", right: "loss L(z, s) = dot(s, z)" },
  "loss-ignores-outcome": { of: loss, wrong: "loss L(z, s) = sum(z)", right: "loss L(z, s) = dot(s, z)" },
  "constraint-not-affine": {
    of: decision,
    wrong: "decision z: real[Asset] >= 0\nsubject to { sum(z) == 1\n  sum_squares(z) >= 0.5 }",
    right: "decision z: real[Asset] >= 0\nsubject to { sum(z) == 1\n  sum_squares(z) <= 0.5 }",
  },
  "risk-term-not-quadratic": {
    of: risk,
    wrong: "risk mean(L) - exp(z[0])",
    right: "risk mean(L) + exp(z[0])",
  },
  "risk-term-not-convex": {
    of: risk,
    wrong: "risk mean(L) - sum_squares(z)",
    right: "risk mean(L) + sum_squares(z)",
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
  "search-of-nothing": {
    of: decision,
    wrong: `${decision}\nsolve branch_and_bound { gap: 0.1% }`,
    right: decision,
  },
  "feasible-set-not-examined": {
    base: "market",
    of: "dim Asset = 4",
    wrong: "dim Asset = 1_100\nsubject to { z <= 3 * sum(z) / 1_100 }",
    right: "dim Asset = 110\nsubject to { z <= 3 * sum(z) / 110 }",
  },
  "leak-across-split": {
    base: "market",
    of: fields,
    wrong: `  index row: int\n  context x: real[Feature] = lag(columns("f_*"), 1)\n${marketOutcome}\n  split random { train: 70%, validation: 10%, test: 20% }`,
    right: `  index row: int\n  context x: real[Feature] = lag(columns("f_*"), 1)\n${marketOutcome}\n  split chronological { train: 70%, validation: 10%, test: 20% }`,
  },
  "evaluate-on-selection": {
    of: evaluate,
    wrong: "evaluate on validation { regret }",
    right: "evaluate on test { regret }",
  },
  "assumption-violated": {
    of: loss,
    wrong: "loss L(z, s) = if s[0] > 0 then -dot(s, z) else 0",
    right: "loss L(z, s) = max(-dot(s, z), 0)",
  },
};
