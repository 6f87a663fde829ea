import type { Catalogue } from "../errors/droc-error.ts";

/** What training and its tensor programs report. */
export const tensorCatalogue = {
  "training-diverged": {
    severity: "error",
    message: "the training of {model} diverged at step {step} of {steps}: its loss is {loss}",
    why: "{cause}. From here on every weight is not a number, and no decision could be taken with this model. {kept}",
    help: "Lower the rate of the optimizer in `train`, look for extreme values in the data, or reduce lambda where some weights are huge.",
  },
  "training-rows": {
    severity: "error",
    message: "{model} was given {rows} rows to train on",
    why: "A model needs at least one row; a generator of a distribution needs many more.",
    help: "Check the split's sizes and the filters on the data.",
  },
  "training-table": {
    severity: "error",
    message: "the {table} of {model} have {actual} values where {rows} rows of {columns} need {expected}",
    why: "A table of the wrong size would shift every later row.",
    help: "Pass row-major tables of the sizes that the model is made for.",
  },
  "training-not-finite": {
    severity: "error",
    message: "the {table} of {model} have the value {value} at row {row}, column {column}",
    why: "One value that is not a number spreads to every weight in the first step.",
    help: "Fill, drop or bound such values before training.",
  },
  "training-weights": {
    severity: "error",
    message: "the weight of row {row} of {model} is {value}",
    why: "Rows are weighted by how much they matter: numbers of at least 0, some of them positive.",
    help: "Check the loss gradient at this row's outcome for overflow.",
  },
  "checkpoint-mismatch": {
    severity: "error",
    message: "the checkpoint of {model} does not fit: {reason}",
    why: "Going on from another model's state would give numbers that no spec describes.",
    help: "Delete the run folder to start anew, or restore the spec that the checkpoint was made with.",
  },
  "weights-mismatch": {
    severity: "error",
    message: "the saved weights do not fit {model}: {reason}",
    why: "Weights of another architecture would be read as noise.",
    help: "Load the weights with the spec that they were trained with.",
  },
  "likelihood-constant-column": {
    severity: "error",
    message: "{model} has no likelihood: column {column} of the outcome is {value} in every training row",
    why: "A value that never varies has a probability of its own and no density beside the other columns.",
    help: "Leave that outcome out of the model, or use a normalizing_flow, which leaves constant columns out itself.",
  },
  "executor-unavailable": {
    severity: "error",
    message: "{executor} cannot be loaded on {platform}: {reason}",
    why: "It has the kernels that models are trained and sampled with.",
    help: "Run `npm ci` again on this machine, or choose another with `--executor`; `droc doctor` says which ones load.",
  },
  "executor-fallback": {
    severity: "warning",
    message: "{asked} cannot be used here, so programs run on {used}: {reason}",
    why: "The numbers agree to float32 rounding; the time may differ a great deal.",
    help: "`droc doctor` says what is installed; docs/executors.md says how to get a GPU used.",
  },
  "onnx-format": {
    severity: "error",
    message: "the model is not an ONNX file: {reason}",
    why: "A model that is read wrongly changes every scenario without a sign.",
    help: "Restore the file from the run that wrote it, or train again.",
  },
  "safetensors-format": {
    severity: "error",
    message: "the weights are not a safetensors file: {reason}",
    why: "Weights that are read wrongly change every decision without a sign.",
    help: "Restore the file from the run that wrote it, or train again.",
  },
} as const satisfies Catalogue;
