import type { TrainHooks } from "../models/sampler.ts";
import type { PredictorData } from "../predict/types.ts";
import type { DdpmSpec, GeneratorSpec, VaeSpec } from "../spec.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { RobustDiagnosis } from "./diagnosis.ts";
import { GAS_DRO_DEFAULTS, trainGasDro, type Budget } from "./gas-dro/index.ts";
import { pretrainGenerator, type PretrainedGenerator } from "./generator/pretrain.ts";
import type { RowRoles } from "./generator/roles.ts";
import { trainDml } from "./rivals/dml.ts";
import { trainDragen } from "./rivals/dragen.ts";
import { trainKlDro } from "./rivals/kl.ts";
import { trainPDro } from "./rivals/p-dro.ts";
import { trainWassersteinDro } from "./rivals/wasserstein.ts";
import { rowPoints } from "./row-points.ts";
import { trainDro } from "./sets/train-dro.ts";
import { createWorstLaw, type WorstLaw } from "./sets/worst-law.ts";
import type { RobustMethodSpec } from "./spec.ts";
import type { RobustPredictor, RobustProblem } from "./types.ts";

/** What a pipeline declares beside its methods. */
export interface RobustSurroundings {
  /** `uncertainty`: a diffusion or an autoencoder is taken as it is, others and none give way to a small diffusion. */
  readonly generator?: GeneratorSpec;
  /** `ambiguity generative { budget }`; multiples of the pre-training loss where it is left out. */
  readonly budgets?: readonly number[];
}

export interface RobustOutcome {
  readonly predictor: RobustPredictor;
  readonly diagnosis: RobustDiagnosis;
  /** The law that is worst for the predictor: of a classical set, or the last rows that GAS-DRO's generator drew. */
  readonly worst?: WorstLaw;
}

/** The diffusion around rows, with a network of its own or that of 001's forecasting tasks. */
export function rowDiffusion(net: DdpmSpec["net"] = { kind: "mlp", hidden: [128, 128] }): DdpmSpec {
  return {
    kind: "ddpm",
    net,
    steps: 50,
    schedule: "linear",
    sampler: "ancestral",
    samplingSteps: 50,
    ema: 0.995,
    scenarios: 1,
  };
}
export const ROW_AUTOENCODER: VaeSpec = { kind: "vae", latent: 2, hidden: [64, 64], ema: 0.995, scenarios: 1 };
const PRETRAINING = 3000;

