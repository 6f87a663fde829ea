import { trainPredictor } from "../../predict/train.ts";
import type { PredictorTrainingOptions } from "../../predict/types.ts";
import type { TrainHooks } from "../../models/sampler.ts";
import type { RandomStream } from "../../tensor/random.ts";
import type { RobustMethod, RobustPredictor, RobustProblem } from "../types.ts";

/** Predictor training on the problem's own rows, as a robust method with one radius. */
export async function trainOnRows(
  problem: RobustProblem,
  method: RobustMethod,
  radius: number | null,
  options: Pick<PredictorTrainingOptions, "attack" | "aggregate" | "weights">,
  stream: RandomStream,
  hooks: TrainHooks,
): Promise<RobustPredictor> {
  const { net, loss, train, training, aggregate } = problem;
  const trained = await trainPredictor(net, loss, train, training, stream.child("predictor"), {
    ...(aggregate === undefined ? {} : { aggregate }),
    ...options,
    hooks: { ...hooks, ...(problem.place === undefined ? {} : { place: problem.place }) },
    model: `${net.name} of ${method}`,
  });
  return { ...trained, method, radius, candidates: [] };
}

/**
 * ML of 001 §7: the predictor trained on the data alone.
 * @throws RuntimeError training-diverged
 */
export function trainMl(
  problem: RobustProblem,
  _options: Readonly<Record<never, never>>,
  stream: RandomStream,
  hooks: TrainHooks = {},
): Promise<RobustPredictor> {
  return trainOnRows(problem, "ml", null, {}, stream, hooks);
}
