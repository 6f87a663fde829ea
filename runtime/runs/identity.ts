import { createHash } from "node:crypto";
import type { Pipeline } from "../spec.ts";
import { choiceText, currentExecutor, PLAIN_CHOICE } from "../tensor/executor-choice.ts";

/** A pipeline of any kind, as far as its identity goes. */
export interface IdentifiedPipeline {
  readonly name: string;
  readonly root: string | URL;
  readonly doc: string;
  readonly places?: unknown;
  readonly decision?: unknown;
  readonly evaluate: { readonly seeds: number; readonly slices?: number };
}

/**
 * Identity of everything in a pipeline that can change a number of a unit of work: the IR's hash, every value of the
 * spec and the text of the emitted functions (a pipeline edited by hand must not resume from results of the old one).
 * Places in the `.dro`, names of decisions and the folder that paths are relative to do not count: the data's own hash
 * does. Nor do the number of seeds and slices: more of them go on from the work that is there.
 */
export function pipelineIdentity(pipeline: Pipeline | IdentifiedPipeline): string {
  return hashPipeline(pipeline, (value) => `function ${value.toString()}`);
}

/**
 * The same without the text of functions, which a bundler or another compiler target may rewrite: what an application
 * that decides with a finished run must agree on.
 */
export function specIdentity(pipeline: Pipeline | IdentifiedPipeline): string {
  return hashPipeline(pipeline, () => "function");
}

/** Identity of finished work: of the pipeline, and of the executor where it is not the usual one, whose rounding differs. */
export function workIdentity(pipeline: Pipeline | IdentifiedPipeline): string {
  const identity = pipelineIdentity(pipeline);
  const executor = choiceText(currentExecutor());
  return executor === choiceText(PLAIN_CHOICE.onnx) ? identity : shortHash(identity, executor);
}

function hashPipeline(
  pipeline: Pipeline | IdentifiedPipeline,
  textOf: (value: { toString(): string }) => string,
): string {
  const { root: _root, doc: _doc, places: _places, decision: _decision, evaluate, ...rest } = pipeline;
  const { seeds: _seeds, slices: _slices, ...evaluation } = evaluate;
  const text = JSON.stringify({ ...rest, evaluate: evaluation }, (key, value: unknown) => {
    if (key === "at" || key === "boundsAt") return undefined;
    if (typeof value === "function") return textOf(value);
    if (typeof value === "number" && !Number.isFinite(value)) return `number ${value}`;
    return value;
  });
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** Hash of a few parts, for file names. */
export function shortHash(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts), "utf8").digest("hex").slice(0, 16);
}
