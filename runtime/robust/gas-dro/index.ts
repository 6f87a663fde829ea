import { RuntimeError } from "../../errors/runtime-error.ts";
import type { TrainHooks } from "../../models/sampler.ts";
import type { PredictorData } from "../../predict/types.ts";
import type { RandomStream } from "../../tensor/random.ts";
import { mixedRows } from "../concat-rows.ts";
import { createReconstructionLoss } from "../generator/reconstruction.ts";
import { robustCatalogue } from "../messages.ts";
import { createPredictorSteps, type PredictorSteps } from "../predictor-steps.ts";
import { createRowLosses, type RowLossProgram } from "../row-losses.ts";
import { chooseByValidation } from "../select.ts";
import type { RobustPredictor, RobustProblem } from "../types.ts";
import { diagnose, type GasDroDiagnostics } from "./diagnostics.ts";
import { createInnerMaximiser, type InnerMaximiser, type InnerTrace } from "./inner.ts";
import { GAS_DRO_DEFAULTS, type GasDroOptions } from "./options.ts";

export type { GasDroDiagnostics } from "./diagnostics.ts";
export type { InnerTrace } from "./inner.ts";
export { GAS_DRO_DEFAULTS, type Budget, type Estimator, type GasDroOptions } from "./options.ts";

export interface GasDroPredictor extends RobustPredictor {
  readonly trace: readonly InnerTrace[];
  readonly diagnostics: GasDroDiagnostics;
  /** θ of the last worst law. */
  readonly adversary: Float32Array;
  /** The last adversarial data set. */
  readonly worst: PredictorData;
}

/**
 * GAS-DRO (001 algorithm 1): `min_w max_{θ : J(θ, S₀) ≤ ε} E_{P_θ}[f(w, ξ)]` by turns: dual ascent on θ, a data set drawn
 * from P_θ, gradient steps of w on it. Of several budgets the one with the least loss on the validation rows counts.
 *
 * @param options what is left out is `GAS_DRO_DEFAULTS`
 * @throws RuntimeError budget-below-reconstruction, generator-collapsed, training-diverged
 */
export async function trainGasDro(
  problem: RobustProblem,
  options: Pick<GasDroOptions, "generator"> & Partial<GasDroOptions>,
  stream: RandomStream,
  hooks: TrainHooks = {},
): Promise<GasDroPredictor> {
  const full: GasDroOptions = { ...GAS_DRO_DEFAULTS, ...options };
  const { generator, budget } = full;
  // One measure for the budget and for what is held against it: with other noise even θ₀ could overrun it.
  const reconstruction = await createReconstructionLoss(generator, stream.child("reconstruction"));
  const pretraining = await reconstruction.measure(generator.parameters);
  const budgets = budget.values.map((value) => (budget.kind === "absolute" ? value : value * pretraining));
  for (const value of budgets)
    if (!(value >= pretraining)) {
      await reconstruction.dispose();
      throw new RuntimeError(
        robustCatalogue,
        "budget-below-reconstruction",
        {
          budget: shown(value),
          loss: shown(pretraining),
          suggestion: shown(1.5 * pretraining),
          model: generator.family.model,
        },
        budget.kind === "absolute" && budget.at !== undefined ? { place: budget.at } : { about: "ambiguity" },
      );
    }
  const { steps } = problem.training;
  const losses = await createRowLosses(problem.net, problem.loss);
  const predictor = await createPredictorSteps(problem, stream.child("predictor"), hooks);
  const inner = await createInnerMaximiser(
    full,
    { losses, reconstruction, pretraining },
    stream.child("inner"),
    problem.place,
    hooks,
  );
  try {
    // The steps on the data itself are the same whatever the budget.
    await predictor.train(problem.train, Math.round(full.warmUp * steps));
    const warm = predictor.snapshot();
    return await chooseByValidation(problem, budgets, async (value) => {
      predictor.restore(warm);
      inner.start(value);
      const worst = await alternate(problem, full, { predictor, inner, losses }, stream);
      return {
        net: problem.net,
        parameters: predictor.parameters(),
        method: "gas_dro",
        radius: value,
        candidates: [],
        trace: inner.trace,
        diagnostics: diagnose(inner.trace, value, pretraining),
        adversary: inner.parameters(),
        worst,
      };
    });
  } finally {
    await losses.dispose();
    await reconstruction.dispose();
    await predictor.dispose();
    await inner.dispose();
  }
}

function shown(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

/** The turns of algorithm 1; @returns the last adversarial data set. */
async function alternate(
  { training: { steps }, train }: RobustProblem,
  options: GasDroOptions,
  { predictor, inner, losses }: { predictor: PredictorSteps; inner: InnerMaximiser; losses: RowLossProgram },
  stream: RandomStream,
): Promise<PredictorData> {
  let worst = train;
  for (let outer = 0; outer < options.outer; outer++) {
    await inner.maximise(outer, predictor.parameters());
    const drawn = await inner.sample(options.samples, stream.child(`adversarial/${outer}`));
    worst = drawn.data;
    inner.close(outer, await losses.losses(predictor.parameters(), drawn.data));
    // What is left of the steps, in equal parts.
    const share = Math.round((steps - predictor.done) / (options.outer - outer));
    await predictor.train(mixedRows(drawn.data, train, options.mix), share);
  }
  return worst;
}
