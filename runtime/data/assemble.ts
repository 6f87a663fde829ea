import { RuntimeError } from "../errors/runtime-error.ts";
import type { FieldSpec, Place, Sizes } from "../spec.ts";
import { drawAt } from "../tasks/true-law.ts";
import type { NoiseMap } from "../tasks/true-law.ts";
import type { Dataset } from "./dataset.ts";
import { DATA_MESSAGES } from "./messages.ts";
import { applyTransform, fitTransforms, invertTransform } from "./transforms.ts";

/** Fields of one role side by side, before their transforms. */
export interface RawMatrix {
  readonly fields: readonly { readonly field: FieldSpec; readonly names: readonly string[] }[];
  /** rows × width, row-major. */
  readonly matrix: Float64Array;
}

export interface RawDataset {
  readonly rows: number;
  readonly contexts: RawMatrix;
  readonly outcomes: RawMatrix;
  readonly index: readonly string[];
  readonly split: Dataset["split"];
  readonly dataHash: string;
  /** On raw contexts and outcomes. */
  readonly law: NoiseMap | null;
  readonly sizes: Sizes;
  readonly place: Place;
  readonly notes: readonly string[];
}

/**
 * Fits the transforms on the training rows and applies them to all.
 * @throws RuntimeError `data-size-mismatch` where the widths are not those of the pipeline
 */
export function assemble(raw: RawDataset): Dataset {
  const contextNames = namesOf(raw.contexts);
  const outcomeNames = namesOf(raw.outcomes);
  checkWidth("context", contextNames.length, raw.sizes.context, raw.place);
  checkWidth("outcome", outcomeNames.length, raw.sizes.outcome, raw.place);
  const context = fitTransforms(raw.contexts.fields, raw.contexts.matrix, contextNames.length, raw.split.train);
  const outcome = fitTransforms(raw.outcomes.fields, raw.outcomes.matrix, outcomeNames.length, raw.split.train);
  const law = raw.law;
  return {
    rows: raw.rows,
    contexts: applyTransform(context.affine, raw.contexts.matrix),
    outcomes: applyTransform(outcome.affine, raw.outcomes.matrix),
    index: raw.index,
    split: raw.split,
    dataHash: raw.dataHash,
    truth:
      law === null
        ? null
        : {
            sample: (modelled, count, stream) =>
              applyTransform(outcome.affine, drawAt(law, invertTransform(context.affine, modelled), count, stream)),
          },
    transforms: { context: context.affine, outcome: outcome.affine },
    transformContext: (values) => applyTransform(context.affine, values),
    naturalOutcome: (values) => invertTransform(outcome.affine, values),
    contextNames,
    outcomeNames,
    notes: [...raw.notes, ...context.notes, ...outcome.notes],
  };
}

function namesOf(side: RawMatrix): string[] {
  return side.fields.flatMap((field) => field.names);
}

function checkWidth(role: "context" | "outcome", found: number, expected: number, place: Place): void {
  if (found !== expected)
    throw new RuntimeError(DATA_MESSAGES, "data-size-mismatch", { role, found, expected }, { place });
}
