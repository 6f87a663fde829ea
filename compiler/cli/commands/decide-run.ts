import type { DecideFileOptions, DecideSummary } from "../../../runtime/decision/decide-file.ts";
import type { RowFailure, RowWork } from "../../../runtime/decision/write-rows.ts";
import type { PredictSummary } from "../../../runtime/predict/predict-file.ts";
import type { ForecastPipeline } from "../../../runtime/predict/spec.ts";
import type { Pipeline } from "../../../runtime/spec.ts";
import { cliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import type { DecideCommandOptions } from "./decide.ts";

/** The same with where worker processes find the pipeline. */
export type RunWork = RowWork & Pick<DecideFileOptions, "workers">;

export interface RowsDone<Summary> {
  readonly summary: Summary;
  /** `3 optimal, 1 with an error` */
  readonly counts: string;
}

type Which = Pick<DecideCommandOptions, "method" | "scenarios" | "seed" | "jobs">;

/** Decides at the rows with a run whose decision is a vector. */
export async function decideAtRows(
  pipeline: Pipeline,
  runFolder: string,
  work: RunWork,
  { method, scenarios, seed, jobs }: Which,
  onFailure: (failure: RowFailure) => void,
): Promise<RowsDone<DecideSummary>> {
  const { decideFile } = await import("../../../runtime/decision/decide-file.ts");
  const which = {
    ...(method === undefined ? {} : { method }),
    ...(scenarios === undefined ? {} : { scenarios }),
    ...(seed === undefined ? {} : { seed }),
    ...(jobs === undefined ? {} : { jobs }),
  };
  const summary = await decideFile(pipeline, runFolder, { ...work, ...which }, onFailure);
  const { optimal, inaccurate, errors } = summary;
  return {
    summary,
    counts: listed([`${optimal} optimal`, some(inaccurate, "inaccurate"), some(errors, "with an error")]),
  };
}

/** Predicts at the rows with a run whose decision is a predictor. */
export async function predictAtRows(
  pipeline: ForecastPipeline,
  runFolder: string,
  work: RunWork,
  { method, scenarios, seed, jobs }: Which,
  onFailure: (failure: RowFailure) => void,
): Promise<RowsDone<PredictSummary>> {
  if (scenarios !== undefined || jobs !== undefined) {
    const [option, reason] =
      scenarios === undefined
        ? ["--jobs", "predictions are computed many at once in one process"]
        : ["--scenarios", "it draws none"];
    const text = `${option} is of no use to ${pipeline.name}, whose decision is a predictor: ${reason}.`;
    throw cliError("cli-usage", { text, command: "decide " }, EXIT.usage);
  }
  const { predictFile } = await import("../../../runtime/predict/predict-file.ts");
  const { workers: _, ...own } = work;
  const which = { ...(method === undefined ? {} : { method }), ...(seed === undefined ? {} : { seed }) };
  const summary = await predictFile(pipeline, runFolder, { ...own, ...which }, onFailure);
  const { predicted, errors, past } = summary;
  const before = past === 0 ? "" : `; ${past === 1 ? "1 row is" : `${past} rows are`} past alone`;
  return { summary, counts: `${listed([`${predicted} predicted`, some(errors, "with an error")])}${before}` };
}

function some(count: number, what: string): string {
  return count === 0 ? "" : `${count} ${what}`;
}

function listed(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(", ");
}
