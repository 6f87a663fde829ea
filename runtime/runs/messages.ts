import type { Catalogue } from "../errors/droc-error.ts";

/** What can go wrong, or needs saying, once a pipeline runs. */
export const RUN_MESSAGES = {
  "output-not-writable": {
    severity: "error",
    message: "The run folder {path} cannot be written: {reason}.",
    why: "Results, weights and checkpoints are kept there; without it a run could neither resume nor be reviewed.",
    help: "Choose another folder with --out, or make this one writable.",
  },
  "run-folder-damaged": {
    severity: "error",
    message: "{path} in the run folder cannot be read: {reason}.",
    why: "Finished work is taken from there, so a damaged file would end in wrong numbers.",
    help: "Delete that file to have its work done again, or choose a new folder with --out.",
  },
  "method-needs-flow": {
    severity: "error",
    message: "{method} trains a flow, but the uncertainty of this model is {generator}.",
    why: "Decision weights act on the velocity regression of flow matching; other generators have no such loss here.",
    help: "Use flow_matching as the generator of the uncertainty, or leave {method} out.",
  },
  "method-needs-truth": {
    severity: "error",
    message: "{method} needs the true conditional law, which only synthetic tasks have.",
    why: "Data from a file give one outcome a context; scenarios from their true law do not exist.",
    help: "Use `evaluator: residual_bootstrap` and leave oracle_saa out, or use synthetic data.",
  },
  "surrogate-does-not-fit": {
    severity: "error",
    message: "The {surrogate} surrogate cannot train this problem: {reason}.",
    why: "Where the decision does not move with the scenarios nothing is learnt of what it costs.",
    help: "Write `surrogate: contrastive`, which needs no derivative of the decision, or add `eta * sum_squares(z)` to the risk.",
  },
  "layer-needs-linear": {
    severity: "error",
    message: "{method} needs a loss that is linear in the outcome, whatever the context, and real decisions.",
    why: "The worst law of its ball, or outcome of its set, is known in closed form there alone: it moves every scenario along the same slope.",
    help: "Leave {method} out, or use residual_dro, which decides against a ball around any loss of pieces.",
  },
  "failed-training-solves": {
    severity: "warning",
    message:
      "{method}, seed {seed}: {count} solves in training gave no decision, the first at training row {row}: {detail}.",
    why: "Those rows had no gradient at their steps; all others trained as usual.",
    help: "Look at the row's context and outcome, and at whether the constraints can be met whatever the outcome.",
  },
  "training-taught-nothing": {
    severity: "warning",
    message:
      "{method}: in {seeds} of {total} seeds no weights of its training decided better on the validation rows than the untrained ones that it began with.",
    why: "What the comparison shows of it is a predictor that has not learnt, beside which others look better than they are.",
    help: "Where decisions are vertices their derivative is 0 almost everywhere: compare spo_plus, diff_dro or a contrastive loss. Otherwise train for longer or at another rate.",
  },
  "too-few-rows": {
    severity: "error",
    message: "{what} needs at least {needed} rows in the {split} split, which has {rows}.",
    why: "With fewer rows the quantity is not defined.",
    help: "Give the split more rows or lower the number asked for.",
  },
  "decision-infeasible": {
    severity: "error",
    message: "No decision is feasible: {what} has an empty feasible set.",
    why: "Every method decides within this set, so there is nothing to compare.",
    help: "Loosen the constraints that are named.",
  },
  "decision-unbounded": {
    severity: "error",
    message: "The decision problem of {what} is unbounded: its risk can fall without limit.",
    why: "An unbounded decision cannot be carried out, and a regret against it is not a number.",
    help: "Bound the decision, or check the sign of the loss.",
  },
  "no-finished-run": {
    severity: "error",
    message: "{path} holds no finished run of {model}.",
    why: "The function that decides takes its trained weights from a finished run.",
    help: "Run the pipeline into that folder first: droc run, or node pipeline.js --out {path}.",
  },
  "run-of-another-model": {
    severity: "error",
    message: "The run in {path} belongs to another version of {model}.",
    why: "Weights trained for one loss, feasible set or data would decide wrongly for another.",
    help: "Run this version of the pipeline into that folder, or into a new one.",
  },
  "artefact-of-another-spec": {
    severity: "error",
    message: "{path} {from}, not from {model} as it stands (spec {expected}).",
    why: "Weights and samplers of one spec would decide wrongly for another.",
    help: "Run this version of the spec into that folder, or take the artefact from the run of this version.",
  },
  "artefact-changed": {
    severity: "error",
    message: "{path} is not as the run wrote it.",
    why: "Decisions would come from weights or rows that nobody evaluated.",
    help: "Run the spec into that folder again, or put the file back; what is finished is not done again.",
  },
  "run-method-unknown": {
    severity: "error",
    message: "The run in {path} has no method `{method}` that decides at new contexts.{suggestion}",
    why: "Each method of a run has its own scenarios and weights.",
    help: "Its methods are: {known}.",
  },
  "prediction-overflow": {
    severity: "error",
    message: "{model} predicts no finite number at row {row}.",
    why: "Its inputs lie so far from the training rows that single precision has no number for what comes of them.",
    help: "Check the units of the row, or declare the range of its fields in the spec.",
  },
  "run-seed-unknown": {
    severity: "error",
    message: "The run in {path} has no seed {seed}.",
    why: "Each seed of a run has trained a predictor of its own.",
    help: "Its seeds are 0 to {last}; without one the first predicts.",
  },
  "run-without-names": {
    severity: "error",
    message: "The run in {path} does not say how its context values are named.",
    why: "Columns of new contexts could be taken in the wrong order.",
    help: "Run the same command into that folder once more: finished work is kept, and the names are added.",
  },
  "context-size": {
    severity: "error",
    message: "The context has {given} values; {model} takes {expected}.",
    why: "The generator was trained on contexts of that size.",
    help: "Pass the untransformed values in the order of the spec's context fields.",
  },
  "worker-ended": {
    severity: "error",
    message: "A worker process of the run ended before its work was done: {reason}.",
    why: "What it was computing is lost; everything finished before is in the run folder.",
    help: "Run the same command again. Where memory is short, take fewer of them: --jobs 1.",
  },
  "worker-pipeline": {
    severity: "error",
    message: "{module}, which the worker processes import, does not export the `pipeline` that is being run.",
    why: "Threads would compute for another model than the one whose results are written.",
    help: "Pass the emitted module of this pipeline as `workers.module`, or run with `jobs: 1`.",
  },
  "data-changed": {
    severity: "error",
    message: "The data changed while the run was reading them.",
    why: "Some methods would be trained on the old rows and some on the new ones.",
    help: "Run again once the file is complete; data that are still written belong into a copy.",
  },
  "degenerate-rows": {
    severity: "warning",
    message: "Seed {seed}: {defects}.",
    why: "What the rows do not determine stays at its one value or is kept from zero by a floor on the variances: assumed, not learned.",
    help: "Check the columns, train on more rows, or choose a generator with fewer parameters.",
  },
  "small-effective-size": {
    severity: "warning",
    message:
      "Seed {seed}: at strength {strength} the weights have an effective sample size of {share} % of the training rows (largest weight {max} times the smallest).",
    why: "A few rows then carry the training, and the generator fits their noise.",
    help: "Lower the strength; under 50 % a gain on validation is likely to be luck.",
  },
  "zero-gradient": {
    severity: "warning",
    message: "Seed {seed}: the loss does not react to the outcome at the reference decision, so all weights are 1.",
    why: "Decision-weighted training is then plain training.",
    help: "Check the loss, or the reference decision.",
  },
  "scenarios-out-of-range": {
    severity: "warning",
    message:
      "{method}: {share} % of the values of its scenarios lay outside the declared range of the outcome and were moved to its nearest end.",
    why: "Mass that piles up at the end of a range is no feature of the data, and a decision may be sensitive to it.",
    help: "Train for longer or on more rows, choose another generator, or check the range.",
  },
  "unsolved-decisions": {
    severity: "warning",
    message: "{method}: {count} of {total} decisions did not reach the solver's tolerance.",
    why: "Their regret contains the solver's error.",
    help: "Look at `gap` in decisions.parquet; another solver may help.",
  },
  "generator-coverage": {
    severity: "warning",
    message: "{method}: {covered} % of the held-out outcomes lie in its central {level} % intervals.",
    why: "Decisions take the scenarios for the law: intervals that hold too few outcomes hide risk, those that hold too many make decisions timid.",
    help: "Train for longer or on more rows, widen the network, take more sampling steps, or compare another generator; the report shows coverage by difficulty.",
  },
  "generator-calibration": {
    severity: "warning",
    message:
      "{method}: the outcomes of {component} do not stand among its scenarios as one of them would (Kolmogorov–Smirnov distance {distance}): {shape}.",
    why: "A generator that is shifted or misshapen makes good decisions for another law.",
    help: "Train for longer or on more rows, give the context what the outcome depends on, or compare another generator.",
  },
  "tilt-exceeds-fit": {
    severity: "warning",
    message:
      "{method}: the weights move the target of training further ({tilt}) than the flow misses it ({excess}), both as weighted squared errors of the velocity.",
    why: "Regret is bounded by the sum of the two (003 theorem 5.6): here weighting costs more than a perfect fit could gain.",
    help: "Write `detilt: true`, which takes the tilt back in the decision, or choose a smaller strength.",
  },
  "single-seed": {
    severity: "warning",
    message: "One seed: no standard deviation and no test over seeds can be given.",
    why: "Training noise alone moves the regret by several per cent; a difference of that size means nothing.",
    help: "Write `seeds: 5` or more in evaluate, or run with --seeds 5.",
  },
  "one-step-sampler": {
    severity: "warning",
    message: "The sampler takes one Euler step, which returns nearly the conditional mean.",
    why: "A gain of decision weighting under it may only repair the sampler.",
    help: "Write `solver: midpoint, ode_steps: 8`, or report both.",
  },
  "strength-at-edge": {
    severity: "warning",
    message: "Seed {seed}: validation chose {strength} for {method}, the largest strength of the grid.",
    why: "The best strength may lie beyond the grid.",
    help: "Extend the grid upward, watching the effective sample size.",
  },
  "radius-at-edge": {
    severity: "warning",
    message: "Seed {seed}: hold-out chose the radius {radius}, the largest of the grid.",
    why: "A larger radius may do better still.",
    help: "Extend `radius: one_of(…)` upward.",
  },
  "choice-at-edge": {
    severity: "warning",
    message: "{method}: {seeds} of {total} seeds chose the {option} {value}, the {end} that was tried.",
    why: "A better one may lie beyond it, and a rival that could not reach its own best is a weak one.",
    help: "Extend `{option}: one_of(…)` {direction}.",
  },
  "budget-overrun": {
    severity: "warning",
    message: "{method}, seed {seed}: the generator's reconstruction loss ended {share} % above its budget {budget}.",
    why: "The last laws that the predictor was trained against lie outside the declared set.",
    help: "Write `generator_rate: 3e-4` or smaller, a larger `dual_rate`, or a budget further above the generator's own loss.",
  },
  "multiplier-unsettled": {
    severity: "warning",
    message:
      "{method}, seed {seed}: the multiplier of its budget still moved by {moved} % of its mean over the last third of the training.",
    why: "The worst law changes with it from one maximisation to the next, so that the predictor has not settled either.",
    help: "Ask for more alternations (`outer: 45`), or lower the budget; where the multiplier goes up and down, lower `dual_rate`.",
  },
  "fewer-neighbours": {
    severity: "warning",
    message: "{method} asks for {asked} neighbours; only {rows} rows are there, so all are used.",
    why: "With all rows as neighbours the context has no influence.",
    help: "Ask for fewer neighbours.",
  },
  "index-gaps": {
    severity: "warning",
    message: "The index of the series has {gaps}, the first between {before} and {after} ({line}).",
    why: "No window reaches across one, so that rows beside a gap are seen less often.",
    help: "Fill the gaps before and say how, or go on: nothing is filled in here.",
  },
  "inputs-size": {
    severity: "error",
    message: "The inputs have {given} values; {model} reads {expected}.",
    why: "The predictor was trained on inputs of that size.",
    help: "Pass the values in the order of the predictor's inputs, as they are in the data.",
  },
  "quick-run": {
    severity: "warning",
    message: "This was a rehearsal (--quick): training, contexts and scenarios were cut short.",
    why: "Its numbers show that the line works and nothing else.",
    help: "Run without --quick for results.",
  },
} as const satisfies Catalogue;

export type RunMessages = typeof RUN_MESSAGES;
