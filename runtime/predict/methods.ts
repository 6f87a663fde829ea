import type { TrainHooks } from "../models/sampler.ts";
import type { MethodRole } from "../report/results.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { RobustDiagnosis } from "../robust/diagnosis.ts";
import { sizeOption, sizesOf } from "../robust/sets/spec.ts";
import type { WorstLaw } from "../robust/sets/worst-law.ts";
import { trainRobustMethod, type RobustSurroundings } from "../robust/train-method.ts";
import type { Place } from "../spec.ts";
import type { ForecastPipeline, PredictorMethodSpec } from "./spec.ts";
import { trainPredictor } from "./train.ts";
import type { Aggregate, PredictorData, PredictorNet, RowLoss, TrainedPredictor } from "./types.ts";

export interface PlannedPredictor {
  readonly id: string;
  readonly label: string;
  readonly role: MethodRole;
  readonly note: string;
  readonly how: PredictorMethodSpec;
  /** Where the spec asks for it. */
  readonly place?: Place;
  /** It chooses something on rows that it does not train on. */
  readonly chooses: boolean;
  /** The option whose value it may choose; `null` for a method without one. */
  readonly option: string | null;
}

/** The trained method first, then what it is compared with; the same method twice has a number. */
export function planPredictors({ train, compare, places }: ForecastPipeline): readonly PlannedPredictor[] {
  const planned: PlannedPredictor[] = [];
  const add = (how: PredictorMethodSpec, role: MethodRole, place: Place | undefined): void => {
    if (planned.some((known) => JSON.stringify(known.how) === JSON.stringify(how))) return;
    const name = how.method === "dro" ? `dro_${how.set.kind}` : how.method;
    let id = name;
    for (let k = 2; planned.some((known) => known.id === id); k++) id = `${name}_${k}`;
    planned.push({ id, label: id, role, how, ...(place === undefined ? {} : { place }), ...describe(how) });
  };
  add(train, "trained", places?.train);
  for (const [k, method] of compare.entries()) add(method, "baseline", places?.baselines?.[k] ?? places?.compare);
  return planned;
}

function describe(how: PredictorMethodSpec): Pick<PlannedPredictor, "note" | "chooses" | "option"> {
  switch (how.method) {
    case "ml":
      return { note: "The predictor trained on the risk of the training rows.", chooses: false, option: null };
    case "dml":
      return { note: "Tuned on the rows and rows of the generator together.", chooses: true, option: "share" };
    case "w_dro":
      return { note: "Against rows moved within a Wasserstein ball.", chooses: true, option: "radius" };
    case "kl_dro":
      return { note: "Against the worst weights within a Kullback–Leibler ball.", chooses: true, option: "radius" };
    case "dro":
      return {
        note: `Against the worst law of a ${how.set.kind} set, ${how.exact === undefined ? "by steps" : "exactly"}.`,
        chooses: sizesOf(how.set).length > 1,
        option: sizeOption(how.set),
      };
    case "dragen":
      return {
        note: "Against rows moved within a Wasserstein ball of an autoencoder's latent space.",
        chooses: true,
        option: "radius",
      };
    case "p_dro":
      return { note: "Against a generator drawn to the rows of large loss.", chooses: true, option: "temperature" };
    case "gas_dro":
      return { note: "Against the worst generator within the reconstruction budget.", chooses: true, option: "budget" };
  }
}

/** What every method trains: the same network, loss and rows. */
export interface PredictorProblem {
  readonly net: PredictorNet;
  readonly loss: RowLoss;
  readonly train: PredictorData;
  readonly validation: PredictorData;
  readonly aggregate: Aggregate;
  /** What the pipeline declares for robust methods. */
  readonly surroundings?: RobustSurroundings;
}

export interface TrainedMethod {
  readonly predictor: TrainedPredictor;
  /** What the method says of itself, as plain JSON. */
  readonly diagnosis: RobustDiagnosis | null;
  /** The law that is worst for the predictor, of a method that has one. */
  readonly worst?: WorstLaw;
}

/** Trains one method; deterministic in the stream's seed and name. */
export async function trainMethod(
  how: PredictorMethodSpec,
  { net, loss, train, validation, aggregate, surroundings = {} }: PredictorProblem,
  stream: RandomStream,
  hooks: TrainHooks,
): Promise<TrainedMethod> {
  switch (how.method) {
    case "ml": {
      const { steps, batch, optimizer } = how;
      const predictor = await trainPredictor(net, loss, train, { steps, batch, optimizer }, stream, {
        aggregate,
        hooks,
        model: "ml",
      });
      return { predictor, diagnosis: null };
    }
    default:
      return trainRobustMethod(how, { net, loss, train, validation, aggregate }, surroundings, stream, hooks);
  }
}
