/** Pairs of specs with what each change of the right side does to the left one. */
export interface Pair {
  readonly title: string;
  readonly before: string;
  readonly after: string;
  /** `what — VERDICT`, in order; none where the two say the same without any line about it. */
  readonly changes: readonly string[];
}

const HEAD = `model M
unit usd
unit item
dim Asset = 4
dim Feature = 3
param gamma = 2.0
param eta = 1e-3
param cap = 0.5
`;
const DATA = `data market = csv("market.csv") {
  index date: date
  context x: real[Feature] = columns("f_*") |> standardize
  outcome s: real[Asset] in -1..1 = columns("r_*")
  split chronological { train: 70%, validation: 10%, test: 20% }
}
`;
const REST = `uncertainty s | x ~ flow_matching { hidden: [8], scenarios: 64 }
train dw_fm { lambda: one_of(0, 0.01), reference: saa { folds: 5 }, steps: 100, select: regret on validation }
compare uniform_fm, saa
evaluate on test { regret, mean_loss, seeds: 5 }
`;
const LOSS = "loss L(z, s) = -dot(s, z)\n";
const RISK = "risk mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z)\n";
const DECISION = "decision z: real[Asset] in simplex { cap: 0.30 }\n";

/** A portfolio on which most pairs are made by replacing one text by another. */
export const BASE = HEAD + DATA + DECISION + LOSS + RISK + REST;

function edit(text: string, ...replacements: readonly (readonly [from: string, to: string])[]): string {
  return replacements.reduce((now, [from, to]) => {
    if (!now.includes(from)) throw new Error(`the base has no ${from}`);
    return now.replace(from, () => to);
  }, text);
}

function pair(title: string, from: string, to: string, ...changes: readonly string[]): Pair {
  return { title, before: BASE, after: edit(BASE, [from, to]), changes };
}

/** Both sides made from the base. */
function both(
  title: string,
  left: readonly (readonly [string, string])[],
  right: readonly (readonly [string, string])[],
  ...changes: readonly string[]
): Pair {
  return { title, before: edit(BASE, ...left), after: edit(BASE, ...right), changes };
}

const BALL = (options: string): readonly [string, string] => [
  "train dw_fm",
  `ambiguity wasserstein { ${options} }\ntrain dw_fm`,
];
const KL = (options: string): readonly [string, string] => ["train dw_fm", `ambiguity kl { ${options} }\ntrain dw_fm`];
const SUBJECT = (rows: string): readonly [string, string] => [DECISION, `${DECISION}subject to {\n${rows}\n}\n`];
const FREE = (rows: string, kind = "real"): readonly [string, string] => [
  DECISION,
  `decision z: ${kind}[Asset] in 0..10\nsubject to {\n${rows}\n}\n`,
];
const NONE = "NO CHANGE OF MEANING";