/** Trains a robust method of a pipeline; deterministic in the stream's seed and name. */
export async function trainRobustMethod(
  how: RobustMethodSpec,
  given: Omit<RobustProblem, "training">,
  { generator, budgets }: RobustSurroundings,
  stream: RandomStream,
  { signal, onStep, place }: TrainHooks,
): Promise<RobustOutcome> {
  const { steps, batch, optimizer } = how;
  const problem: RobustProblem = {
    ...given,
    training: { steps, batch, optimizer },
    ...(place === undefined ? {} : { place }),
  };
  // No checkpoint: each candidate is a training of its own.
  const hooks: TrainHooks = {
    ...(signal === undefined ? {} : { signal }),
    ...(onStep === undefined ? {} : { onStep }),
  };
  const fitted = <Spec extends DdpmSpec | VaeSpec>(spec: Spec): Promise<PretrainedGenerator<Spec>> =>
    sharedGenerator(
      spec,
      ("pretraining" in how ? how.pretraining : undefined) ?? PRETRAINING,
      ("rows" in how ? how.rows : undefined) ?? "joint",
      problem,
      stream.child("generator"),
      hooks,
    );
  const nominal = generator?.kind === "ddpm" || generator?.kind === "vae" ? generator : rowDiffusion();
  switch (how.method) {
    case "dml": {
      const options = { generator: await fitted(nominal), ...picked(how, ["shares"]) };
      return plain(await trainDml(problem, options, stream, hooks));
    }
    case "w_dro": {
      const { inner } = how;
      const options = {
        ...picked(how, ["form", "radii", "targets"]),
        ...(inner === undefined ? {} : { steps: inner }),
      };
      return plain(await trainWassersteinDro(problem, options, stream, hooks));
    }
    case "kl_dro":
      return plain(await trainKlDro(problem, picked(how, ["radii"]), stream, hooks));
    case "dro": {
      const predictor = await trainDro(problem, how, stream, hooks);
      const { worst, worstLoss: loss, nominalLoss: nominal } = predictor;
      const { diagnosis } = plain(predictor);
      return { predictor, diagnosis: { ...diagnosis, worst: { loss, nominal } }, worst };
    }
    case "dragen": {
      const spec: VaeSpec =
        generator?.kind === "vae" ? generator : { ...ROW_AUTOENCODER, latent: how.latent ?? ROW_AUTOENCODER.latent };
      const { inner } = how;
      const options = {
        generator: await fitted(spec),
        ...picked(how, ["radii"]),
        ...(inner === undefined ? {} : { steps: inner }),
      };
      return plain(await trainDragen(problem, options, stream, hooks));
    }
    case "p_dro": {
      const options = {
        generator: await fitted(nominal),
        ...picked(how, ["temperatures", "window", "inner", "outer"]),
      };
      return plain(await trainPDro(problem, options, stream, hooks));
    }
    case "gas_dro": {
      const values = how.budgets ?? budgets;
      const at = how.budgets === undefined ? undefined : place;
      const budget: Budget | undefined = values && { kind: "absolute", values, ...(at === undefined ? {} : { at }) };
      const options = {
        generator: await fitted(nominal),
        ...picked(how, ["estimator", "dualRate", "damping", "mix", "inner", "outer"]),
        ...(how.generatorRate === undefined
          ? {}
          : { optimizer: { ...GAS_DRO_DEFAULTS.optimizer, rate: how.generatorRate } }),
        ...(budget === undefined ? {} : { budget }),
      };
      const predictor = await trainGasDro(problem, options, stream, hooks);
      const { diagnosis } = plain(predictor);
      const { diagnostics, trace, worst } = predictor;
      return {
        predictor,
        diagnosis: { ...diagnosis, gasDro: { diagnostics, trace } },
        worst: createWorstLaw(rowPoints(worst), new Float64Array(worst.rows).fill(1 / worst.rows)),
      };
    }
  }
}

function plain(predictor: RobustPredictor): RobustOutcome {
  return { predictor, diagnosis: { radius: predictor.radius, candidates: predictor.candidates } };
}

/** Those of the properties that are there. */
function picked<T extends object, K extends keyof T>(
  from: T,
  names: readonly K[],
): { readonly [P in K]?: Exclude<T[P], undefined> };
function picked(from: object, names: readonly string[]): object {
  return Object.fromEntries(
    Object.entries(from).filter(([name, value]) => names.includes(name) && value !== undefined),
  );
}

/** Generators by the rows that they were fitted to: methods of one seed share theirs. */
const generators = new WeakMap<PredictorData, Map<string, Promise<PretrainedGenerator>>>();

async function sharedGenerator<Spec extends DdpmSpec | VaeSpec>(
  spec: Spec,
  steps: number,
  roles: RowRoles,
  { train: data, net: { alike } }: Pick<RobustProblem, "train" | "net">,
  stream: RandomStream,
  hooks: TrainHooks,
): Promise<PretrainedGenerator<Spec>> {
  const known = generators.get(data) ?? new Map<string, Promise<PretrainedGenerator>>();
  generators.set(data, known);
  const key = JSON.stringify([spec, steps, roles, stream.seed, stream.name]);
  const training = { steps, batch: 128, optimizer: { kind: "adam", rate: 1e-3, weightDecay: 0 } as const };
  const found =
    known.get(key) ??
    pretrainGenerator(
      { spec, training, roles, alike },
      data,
      stream,
      hooks.signal === undefined ? {} : { signal: hooks.signal },
    );
  known.set(key, found);
  return { ...(await found), spec };
}
