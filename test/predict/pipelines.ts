import { pathToFileURL } from "node:url";
import { expect } from "vitest";
import { lowerForecast } from "../../compiler/emit/lower-forecast.ts";
import { Places } from "../../compiler/emit/places.ts";
import type { ForecastModelIR } from "../../runtime/ir/model.ts";
import { definePipeline } from "../../runtime/pipeline.ts";
import type { ForecastPipeline } from "../../runtime/predict/spec.ts";
import type { RowLoss } from "../../runtime/predict/types.ts";
import { compileText } from "../support/tester.ts";
import { squared } from "./support.ts";

/** The one model of a spec without an error, whose decision is a predictor. */
export function forecastModel(text: string): ForecastModelIR {
  const { diagnostics, allModels, notRunnable } = compileText(text);
  expect([...diagnostics.map(({ message }) => message), ...notRunnable]).toEqual([]);
  const [model] = allModels;
  if (model?.kind !== "forecast") throw new Error("no forecast");
  return model;
}

/** Its pipeline, with the files of a folder; the loss is given, since it is the emitted file's to say. */
export function forecastPipeline(text: string, root: string, loss: RowLoss = squared): ForecastPipeline {
  const { data } = lowerForecast(forecastModel(text), new Places(["model.dro"], [text]));
  return definePipeline({ ...data, drocVersion: "0", root: pathToFileURL(`${root}/`), loss });
}