const words: readonly Pair[] = [
  pair("the same text", "model M", "model M"),
  pair("a comment", "param gamma = 2.0", "param gamma = 2.0 // weight of the tail"),
  pair("layout and number notation", "param gamma = 2.0", "param   gamma =  2"),
  pair("a doc comment", "model M", "/// What to hold.\nmodel M"),
  {
    title: "reordered declarations",
    before: BASE,
    after: edit(HEAD, ["param gamma = 2.0\n", ""]) + REST + RISK + LOSS + DECISION + DATA + "param gamma = 2.0\n",
    changes: [],
  },
  both("reordered constraints", [SUBJECT("z[0] <= 0.2\nz[1] >= 0.1")], [SUBJECT("z[1] >= 0.1\nz[0] <= 0.2")]),
  pair("metrics in another order", "regret, mean_loss, seeds", "mean_loss, regret, seeds"),
  pair("methods in another order", "compare uniform_fm, saa", "compare saa, uniform_fm"),
  pair("options in another order", "{ hidden: [8], scenarios: 64 }", "{ scenarios: 64, hidden: [8] }"),
  {
    title: "a renamed dim",
    before: BASE,
    after: BASE.replaceAll("Asset", "Industry"),
    changes: [`dim — ${NONE}`],
  },
  {
    title: "a renamed parameter",
    before: BASE,
    after: BASE.replaceAll("gamma", "aversion"),
    changes: [`param — ${NONE}`, `risk — ${NONE}`],
  },
  {
    title: "a renamed decision",
    before: BASE,
    after: BASE.replaceAll(/\bz\b/g, "w"),
    changes: [`decision — ${NONE}`, `risk — ${NONE}`],
  },
  {
    title: "a renamed loss",
    before: BASE,
    after: BASE.replaceAll(/\bL\b/g, "cost"),
    changes: [`loss — ${NONE}`, `risk — ${NONE}`],
  },
  {
    title: "renamed data",
    before: BASE,
    after: BASE.replaceAll("data market", "data prices"),
    changes: [`data — ${NONE}`],
  },
  pair("a renamed model", "model M", "model N", `model — ${NONE}`),
  pair(
    "a default made explicit",
    "scenarios: 64 }",
    "scenarios: 64, activation: relu }",
    `uncertainty.activation — ${NONE}`,
  ),
  pair("the seed made explicit", "unit usd", "seed 0\nunit usd", `seed — ${NONE}`),
  pair("a default of a default", "reference: saa { folds: 5 }", "reference: saa", `train.reference.folds — ${NONE}`),
  pair("level 90% as tail 10%", "level = 90%", "tail = 10%", `risk — ${NONE}`),
  both("level 93% as tail 7%", [["level = 90%", "level = 93%"]], [["level = 90%", "tail = 7%"]], `risk — ${NONE}`),
  both(
    "mean as the CVaR of everything",
    [["risk mean(L) + gamma * cvar(L, level = 90%)", "risk mean(L)"]],
    [["risk mean(L) + gamma * cvar(L, level = 90%)", "risk cvar(L, tail = 100%)"]],
    `risk — ${NONE}`,
  ),
  pair("a percentage as a fraction", "level = 90%", "level = 0.9", `risk — ${NONE}`),
  pair(
    "terms of the risk in another order",
    "mean(L) + gamma * cvar(L, level = 90%)",
    "gamma * cvar(L, level = 90%) + mean(L)",
    `risk — ${NONE}`,
  ),
  pair("the loss with its factors swapped", "-dot(s, z)", "-dot(z, s)", `loss L — ${NONE}`),
  pair("the loss written as a sum", "-dot(s, z)", "-sum(s * z)"),
  pair("the loss as nought less the return", "-dot(s, z)", "0 - sum(z * s)", `loss L — ${NONE}`),
  pair("a set written out", "in simplex { cap: 0.30 }", "in capped_simplex { cap: 0.30 }", `decision z — ${NONE}`),
  both("a bound turned round", [SUBJECT("z[0] <= 0.2")], [SUBJECT("0.2 >= z[0]")], `constraint — ${NONE}`),
  both(
    "a constraint times two",
    [SUBJECT("z[0] + z[1] <= 0.4")],
    [SUBJECT("2 * z[0] + 2 * z[1] <= 0.8")],
    `constraint — ${NONE}`,
  ),
  {
    title: "an unused parameter",
    before: BASE,
    after: edit(BASE, ["param cap = 0.5", "param cap = 0.6"]),
    changes: [`param cap — ${NONE}`],
  },
  both("a redundant constraint", [], [SUBJECT("z[0] <= 0.9")], `constraint — ${NONE}`),
  both("a ball of radius 0", [], [BALL("order: 1, radius: 0")], `ambiguity — ${NONE}`),
];

