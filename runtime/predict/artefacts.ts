import { join } from "node:path";
import { writeTable, type TableColumn } from "../data/write-table.ts";
import { formatJson } from "../report/json.ts";
import { provenance } from "../runs/provenance.ts";
import type { RunFolder } from "../runs/run-folder.ts";
import type { EvaluatedSeed } from "./compare.ts";
import { predict } from "./evaluate.ts";
import type { ForecastData } from "./forecast-data.ts";
import { weightsName, writePredictorFile } from "./predictor-file.ts";
import { renderForecastHtml, renderForecastMarkdown } from "./report.ts";
import type { ForecastResult } from "./results.ts";
import type { ForecastPipeline } from "./spec.ts";
import { predictorOnnx, predictorTensors } from "./stored.ts";
import { writeWorstLaws } from "./worst-laws.ts";

/** `results.json` comes last: where it is, everything else is there too. */
export async function writeForecast({
  pipeline,
  folder,
  result,
  trained,
}: {
  readonly pipeline: ForecastPipeline;
  readonly folder: RunFolder;
  readonly result: ForecastResult;
  readonly trained: readonly EvaluatedSeed[];
}): Promise<void> {
  const made = provenance(pipeline);
  for (const {
    method,
    seed,
    predictor,
    data: { data },
  } of trained) {
    const tensors = { ...predictorTensors(predictor), ...transformTensors(data) };
    const metadata = { ...made, method: method.id, seed: String(seed) };
    await folder.writeTensors(weightsName(method.id, seed), tensors, metadata);
    if (seed !== 0 || method.role !== "trained") continue;
    await folder.writeTensors("weights.safetensors", tensors, metadata);
    await folder.write("predictor.onnx", predictorOnnx(predictor, data.transforms, made));
  }
  const columns = await predictionColumns(
    pipeline,
    trained.filter(({ seed }) => seed === 0),
  );
  await folder.guard(() => writeTable(join(folder.path, "predictions.parquet"), columns));
  await writeWorstLaws(folder, trained, made);
  const { components, targetNames: targets, step } = trained[0]!.data.data;
  const methods = [...new Set(trained.map(({ method }) => method.id))];
  const { seeds } = result;
  await writePredictorFile(folder, { method: methods[0]!, methods, seeds, components, targets, step });
  await folder.write("report.md", renderForecastMarkdown(result));
  await folder.write("report.html", renderForecastHtml(result));
  await folder.write("results.json", `${formatJson(result)}\n`);
}

function vector(data: Float64Array): { readonly shape: readonly number[]; readonly data: Float64Array } {
  return { shape: [data.length], data };
}

/** The transforms of the spec, so that the weights alone predict from raw inputs. */
function transformTensors({ transforms: { inputs, targets } }: ForecastData) {
  return {
    "transform.inputs.shift": vector(inputs.shift),
    "transform.inputs.scale": vector(inputs.scale),
    "transform.targets.shift": vector(targets.shift),
    "transform.targets.scale": vector(targets.scale),
  };
}

/** Predictions of the first seed on the rows of each zone as they are, in the modelled units. */
async function predictionColumns(
  pipeline: ForecastPipeline,
  trained: readonly EvaluatedSeed[],
): Promise<TableColumn[]> {
  const method: string[] = [];
  const zone: string[] = [];
  const index: string[] = [];
  const values: number[][] = Array.from({ length: 2 * pipeline.predictor.target.size }, () => []);
  const d = pipeline.predictor.target.size;
  for (const { method: own, predictor, data, sets } of trained) {
    for (const { summary, data: rows, rows: positions } of sets) {
      if (summary.corruption !== null || summary.group !== undefined) continue;
      const predictions = await predict(predictor, rows.inputs, rows.rows);
      for (let i = 0; i < rows.rows; i++) {
        method.push(own.id);
        zone.push(summary.zone);
        index.push(data.data.labels[positions[i]!] ?? "");
        for (let j = 0; j < d; j++) {
          values[j]!.push(predictions[i * d + j]!);
          values[d + j]!.push(rows.targets[i * d + j]!);
        }
      }
    }
  }
  const names = trained[0]?.data.data.targetNames ?? [];
  return [
    { name: "method", values: method },
    { name: "set", values: zone },
    { name: "index", values: index },
    ...values.map((column, k) => ({
      name: `${k < d ? "predicted" : "observed"} ${names[k % d]!}`,
      values: Float64Array.from(column),
    })),
  ];
}
