import type { RuntimeExample, RuntimeExamples } from "./example.ts";

const LOSS = "loss L(z, s) = -dot(s, z)";
const TRAIN = "lambda_relative: one_of(0, 0.1)";
const COMPARE = "compare saa";

type Parts = Pick<RuntimeExample, "of" | "wrong" | "right" | "says"> & Partial<RuntimeExample>;

/** Another text for a part of the spec of the portfolio. */
function spec(parts: Parts): RuntimeExample {
  return { base: "portfolio", in: "model.dro", ...parts };
}

/** What an application does with the emitted pipeline. */
function application(
  imported: string,
  wrong: string,
  right: string,
  says: string,
  more: Partial<RuntimeExample> = {},
  before = "",
) {
  const text = (lines: string): string => `${before}import { ${imported} } from "droc/runtime";
import { pipeline } from "./generated/pipeline.js";

${lines}
`;
  return { base: "application", in: "app.mjs", wrong: text(wrong), right: text(right), says, ...more } as const;
}

const RUN_INTO = 'await runPipeline(pipeline, { runFolder: "runs/today" });';
const DECIDE = `const decide = await createDecision(pipeline, "runs/today");
await decide(Float64Array.of(0.1, 0.2));`;

/** Errors and warnings of a run. */
export const runExamples: RuntimeExamples = {
  "output-not-writable": application(
    "runPipeline",
    'await runPipeline(pipeline, { runFolder: "notes.txt/today" });',
    RUN_INTO,
    "The run folder notes.txt/today cannot be written: part of the path is a file.",
    { beside: { "notes.txt": "A file, not a folder.\n" } },
  ),
  "run-folder-damaged": {
    base: "portfolio",
    in: "command",
    wrong: `droc run model.dro --out runs/today
find runs/today/units -name 'seed-0-*' -exec truncate -s 100 {} +
droc run model.dro --out runs/today`,
    right: `droc run model.dro --out runs/today
droc run model.dro --out runs/today`,
    says: "model.dro:1:1: runs/today/units/…/seed-0-sensitivities-….safetensors in the run folder cannot be read: the weights are not a safetensors file: it ends within squares.",
  },
  "method-needs-flow": application(
    "runPipeline",
    'await runPipeline({ ...pipeline, train: { method: "fit" }, compare: [{ method: "uniform_fm" }] }, { runFolder: "runs/today" });',
    'await runPipeline({ ...pipeline, compare: [{ method: "uniform_fm" }] }, { runFolder: "runs/today" });',
    "model.dro:16:1: fit trains a flow, but the uncertainty of this model is flow_matching without a method.",
  ),
  "method-needs-truth": application(
    "runPipeline",
    'await runPipeline({ ...pipeline, compare: [{ method: "oracle_saa" }] }, { runFolder: "runs/today" });',
    'await runPipeline({ ...pipeline, compare: [{ method: "saa" }] }, { runFolder: "runs/today" });',
    "model.dro:18:9: oracle_saa needs the true conditional law, which only synthetic tasks have.",
    { base: "orders", command: "droc build model.dro\nnode app.mjs" },
  ),
  "too-few-rows": spec({
    of: TRAIN,
    wrong: `${TRAIN}, reference: saa { folds: 80 }`,
    right: `${TRAIN}, reference: saa { folds: 5 }`,
    says: "model.dro:18:7: A reference decision over 80 folds needs at least 80 rows in the train split, which has 60.",
  }),
  "decision-infeasible": application(
    "runPipeline, simplex",
    `const feasible = { ...simplex(3, "app.mjs:4:1"), upper: [0.2, 0.2, 0.2] };
await runPipeline({ ...pipeline, problem: { ...pipeline.problem, feasible } }, { runFolder: "runs/today" });`,
    `const feasible = { ...simplex(3, "app.mjs:4:1"), upper: [0.4, 0.4, 0.4] };
await runPipeline({ ...pipeline, problem: { ...pipeline.problem, feasible } }, { runFolder: "runs/today" });`,
    "app.mjs:4:1: No decision is feasible: the reference decision has an empty feasible set.",
  ),
  "decision-unbounded": application(
    "nonnegative, runPipeline, simplex",
    `const feasible = nonnegative(3, "app.mjs:4:1");
await runPipeline({ ...pipeline, problem: { ...pipeline.problem, feasible } }, { runFolder: "runs/today" });`,
    `const feasible = simplex(3, "app.mjs:4:1");
await runPipeline({ ...pipeline, problem: { ...pipeline.problem, feasible } }, { runFolder: "runs/today" });`,
    "app.mjs:4:1: The decision problem of the evaluator at validation context 1 is unbounded: its risk can fall without limit.",
  ),
  "no-finished-run": application(
    "createDecision, runPipeline",
    DECIDE,
    `${RUN_INTO}\n${DECIDE}`,
    "runs/today holds no finished run of Portfolio.",
  ),
  "run-of-another-model": application(
    "createDecision, runPipeline",
    `await runPipeline({ ...pipeline, seed: 2 }, { runFolder: "runs/today" });\n${DECIDE}`,
    `${RUN_INTO}\n${DECIDE}`,
    "The run in runs/today belongs to another version of Portfolio.",
  ),
  "artefact-of-another-spec": application(
    "createDecision, runPipeline",
    `${RUN_INTO}
await runPipeline({ ...pipeline, seed: 2 }, { runFolder: "runs/other" });
copyFileSync("runs/other/weights.safetensors", "runs/today/weights.safetensors");
${DECIDE}`,
    `${RUN_INTO}
await runPipeline({ ...pipeline, seed: 2 }, { runFolder: "runs/other" });
${DECIDE}`,
    "runs/today/weights.safetensors was made from another spec (…), not from Portfolio as it stands (spec …). (runs/today/weights.safetensors)",
    {},
    'import { copyFileSync } from "node:fs";\n',
  ),
  "artefact-changed": {
    base: "orders",
    in: "command",
    wrong: `droc run model.dro --out runs/today
printf ' ' >> runs/today/train.safetensors
droc decide runs/today --context sales.csv --method saa --out decisions.csv`,
    right: `droc run model.dro --out runs/today
droc decide runs/today --context sales.csv --method saa --out decisions.csv`,
    says: "runs/today/train.safetensors:1:1: runs/today/train.safetensors is not as the run wrote it. (runs/today/train.safetensors)",
  },
  "run-method-unknown": {
    base: "orders",
    in: "command",
    wrong: `droc run model.dro --out runs/today
droc decide runs/today --context sales.csv --method sa --out decisions.csv`,
    right: `droc run model.dro --out runs/today
droc decide runs/today --context sales.csv --method saa --out decisions.csv`,
    says: 'runs/today:1:1: The run in runs/today has no method `sa` that decides at new contexts. Did you mean "saa"?',
  },
  "run-without-names": {
    base: "orders",
    in: "command",
    wrong: `droc run model.dro --out runs/today
sed -i 's/"contextNames"/"formerNames"/' runs/today/model.json
droc decide runs/today --context sales.csv --out decisions.csv`,
    right: `droc run model.dro --out runs/today
droc run model.dro --out runs/today
droc decide runs/today --context sales.csv --out decisions.csv`,
    says: "runs/today:1:1: The run in runs/today does not say how its context values are named.",
  },
  "context-size": application(
    "createDecision, runPipeline",
    `${RUN_INTO}\n${DECIDE.replace("0.1, 0.2", "0.1")}`,
    `${RUN_INTO}\n${DECIDE}`,
    "The context has 1 values; Portfolio takes 2.",
  ),
  "degenerate-rows": spec({
    of: "train: 60",
    wrong: "train: 5",
    right: "train: 60",
    says: "Seed 0: 5 different training rows are fewer than the 6 that a flow_matching of 5 columns needs. What the rows do not determine stays at its one value or is kept from zero by a floor on the variances: assumed, not learned. Check the columns, train on more rows, or choose a generator with fewer parameters.",
  }),
  "small-effective-size": spec({
    of: TRAIN,
    wrong: "lambda_relative: one_of(0, 1_000)",
    right: TRAIN,
    says: "Seed 0: at strength 1000 the weights have an effective sample size of 10 % of the training rows (largest weight 434 times the smallest). A few rows then carry the training, and the generator fits their noise. Lower the strength; under 50 % a gain on validation is likely to be luck.",
  }),
  "zero-gradient": spec({
    of: LOSS,
    wrong: "loss L(z, s) = max(0, -100 - dot(s, z)) + z[0]",
    right: "loss L(z, s) = max(0, -dot(s, z)) + z[0]",
    says: "Seed 0: the loss does not react to the outcome at the reference decision, so all weights are 1. Decision-weighted training is then plain training. Check the loss, or the reference decision.",
  }),
  "generator-coverage": spec({
    of: "solver: midpoint, ode_steps: 2",
    wrong: "solver: euler, ode_steps: 1",
    right: "solver: midpoint, ode_steps: 8",
    also: [
      ["model.dro", "test: 12", "test: 200"],
      ["model.dro", "steps: 20, batch: 16", "steps: 1500, batch: 64"],
    ],
    says: "dw_fm: 71 % of the held-out outcomes lie in its central 90 % intervals. Decisions take the scenarios for the law: intervals that hold too few outcomes hide risk, those that hold too many make decisions timid. Train for longer or on more rows, widen the network, take more sampling steps, or compare another generator; the report shows coverage by difficulty.",
  }),
  "generator-calibration": spec({
    of: TRAIN,
    wrong: "lambda_relative: 3",
    right: TRAIN,
    also: [
      ["model.dro", "test: 12", "test: 200"],
      ["model.dro", "steps: 20, batch: 16", "steps: 1000, batch: 64"],
    ],
    says: "dw_fm: the outcomes of s[2] do not stand among its scenarios as one of them would (Kolmogorov–Smirnov distance 0.37): too many outcomes lie at the ends of the scenarios, which are too narrow. A generator that is shifted or misshapen makes good decisions for another law. Train for longer or on more rows, give the context what the outcome depends on, or compare another generator.",
  }),
  "single-seed": {
    base: "portfolio",
    in: "command",
    wrong: "droc run model.dro --seeds 1",
    right: "droc run model.dro --seeds 2",
    says: "One seed: no standard deviation and no test over seeds can be given. Training noise alone moves the regret by several per cent; a difference of that size means nothing. Write `seeds: 5` or more in evaluate, or run with --seeds 5.",
  },
  "one-step-sampler": spec({
    of: "solver: midpoint, ode_steps: 2",
    wrong: "solver: euler, ode_steps: 1",
    right: "solver: midpoint, ode_steps: 8",
    says: "The sampler takes one Euler step, which returns nearly the conditional mean. A gain of decision weighting under it may only repair the sampler. Write `solver: midpoint, ode_steps: 8`, or report both.",
  }),
  "strength-at-edge": spec({
    of: TRAIN,
    wrong: "lambda_relative: one_of(0, 0.01)",
    right: "lambda_relative: one_of(0, 0.01, 0.1, 1)",
    also: [["model.dro", "steps: 20", "steps: 300"]],
    says: "Seed 0: validation chose 0.01 for dw_fm, the largest strength of the grid. The best strength may lie beyond the grid. Extend the grid upward, watching the effective sample size.",
  }),
  "training-taught-nothing": spec({
    of: COMPARE,
    wrong: "compare spo_plus { steps: 20, optimizer: adam { rate: 1e-9 } }",
    right: "compare spo_plus { steps: 200, optimizer: adam { rate: 0.01 } }",
    says: "spo_plus: in 2 of 2 seeds no weights of its training decided better on the validation rows than the untrained ones that it began with. What the comparison shows of it is a predictor that has not learnt, beside which others look better than they are. Where decisions are vertices their derivative is 0 almost everywhere: compare spo_plus, diff_dro or a contrastive loss. Otherwise train for longer or at another rate.",
  }),
  "fewer-neighbours": spec({
    of: COMPARE,
    wrong: "compare knn_saa { neighbours: 500 }",
    right: "compare knn_saa { neighbours: 10 }",
    says: "knn_saa asks for 500 neighbours; only 60 rows are there, so all are used. With all rows as neighbours the context has no influence. Ask for fewer neighbours.",
  }),
  "quick-run": {
    base: "portfolio",
    in: "command",
    wrong: "droc run model.dro --quick",
    right: "droc run model.dro",
    says: "This was a rehearsal (--quick): training, contexts and scenarios were cut short. Its numbers show that the line works and nothing else. Run without --quick for results.",
  },
};
