import type { Catalogue } from "../../../runtime/errors/droc-error.ts";

/** Every rule of `droc lint`: its message and the severity that it has unless the configuration says otherwise. */
export const lintCatalogue = {
  "magic-number": {
    severity: "warning",
    message: "the number {number} stands in {where} without a name",
    why: "a reviewer cannot see what it is, nor where it comes from, and `--set` cannot vary it",
    help: "declare it: `param name = {number}`, with its unit and a comment that says its source",
  },
  "unused-declaration": {
    severity: "warning",
    message: "nothing uses the {what} `{name}`",
    why: "a reader takes it for a part of the problem",
    help: "take it out, or use it where the number or name that it stands for is written",
  },
  "seed-unset": {
    severity: "note",
    message: "the spec states no seed: {seed} is used",
    why: "two people who run it get the same numbers only as long as the default stays",
    help: "write `seed {seed}`",
  },
  "unit-unstated": {
    severity: "note",
    message: "`{name}` has no unit, while others here have",
    why: "without it `usd` may be added to a bare number that was meant as `usd/item`",
    help: "write its unit, `{name}: {type}<usd>`, or `<1>` where it has none",
  },
  "radius-chosen-on-test": {
    severity: "warning",
    message: "the radius {radius} is {how}",
    why: "a radius that was picked by looking at the results it is judged by makes them too good",
    help: "let the run choose it on other rows, `radius: one_of(0, {radius}) by holdout`, and evaluate on test; or name it as a `param` with a comment that says where it comes from",
  },
  "single-seed": {
    severity: "warning",
    message: "everything is done with one seed",
    why: "training and scenarios are random: with one seed luck cannot be told from merit",
    help: "write `seeds: 5` in `evaluate`",
  },
  "missing-baseline": {
    severity: "warning",
    message: "{found}",
    why: "a method that learns is worth its cost only where it beats one that does not",
    help: "compare with a method without training: `compare saa`, `knn_saa` or `equal_weights`",
  },
  "comparison-without-test": {
    severity: "warning",
    message: "methods are compared over {seeds} seeds: {why}",
    why: "a difference of means without a test is no evidence",
    help: "write `seeds: 5` or more in `evaluate`: the paired test over seeds then has some power",
  },
  "weights-all-equal": {
    severity: "warning",
    message: "the weights are equal over the outcomes of each context",
    why: "the loss is affine in the outcome, so that its gradient is the same at each of them, and the risk has no tail that would part them: training is aimed at nothing",
    help: "write `train uniform_fm`, or add the tail that matters to `risk`",
  },
  "weighting-may-hurt": {
    severity: "warning",
    message: "weights of strength up to {strength}, without de-tilting",
    why: "strong weights leave few rows that count (a small effective sample) and tilt the law that is learnt; in the runs of docs/results.md no strength above {most} was the best",
    help: "add `dw_fm { detilt: true }` to `compare`, or keep `lambda_relative` at {most} or below",
  },
  "weighting-without-choice": {
    severity: "warning",
    message: "weights of strength {strengths} on {rows} rows, without de-tilting, and 0 is no choice",
    why: "with much data the tilt of the law that is learnt costs more than the weights gain, and validation has no way to say so",
    help: "write `one_of(0, {strengths})`, or add `dw_fm { detilt: true }` to `compare`",
  },
  "strength-without-zero": {
    severity: "warning",
    message: "the strengths of the weights do not include 0",
    why: "where weighting does not help, validation has no way to say so",
    help: "write `one_of(0, {strengths})`",
  },
  "thin-tail": {
    severity: "warning",
    message: "of {scenarios} scenarios {tail} are in the tail at {level}",
    why: "the CVaR of a decision is then the mean of a handful of draws",
    help: "write `scenarios: {enough}` or more, or a lower level",
  },
  "risk-not-reported": {
    severity: "warning",
    message: "the risk weighs the tail, and no metric reports it",
    why: "the means that are reported can be as good as ever while the tail that was asked for is not met",
    help: "add `cvar_loss` to `evaluate`",
  },
  "undocumented-model": {
    severity: "note",
    message: "the model `{name}` has no description",
    why: "who signs for the decision reads the description first",
    help: "write a line `/// What is decided, for whom, how often.` above `model {name}`",
  },
  "undocumented-param": {
    severity: "note",
    message: "the parameter `{name}` is not described",
    why: "a reviewer sees a number and not where it comes from",
    help: "write `// where it comes from` behind it, or a line `///` above",
  },
  "small-part": {
    severity: "warning",
    message: "the {part} part is {share} of the rows",
    why: "what is chosen or reported on so few rows moves with each of them",
    help: "give it 10% or more in `split`",
  },
  "thin-reason": {
    severity: "warning",
    message: 'the waiver of `{name}` says only "{because}"',
    why: "an assumption is set aside for good, and a reviewer has to know on what ground",
    help: "say why it does no harm here, in a sentence",
  },
  "fraction-as-percent": {
    severity: "note",
    message: "`{name}` is a share and is written {number}",
    why: "0.9 and 0.09 look alike, 90% and 9% do not",
    help: "write {percent}",
  },
  "digit-groups": {
    severity: "note",
    message: "{number} has many digits",
    why: "a nought too many is hard to see",
    help: "write {grouped}",
  },
  "choice-of-one": {
    severity: "note",
    message: "`one_of` with one value chooses nothing",
    why: "a reader looks for the alternatives",
    help: "write the value alone, or add others",
  },
  "compared-with-itself": {
    severity: "warning",
    message: "`{name}` is compared with itself",
    why: "it is trained twice and the difference is 0",
    help: "take it out of `compare`, or change an option",
  },
  "unscaled-context": {
    severity: "warning",
    message: "the context `{name}` goes to the network `{generator}` in its own scale",
    why: "a network learns little from columns that differ in size by orders of magnitude",
    help: "write `|> standardize` behind its columns",
  },
  "fixed-component": {
    severity: "warning",
    message: "{component} can only be {value}",
    why: "a decision with one possible value is none: a bound or constraint is likely not what was meant",
    help: "widen the bounds, or take the component out of the decision",
  },
  "decision-not-unique": {
    severity: "note",
    message: "several decisions may be equally good for the same scenarios",
    why: "which of them is returned depends on the solver, so that two machines may differ",
    help: "add a small `eta * sum_squares(…)` of the decision to `risk`",
  },
  "name-style": {
    severity: "note",
    message: "the {what} `{name}` is written unlike others of its kind",
    why: "a reader tells dims and models from numbers by their first letter",
    help: "write `{better}`",
  },
  "ignore-without-reason": {
    severity: "error",
    message: "`droc-ignore {rule}` gives no reason",
    why: "who reads it later has to know why the rule does not apply here",
    help: "write `// droc-ignore {rule}: why it is right here`",
  },
  "ignore-unknown-rule": {
    severity: "warning",
    message: "`droc-ignore` names no rule: `{rule}`",
    why: "nothing is ignored",
    help: "{suggestion}",
  },
  "ignore-unused": {
    severity: "warning",
    message: "nothing here breaks `{rule}`",
    why: "a note that outlived its reason hides the next mistake",
    help: "take the comment out",
  },
} as const satisfies Catalogue;

export type LintCode = keyof typeof lintCatalogue;

export function isLintCode(code: string): code is LintCode {
  return Object.hasOwn(lintCatalogue, code);
}
