import type { PredictorNetwork } from "../models/predictor/index.ts";
import type { Standardizer } from "../models/standardizer.ts";
import type { FloatData } from "../tensor/executor.ts";
import { createForecast } from "./cost-network.ts";
import { hindsight, regretOf, type SolveRow } from "./regret.ts";
import type { DecisionOracle, DflRows } from "./types.ts";

/** Measures weights by the decisions on rows that are not trained on. */
export interface RegretWatch {
  /** Mean regret; NaN where no row has a decision. */
  measure(parameters: FloatData): Promise<number>;
  dispose(): Promise<void>;
}

export async function createWatch(setting: {
  readonly rows: DflRows;
  readonly oracle: DecisionOracle;
  readonly network: PredictorNetwork;
  readonly scalers: { readonly context: Standardizer; readonly outcome: Standardizer };
  readonly solve: SolveRow;
  /** Solves for the best decisions in hindsight. */
  readonly solveBest: SolveRow;
  readonly signal?: AbortSignal;
}): Promise<RegretWatch> {
  const { rows, oracle, network, scalers, solve, solveBest, signal } = setting;
  const best = await hindsight(rows, solveBest, signal);
  const forecast = await createForecast(network, rows.contexts, rows.rows, scalers);
  return {
    async measure(parameters) {
      const predictions = await forecast.predict(parameters);
      const { mean } = await regretOf(predictions, rows, best, oracle, solve, signal);
      return mean;
    },
    dispose: forecast.dispose,
  };
}
