import type { NeuralGeneratorSpec } from "../spec.ts";
import { defineDdpm } from "./ddpm/definition.ts";
import { dataBound, OUTCOME_BOUND } from "./neural/bound.ts";
import type { GeneratorDefinition } from "./neural/definition.ts";
import type { PreparedRows } from "./neural/rows.ts";
import { defineNormalizingFlow } from "./normalizing-flow/definition.ts";
import { defineScoreSde } from "./score-sde/definition.ts";
import { defineVae } from "./vae/definition.ts";

/** A generator whose loss and sampler are graphs over its parameters. */
export interface DefinedGenerator {
  readonly definition: GeneratorDefinition;
  /** Further tensors that it is loaded from. */
  readonly extras: Readonly<Record<string, Float32Array>>;
}

/** The specs of generators with a likelihood, or a bound on it, whose samples are a differentiable map of noise. */
export type LikelihoodSpec = Exclude<NeuralGeneratorSpec, { kind: "flow_matching" }>;

/** The definition of a generator on prepared rows, as its own training has it. */
export function defineGenerator(spec: LikelihoodSpec, rows: PreparedRows): DefinedGenerator {
  const bound = dataBound(rows);
  const bounded = { [OUTCOME_BOUND]: Float32Array.of(bound) };
  switch (spec.kind) {
    case "normalizing_flow":
      return { definition: defineNormalizingFlow(spec, rows.sizes), extras: {} };
    case "vae":
      return { definition: defineVae(spec, rows.sizes), extras: {} };
    case "ddpm":
      return { definition: defineDdpm(spec, rows.sizes, bound), extras: bounded };
    case "score_sde":
      return { definition: defineScoreSde(spec, rows.sizes, bound), extras: bounded };
  }
}
