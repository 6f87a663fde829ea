import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadData } from "../../../runtime/data/index.ts";
import { openDecision } from "../../../runtime/decision.ts";
import { defaultBackend } from "../../../runtime/methods/default-backend.ts";
import { decisionNames } from "../../../runtime/report/decision-names.ts";
import { rootFolder } from "../../../runtime/runs/effective.ts";
import { readFinishedRun } from "../../../runtime/decision/method-decider.ts";
import type { Pipeline } from "../../../runtime/spec.ts";
import { sorted, type LockedDecisions, type LockedRun } from "../../review/lock/index.ts";

/** Contexts whose decisions a lock keeps, at most: evenly spaced over the test part. */
const CONTEXTS = 12;

/** sha256 of the weights and of the decisions that lie in a run folder. */
export function runFiles(folder: string): Pick<LockedRun, "weights" | "decisions"> {
  const weights = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => /\.(safetensors|onnx)$/.test(name) && !name.startsWith("units/"));
  const decisions = join(folder, "decisions.parquet");
  return {
    weights: sorted(Object.fromEntries(weights.map((name) => [name, hashFile(join(folder, name))]))),
    decisions: existsSync(decisions) ? hashFile(decisions) : null,
  };
}

function hashFile(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Raw contexts of the test part, for a lock to keep. */
export async function lockedContexts(
  pipeline: Pipeline,
  allow: readonly string[],
): Promise<readonly (readonly number[])[]> {
  const { sizes } = pipeline.problem;
  const options = { root: rootFolder(pipeline.root), allow, seed: pipeline.seed, replicate: 0 };
  const { contexts, split, transforms } = await loadData(pipeline.data, sizes, options);
  const count = Math.min(CONTEXTS, split.test.length);
  const p = sizes.context;
  return Array.from({ length: count }, (_, k) => {
    const row = split.test[Math.floor((k * split.test.length) / count)]!;
    const own = contexts.subarray(row * p, (row + 1) * p);
    return Array.from(own, (value, j) =>
      nineDigits(value * transforms.context.scale[j]! + transforms.context.shift[j]!),
    );
  });
}

/** What the run's chosen method decides at these contexts, to nine digits. @throws RuntimeError as `openDecision` does */
export async function decideAt(
  pipeline: Pipeline,
  folder: string,
  contexts: readonly (readonly number[])[],
): Promise<LockedDecisions> {
  const model = await readFinishedRun(pipeline, folder);
  const decide = await openDecision(pipeline, folder, defaultBackend);
  try {
    const decisions: number[][] = [];
    for (const context of contexts) {
      const { z } = await decide(Float64Array.from(context));
      decisions.push(Array.from(z, nineDigits));
    }
    return { method: model.method, names: decisionNames(pipeline), contexts, decisions };
  } finally {
    await decide.dispose();
  }
}

/** Zero for what is within a solver's tolerance of it, so that a lock shows no noise. */
function nineDigits(value: number): number {
  return Math.abs(value) < 1e-12 ? 0 : Number(value.toPrecision(9));
}
