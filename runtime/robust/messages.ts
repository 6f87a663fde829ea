import type { Catalogue } from "../errors/droc-error.ts";

/** What robust training of predictors reports. */
export const robustCatalogue = {
  "budget-below-reconstruction": {
    severity: "error",
    message: "the budget {budget} is below the reconstruction loss {loss} of the {model} itself",
    why: "The ambiguity set holds the generators whose reconstruction loss stays within the budget. Not even the one that was fitted to the data is in it, so there is no worst law to train against.",
    help: "Give a budget above {loss}, such as {suggestion}, leave it out and let validation choose among multiples of that loss, or train the generator longer.",
  },
  "generator-collapsed": {
    severity: "error",
    message: "the {model} collapsed {when}: what it generates has {share} of the spread of the data",
    why: "A generator of one point gives one row again and again; a predictor trained on it has learnt nothing about any law near the data.",
    help: "Lower the budget, the generator's rate or the number of inner epochs; if it collapsed before the adversary began, train it longer or give it fewer latent dimensions.",
  },
  "set-not-fitted": {
    severity: "error",
    message: "the predictor could not be fitted under the set {set} of size {size}: {reason}",
    why: "The least worst case and a proof that it is the least come of one cone program; without both there is no answer to report.",
    help: "Change the size of the set, or write `fit: steps` where the set only weighs the rows.",
  },
  "set-of-too-many-pairs": {
    severity: "error",
    message: "the exact fit under {set} weighs every pair of {rows} training rows; it takes at most {most} rows",
    why: "Its cone program has as many entries as pairs of rows, and would not end in reasonable time.",
    help: "Write `fit: steps`, which takes the set around each batch, or train on fewer rows.",
  },
  "no-worst-law": {
    severity: "error",
    message: "the run in {path} has no worst law of a method `{method}` at seed {seed}",
    why: "Methods against a set of laws keep the law that is worst for their predictor; others have none.",
    help: "Those of this pipeline are: {known}.",
  },
  "labels-not-signs": {
    severity: "error",
    message: "the {loss} loss needs training rows of both labels -1 and 1; they have {found}",
    why: "The loss multiplies the score by its label: with other numbers, or one class alone, it says nothing of classes.",
    help: "Map the labels when the data are read, and see that the training part holds both classes.",
  },
} as const satisfies Catalogue;
