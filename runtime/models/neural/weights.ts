import { RuntimeError } from "../../errors/runtime-error.ts";
import { tensorCatalogue } from "../../tensor/catalogue.ts";
import type { Checkpoint } from "../sampler.ts";
import type { Standardizer } from "../standardizer.ts";
import type { ModelSizes } from "./definition.ts";

type Tensors = Checkpoint["tensors"];

/**
 * The saved tensor of that name.
 * @throws RuntimeError weights-mismatch where it is missing or of another size
 */
export function readTensor(model: string, tensors: Tensors, name: string, size: number): Float32Array {
  const found = tensors[name]?.data;
  if (found?.length === size) return found;
  const reason = found === undefined ? `${name} is missing` : `${name} has ${found.length} values, not ${size}`;
  throw new RuntimeError(tensorCatalogue, "weights-mismatch", { model, reason });
}

/** The outcome's standardiser, from which the columns that a network models are known before its layout is. */
export function readOutcomeScaler(model: string, tensors: Tensors, sizes: ModelSizes): Standardizer {
  return {
    mean: readTensor(model, tensors, "outcome.mean", sizes.outcome),
    scale: readTensor(model, tensors, "outcome.scale", sizes.outcome),
  };
}
