import { RuntimeError } from "../errors/runtime-error.ts";
import type { Construct, Pipeline } from "../spec.ts";

/** The declaration that a code is about, where whoever throws it knows nothing of the spec. */
const ABOUT: Readonly<Record<string, Construct>> = {
  "training-diverged": "train",
  "training-rows": "train",
  "training-not-finite": "train",
  "training-weights": "loss",
  "checkpoint-mismatch": "train",
  "weights-mismatch": "uncertainty",
  "executor-unavailable": "uncertainty",
  "piece-not-finite": "loss",
  "scenario-not-finite": "uncertainty",
  "solver-failed": "loss",
  "method-needs-flow": "uncertainty",
  "method-needs-truth": "compare",
  "too-few-rows": "train",
};

/**
 * Gives an error that has no place the place of the declaration that it is about, so that it falls on a line of the spec
 * instead of on its first one. Any other error is left as it is.
 */
export function locate(error: unknown, { places }: Pick<Pipeline, "places">): unknown {
  if (!(error instanceof RuntimeError) || error.place !== undefined) return error;
  const about = error.about ?? ABOUT[error.code];
  const place = about === undefined ? undefined : places?.[about];
  if (place !== undefined) error.place = place;
  return error;
}
