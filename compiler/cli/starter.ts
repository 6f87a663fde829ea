/** The files that `droc init` writes: a small problem that runs as it is. */
export function starterFiles(): Readonly<Record<string, string>> {
  return {
    "model.dro": MODEL,
    "README.md": README,
    ".gitignore": "runs/\ngenerated/\nnode_modules/\ndroc-error-*.txt\n",
  };
}

const MODEL = `/// How much of a fresh product to order for tomorrow, knowing today's weather, calendar and trend.
model FreshOrder

unit item
unit usd

// Parameters carry units; usd + item would be an error. Try \`droc run model.dro --set stockout=5\`.
param holding:  real<usd/item> = 1  // for each item left over
param stockout: real<usd/item> = 9  // for each item missing
param aversion = 0.5                // weight of the bad days

// A synthetic task, whose true law is known, so that regret is exact. For your own data write
//   data sales = csv("sales.csv") { index date: date … split chronological { train: 70%, … } }
data sales = synthetic newsvendor_mixture { covariates: 3, train: 2_000, validation: 200, test: 200 } {
  context x: real[3]
  outcome demand: real<item>
}

decision order: real<item> in 0..200

loss cost(order, demand) = holding * max(order - demand, 0) + stockout * max(demand - order, 0)

// The mean, and the mean of the worst tenth of the days.
risk mean(cost) + aversion * cvar(cost, level = 90%)

// How demand depends on x is learnt by a generator that draws scenarios for a given x.
uncertainty demand | x ~ flow_matching { hidden: [32, 32], scenarios: 256 }

// Training weighs the days on which the order is most sensitive to demand; validation chooses how much (0 is not at all).
train dw_fm {
  lambda_relative: one_of(0, 0.02)
  reference:       knn_saa { folds: 5, neighbours: 50 }
  steps:           2_000
  batch:           256
}

compare uniform_fm, knn_saa { neighbours: 50 }, saa, oracle_saa

evaluate on test { regret, mean_loss, cvar_loss, seeds: 2, evaluator: truth { scenarios: 1_024 } }
`;

const README = `# A decision under uncertainty, stated in model.dro

\`\`\`sh
droc check model.dro          # every error, with its place; runs nothing
droc explain model.dro        # the whole problem, with every default that you did not write
droc run model.dro --quick    # a rehearsal in seconds, whose numbers mean nothing
droc run model.dro            # trains, decides, evaluates; the results go to runs/
droc fmt model.dro            # the canonical form
\`\`\`

An interrupted run goes on where it was when the same command is given again.
\`droc build model.dro\` writes the TypeScript that the run executes to \`generated/\`.
`;
