import type { TrainingSet } from "../models/sampler.ts";
import { fitStandardizer } from "../models/standardizer.ts";
import type { GeneratorSpec } from "../spec.ts";

/** Names of the columns that a method is fitted on. */
export interface ColumnNames {
  readonly context: readonly string[];
  readonly outcome: readonly string[];
}

/** Columns that a message names; of more it gives their number. */
const NAMED = 4;

/**
 * What the training rows do not determine of a joint law of (x, s), in words: columns with one value, and fewer different
 * rows than the generator's covariances need. Every generator then still ends on a law, by leaving constant columns at
 * their value and by floors on its variances, which is worth saying.
 * @returns an empty list where there is nothing to say
 */
export function degenerateRows(
  train: TrainingSet,
  sizes: { readonly context: number; readonly outcome: number },
  generator: GeneratorSpec,
  names: ColumnNames,
): readonly string[] {
  const { context: p, outcome: d } = sizes;
  const constant = [
    ...constantColumns(train.contexts, train.rows, p).map((j) => names.context[j] ?? `context ${j + 1}`),
    ...constantColumns(train.outcomes, train.rows, d).map((j) => names.outcome[j] ?? `outcome ${j + 1}`),
  ];
  const found: string[] = [];
  if (constant.length > 0 && train.rows > 1) {
    const shown =
      constant.length > NAMED
        ? `${constant.length} columns have`
        : `${constant.join(", ")} ${constant.length === 1 ? "has" : "have"}`;
    found.push(`${shown} one value in all training rows`);
  }
  const needed = rowsNeeded(generator, p + d);
  const different = differentRows(train, p, d, needed);
  if (different < needed) {
    const rows = different === 1 ? "1 training row is" : `${different} different training rows are`;
    found.push(`${rows} fewer than the ${needed} that a ${generator.kind} of ${p + d} columns needs`);
  }
  return found;
}

function constantColumns(values: Float64Array, rows: number, columns: number): number[] {
  const { scale } = fitStandardizer(values, rows, columns);
  return Array.from(scale.keys()).filter((j) => scale[j] === 0);
}

/** Different rows under which a covariance of the law is singular; methods that keep the rows themselves need two. */
function rowsNeeded(generator: GeneratorSpec, width: number): number {
  switch (generator.kind) {
    case "kernel":
    case "knn":
    case "empirical":
      return 2;
    case "gmm": {
      const each = generator.covariance === "full" ? width + 1 : 2;
      return Math.max(Math.min(...generator.components) * each, generator.covariance === "tied" ? width + 1 : 0);
    }
    default:
      return width + 1;
  }
}

/** The number of different rows, counted no further than `most`. */
function differentRows({ rows, contexts, outcomes }: TrainingSet, p: number, d: number, most: number): number {
  const seen = new Set<string>();
  for (let i = 0; i < rows && seen.size < most; i++)
    seen.add(`${contexts.subarray(i * p, (i + 1) * p).join()};${outcomes.subarray(i * d, (i + 1) * d).join()}`);
  return seen.size;
}
