import type { Catalogue } from "../../runtime/errors/droc-error.ts";

/** Every message of the command line itself. What is wrong in a spec or its data is in the compiler's and runtime's. */
export const cliCatalogue = {
  "cli-usage": {
    severity: "error",
    message: "{text}",
    why: "the command was not started",
    help: "run `droc {command}--help` to see its arguments and an example",
  },
  "cli-model-unknown": {
    severity: "error",
    message: "`{file}` has no model `{name}`",
    why: "nothing was run",
    help: "its models are: {models}",
  },
  "cli-model-choice": {
    severity: "error",
    message: "`{file}` has several models: {models}",
    why: "this command works on one problem at a time",
    help: "choose one with `--model NAME`",
  },
  "cli-model-none": {
    severity: "error",
    message: "`{file}` declares no model",
    why: "a file of shared declarations alone is a library: there is nothing to decide",
    help: "start one with `model Name`, or name the file that imports this one",
  },
  "cli-out-not-writable": {
    severity: "error",
    message: "cannot write to `{path}`: {reason}",
    why: "results could not be kept, so nothing was computed",
    help: "give a folder that you may write to with `--out DIR`",
  },
  "cli-file-not-readable": {
    severity: "error",
    message: "cannot read `{path}`: {reason}",
    why: "there is no spec to work on",
    help: "give the path of a `.dro` file",
  },
  "cli-file-not-writable": {
    severity: "error",
    message: "cannot write `{path}`: {reason}",
    why: "the file keeps its former text",
    help: "make the file and its folder writable, or use `droc fmt --stdin < {path}`",
  },
  "cli-fmt-broken": {
    severity: "error",
    message: "`{path}` does not parse, so it was left as it is",
    why: "formatting around an error could move or lose what you wrote",
    help: "mend the errors above, then format again",
  },
  "cli-init-not-empty": {
    severity: "error",
    message: "`{path}` is not empty: it has {found}",
    why: "`droc init` never overwrites a file",
    help: "name a new folder: `droc init my-problem`",
  },
  "cli-no-run": {
    severity: "error",
    message: "`{path}` is no run folder: {found}",
    why: "weights and the decision problem are taken from a finished run",
    help: "run the spec first, and name its folder: `droc run model.dro --out {path}`",
  },
  "cli-decides-nothing": {
    severity: "error",
    message: "`{path}` is a run of `{model}`, which decides nothing",
    why: "a decision needs `decision`, `loss` and `risk`, and the model has none",
    help: "take its scenarios from samples.parquet or sampler.onnx, or name the folder of a run that decides",
  },
  "cli-table-unknown": {
    severity: "error",
    message: "no table `{name}` is known",
    why: "nothing was run",
    help: "{suggestion}its name is the paper's number and the table's; the tables are: {known}",
  },
  "cli-block-unknown": {
    severity: "error",
    message: "`{table}` has no block `{name}`",
    why: "nothing was run",
    help: "{suggestion}its blocks are: {known}",
  },
  "cli-table-data": {
    severity: "error",
    message: "`{path}` is missing, which block `{block}` of `{table}` reads",
    why: "the data may not be redistributed, so droc does not bring them; nothing was run",
    help: "{how}; then name the folder that holds it with `--data DIR`, or leave the block out with `--only`",
  },
  "cli-interrupted": {
    severity: "error",
    message: "interrupted",
    why: "finished work is kept in `{path}`",
    help: "run the same command again to go on from there",
  },
  "cli-diff-revision": {
    severity: "error",
    message: "cannot read the revision `{revision}`: {reason}",
    why: "there is nothing to compare with",
    help: "name a branch, tag or commit of this repository; in CI fetch its history (`fetch-depth: 0`)",
  },
  "cli-diff-broken": {
    severity: "error",
    message: "`{path}` has errors, so it cannot be compared",
    why: "a spec with errors has no meaning to compare",
    help: "mend the errors above, then compare again",
  },
  "cli-diff-verdict": {
    severity: "error",
    message: "found what `--fail-on` names: {verdicts}",
    why: "this command was told to fail on such a change",
    help: "review the changes above; where they are meant, leave `{keys}` out of `--fail-on`",
  },
  "cli-config": {
    severity: "error",
    message: "`{path}` is not a configuration: {reason}",
    why: "rules that were silenced or raised there would not be",
    help: 'write `{ "lint": { "rules": { "magic-number": "off" } } }`; docs/lint.md lists the rules',
  },
  "cli-lint": {
    severity: "error",
    message: "found {count} of severity {severity} or above",
    why: "this command was told to fail on them",
    help: "mend them, or write `// droc-ignore rule: reason` where one is right as it stands",
  },
  "cli-lock-run": {
    severity: "error",
    message: "the run in `{path}` is of another spec than `{spec}`",
    why: "its weights and decisions would be locked to what they were not made from",
    help: "run the spec as it is now, and name that folder: `droc run {spec} --out {path}`",
  },
  "cli-lock-missing": {
    severity: "error",
    message: "`{path}` is no lock: {reason}",
    why: "there is nothing to hold the spec against",
    help: "write one with `droc lock`",
  },
  "cli-verify": {
    severity: "error",
    message: "{count} of the facts in `{path}` no longer hold",
    why: "the decision that was answered for rests on them",
    help: "restore what changed, or review it and lock again: `droc lock`",
  },
  "cli-internal": {
    severity: "error",
    message: "an internal error of droc: {text}",
    why: "this is a defect of droc, not of your spec",
    help: "please report it with the file `{path}`",
  },
} as const satisfies Catalogue;

export type CliCode = keyof typeof cliCatalogue;
