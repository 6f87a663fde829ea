import { RuntimeError } from "../../errors/runtime-error.ts";
import { tensorCatalogue } from "../../tensor/catalogue.ts";
import type { Tensor } from "../../tensor/safetensors.ts";
import { conditionMixture, type MixtureSampler } from "./conditional.ts";
import type { Mixture } from "./em.ts";
import type { ColumnScales } from "./standardise.ts";

/** A fitted mixture as a run folder keeps it, in double precision: loaded, it draws the same numbers. */
export type MixtureTensors = Readonly<Record<string, Tensor>>;

/** Weights, means and factors of the standardised joint (x, s), with what undoes the standardisation. */
export function mixtureTensors(
  { width, logWeights, means, factors, masses }: Mixture,
  scales: ColumnScales,
): MixtureTensors {
  const count = means.length;
  const rows = (parts: readonly Float64Array[], size: number): Float64Array => {
    const out = new Float64Array(count * size);
    for (const [k, part] of parts.entries()) out.set(part, k * size);
    return out;
  };
  return {
    log_weights: { shape: [count], data: logWeights },
    masses: { shape: [count], data: masses },
    means: { shape: [count, width], data: rows(means, width) },
    factors: { shape: [count, width, width], data: rows(factors, width * width) },
    column_means: { shape: [width], data: scales.mean },
    column_spreads: { shape: [width], data: scales.spread },
  };
}

/**
 * The mixture of its tensors.
 * @param sizes p and d
 * @throws RuntimeError weights-mismatch where they are no mixture of p + d columns
 */
export function loadMixture(
  tensors: MixtureTensors,
  sizes: { readonly context: number; readonly outcome: number },
): MixtureSampler {
  const { mixture, scales } = readMixture(tensors, sizes);
  return conditionMixture(mixture, scales, sizes);
}

/** The parts of a stored mixture. Throws as `loadMixture` does. */
export function readMixture(
  tensors: MixtureTensors,
  sizes: { readonly context: number; readonly outcome: number },
): { readonly mixture: Mixture; readonly scales: ColumnScales } {
  const width = sizes.context + sizes.outcome;
  const take = (name: string, length: number | null): Float64Array => {
    const data = tensors[name]?.data;
    if (data instanceof Float64Array && (length === null || data.length === length)) return data;
    const reason = `${name} is not ${length === null ? "a list of" : length} numbers in double precision`;
    throw new RuntimeError(tensorCatalogue, "weights-mismatch", { model: "gmm", reason });
  };
  const logWeights = take("log_weights", null);
  const count = logWeights.length;
  const means = take("means", count * width);
  const factors = take("factors", count * width * width);
  const parts = (values: Float64Array, size: number): Float64Array[] =>
    Array.from({ length: count }, (_, k) => values.slice(k * size, (k + 1) * size));
  const masses = take("masses", count);
  return {
    mixture: { width, logWeights, masses, means: parts(means, width), factors: parts(factors, width * width) },
    scales: { mean: take("column_means", width), spread: take("column_spreads", width) },
  };
}
