import { createRowLosses, meanOfGroups } from "./row-losses.ts";
import type { Candidate, RobustPredictor, RobustProblem } from "./types.ts";

/**
 * The predictor whose mean loss over the validation groups is least, among those trained with each radius; the same for
 * every method, so that none is compared untuned.
 * @param radii at least one; one alone is no choice and is not evaluated
 */
export async function chooseByValidation<Result extends RobustPredictor>(
  problem: RobustProblem,
  radii: readonly number[],
  train: (radius: number) => Promise<Result>,
): Promise<Result> {
  if (radii.length === 0) throw new Error("A radius is needed.");
  if (radii.length === 1) return train(radii[0]!);
  const program = await createRowLosses(problem.net, problem.loss);
  try {
    const candidates: Candidate[] = [];
    let best: { readonly result: Result; readonly loss: number } | null = null;
    for (const radius of radii) {
      const result = await train(radius);
      const losses = await program.losses(result.parameters, problem.validation);
      const loss = meanOfGroups(losses, problem.validation);
      candidates.push({ radius, loss });
      if (best === null || loss < best.loss) best = { result, loss };
    }
    return { ...best!.result, candidates };
  } finally {
    await program.dispose();
  }
}
