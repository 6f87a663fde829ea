import type { TrainHooks } from "../../models/sampler.ts";
import { eventLoopTurn } from "../../tensor/event-loop.ts";
import { createExecutor } from "../../tensor/executor.ts";
import * as ops from "../../tensor/ops.ts";
import type { OptimizerSpec } from "../../tensor/optimizers.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { gatherRows, trainingProgram, type TrainingPlan } from "../../tensor/training.ts";
import { fillSteps } from "../../tensor/training-plan.ts";
import type { PretrainedGenerator } from "../generator/pretrain.ts";
import { createRoller } from "../generator/rollout.ts";
import { mixedRows } from "../concat-rows.ts";
import { createPredictorSteps } from "../predictor-steps.ts";
import { createRowLosses } from "../row-losses.ts";
import { chooseByValidation } from "../select.ts";
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
  temperatures: [0.25, 0.5, 1, 2, 4],
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
export function trainPDro(
  problem: RobustProblem,
  options: Pick<PDroOptions, "generator"> & Partial<PDroOptions>,
  stream: RandomStream,
  hooks: TrainHooks = {},
): Promise<RobustPredictor> {
  const full = { ...P_DRO_DEFAULTS, ...options };
  return chooseByValidation(problem, full.temperatures, (temperature) =>
    trainAtTemperature(problem, full, temperature, stream, hooks),
  );
}

async function trainAtTemperature(
  problem: RobustProblem,
  options: PDroOptions,
  temperature: number,
  stream: RandomStream,
  hooks: TrainHooks,
): Promise<RobustPredictor> {
  const { generator, batch, samples } = options;
  const { training, train, net } = problem;
  const losses = await createRowLosses(net, problem.loss);
  const predictor = await createPredictorSteps(problem, stream.child("predictor"), hooks);
  const roller = await createRoller(generator);
  const tilt = { weights: new Float32Array(generator.rows.rows) };
  const plan = adversaryPlan(options, tilt, stream.child("adversary"));
  const executor = await createExecutor(trainingProgram(plan, 1));
  executor.state("parameters").set(generator.parameters);
  const turn = eventLoopTurn();
  const epoch = Math.max(1, Math.floor(generator.rows.rows / batch));
  let step = 0;
  try {
    await predictor.train(train, Math.round(options.warmUp * training.steps));
    for (let outer = 0; outer < options.outer; outer++) {
      const f = await losses.losses(predictor.parameters(), train);
      const tau = temperatureWithin(f, temperature, options.radius);
      const most = f.reduce((a, b) => Math.max(a, b), -Infinity);
      // Relative to the largest, so that nothing overflows; the running normaliser takes it out again.
      tilt.weights = Float32Array.from(f, (value) => (tau === 0 ? 1 : Math.exp((value - most) / tau)));
      for (let k = 0; k < options.inner * epoch; k++) {
        hooks.signal?.throwIfAborted();
        fillSteps(plan, executor, step, 1);
        await executor.run();
        step++;
        await turn.yield();
      }
      const theta = Float32Array.from(executor.state("parameters"));
      const drawn = await roller.roll(theta, samples, 0, stream.child(`adversarial/${outer}`));
      const rows = mixedRows(drawn.data, train, options.mix);
      await predictor.train(rows, Math.round((training.steps - predictor.done) / (options.outer - outer)));
    }
    return { net, parameters: predictor.parameters(), method: "p_dro", radius: temperature, candidates: [] };
  } finally {
    await losses.dispose();
    await predictor.dispose();
    await roller.dispose();
    await executor.dispose();
  }
}

/** A step of the adversary: the reconstruction loss of a batch of data rows, weighted by `e^{f/τ}/Z`. */
function adversaryPlan(
  { generator, optimizer, batch, window }: PDroOptions,
  tilt: { readonly weights: Float32Array },
  stream: RandomStream,
): TrainingPlan {
  const { family, rows } = generator;
  const { context: p, outcome: d } = family.sizes;
  const rowStream = stream.child("rows");
  const drawn = new Int32Array(batch);
  const inputs = family.reconstructionInputs.map((input) => ({ ...input, stream: stream.child(input.name) }));
  /** Mean weights of the last minibatches. */
  const recent: number[] = [];
  return {
    model: family.model,
    layout: family.layout,
    steps: Number.MAX_SAFE_INTEGER,
    optimizer,
    ema: 0,
    initial: () => generator.parameters,
    declare(graph) {
      const outcomes = graph.input("outcomes", [batch, d]);
      const contexts = p > 0 ? graph.input("contexts", [batch, p]) : null;
      const weights = graph.input("weights", [batch, 1]);
      const random = new Map(inputs.map(({ name, columns }) => [name, graph.input(name, [batch, columns])]));
      return (parameters) =>
        ops.mean(
          ops.mul(
            weights,
            family.reconstruction(parameters, outcomes, contexts, (name) => random.get(name)!),
          ),
        );
    },
    fill(executor, first) {
      rowStream.integers(drawn, rows.rows, first * batch);
      gatherRows(rows.outcomes, d, drawn, executor.input("outcomes"));
      if (p > 0) gatherRows(rows.contexts, p, drawn, executor.input("contexts"));
      for (const input of inputs) input.fill(input.stream, executor.input(input.name), first * batch);
      const raw = Array.from(drawn, (row) => tilt.weights[row]!);
      recent.push(raw.reduce((sum, w) => sum + w, 0) / batch);
      if (recent.length > window) recent.shift();
      const normaliser = recent.reduce((sum, mean) => sum + mean, 0) / recent.length;
      executor.input("weights").set(raw.map((w) => (normaliser === 0 ? 1 : w / normaliser)));
    },
  };
}
