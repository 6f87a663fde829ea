import type { problemMessages } from "../../diagnostics/catalogue/problem.ts";
import type { DiagnosticExample } from "./example.ts";

const param = "param gamma = 2.0";
const decision = "decision z: real[Asset] in simplex { cap: 0.6 }";
const loss = "loss L(z, s) = -dot(s, z)";
const risk = "risk mean(L) + gamma * cvar(L, level = 90%)";
const generator = "uncertainty s | x ~ flow_matching { hidden: [8, 8] }";
const evaluate = "evaluate on test { regret }";
const predictor = "decision f: predictor(y -> horizon) = lstm { layers: [128, 64] }";
const stageLoss = "  loss = -dot(p, sell)";
const next = "  next level = level + sum(charge)";

/** The decision problem: a wrong and a right spec for each code. */
export const problemExamples: Readonly<Record<keyof typeof problemMessages, DiagnosticExample>> = {
  "decision-type": {
    of: decision,
    wrong: "decision z: real[Asset] in simplex, day: date",
    right: "decision z: real[Asset] in simplex, days: int in 0..5",
  },
  "decision-map": {
    of: decision,
    wrong: "decision z = softmax([1, 2, 3])",
    right: "decision z = softmax(theta: real[Asset])",
  },
  "predictor-place": {
    of: param,
    wrong: "param gamma = 2.0\nparam f: predictor(x -> s) = 1",
    right: param,
  },
  "predictor-form": {
    base: "forecast",
    of: predictor,
    wrong: "decision f: predictor(y -> y) = lstm",
    right: "decision f: predictor(y -> horizon) = lstm",
  },
  "predictor-call": {
    base: "forecast",
    of: "square(f(y) - horizon)",
    wrong: "square(f - horizon)",
    right: "square(f(y) - horizon)",
  },
  "tour-form": {
    base: "tour",
    of: "decision z: int[G.edges] in tour(G)",
    wrong: "decision z: real[G.edges] in tour(G)",
    right: "decision z: int[G.edges] in tour(G)",
  },
  "path-form": {
    base: "route",
    of: "in path(G, from = first, to = last)",
    wrong: "in path(G, from = first)",
    right: "in path(G, from = first, to = last)",
  },
  "path-disconnected": {
    base: "route",
    of: "in path(G, from = first, to = last)",
    wrong: "in path(G, from = last, to = first)",
    right: "in path(G, from = first, to = last)",
  },
  "primed-name": {
    of: generator,
    wrong: "uncertainty s' | x ~ flow_matching",
    right: "uncertainty s | x ~ flow_matching",
  },
  "wrong-problem": {
    base: "forecast",
    of: "evaluate on test { mse, worst }",
    wrong: "evaluate on test { regret, worst }",
    right: "evaluate on test { mse, worst }",
  },
  "ambiguity-needs": {
    base: "storage",
    of: "ambiguity wasserstein { order: 2, radius: 0.05 } each stage",
    wrong: "ambiguity wasserstein { order: 2, radius: 0.05 }",
    right: "ambiguity wasserstein { order: 2, radius: 0.05 } each stage",
  },
  "observation-form": {
    base: "posterior",
    of: "observe y = blur(u) + normal(0, 0.05)",
    wrong: "observe y = blur(u)",
    right: "observe y = blur(u) + normal(0, 0.05)",
  },
  "infer-target": {
    base: "posterior",
    of: "infer u | y",
    wrong: "infer y | u",
    right: "infer u | y",
  },
  "stages-range": { base: "storage", of: "stages day = 1..7", wrong: "stages day = 7", right: "stages day = 1..7" },
  "stage-name": {
    base: "storage",
    of: "stage day observing w {",
    wrong: "stage week observing w {",
    right: "stage day observing w {",
  },
  "stage-part": {
    base: "storage",
    of: stageLoss,
    wrong: `${stageLoss}\n  param fee = 1`,
    right: stageLoss,
  },
  "stage-missing": { base: "storage", of: `${next}\n`, wrong: "", right: `${next}\n` },
  "stage-observes": {
    base: "storage",
    of: "stage day observing w {",
    wrong: "stage day {",
    right: "stage day observing w {",
  },
  "stage-twice": {
    base: "storage",
    of: next,
    wrong: `${next}\n  next level = level`,
    right: next,
  },
  "next-unknown": {
    base: "storage",
    of: next,
    wrong: `${next}\n  next levels = level`,
    right: next,
  },
  "state-initially": {
    base: "storage",
    of: "state level: real<MWh> in 0..capacity, initially capacity",
    wrong: "state level: real<MWh> in 0..capacity",
    right: "state level: real<MWh> in 0..capacity, initially 0",
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
  "loss-parameter": { of: loss, wrong: "loss L(z, r) = -sum(z)", right: "loss L(z, s) = -dot(s, z)" },
  "loss-unlisted": { of: loss, wrong: "loss L(z) = -dot(s, z)", right: "loss L(z, s) = -dot(s, z)" },
  "loss-shape": { of: loss, wrong: "loss L(z, s) = -s * z", right: "loss L(z, s) = -sum(s * z)" },
  "risk-not-linear": {
    of: risk,
    wrong: "risk max(mean(L), cvar(L, level = 90%))",
    right: "risk mean(L) + cvar(L, level = 90%)",
  },
  "risk-negative-weight": {
    of: risk,
    wrong: "risk mean(L) - gamma * cvar(L, level = 90%)",
    right: "risk mean(L) + gamma * cvar(L, level = 90%)",
  },
  "risk-without-loss": { of: risk, wrong: "risk sum_squares(z)", right: "risk mean(L) + sum_squares(z)" },
  "risk-uses": {
    of: `${loss}\n\n${risk}`,
    wrong: "loss L(z, s) = -dot(s, z)\n\nrisk mean(L) + sum(s)",
    right: "loss L(z, s) = sum(s) - dot(s, z)\n\nrisk mean(L)",
  },
  "risk-loss-name": { of: risk, wrong: "risk cvar(z, level = 90%)", right: "risk cvar(L, level = 90%)" },
  "cvar-level-missing": { of: risk, wrong: "risk cvar(L)", right: "risk cvar(L, tail = 10%)" },
  "cvar-level-range": { of: risk, wrong: "risk cvar(L, level = 100%)", right: "risk cvar(L, level = 99%)" },
  "uncertainty-target": {
    of: generator,
    wrong: "uncertainty z | x ~ flow_matching",
    right: "uncertainty s | x ~ flow_matching",
  },
  "evaluate-on": { of: evaluate, wrong: "evaluate on train { regret }", right: "evaluate on test { regret }" },
};