const risks: readonly Pair[] = [
  pair("a lower level", "level = 90%", "level = 80%", "risk: cvar level — LESS CONSERVATIVE"),
  pair("a higher level", "level = 90%", "level = 95%", "risk: cvar level — MORE CONSERVATIVE"),
  both(
    "more weight of the tail, alone",
    [[" + eta * sum_squares(z)", ""]],
    [
      [" + eta * sum_squares(z)", ""],
      ["gamma = 2.0", "gamma = 3.0"],
    ],
    "risk: weight of cvar — MORE CONSERVATIVE",
  ),
  pair(
    "more weight of the tail beside a regulariser",
    "gamma = 2.0",
    "gamma = 3.0",
    "risk: weight of cvar — MORE CONSERVATIVE",
    "risk: weight of the loss against the rest of the objective — OBJECTIVE CHANGES",
  ),
  both(
    "the tail in place of the mean",
    [["risk mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z)", "risk mean(L)"]],
    [["risk mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z)", "risk cvar(L, level = 90%)"]],
    "risk — MORE CONSERVATIVE",
  ),
  both(
    "level up and weight down",
    [["mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z)", "0.5 * mean(L) + 0.5 * cvar(L, level = 80%)"]],
    [["mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z)", "0.7 * mean(L) + 0.3 * cvar(L, level = 99%)"]],
    "risk — INCOMPARABLE",
  ),
  both(
    "the objective doubled",
    [["mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z)", "mean(L)"]],
    [["mean(L) + gamma * cvar(L, level = 90%) + eta * sum_squares(z)", "2 * mean(L)"]],
    "risk — OBJECTIVE CHANGES",
  ),
  pair("a heavier regulariser", "eta = 1e-3", "eta = 2e-3", "risk: terms beside the loss — OBJECTIVE CHANGES"),
  pair("no regulariser", " + eta * sum_squares(z)", "", "risk: terms beside the loss — OBJECTIVE CHANGES"),
  pair("another loss", "-dot(s, z)", "-1.5 * dot(s, z)", "loss L — OBJECTIVE CHANGES"),
  pair("a loss with a kink", "-dot(s, z)", "max(0.1 - dot(s, z), 0)", "loss L — OBJECTIVE CHANGES"),
  pair("a loss with a number added", "-dot(s, z)", "5 - dot(s, z)", "loss L — EVALUATION ONLY"),
];

const sets: readonly Pair[] = [
  pair("a higher cap", "cap: 0.30", "cap: 0.35", "decision z — FEASIBLE SET GROWS"),
  pair("a lower cap", "cap: 0.30", "cap: 0.26", "decision z — FEASIBLE SET SHRINKS"),
  pair("a cap above the total", "cap: 0.30", "cap: 2", "decision z — FEASIBLE SET GROWS"),
  both("caps that both bind nothing", [["cap: 0.30", "cap: 1"]], [["cap: 0.30", "cap: 3"]], `decision z — ${NONE}`),
  both(
    "a cap through a parameter",
    [["cap: 0.30", "cap: cap"]],
    [
      ["cap: 0.30", "cap: cap"],
      ["cap = 0.5", "cap = 0.6"],
    ],
    "decision z — FEASIBLE SET GROWS",
  ),
  pair("a budget in place of a simplex", "simplex { cap: 0.30 }", "budget", "decision z — FEASIBLE SET GROWS"),
  pair("another total", "cap: 0.30", "cap: 0.30, total: 0.9", "decision z — INCOMPARABLE"),
  both("a constraint that cuts", [], [SUBJECT("z[0] <= 0.2")], "constraint — FEASIBLE SET SHRINKS"),
  both(
    "a tighter row",
    [SUBJECT("z[0] + z[1] <= 0.5")],
    [SUBJECT("z[0] + z[1] <= 0.4")],
    "constraint — FEASIBLE SET SHRINKS",
  ),
  both("a row that tilts", [FREE("z[0] + z[1] <= 4")], [FREE("z[0] + 2 * z[1] <= 6")], "constraint — INCOMPARABLE"),
  both(
    "a row that tilts outwards",
    [FREE("z[0] + 2 * z[1] <= 4")],
    [FREE("z[0] + z[1] <= 4")],
    "constraint — FEASIBLE SET GROWS",
  ),
  both(
    "one looser, one tighter",
    [FREE("z[0] + z[1] <= 4\nz[2] + z[3] <= 4")],
    [FREE("z[0] + z[1] <= 5\nz[2] + z[3] <= 3")],
    "constraint — FEASIBLE SET GROWS",
    "constraint — FEASIBLE SET SHRINKS",
    "feasible set, all changes together — INCOMPARABLE",
  ),
  both("an equality loosened", [FREE("sum(z) == 4")], [FREE("sum(z) <= 4")], "constraint — FEASIBLE SET GROWS"),
  both("whole numbers", [FREE("sum(z) <= 4")], [FREE("sum(z) <= 4", "int")], "decision z — FEASIBLE SET SHRINKS"),
  both(
    "whole numbers with a bound between two",
    [FREE("z[0] <= 3.2", "int")],
    [FREE("z[0] <= 3.7", "int")],
    `constraint — ${NONE}`,
  ),
  both(
    "a wider ball",
    [SUBJECT("norm2(z - 0.25) <= 0.2")],
    [SUBJECT("norm2(z - 0.25) <= 0.3")],
    "constraint — FEASIBLE SET GROWS",
  ),
  both(
    "a dearer square",
    [SUBJECT("2 * sum_squares(z) <= 0.6")],
    [SUBJECT("3 * sum_squares(z) <= 0.6")],
    "constraint — FEASIBLE SET SHRINKS",
  ),
  both(
    "another norm",
    [SUBJECT("norm2(z - 0.25) <= 0.2")],
    [SUBJECT("norm1(z - 0.25) <= 0.2")],
    "constraint — INCOMPARABLE",
  ),
  pair(
    "a longer vector",
    "dim Asset = 4",
    "dim Asset = 5",
    "dim Asset — INCOMPARABLE",
    "data: outcome s — DATA CHANGES",
    "decision z — INCOMPARABLE",
    "loss L — OBJECTIVE CHANGES",
    "risk: terms beside the loss — OBJECTIVE CHANGES",
  ),
  pair("elements with names", "dim Asset = 4", 'dim Asset = ["a", "b", "c", "d"]', "dim Asset — EVALUATION ONLY"),
];

