import { riskOf } from "../../risk/index.ts";
import type { LikelihoodSpec } from "../../models/generator-definition.ts";
import type { TrainingSet } from "../../models/sampler.ts";
import type { GenDflSpec } from "../../spec.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { projectOnRange, type OutcomeRange } from "../outcome-range.ts";
import type { Work } from "../run.ts";
import { solve } from "../solve.ts";
import type { TrainedGenDfl } from "./train.ts";

/** Held-out rows that are decided at for each candidate, at most. */
const MOST_ROWS = 256;

/**
 * Chooses β by hold-out (004 §5: from a grid): every candidate is trained, decides at the validation contexts on the
 * scenarios of its generator, and the risk of the losses that then came true is compared; the smaller β where two are
 * equal. Every candidate has the same noise.
 */
export async function chooseBeta({
  work,
  spec,
  generator,
  held,
  range,
  stream,
  fit,
}: {
  readonly work: Work;
  readonly spec: GenDflSpec;
  readonly generator: LikelihoodSpec;
  readonly held: TrainingSet;
  readonly range: OutcomeRange | null;
  readonly stream: RandomStream;
  fit(beta: number): Promise<TrainedGenDfl>;
}): Promise<TrainedGenDfl & { beta: number; betas: readonly { beta: number; heldOutRisk: number }[] }> {
  const { problem } = work.pipeline;
  const { context: p, outcome: d, decision: n } = problem.sizes;
  const rows = Math.min(held.rows, MOST_ROWS);
  const betas: { readonly beta: number; readonly heldOutRisk: number }[] = [];
  let best: { readonly trained: TrainedGenDfl; readonly beta: number; readonly risk: number } | null = null;
  for (const beta of [...spec.beta].sort((a, b) => a - b)) {
    const trained = await fit(beta);
    const model = await work.backend.loadFlow(generator, problem.sizes, trained.tensors);
    try {
      const losses = new Float64Array(rows);
      let fixed = 0;
      for (let row = 0; row < rows; row++) {
        const context = held.contexts.slice(row * p, (row + 1) * p);
        const outcomes = await model.sample(context, 1, generator.scenarios, stream.child(String(row)));
        if (range !== null) projectOnRange(range, outcomes);
        const set = { count: generator.scenarios, outcomes };
        const { z } = solve(work.decider, set, context, `gen_dfl, beta ${beta}, at validation row ${row}`);
        losses[row] = problem.loss(z, held.outcomes.slice(row * d, (row + 1) * d), context);
        fixed += riskOf({ ...problem.risk, mean: 0, cvar: [] }, z, losses.subarray(row, row + 1)) / rows;
        await work.pace.turn();
      }
      const none = { ...problem.risk, linear: problem.risk.linear.map(() => 0), quadratic: null, constant: 0 };
      const { curved: _curved, ...plain } = none;
      const heldOutRisk = fixed + riskOf(plain, new Float64Array(n), losses);
      betas.push({ beta, heldOutRisk });
      if (best === null || heldOutRisk < best.risk) best = { trained, beta, risk: heldOutRisk };
    } finally {
      await model.dispose();
    }
  }
  return { ...best!.trained, beta: best!.beta, betas };
}
