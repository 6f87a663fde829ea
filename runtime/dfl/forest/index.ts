import type { OutcomeWeighting } from "../../models/kernel/index.ts";
import { columnScales, normalisedWeights, standardised } from "../../models/mixture/standardise.ts";
import type { TrainingSet } from "../../models/sampler.ts";
import { checkTrainingSet } from "../../models/training-set.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { growTree } from "./tree.ts";

export interface ForestSpec {
  readonly trees: number;
  /** Least training rows of a leaf. */
  readonly leaf: number;
  /** Context components that each split is chosen among; a third of them, rounded up, unless given. */
  readonly features?: number;
}

/** A random forest as weights of the training outcomes. */
export interface Forest extends OutcomeWeighting {
  /** Leaves a tree, on average. */
  readonly leaves: number;
  /** The weighted mean of the training outcomes, which is the forest's own prediction; d values. */
  predict(context: Float64Array): Float64Array;
}

/**
 * Random-forest weights (Meinshausen 2006; prescriptive analytics, Bertsimas & Kallus 2020, eq. 12):
 * `w_i(x) = mean over trees of b_ti 1{i in the leaf of x} / Σ_j b_tj 1{j in the leaf of x}`, b_t the tree's bootstrap
 * sample. Trees (Breiman 2001) are grown on all outcomes together, each divided by its standard deviation.
 *
 * @throws RuntimeError for a training set without rows, or with values that are not finite
 */
export function fitForest(
  spec: ForestSpec,
  data: TrainingSet,
  sizes: { readonly context: number; readonly outcome: number },
  stream: RandomStream,
): Forest {
  checkTrainingSet("forest", data, sizes);
  const { rows: n, contexts, outcomes } = data;
  const { context: p, outcome: d } = sizes;
  const own = normalisedWeights(data.weights, n);
  const targets = standardised(outcomes, d, columnScales(outcomes, n, d, own));
  const features = Math.min(p, spec.features ?? Math.ceil(p / 3));
  const leaf = Math.max(1, spec.leaf);
  const trees = Array.from({ length: spec.trees }, (_, t) => {
    const part = stream.child(`tree/${t}`);
    const drawn = new Int32Array(n);
    part.child("bootstrap").integers(drawn, n);
    const mass = new Float64Array(n);
    for (const row of drawn) mass[row]! += own[row]!;
    // A sample without any weighted row would have nothing to say.
    if (mass.every((value) => value === 0)) mass.set(own);
    return { mass, ...growTree({ contexts, targets, p, d }, mass, { leaf, features }, part.child("split")) };
  });

  function weights(context: Float64Array): Float64Array {
    const out = new Float64Array(n);
    for (const tree of trees) {
      const members = tree.leaf(context);
      let total = 0;
      for (const row of members) total += tree.mass[row]!;
      for (const row of members) out[row]! += tree.mass[row]! / (total * trees.length);
    }
    return out;
  }

  return {
    leaves: trees.reduce((sum, tree) => sum + tree.leaves, 0) / trees.length,
    weights,
    predict(context) {
      const out = new Float64Array(d);
      weights(context).forEach((weight, row) => {
        if (weight > 0) for (let j = 0; j < d; j++) out[j]! += weight * outcomes[row * d + j]!;
      });
      return out;
    },
  };
}