const balls: readonly Pair[] = [
  both(
    "a larger radius",
    [BALL("order: 2, radius: 0.1")],
    [BALL("order: 2, radius: 0.2")],
    "ambiguity.radius — MORE CONSERVATIVE",
  ),
  both(
    "a smaller radius of another norm",
    [BALL("order: 2, radius: 0.1, norm: l2")],
    [BALL("order: 2, radius: 0.05, norm: l1")],
    "ambiguity.radius — INCOMPARABLE",
    "ambiguity.norm — INCOMPARABLE",
  ),
  both(
    "a smaller radius of another order",
    [BALL("order: 2, radius: 0.1")],
    [BALL("order: 1, radius: 0.05")],
    "ambiguity.order — INCOMPARABLE",
    "ambiguity.radius — INCOMPARABLE",
  ),
  both(
    "a smaller radius around another centre",
    [BALL("order: 2, radius: 0.1")],
    [BALL("order: 2, radius: 0.05, center: empirical")],
    "ambiguity.radius — INCOMPARABLE",
    "ambiguity.center — INCOMPARABLE",
  ),
  both("another kind of ball", [BALL("order: 2, radius: 0.1")], [KL("radius: 0.1")], "ambiguity — INCOMPARABLE"),
  both("a ball where there was none", [], [BALL("order: 2, radius: 0.1")], "ambiguity — MORE CONSERVATIVE"),
  both(
    "a ball around the training outcomes",
    [],
    [BALL("order: 2, radius: 0.1, center: empirical")],
    "ambiguity — INCOMPARABLE",
  ),
  both("a larger divergence", [KL("radius: 0.1")], [KL("radius: 0.3")], "ambiguity.radius — MORE CONSERVATIVE"),
  both(
    "choices that do not overlap",
    [BALL("order: 2, radius: one_of(0, 0.1)")],
    [BALL("order: 2, radius: one_of(0.1, 0.3)")],
    "ambiguity.radius — MORE CONSERVATIVE",
  ),
  both(
    "choices that overlap",
    [BALL("order: 2, radius: one_of(0, 0.2)")],
    [BALL("order: 2, radius: one_of(0.1, 0.3)")],
    "ambiguity.radius — INCOMPARABLE",
  ),
  both(
    "a cheaper distance",
    [BALL("order: 2, penalty: 2")],
    [BALL("order: 2, penalty: 1")],
    "ambiguity.penalty — MORE CONSERVATIVE",
  ),
  both(
    "the norm made explicit",
    [BALL("order: 2, radius: 0.1")],
    [BALL("order: 2, radius: 0.1, norm: l2")],
    `ambiguity.norm — ${NONE}`,
  ),
];

