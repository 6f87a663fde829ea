import type { TrainHooks } from "../../models/sampler.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { concatRows } from "../concat-rows.ts";
import type { PretrainedGenerator } from "../generator/pretrain.ts";
import { createRoller } from "../generator/rollout.ts";
import { createPredictorSteps } from "../predictor-steps.ts";
import { chooseByValidation } from "../select.ts";
import type { RobustPredictor, RobustProblem } from "../types.ts";

export interface DmlOptions {
  readonly generator: PretrainedGenerator;
  /** Generated rows beside each data row; several are chosen among on the validation rows. */
  readonly shares: readonly number[];
  /** Share of the predictor's steps on the data itself, before it is tuned on the augmented rows. */
  readonly warmUp: number;
}

export const DML_DEFAULTS: Omit<DmlOptions, "generator"> = { shares: [1, 4, 16], warmUp: 0.3 };

/**
 * DML of 001 §7: the predictor trained on the data, then tuned on data and rows of the pre-trained generator together.
 * @throws RuntimeError training-diverged
 */
export async function trainDml(
  problem: RobustProblem,
  options: Pick<DmlOptions, "generator"> & Partial<DmlOptions>,
  stream: RandomStream,
  hooks: TrainHooks = {},
): Promise<RobustPredictor> {
  const { generator, shares, warmUp } = { ...DML_DEFAULTS, ...options };
  const { train, training, net } = problem;
  const roller = await createRoller(generator);
  const predictor = await createPredictorSteps(problem, stream.child("predictor"), hooks);
  try {
    // The steps on the data itself are the same whatever the share.
    await predictor.train(train, Math.round(warmUp * training.steps));
    const warm = predictor.snapshot();
    const most = Math.ceil(Math.max(...shares) * train.rows);
    const generated = await roller.roll(generator.parameters, most, 0, stream.child("generated"));
    return await chooseByValidation(problem, shares, async (share) => {
      const rows = concatRows(train, generated.data, Math.ceil(share * train.rows));
      predictor.restore(warm);
      await predictor.train(rows, training.steps - predictor.done);
      return { net, parameters: predictor.parameters(), method: "dml", radius: share, candidates: [] };
    });
  } finally {
    await predictor.dispose();
    await roller.dispose();
  }
}
