import { join } from "node:path";
import type { Dataset } from "../data/dataset.ts";
import { writeTable, type TableColumn } from "../data/write-table.ts";
import type { Backend, StoredSampler } from "../methods/backend.ts";
import { renderHtml } from "../report/html.ts";
import { formatJson } from "../report/json.ts";
import { renderMarkdownReport } from "../report/markdown.ts";
import type { RunResult } from "../report/results.ts";
import { provenance } from "../runs/provenance.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import { addOnnxMetadata } from "../tensor/onnx-metadata.ts";
import { randomStream } from "../tensor/random.ts";
import type { GenerationSeed } from "./execute.ts";
import { isNeural, type GenerationMethod, type OpenLaw } from "./methods.ts";
import type { GenerationPipeline } from "./spec.ts";

export interface GenerationArtefacts {
  /** As written, before `quick` and `seeds`. */
  readonly pipeline: GenerationPipeline;
  readonly folder: RunFolder;
  readonly methods: readonly GenerationMethod[];
  readonly found: readonly GenerationSeed[];
  readonly result: RunResult;
  readonly backend: Backend;
  open(method: GenerationMethod, seed: number, data: Dataset): Promise<OpenLaw>;
}

/**
 * Writes what a finished run leaves behind, `results.json` last. Of the trained generator at the first seed:
 * `samples.parquet`, its scenarios in the units of the data (without a context as many as the spec's `scenarios`, else those
 * at each held-out row), and, where it is trained by steps, `weights.safetensors` and `sampler.onnx`.
 */
export async function writeGenerationArtefacts(artefacts: GenerationArtefacts): Promise<void> {
  const { pipeline, folder, methods, found, result } = artefacts;
  const trained = methods[0]!;
  const { data } = found[0]!;
  const law = await artefacts.open(trained, 0, data);
  const samples = await sampleColumns(artefacts, law);
  await folder.guard(() => writeTable(join(folder.path, "samples.parquet"), samples));
  if (isNeural(trained.generator) && isStored(law)) {
    const made = provenance(pipeline);
    await folder.writeTensors("weights.safetensors", law.tensors, { ...made, method: trained.id, seed: "0" });
    await folder.write("sampler.onnx", addOnnxMetadata(law.samplerOnnx(), made));
  }
  await law.dispose();
  await folder.write("report.md", renderMarkdownReport(result));
  await folder.write("report.html", renderHtml(result));
  await folder.write("results.json", `${formatJson(result)}\n`);
}

function isStored(law: OpenLaw): law is StoredSampler {
  return "samplerOnnx" in law;
}

async function sampleColumns(
  { pipeline, methods, found }: GenerationArtefacts,
  law: OpenLaw,
): Promise<readonly TableColumn[]> {
  const { data, measured } = found[0]!;
  const { context: p, outcome: d } = pipeline.sizes;
  const stream = randomStream(pipeline.seed, "replicate/0/samples");
  const { contexts, scenarios } = measured.get(methods[0]!.id)!;
  const modelled = p === 0 ? await law.sample(new Float64Array(0), 1, pipeline.generator.scenarios, stream) : scenarios;
  const values = data.naturalOutcome(modelled);
  const rows = values.length / d;
  const draws = rows / (p === 0 ? 1 : contexts.count);
  const columns: TableColumn[] = [{ name: "sample", values: Int32Array.from({ length: rows }, (_, k) => k % draws) }];
  if (p > 0) {
    const rowOf = (k: number): number => contexts.rows[Math.floor(k / draws)]!;
    columns.push(
      { name: "row", values: Int32Array.from({ length: rows }, (_, k) => rowOf(k)) },
      { name: "index", values: Array.from({ length: rows }, (_, k) => data.index[rowOf(k)]!) },
    );
  }
  for (const [j, name] of data.outcomeNames.entries()) {
    columns.push({ name, values: Float64Array.from({ length: rows }, (_, k) => values[k * d + j]!) });
  }
  return columns;
}