const rest: readonly Pair[] = [
  pair("another file", 'csv("market.csv")', 'csv("market-2.csv")', "data: source — DATA CHANGES"),
  pair("other columns", 'columns("f_*")', 'columns("g_*")', "data: context x — DATA CHANGES"),
  pair("no scaling", " |> standardize", "", "data: context x — DATA CHANGES"),
  pair("another range", "in -1..1", "in -2..2", "data: outcome s — DATA CHANGES"),
  pair("another split", "train: 70%, validation: 10%", "train: 60%, validation: 20%", "data: split — DATA CHANGES"),
  pair("more steps", "steps: 100", "steps: 200", "train.steps — TRAINING ONLY"),
  pair("another grid of strengths", "one_of(0, 0.01)", "one_of(0, 0.01, 0.1)", "train.lambda — TRAINING ONLY"),
  pair("a wider network", "hidden: [8]", "hidden: [16]", "uncertainty.hidden — TRAINING ONLY"),
  pair(
    "another generator",
    "flow_matching { hidden: [8], scenarios: 64 }\ntrain dw_fm { lambda: one_of(0, 0.01), reference: saa { folds: 5 }, steps: 100, select: regret on validation }\ncompare uniform_fm, saa",
    "gmm { components: 3, scenarios: 64 }\ncompare saa",
    "uncertainty — TRAINING ONLY",
    "train — TRAINING ONLY",
    "compare — EVALUATION ONLY",
  ),
  pair("another seed", "unit usd", "seed 7\nunit usd", "seed — TRAINING ONLY"),
  pair("a decision that knows nothing", "uncertainty s | x ~", "uncertainty s ~", "uncertainty — INCOMPARABLE"),
  pair("another baseline", "compare uniform_fm, saa", "compare uniform_fm, saa, knn_saa", "compare — EVALUATION ONLY"),
  pair(
    "another option of a baseline",
    "compare uniform_fm, saa",
    "compare uniform_fm, saa, knn_saa { neighbours: 5 }",
    "compare — EVALUATION ONLY",
  ),
  pair("more seeds", "seeds: 5", "seeds: 10", "evaluate.seeds — EVALUATION ONLY"),
  pair(
    "another metric",
    "regret, mean_loss, seeds",
    "regret, percentile [50%], seeds",
    "evaluate — EVALUATION ONLY",
    "evaluate — EVALUATION ONLY",
  ),
  pair("a fixed strength in place of a choice", "one_of(0, 0.01)", "0.01", "train.lambda — TRAINING ONLY"),
];

const STAGES = `model W
dim Hour = 4
param capacity = 10.0
param start = 8.0
stages day = 1..3
data wind = csv("wind.csv") {
  index date: date
  trajectory w: real[Hour] per day
  split chronological { train: 70%, validation: 10%, test: 20% }
}
state level: real in 0..capacity, initially start
stage day observing w {
  decision sell: real[Hour] >= 0
  subject to { sum(sell) <= level + 5 }
  next level = level - sum(sell) / 2
  loss = -sum(sell)
}
uncertainty w' | w ~ gmm { components: 3 }
solve sddp { iterations: 50 }
evaluate on test { percentile [50%] }
`;

function stage(title: string, from: string, to: string, ...changes: readonly string[]): Pair {
  return { title, before: STAGES, after: edit(STAGES, [from, to]), changes };
}

const stages: readonly Pair[] = [
  stage("stages: a looser constraint", "level + 5", "level + 7", "constraint — FEASIBLE SET GROWS"),
  stage("stages: a tighter constraint", "level + 5", "level + 1", "constraint — FEASIBLE SET SHRINKS"),
  stage("stages: a further constraint", "level + 5", "level + 5, sell[0] <= 3", "constraint — FEASIBLE SET SHRINKS"),
  stage("stages: a wider state", "capacity = 10.0", "capacity = 12.0", "state level: range — FEASIBLE SET GROWS"),
  stage("stages: another start", "start = 8.0", "start = 7.0", "state level: initially — INCOMPARABLE"),
  stage("stages: another transition", "sum(sell) / 2", "sum(sell) / 3", "next level — INCOMPARABLE"),
  stage("stages: another loss", "loss = -sum(sell)", "loss = -2 * sum(sell)", "stage loss — OBJECTIVE CHANGES"),
  stage("stages: a longer horizon", "1..3", "1..4", "stages — INCOMPARABLE"),
  stage("stages: more iterations", "iterations: 50", "iterations: 60", "solve.iterations — TRAINING ONLY"),
];

