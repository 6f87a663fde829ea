import type { nameMessages } from "../../diagnostics/catalogue/names.ts";
import type { DiagnosticExample } from "./example.ts";

const param = "param gamma = 2.0";
const loss = "loss L(z, s) = -dot(s, z)";
const risk = "risk mean(L) + gamma * cvar(L, level = 90%)";
const evaluate = "evaluate on test { regret }";
const outcome = "  outcome s: real[Asset]";
const graph = "graph G = grid(3, 3)";
const complete = "graph G = complete(4)";
const roads = "tail,head,km\na,b,3\na,c,5\na,d,4\nb,c,2\nb,d,6\nc,d,1\n";
const ofRoads = 'graph G = csv("roads.csv", from = "tail", to = "head")';

/** Names and declarations: a wrong and a right spec for each code. */
export const nameExamples: Readonly<Record<keyof typeof nameMessages, DiagnosticExample>> = {
  "unknown-name": { of: risk, wrong: "risk mean(L) + gama", right: "risk mean(L) + gamma" },
  "unknown-function": { of: loss, wrong: "loss L(z, s) = -dott(s, z)", right: "loss L(z, s) = -dot(s, z)" },
  "unknown-dim": { of: outcome, wrong: "  outcome s: real[Assets]", right: "  outcome s: real[Asset]" },
  "unknown-unit": {
    of: "param price: real<usd/item> = 3.0",
    wrong: "param price: real<usd/items> = 3.0",
    right: "param price: real<usd/item> = 3.0",
  },
  "unknown-type": { of: param, wrong: "param gamma: reel = 2.0", right: "param gamma: real = 2.0" },
  "wrong-kind": { of: loss, wrong: "loss L(z, s) = -dot(s, z) + Asset", right: "loss L(z, s) = -dot(s, z) + gamma" },
  "duplicate-name": {
    of: param,
    wrong: "param gamma = 2.0\nparam gamma = 3.0",
    right: "param gamma = 2.0\nparam delta = 3.0",
  },
  "duplicate-declaration": { of: risk, wrong: "risk mean(L)\nrisk cvar(L, level = 90%)", right: "risk mean(L)" },
  "missing-declaration": { of: risk, wrong: "", right: "risk mean(L)" },
  "extends-unknown": {
    of: evaluate,
    wrong: `${evaluate}\n\nmodel Cautious extends Exampel\nparam gamma = 5.0`,
    right: `${evaluate}\n\nmodel Cautious extends Example\nparam gamma = 5.0`,
  },
  "extends-cycle": {
    of: evaluate,
    wrong: `${evaluate}\n\nmodel Cautious extends Bold\nparam gamma = 5.0\n\nmodel Bold extends Cautious\nparam gamma = 0.5`,
    right: `${evaluate}\n\nmodel Cautious extends Example\nparam gamma = 5.0\n\nmodel Bold extends Example\nparam gamma = 0.5`,
  },
  "definition-cycle": {
    of: param,
    wrong: "param gamma = 2 * eta\nparam eta = gamma / 2",
    right: "param gamma = 2 * eta\nparam eta = 1.0",
  },
  "graph-form": { base: "route", of: graph, wrong: "graph G = gird(3, 3)", right: "graph G = grid(3, 3)" },
  "graph-file-form": {
    base: "tour",
    of: complete,
    files: { "roads.csv": roads },
    wrong: 'graph G = csv("roads.csv")',
    right: ofRoads,
  },
  "graph-file-unreadable": {
    base: "tour",
    of: complete,
    files: { "roads.csv": roads },
    wrong: 'graph G = csv("road.csv", from = "tail", to = "head")',
    right: ofRoads,
  },
  "graph-file-column": {
    base: "tour",
    of: complete,
    files: { "roads.csv": roads },
    wrong: 'graph G = csv("roads.csv", from = "tail", to = "heads")',
    right: ofRoads,
  },
  "graph-file-row": {
    base: "tour",
    of: complete,
    files: { "doubtful.csv": `${roads}a,a,7\n`, "roads.csv": roads },
    wrong: 'graph G = csv("doubtful.csv", from = "tail", to = "head")',
    right: ofRoads,
  },
  "graph-size": { base: "route", of: graph, wrong: "graph G = grid(3, 2.5)", right: "graph G = grid(3, 3)" },
  "graph-part": {
    base: "route",
    of: "decision w: real[G.edges]",
    wrong: "decision w: real[G.edge]",
    right: "decision w: real[G.edges]",
  },
  "function-recursion": {
    of: loss,
    wrong: "fn total(u) = u + total(u)\nloss L(z, s) = -dot(s, z) + total(z[0])",
    right: "fn total(u) = 2 * u\nloss L(z, s) = -dot(s, z) + total(z[0])",
  },
  "name-builtin": {
    of: loss,
    wrong: "fn max(u) = 2 * u\nloss L(z, s) = -dot(s, z)",
    right: "fn twice(u) = 2 * u\nloss L(z, s) = -dot(s, z)",
  },
  "import-shadows": {
    of: "model Example",
    wrong: 'import { newsvendor } from "std/losses"\nfn newsvendor(q, d) = pos(d - q)\nmodel Example',
    right: 'import { newsvendor as cost } from "std/losses"\nfn newsvendor(q, d) = pos(d - q)\nmodel Example',
  },
  "set-unknown-param": {
    of: param,
    wrong: { text: param, set: { gama: "5" } },
    right: { text: param, set: { gamma: "5" } },
  },
  "set-not-a-value": {
    of: param,
    wrong: { text: param, set: { gamma: "high" } },
    right: { text: param, set: { gamma: "5" } },
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
};
