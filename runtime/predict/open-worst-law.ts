import { join } from "node:path";
import { RuntimeError } from "../errors/runtime-error.ts";
import { robustCatalogue } from "../robust/messages.ts";
import type { WorstLaw } from "../robust/sets/worst-law.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import { checkProvenance } from "../runs/provenance.ts";
import { damaged, runFolderAt } from "../runs/run-folder.ts";
import { planPredictors } from "./methods.ts";
import type { ForecastPipeline } from "./spec.ts";
import { worstLawFile, worstLawOf } from "./worst-laws.ts";

/** The worst law of a method, as an application evaluates and samples it: points are inputs, then targets. */
export interface OpenWorstLaw extends WorstLaw {
  /** Names of the fields of a point, one after another. */
  readonly fields: readonly { readonly name: string; readonly size: number }[];
}

/**
 * The worst law that a method of a finished run was trained against: weighted points in the modelled units, which can be
 * sampled and evaluated.
 * @param method its id in the results: `dro_chi2`
 * @throws RuntimeError `no-finished-run`, `no-worst-law`, `artefact-of-another-spec`, `run-folder-damaged`
 */
export async function openWorstLaw(
  pipeline: ForecastPipeline,
  runFolder: string,
  method: string,
  seed = 0,
): Promise<OpenWorstLaw> {
  const folder = runFolderAt(runFolder);
  if ((await folder.read("results.json")) === null)
    throw new RuntimeError(RUN_MESSAGES, "no-finished-run", { path: runFolder, model: pipeline.name });
  const name = worstLawFile(method, seed);
  const file = await folder.readTensors(name);
  if (file === null) {
    const known = planPredictors(pipeline).filter(({ how }) => how.method === "dro" || how.method === "gas_dro");
    const args = { path: runFolder, method, seed, known: known.map(({ id }) => id).join(", ") || "none" };
    throw new RuntimeError(robustCatalogue, "no-worst-law", args);
  }
  const path = join(runFolder, name);
  checkProvenance(path, file.metadata, pipeline);
  const law = worstLawOf(file);
  if (law === null) throw damaged(path, new RangeError("worst.points is missing"));
  const { inputs, target } = pipeline.predictor;
  const fields = inputs.map((input) => ({ name: input.name, size: input.shape.reduce((a, b) => a * b, 1) }));
  return { ...law, fields: [...fields, target] };
}
