import type { Step } from "../data/segments.ts";
import { formatJson } from "../report/json.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import { hashesOf, hasMembers, readOwnJson } from "../runs/own-file.ts";
import { runFolderAt, type RunFolder } from "../runs/run-folder.ts";

/** `predictor.json`: what a finished run leaves for predictions at new rows, beside its weights. */
export interface PredictorFile {
  readonly version: 1;
  /** The trained method. */
  readonly method: string;
  /** Every method, the trained one first. */
  readonly methods: readonly string[];
  readonly seeds: number;
  /** What the values of each field are made of; columns of new rows are found by it. */
  readonly components: Readonly<Record<string, readonly string[]>>;
  /** Names of the predicted values. */
  readonly targets: readonly string[];
  /** What rows of a series that follow each other are apart on the index; `null` where it has no order. */
  readonly step: Step | null;
  /** sha256 in hex of the files that predictions are made from, so that a changed one is not taken for the run's own. */
  readonly files: Readonly<Record<string, string>>;
}

const NAME = "predictor.json";

/** The file of a method's weights at a seed. */
export function weightsName(method: string, seed: number): string {
  return `weights/${method}-seed-${seed}.safetensors`;
}

/** Writes the file, with the hashes of the weights that are there. */
export async function writePredictorFile(
  folder: RunFolder,
  of: Omit<PredictorFile, "version" | "files">,
): Promise<void> {
  const names = of.methods.flatMap((id) => Array.from({ length: of.seeds }, (_, seed) => weightsName(id, seed)));
  const files = await hashesOf(folder, names);
  await folder.write(NAME, `${formatJson({ version: 1, ...of, files } satisfies PredictorFile)}\n`);
}

/**
 * The file of a finished run.
 * @throws RuntimeError no-finished-run, run-without-names, run-folder-damaged
 */
export async function readPredictorFile(path: string, model: string): Promise<PredictorFile> {
  if ((await runFolderAt(path).read("results.json")) === null)
    throw new RuntimeError(RUN_MESSAGES, "no-finished-run", { path, model });
  const file = await readOwnJson(path, NAME, isPredictorFile);
  if (file === null) throw new RuntimeError(RUN_MESSAGES, "run-without-names", { path });
  return file;
}

function isPredictorFile(value: unknown): value is PredictorFile {
  return hasMembers(value, ["method", "methods", "seeds", "components", "targets", "step", "files"]);
}
