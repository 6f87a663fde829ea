import type { PredictorData, PredictorScaling } from "../../predict/types.ts";
import { RuntimeError } from "../../errors/runtime-error.ts";
import type { Place } from "../../spec.ts";
import { robustCatalogue } from "../messages.ts";
import type { LinearData, LinearLoss } from "./linear-loss.ts";
import { createWorstLaw, type WorstLaw } from "./worst-law.ts";

/** Rows of a linear predictor in standard deviations, and the way back. */
export interface StandardRows {
  readonly data: LinearData;
  /** What a loss of these rows is multiplied by to be one of the data. */
  readonly factor: number;
  /** Scores of these rows times `scale` plus `shift` are those of the network's own last layer. */
  readonly output: { readonly scale: number; readonly shift: number };
  /** The law with its points in the units of the data. */
  restore(law: WorstLaw): WorstLaw;
}

/** Inputs as the network standardises them: 0 where one does not vary. */
export function standardInputs(inputs: Float64Array, { inputs: { mean, scale } }: PredictorScaling): Float64Array {
  const p = mean.length;
  return inputs.map((x, at) => (scale[at % p] === 0 ? 0 : (x - mean[at % p]!) / scale[at % p]!));
}

/**
 * The rows of a predictor of one value. Targets of a regression are standardised too, which scales its loss; labels of a
 * classification are not.
 * @throws RuntimeError labels-not-signs
 */
export function standardRows(
  { rows, inputs, targets }: PredictorData,
  scaling: PredictorScaling,
  loss: LinearLoss,
  place: Place | undefined,
): StandardRows {
  const labels = loss === "hinge" || loss === "logistic";
  if (labels) checkSigns(targets, loss, place);
  const [mean, deviation] = [scaling.targets.mean[0]!, scaling.targets.scale[0]!];
  const unit = labels || deviation === 0 ? 1 : deviation;
  const shift = labels ? 0 : mean;
  const p = scaling.inputs.mean.length;
  return {
    data: {
      rows,
      inputs: standardInputs(inputs, scaling),
      targets: targets.map((y) => (y - shift) / unit),
    },
    factor: loss === "square" ? unit ** 2 : unit,
    // The network's prediction is deviation · score + mean.
    output: labels ? { scale: 1 / deviation, shift: -mean / deviation } : { scale: 1, shift: 0 },
    restore({ points, weights }) {
      const restored = points.map((value, at) => {
        const column = at % (p + 1);
        if (column === p) return value * unit + shift;
        return value * scaling.inputs.scale[column]! + scaling.inputs.mean[column]!;
      });
      return createWorstLaw(restored, weights);
    },
  };
}

function checkSigns(targets: Float64Array, loss: LinearLoss, place: Place | undefined): void {
  const found = [...new Set(targets)].sort((a, b) => a - b);
  if (found.length === 2 && found[0] === -1 && found[1] === 1) return;
  const shown = found.slice(0, 4).map((value) => String(Number(value.toPrecision(4))));
  const text = `${shown.join(", ")}${found.length > shown.length ? ", …" : found.length === 1 ? " alone" : ""}`;
  throw new RuntimeError(
    robustCatalogue,
    "labels-not-signs",
    { loss, found: text },
    place === undefined ? {} : { place },
  );
}
