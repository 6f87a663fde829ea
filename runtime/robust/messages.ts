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
} as const satisfies Catalogue;