const FORECAST = `model F
data rows = synthetic dro_regression_dn20_2 {
  noise: 0.1
  train: 300
  validation: 100
} {
  context x: real[2]
  outcome y: real
}
decision f: predictor(x -> y) = linear
loss error(f; x, y) = square(f(x) - y)
risk mean(error)
train ml
evaluate on test { mse, seeds: 5 }
`;
const TRAINED = "train — TRAINING ONLY";

/** A forecast against a classical set, or against none where there is no text. */
const against = (set: string): string =>
  set === "" ? FORECAST : FORECAST.replace("train ml", `ambiguity ${set}\ntrain dro`);

function classical(title: string, before: string, after: string, ...changes: readonly string[]): Pair {
  return { title, before: against(before), after: against(after), changes };
}

const compared = (set: string): string => FORECAST.replace("train ml", `train ml\ncompare dro { set: ${set} }`);

function baseline(title: string, before: string, after: string, ...changes: readonly string[]): Pair {
  return { title, before: compared(before), after: compared(after), changes };
}

const ABSOLUTE = "abs(f(x) - y)";
const withAbsolute = ({ before, after, ...rest }: Pair): Pair => ({
  ...rest,
  before: before.replace("square(f(x) - y)", ABSOLUTE),
  after: after.replace("square(f(x) - y)", ABSOLUTE),
});

const classicalSets: readonly Pair[] = [
  ...[
    "chi2 { radius: 0.5 }",
    "total_variation { radius: 20% }",
    "cvar { tail: 20% }",
    "moments { covariance: 1.5 }",
  ].map((set) => classical(`a classical set: ${set}`, "", set, "ambiguity — MORE CONSERVATIVE", TRAINED)),
  classical("a classical set of radius 0", "", "kl { radius: 0 }", `ambiguity — ${NONE}`, TRAINED),
  classical("the CVaR of everything", "", "cvar { tail: 100% }", `ambiguity — ${NONE}`, TRAINED),
  ...["sinkhorn { radius: 0.5 }", "bayesian { radius: 0.5 }", "moments { covariance: 0.9 }"].map((set) =>
    classical(`a set that may lack the rows' law: ${set}`, "", set, "ambiguity — INCOMPARABLE", TRAINED),
  ),
  withAbsolute(
    classical(
      "a set around rows without outliers",
      "",
      "outlier_robust { radius: 0.5, outliers: 5% }",
      "ambiguity — INCOMPARABLE",
      TRAINED,
    ),
  ),
  classical(
    "a larger classical radius",
    "chi2 { radius: 0.5 }",
    "chi2 { radius: 0.7 }",
    "ambiguity.radius — MORE CONSERVATIVE",
  ),
  classical("a smaller tail", "cvar { tail: 20% }", "cvar { tail: 10% }", "ambiguity.tail — MORE CONSERVATIVE"),
  classical(
    "two sizes that grow",
    "moments { covariance: 1.5 }",
    "moments { covariance: 2, mean: 0.1 }",
    "ambiguity.covariance — MORE CONSERVATIVE",
    "ambiguity.mean — MORE CONSERVATIVE",
  ),
  classical(
    "one size that grows and one that shrinks",
    "holistic { radius: 0.5 }",
    "holistic { radius: 0.5, corruption: 10%, noise: 0.05 }",
    "ambiguity.corruption — INCOMPARABLE",
    "ambiguity.noise — INCOMPARABLE",
  ),
  classical(
    "another power of the divergence",
    "cressie_read { radius: 0.5, power: 3 }",
    "cressie_read { radius: 0.7, power: 4 }",
    "ambiguity.radius — INCOMPARABLE",
    "ambiguity.power — INCOMPARABLE",
  ),
  classical("another classical set", "chi2 { radius: 0.5 }", "kl { radius: 0.7 }", "ambiguity — INCOMPARABLE"),
  baseline(
    "a baseline's larger radius",
    "chi2 { radius: 0.5 }",
    "chi2 { radius: 0.7 }",
    "compare dro.set.radius — EVALUATION ONLY",
  ),
  baseline("a baseline's other set", "chi2 { radius: 0.5 }", "kl { radius: 0.5 }", "compare dro.set — EVALUATION ONLY"),
];

export const PAIRS: readonly Pair[] = [...stages, ...classicalSets, ...words, ...risks, ...sets, ...balls, ...rest];
