import type { RuntimeExample, RuntimeExamples } from "./example.ts";

/** Decides at one context with scenarios of the application's own. */
function scenarios(wrong: string, right: string, says: string): RuntimeExample {
  return { base: "application", in: "app.mjs", wrong: decidingWith(wrong), right: decidingWith(right), says };
}

function decidingWith(lines: string): string {
  return `import { createDecider } from "droc/runtime";
import { pipeline } from "./generated/pipeline.js";

const decider = await createDecider(pipeline.problem);
${lines}
`;
}

/** Decides with a problem that the application has changed. */
function problem(wrong: string, right: string, says: string, imported = "createDecider", options = ""): RuntimeExample {
  const text = (lines: string): string => `import { ${imported} } from "droc/runtime";
import { pipeline } from "./generated/pipeline.js";

const { problem } = pipeline;
${lines}
const decider = await createDecider(changed${options});
decider.decide({ count: 2, outcomes: Float64Array.of(1, 2, 3, 3, 2, 1) }, Float64Array.of(0.1, 0.2));
`;
  return { base: "application", in: "app.mjs", wrong: text(wrong), right: text(right), says };
}

const risk = (change: string): string => `const changed = { ...problem, risk: { ...problem.risk, ${change} } };`;
const decide = (set: string, context = "0.1, 0.2"): string => `decider.decide(${set}, Float64Array.of(${context}));`;
const GOOD = decide("{ count: 2, outcomes: Float64Array.of(1, 2, 3, 3, 2, 1) }");

/** Differentiates the decision with respect to its scenarios. */
function differentiating(changed: string): string {
  return `import { createDecider, createDecisionDerivatives } from "droc/runtime";
import { pipeline } from "./generated/pipeline.js";

const { problem } = pipeline;
${changed}
const scenarios = { count: 2, outcomes: Float64Array.of(1, 2, 3, 3, 2, 1) };
const context = Float64Array.of(0.1, 0.2);
const decider = await createDecider(changed);
const derivatives = createDecisionDerivatives(changed);
derivatives.at(scenarios, context, decider.decide(scenarios, context));
`;
}

/** Decision problems and scenarios that an application brings. */
export const decisionExamples: RuntimeExamples = {
  "scenario-count": scenarios(
    decide("{ count: 2, outcomes: Float64Array.of(1, 2, 3, 3, 2) }"),
    GOOD,
    "2 scenarios of 3 values need 6 numbers; 5 were given",
  ),
  "scenario-not-finite": scenarios(
    decide("{ count: 2, outcomes: Float64Array.of(1, 2, 3, 3, NaN, 1) }"),
    GOOD,
    "scenario 1 has the value NaN in component 1",
  ),
  "scenario-weight": scenarios(
    decide("{ count: 2, outcomes: Float64Array.of(1, 2, 3, 3, 2, 1), weights: Float64Array.of(1, -1) }"),
    decide("{ count: 2, outcomes: Float64Array.of(1, 2, 3, 3, 2, 1), weights: Float64Array.of(1, 0.5) }"),
    "scenario 1 has the weight -1",
  ),
  "scenario-weights-zero": scenarios(
    decide("{ count: 2, outcomes: Float64Array.of(1, 2, 3, 3, 2, 1), weights: Float64Array.of(0, 0) }"),
    decide("{ count: 2, outcomes: Float64Array.of(1, 2, 3, 3, 2, 1), weights: Float64Array.of(0, 1) }"),
    "all 2 scenario weights are 0",
  ),
  "no-derivative": {
    base: "application",
    in: "app.mjs",
    wrong: differentiating("const changed = { ...problem, feasible: { ...problem.feasible, integer: [0] } };"),
    right: differentiating("const changed = problem;"),
    says: "model.dro:10:28: the decision has no derivative: it has integer components, which move in jumps",
  },
  "context-not-finite": scenarios(
    decide("{ count: 2, outcomes: Float64Array.of(1, 2, 3, 3, 2, 1) }", "0.1, NaN"),
    GOOD,
    "context value 1 is NaN",
  ),
  "piece-not-finite": {
    base: "portfolio",
    in: "model.dro",
    of: "loss L(z, s) = -dot(s, z)",
    wrong: "loss L(z, s) = -dot(exp(1_000_000 * s), z)",
    right: "loss L(z, s) = -dot(exp(s), z)",
    says: "model.dro:12:6: piece 0 of the loss is -Infinity at scenario 0",
  },
  "risk-level-out-of-range": problem(
    risk("cvar: [{ weight: 2, level: 1 }]"),
    risk("cvar: [{ weight: 2, level: 0.95 }]"),
    "cvar level 1 is outside [0, 1)",
  ),
  "risk-not-convex": problem(
    risk("cvar: [{ weight: -2, level: 0.9 }]"),
    risk("cvar: [{ weight: 2, level: 0.9 }]"),
    "the weight -2 of the cvar at level 0.9 is negative",
  ),
  "quadratic-not-convex": problem(
    risk("quadratic: [-1, 0, 0, 0, -1, 0, 0, 0, -1]"),
    risk("quadratic: [1, 0, 0, 0, 1, 0, 0, 0, 1]"),
    "the quadratic term curves downward: its matrix has the curvature -1 along some direction",
  ),
  "set-malformed": problem(
    "const changed = { ...problem, feasible: { ...problem.feasible, lower: [0, 0] } };",
    "const changed = { ...problem, feasible: { ...problem.feasible, lower: [0, 0, 0] } };",
    "model.dro:10:28: the feasible set is malformed: 2 lower bounds for 3 components",
  ),
  "problem-malformed": problem(
    risk("linear: [0, 0]"),
    risk("linear: [0, 0, 0]"),
    "the decision problem is malformed: the linear term has 2 values, not 3",
  ),
  "solver-does-not-fit": problem(
    "const changed = { ...problem, feasible: { ...problem.feasible, integer: [0] } };",
    "const changed = problem;",
    "solver structured cannot take integer components",
    "createDecider",
    ', { solver: "structured" }',
  ),
  "solver-failed": {
    base: "portfolio",
    in: "model.dro",
    of: "decision z: real[Asset] in simplex { cap: 0.6 }",
    wrong: "decision z: real[Asset] in -1e300..1e300\nsubject to { z[0] - 1e200 * z[1] == 1e250 }",
    right: "decision z: real[Asset] in -1..1\nsubject to { z[0] - z[1] == 0 }",
    says: "model.dro:13:6: highs gave no answer: matrix.values[0] must be a number",
  },
};
