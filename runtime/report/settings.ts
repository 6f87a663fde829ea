import { BOOTSTRAP, blockLength } from "../evaluate/summary.ts";
import { HARDNESS_NEIGHBOURS } from "../evaluate/hardest.ts";
import { chosenText } from "../methods/chosen.ts";
import type { MethodSpec, Pipeline } from "../spec.ts";
import type { SettingLine } from "./results.ts";

/** Every value of the pipeline by its path, and the constants of the runtime that shape numbers. */
export function settingsOf(pipeline: Pipeline, contexts: number, ordered: boolean): SettingLine[] {
  const lines: SettingLine[] = [
    { name: "seed", value: String(pipeline.seed) },
    ...flatten("data.source", pipeline.data.source),
    ...flatten("data.split", pipeline.data.split),
    ...flatten("uncertainty", pipeline.generator),
    ...(pipeline.ambiguity === undefined ? [] : flatten("ambiguity", pipeline.ambiguity)),
    ...flatten("train", pipeline.train),
    ...pipeline.compare.flatMap((method, k) => flattenMethod(`compare.${k + 1}`, method)),
    ...flatten("evaluate", pipeline.evaluate),
    { name: "evaluate.hardest.score", value: `mean ‖∇ₛℓ‖² of the ${HARDNESS_NEIGHBOURS} nearest training rows` },
    { name: "reference.folds.kind", value: "blocks of neighbouring training rows" },
    {
      name: "bootstrap",
      value: `${BOOTSTRAP.resamples} resamples of seeds × contexts, blocks of ${blockLength(contexts, ordered)}, ${100 * BOOTSTRAP.level} %`,
    },
  ];
  return lines;
}

/** A method that has several settings by what they choose from, and by the values that all of them share. */
function flattenMethod(name: string, method: MethodSpec): SettingLine[] {
  if (method.method !== "tuned") return flatten(name, method);
  const settings = method.candidates.map(({ spec }) => flatten(name, spec));
  const shared = (settings[0] ?? []).filter((line) =>
    settings.every((lines) => lines.some((other) => other.name === line.name && other.value === line.value)),
  );
  const chosen = method.candidates.map((candidate) => chosenText(candidate.chosen)).join("; ");
  return [...shared, { name: `${name}.one_of`, value: chosen }, { name: `${name}.by`, value: method.by }];
}

/** The values of a part of a pipeline by their path. */
export function flatten(name: string, value: unknown): SettingLine[] {
  if (value === null || typeof value !== "object") return [{ name, value: String(value) }];
  if (Array.isArray(value) && value.every((item) => item === null || typeof item !== "object")) {
    return [{ name, value: value.join(", ") }];
  }
  return Object.entries(value)
    .filter(([key]) => key !== "at")
    .flatMap(([key, item]: [string, unknown]) => flatten(`${name}.${key}`, item));
}
