import { dataBound } from "../../models/neural/bound.ts";
import { defineDdpm } from "../../models/ddpm/definition.ts";
import type { TrainHooks } from "../../models/sampler.ts";
import { trainGenerator } from "../../models/neural/model.ts";
import type { GeneratorTraining } from "../../models/neural/plan.ts";
import { prepareRows, type PreparedRows } from "../../models/neural/rows.ts";
import { defineVae } from "../../models/vae/definition.ts";
import type { PredictorData, PredictorNet } from "../../predict/types.ts";
import type { DdpmSpec, VaeSpec } from "../../spec.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { ddpmFamily } from "./ddpm-family.ts";
import type { GenerativeFamily } from "./family.ts";
import { generatorSizes, toGeneratorRows, type RowRoles } from "./roles.ts";
import { vaeFamily } from "./vae-family.ts";

export interface PretrainOptions<Spec extends DdpmSpec | VaeSpec = DdpmSpec | VaeSpec> {
  readonly spec: Spec;
  readonly training: GeneratorTraining;
  readonly roles: RowRoles;
  /** Columns from … to − 1 of the inputs whose values are of one kind and are standardised with one scale. */
  readonly alike?: PredictorNet["alike"];
  /** Least deviation of a diffusion's transitions, in standard deviations of the data; 0.05 unless given. */
  readonly deviation?: number;
}

/** The generator fitted to the training rows: the nominal law that the ambiguity set is around. */
export interface PretrainedGenerator<Spec extends DdpmSpec | VaeSpec = DdpmSpec | VaeSpec> {
  readonly spec: Spec;
  readonly roles: RowRoles;
  readonly family: GenerativeFamily;
  /** θ₀ */
  readonly parameters: Float32Array;
  /** S₀, standardised. */
  readonly rows: PreparedRows;
  /** S₀ in the data's units. */
  readonly data: PredictorData;
}

/** Least deviation of a transition: enough for a density, little beside the data. */
const DEVIATION = 0.05;

/**
 * Fits a generator to a predictor's training rows (001 eq. 4 and 23). Methods that use the same one share it.
 * @throws RuntimeError for a training set that cannot be trained on, a diverging loss or a foreign checkpoint
 */
export async function pretrainGenerator<Spec extends DdpmSpec | VaeSpec>(
  { spec, training, roles, alike, deviation = DEVIATION }: PretrainOptions<Spec>,
  data: PredictorData,
  stream: RandomStream,
  hooks: TrainHooks = {},
): Promise<PretrainedGenerator<Spec>> {
  const set = toGeneratorRows(roles, data);
  const p = data.inputs.length / data.rows;
  // In both roles the outcome begins with the inputs.
  const rows = prepareRows(spec.kind, set, generatorSizes(roles, p, data.targets.length / data.rows), alike);
  const fitted = await fitFamily(spec, training, rows, deviation, stream, hooks);
  return { spec, roles, rows, data, ...fitted };
}

async function fitFamily(
  spec: DdpmSpec | VaeSpec,
  training: GeneratorTraining,
  rows: PreparedRows,
  deviation: number,
  stream: RandomStream,
  hooks: TrainHooks,
): Promise<Pick<PretrainedGenerator, "family" | "parameters">> {
  if (spec.kind === "ddpm") {
    const bound = dataBound(rows);
    const { parameters } = await trainGenerator(defineDdpm(spec, rows.sizes, bound), training, rows, stream, hooks);
    return { parameters, family: ddpmFamily(spec, rows.sizes, bound, deviation) };
  }
  const { parameters } = await trainGenerator(defineVae(spec, rows.sizes), training, rows, stream, hooks);
  return { parameters, family: vaeFamily(spec, rows.sizes, parameters) };
}
