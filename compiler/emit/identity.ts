import type { Origin } from "../../runtime/ir/expr.ts";
import type { ForecastModelIR, GenerationModelIR, ModelIR } from "../../runtime/ir/model.ts";
import { hashModel } from "../ir/hash.ts";
import type { EmitOptions } from "./pipeline.ts";
import type { Places } from "./places.ts";
import { commentLines, commentText, docComment } from "./text.ts";

/** A model that a pipeline can be emitted for. */
type EmittedIR = ModelIR | ForecastModelIR | GenerationModelIR;

/** The opening comment of an emitted module: the model's own words, who wrote the file, and what meaning it has. */
export function headerComment(ir: EmittedIR, irHash: string, { drocVersion }: EmitOptions): string {
  const doc = commentLines(ir.doc ?? "");
  return docComment([
    ...doc,
    ...(doc.length > 0 ? [""] : []),
    `Model ${commentText(ir.name)} of ${commentText(ir.files[0] ?? "")}, written by \`droc build\` (droc ${commentText(drocVersion)}).`,
    "Change the spec, not this file. Meaning of the model (sha256 of its IR):",
    irHash,
  ]);
}

/** What every pipeline says of the model that it was emitted from. */
export function identityOf(ir: EmittedIR) {
  return { name: ir.name, doc: ir.doc ?? "", irHash: hashModel(ir), seed: ir.seed.value };
}

/** Where the parts are declared that messages of a run point at. */
export function placesOf(ir: EmittedIR, places: Places, train: Origin | undefined, loss?: Origin) {
  return {
    uncertainty: places.place(ir.uncertainty.at),
    train: places.place(train),
    ...(loss === undefined ? {} : { loss: places.place(loss) }),
    compare: places.place(ir.compare[0]?.at),
    evaluate: places.place(ir.evaluate.at),
  };
}
