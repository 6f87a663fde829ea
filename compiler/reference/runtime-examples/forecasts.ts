import type { RuntimeExample, RuntimeExamples } from "./example.ts";

const WINDOW = "  window y: real[3] -> next: real";
const SPLIT = '  split  by town { train: ["north"], validation: ["east"], test: each }';
const TRAIN = "train ml { steps: 20, batch: 16 }";

type Parts = Pick<RuntimeExample, "of" | "wrong" | "right" | "says"> & Partial<RuntimeExample>;

function spec(parts: Parts): RuntimeExample {
  return { base: "series", in: "model.dro", ...parts };
}

/** Three hours of a fourth town, and more. */
const TODAY = `hour,town,y
1,west,2
2,west,3
3,west,4
4,west,5
5,west,4
6,west,3
7,west,2`;
const PREDICT = "droc run model.dro --out runs/today\ndroc decide runs/today --context today.csv --out predicted.csv";

/** Predictions at the rows of a new file. */
function predicting(parts: Omit<Parts, "of">): RuntimeExample {
  return { base: "series", in: "today.csv", command: PREDICT, beside: { "today.csv": `${TODAY}\n` }, ...parts };
}

/** A classifier of the series' second column. */
function classifier(parts: Parts): RuntimeExample {
  return spec({
    also: [
      ["model.dro", "  index  hour: int\n", ""],
      ["model.dro", WINDOW, '  context y: real\n  outcome kind: real[2] = one_hot(column("kind"), 2)'],
      ["model.dro", "predictor(y -> next) = linear", "predictor(y -> kind) = linear"],
      [
        "model.dro",
        "error(f; y, next) = square(f(y) - next)",
        "error(f; y, kind) = log_sum_exp(f(y)) - dot(f(y), kind)",
      ],
      ["model.dro", "{ mse, worst,", "{ accuracy,"],
    ],
    ...parts,
  });
}

/** A robust model of the series: its training is cut short so that it runs at once. */
function robust(budget: string, rounds = "inner: 1, outer: 1"): string {
  return `uncertainty (y, next) ~ ddpm { net: mlp { hidden: [8] }, steps: 10 }

ambiguity generative { budget: ${budget} }

train gas_dro { ${rounds}, steps: 10, batch: 8, pretraining: 60 }`;
}

