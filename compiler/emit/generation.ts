import { format } from "prettier";
import type { GenerationModelIR } from "../../runtime/ir/model.ts";
import { headerComment } from "./identity.ts";
import { LiteralWriter } from "./literal.ts";
import { lowerGeneration } from "./lower-generation.ts";
import { Places } from "./places.ts";
import type { EmitOptions } from "./pipeline.ts";
import { commentText, docComment, stringLiteral } from "./text.ts";

/**
 * The pipeline of a model that decides nothing, as the text of a strict TypeScript module that imports `droc/runtime` alone:
 * the data, the generator, its training and what is measured. Nothing that a spec contains becomes code.
 */
export async function emitGeneration(ir: GenerationModelIR, options: EmitOptions): Promise<string> {
  const places = new Places(ir.files, options.sources);
  const { data, implicit } = lowerGeneration(ir, places);
  const literals = new LiteralWriter(implicit);
  const header = headerComment(ir, data.irHash, options);
  const given = ir.uncertainty.given.length === 0 ? "" : ` given ${ir.uncertainty.given.map(commentText).join(", ")}`;
  const parts = [
    header,
    'import { definePipeline, main } from "droc/runtime";',
    'import type { DataSpec, GenerationEvaluation, GenerationPipeline, GeneratorSpec } from "droc/runtime";',
    `${docComment([`Data ${commentText(ir.data.name)} (${commentText(places.line(ir.data.at))}).`])}
const data: DataSpec = ${literals.write(data.data)};`,
    `${docComment([`The law of ${ir.uncertainty.targets.map(commentText).join(", ")}${given} (${commentText(places.line(ir.uncertainty.at))}).`])}
const generator: GeneratorSpec = ${literals.write(data.generator)};`,
    `${docComment([`How it is trained${ir.train.at === undefined ? "" : ` (${commentText(places.line(ir.train.at))})`}.`])}
const training: GenerationPipeline["train"] = ${literals.write(data.train)};`,
    `${docComment(["What it is compared with."])}
const comparison: readonly GeneratorSpec[] = ${literals.write(data.compare)};`,
    `${docComment(["What is measured between scenarios and held-out outcomes."])}
const evaluation: GenerationEvaluation = ${literals.write(data.evaluate)};`,
    `export const pipeline = definePipeline({
kind: "generation",
name: ${literals.write(data.name)},
doc: ${literals.write(data.doc)},
irHash: ${literals.write(data.irHash)},
drocVersion: ${literals.write(options.drocVersion)},
seed: ${literals.write(data.seed)},${implicit.has(data, "seed") ? " // default" : ""}
root: new URL(${stringLiteral(options.root)}, import.meta.url),
places: ${literals.write(data.places)},
sizes: ${literals.write(data.sizes)},
data,
generator,
train: training,
compare: comparison,
evaluate: evaluation,
});`,
    options.device === undefined
      ? "await main(pipeline, import.meta.url);"
      : `await main(pipeline, import.meta.url, { device: ${stringLiteral(options.device)} });`,
  ];
  // The helpers are known once every literal is written.
  if (literals.helpers.has("repeat")) {
    parts.splice(
      3,
      0,
      "const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);",
    );
  }
  return format(parts.join("\n\n").trim(), { parser: "typescript", printWidth: 120 });
}
