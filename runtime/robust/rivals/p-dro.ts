import type { TrainHooks } from "../../models/sampler.ts";
import { eventLoopTurn } from "../../tensor/event-loop.ts";
import * as ops from "../../tensor/ops.ts";
import type { OptimizerSpec } from "../../tensor/optimizers.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { TrainingPlan } from "../../tensor/training.ts";
import { mixedRows } from "../concat-rows.ts";
import type { PretrainedGenerator } from "../generator/pretrain.ts";
import { reconstructionBatches } from "../generator/reconstruction.ts";
import { createRoller, type Roller } from "../generator/rollout.ts";
import { createPredictorSteps, type PredictorSteps } from "../predictor-steps.ts";
import { createRowLosses, type RowLossProgram } from "../row-losses.ts";
import { chooseByValidation } from "../select.ts";
import { createTrainingSteps, type TrainingSteps } from "../training-steps.ts";
import type { RobustPredictor, RobustProblem } from "../types.ts";
import { temperatureWithin } from "./temperature.ts";

export interface PDroOptions {
  readonly generator: PretrainedGenerator;
  /**
   * Temperatures τ in standard deviations of the losses on the training rows: the adversary's target is
   * `q ∝ p e^{f/τ}`. Several are chosen among on the validation rows.
   */
  readonly temperatures: readonly number[];
  /** Largest `KL(q ‖ p)` of that target: a temperature that is too low for it is raised. */
  readonly radius: number;
  /** Minibatches of the running normaliser (001 App. D.3: 5). */
  readonly window: number;
  readonly inner: number;
  readonly outer: number;
  /** Of the adversary. */
  readonly optimizer: OptimizerSpec;
  readonly batch: number;
  /** Rows of each adversarial data set. */
  readonly samples: number;
  /** Share of the predictor's steps on the data itself before the adversary begins. */
  readonly warmUp: number;
  /** Share of data rows among the rows that the predictor is trained on. */
  readonly mix: number;
}

export const P_DRO_DEFAULTS: Omit<PDroOptions, "generator"> = {
  temperatures: [0.5, 1, 4, 16, 64],
  radius: 2,
  window: 5,
  inner: 10,
  outer: 15,
  optimizer: { kind: "adam", rate: 1e-3, clip: 1 },
  batch: 64,
  samples: 1024,
  warmUp: 0.3,
  mix: 0.5,
};

/**
 * P-DRO of 001 §7 (Michel, Hashimoto & Neubig 2021): the adversary is the generator itself, drawn to the tilted law
 * `q ∝ p e^{f/τ}` by `−Ê_p[e^{f/τ}/Z · log p_θ]`, with its likelihood's bound in place of `log p_θ` (minus J up to a
 * constant) and the normaliser Z averaged over the last minibatches; the predictor is trained on rows drawn from it.
 * @throws RuntimeError training-diverged
 */
export async function trainPDro(
  problem: RobustProblem,
  options: Pick<PDroOptions, "generator"> & Partial<PDroOptions>,
  stream: RandomStream,
  hooks: TrainHooks = {},
): Promise<RobustPredictor> {
  const full = { ...P_DRO_DEFAULTS, ...options };
  const { generator } = full;
  const { training, train, net } = problem;
  const losses = await createRowLosses(net, problem.loss);
  const predictor = await createPredictorSteps(problem, stream.child("predictor"), hooks);
  const roller = await createRoller(generator, full.samples);
  const tilt: Tilt = { weights: new Float32Array(generator.rows.rows), recent: [] };
  const adversary = await createTrainingSteps(adversaryPlan(full, tilt, stream.child("adversary")));
  const beginning = adversary.snapshot();
  try {
    // The steps on the data itself are the same whatever the temperature.
    await predictor.train(train, Math.round(full.warmUp * training.steps));
    const warm = predictor.snapshot();
    return await chooseByValidation(problem, full.temperatures, async (temperature) => {
      predictor.restore(warm);
      adversary.restore(beginning);
      tilt.recent.length = 0;
      await alternate(problem, full, temperature, { predictor, adversary, losses, roller, tilt }, stream, hooks);
      return { net, parameters: predictor.parameters(), method: "p_dro", radius: temperature, candidates: [] };
    });
  } finally {
    await losses.dispose();
    await predictor.dispose();
    await roller.dispose();
    await adversary.dispose();
  }
}

/** What the turns of a training read and move. */
interface Players {
  readonly predictor: PredictorSteps;
  readonly adversary: TrainingSteps;
  readonly losses: RowLossProgram;
  readonly roller: Roller;
  readonly tilt: Tilt;
}

async function alternate(
  { training, train }: RobustProblem,
  options: PDroOptions,
  temperature: number,
  { predictor, adversary, losses, roller, tilt }: Players,
  stream: RandomStream,
  hooks: TrainHooks,
): Promise<void> {
  const { generator, batch, samples } = options;
  const turn = eventLoopTurn();
  const epoch = Math.max(1, Math.floor(generator.rows.rows / batch));
  for (let outer = 0; outer < options.outer; outer++) {
    const f = await losses.losses(predictor.parameters(), train);
    const tau = temperatureWithin(f, temperature, options.radius);
    const most = f.reduce((a, b) => Math.max(a, b), -Infinity);
    // Relative to the largest, so that nothing overflows; the running normaliser takes it out again.
    tilt.weights = Float32Array.from(f, (value) => (tau === 0 ? 1 : Math.exp((value - most) / tau)));
    for (let k = 0; k < options.inner * epoch; k++) {
      hooks.signal?.throwIfAborted();
      await adversary.step();
      await turn.yield();
    }
    const drawn = await roller.roll(adversary.parameters(), samples, 0, stream.child(`adversarial/${outer}`));
    const rows = mixedRows(drawn.data, train, options.mix);
    await predictor.train(rows, Math.round((training.steps - predictor.done) / (options.outer - outer)));
  }
}

/** Weights of the training rows, relative to one another, and the means of the last minibatches' weights. */
interface Tilt {
  weights: Float32Array;
  readonly recent: number[];
}

/** A step of the adversary: the reconstruction loss of a batch of data rows, weighted by `e^{f/τ}/Z`. */
function adversaryPlan(
  { generator, optimizer, batch, window }: PDroOptions,
  tilt: Tilt,
  stream: RandomStream,
): TrainingPlan {
  const { family } = generator;
  const reconstruction = reconstructionBatches(generator, batch, stream);
  const { recent } = tilt;
  return {
    model: family.model,
    layout: family.layout,
    steps: Number.MAX_SAFE_INTEGER,
    optimizer,
    ema: 0,
    initial: () => generator.parameters,
    declare(graph) {
      const rowsOf = reconstruction.declare(graph);
      const weights = graph.input("weights", [batch, 1]);
      return (parameters) => ops.mean(ops.mul(weights, rowsOf(parameters)));
    },
    fill(executor, first) {
      const raw = Array.from(reconstruction.fill(executor, first), (row) => tilt.weights[row]!);
      recent.push(raw.reduce((sum, w) => sum + w, 0) / batch);
      if (recent.length > window) recent.shift();
      const normaliser = recent.reduce((sum, mean) => sum + mean, 0) / recent.length;
      executor.input("weights").set(raw.map((w) => (normaliser === 0 ? 1 : w / normaliser)));
    },
  };
}