/** Examples of runs whose decision is a predictor. */
export const forecastExamples: RuntimeExamples = {
  "data-zone-missing": spec({
    of: SPLIT,
    wrong: SPLIT.replace("north", "norht"),
    right: SPLIT,
    says: 'model.dro:6:3: No row has `norht` in the column `town`. Did you mean "north"? (load.csv, column "town")',
  }),
  "data-zone-shared": spec({
    of: SPLIT,
    wrong: SPLIT.replace('["east"]', "first 1"),
    right: SPLIT.replace("each }", "first 1 }").replace('["north"]', '["south"]').replace("first 1", '["north"]'),
    says: 'model.dro:6:3: `north` is in the train part and in the validation part. (load.csv, column "town")',
  }),
  "data-group-missing": spec({
    also: [["model.dro", WINDOW, `${WINDOW}\n  group  kind: text`]],
    in: "load.csv",
    of: "2,north,1,",
    wrong: "2,north,,",
    right: "2,north,2,",
    says: 'model.dro:6:10: The group of this row is empty. (load.csv:3, column "kind")',
  }),
  "data-window-long": spec({
    of: WINDOW,
    wrong: "  window y: real[12] -> next: real",
    right: "  window y: real[11] -> next: real",
    says: "model.dro:5:10: No train rows are as long as a window of 12 and the 1 that follow: the longest stretch has 12 rows, 1 to 12. (load.csv:2)",
  }),
  "data-class-missing": classifier({
    of: SPLIT,
    wrong: '  split  by kind { train: ["0"], test: ["1"] }',
    right: SPLIT,
    says: "model.dro:6:3: `kind = 1` is 1 in 18 rows of the test part and in none of the training part.",
  }),
  "data-class-unknown": classifier({
    in: "load.csv",
    of: "1,north,0,",
    wrong: "1,north,2,",
    right: "1,north,1,",
    says: "model.dro:5:11: The class of this row is not one of the 2 of `kind`: they are 0 to 1. (load.csv:2)",
  }),
  "index-gaps": spec({
    in: "load.csv",
    of: "12,south,",
    wrong: "14,south,",
    right: "12,south,",
    says: "The index of the series has a gap, the first between 11 and 14 (load.csv:37). No window reaches across one, so that rows beside a gap are seen less often. Fill the gaps before and say how, or go on: nothing is filled in here.",
  }),
  "series-short": predicting({
    wrong: TODAY.split("\n").slice(0, 3).join("\n"),
    right: TODAY,
    says: "runs/today/spec.dro:5:10: The series town = west has no 3 rows that follow each other, which a prediction needs: at most 2. (today.csv:3)",
  }),
  "series-gap": predicting({
    wrong: TODAY.replace("4,west,5\n", ""),
    right: TODAY,
    says: "runs/today/spec.dro:5:10: The index leaves the distance of the training rows between 3 and 5. (today.csv:5)",
  }),
  "run-seed-unknown": predicting({
    in: "command",
    wrong: `${PREDICT} --seed 2`,
    right: `${PREDICT} --seed 1`,
    says: "runs/today:1:1: The run in runs/today has no seed 2.",
  }),
  "inputs-size": {
    base: "series",
    in: "app.mjs",
    wrong: application("Float64Array.of(1, 2)"),
    right: application("Float64Array.of(1, 2, 3)"),
    command: "droc build model.dro\nnode app.mjs",
    says: "The inputs have 2 values; Load reads 3.",
  },
  "budget-below-reconstruction": spec({
    of: TRAIN,
    wrong: robust("0.001"),
    right: robust("5"),
    says: "model.dro:17:1: the budget 0.001 is below the reconstruction loss 0.949 of the ddpm itself",
  }),
  "budget-overrun": spec({
    of: TRAIN,
    wrong: robust("1", "inner: 4, outer: 2, generator_rate: 0.1, dual_rate: 0.1"),
    right: robust("1", "inner: 4, outer: 2, generator_rate: 3e-4"),
    says: "gas_dro, seed 1: the generator's reconstruction loss ended 23 % above its budget 1.000. The last laws that the predictor was trained against lie outside the declared set. Write `generator_rate: 3e-4` or smaller, a larger `dual_rate`, or a budget further above the generator's own loss.",
  }),
  "multiplier-unsettled": spec({
    of: TRAIN,
    wrong: robust("1", "inner: 10, outer: 4, generator_rate: 0.02, dual_rate: 100"),
    right: robust("1", "inner: 10, outer: 4, generator_rate: 3e-4"),
    says: "gas_dro, seed 0: the multiplier of its budget still moved by 219 % of its mean over the last third of the training. The worst law changes with it from one maximisation to the next, so that the predictor has not settled either. Ask for more alternations (`outer: 45`), or lower the budget; where the multiplier goes up and down, lower `dual_rate`.",
  }),
  "choice-at-edge": spec({
    of: TRAIN,
    wrong: `${TRAIN}\n\ncompare dro { set: kl { radius: one_of(0.1, 0.5) by holdout } }`,
    right: `${TRAIN}\n\ncompare dro { set: kl { radius: one_of(0, 0.1, 0.5) by holdout } }`,
    says: "dro_kl: 2 of 2 seeds chose the radius 0.1, the smallest that was tried. A better one may lie beyond it, and a rival that could not reach its own best is a weak one. Extend `radius: one_of(…)` downward.",
  }),
  "labels-not-signs": spec({
    of: "error(f; y, next) = square(f(y) - next)",
    also: [["model.dro", TRAIN, against("cvar { tail: 30% }")]],
    wrong: "error(f; y, next) = max(0, 1 - next * f(y))",
    right: "error(f; y, next) = abs(f(y) - next)",
    says: "model.dro:17:7: the hinge loss needs training rows of both labels -1 and 1; they have 0, 1, 2, 4, …",
  }),
};

/** Training against the worst law of a set. */
function against(set: string): string {
  return `ambiguity ${set}\n\n${TRAIN.replace("train ml", "train dro")}`;
}

function application(inputs: string): string {
  return `import { createPredictor, runPipeline } from "droc/runtime";
import { pipeline } from "./generated/pipeline.js";

await runPipeline(pipeline, { runFolder: "runs/today" });
const { predict } = await createPredictor(pipeline, "runs/today");
await predict(${inputs});
`;
}
