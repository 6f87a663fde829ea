import { createOracle, trainCostPredictor, type DecisionOracle, type DflRows } from "../dfl/index.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { TrainedPredictor } from "../dfl/index.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import type { DecisionProblem, DiffDroSpec, Place } from "../spec.ts";
import { randomStream, type RandomStream } from "../tensor/random.ts";
import { createLossSlopes } from "./gen-dfl/loss-slopes.ts";

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, j) => sum + value * b[j]!, 0);

/**
 * The decision problem against the worst law in a penalised Wasserstein ball of order 2 around the scenarios,
 * `min_z sup_Q E_Q[ℓ] − λ W₂²(Q, P)`. Where `∇_s ℓ = A z + a` whatever the outcome, the worst law moves every scenario by
 * `(A z + a) / 2λ`, and the problem is `E_P[ℓ] + κ ‖A z + a‖²` with `κ = 1 / 4λ`: its best decision moves smoothly with
 * the scenarios, also over a polyhedron (Ma et al. 2024 train through such a layer).
 *
 * @throws RuntimeError layer-needs-linear where the slope depends on the outcome
 */
export function penalisedProblem(problem: DecisionProblem, strength: number, place?: Place): DecisionProblem {
  const { sizes, risk } = problem;
  const { decision: n, outcome: d } = sizes;
  if (!createLossSlopes(problem, randomStream(0, "layer")).constant || problem.conic !== undefined) {
    throw new RuntimeError(
      RUN_MESSAGES,
      "layer-needs-linear",
      { method: "diff_dro" },
      place === undefined ? {} : { place },
    );
  }
  const slopeAt = (z: Float64Array): Float64Array => {
    const out = new Float64Array(d);
    problem.lossGradientS(z, new Float64Array(d), new Float64Array(sizes.context), out);
    return out;
  };
  const offset = slopeAt(new Float64Array(n));
  const columns = Array.from({ length: n }, (_, i) => {
    const unit = new Float64Array(n);
    unit[i] = 1;
    return slopeAt(unit).map((value, j) => value - offset[j]!);
  });
  const quadratic = Array.from({ length: n * n }, (_, k) => {
    const own = risk.quadratic?.[k] ?? 0;
    return own + strength * dot(columns[Math.floor(k / n)]!, columns[k % n]!);
  });
  const linear = risk.linear.map((value, i) => value + 2 * strength * dot(columns[i]!, offset));
  return { ...problem, risk: { ...risk, quadratic, linear } };
}

export interface TrainedDiffDro {
  readonly trained: TrainedPredictor;
  readonly strength: number;
}

/**
 * Trains a predictor through the layer: decisions are taken against the worst law, and cost what they cost at the
 * outcome that came. Of several strengths the one whose decisions cost least on the validation rows is taken.
 *
 * @throws RuntimeError layer-needs-linear, too-few-rows, and what `trainCostPredictor` throws
 */
export async function trainDiffDro(
  problem: DecisionProblem,
  spec: DiffDroSpec,
  rows: { readonly train: DflRows; readonly validation: DflRows },
  how: Pick<Parameters<typeof trainCostPredictor>[0], "onProgress"> & {
    readonly stream: RandomStream;
    readonly hooks: NonNullable<Parameters<typeof trainCostPredictor>[0]["hooks"]>;
    readonly place?: Place;
  },
): Promise<TrainedDiffDro> {
  const { strengths } = spec;
  if (strengths.length > 1 && rows.validation.rows === 0) {
    const args = { what: "Choosing the strength of diff_dro", needed: 1, split: "validation", rows: 0 };
    throw new RuntimeError(RUN_MESSAGES, "too-few-rows", args, how.place === undefined ? {} : { place: how.place });
  }
  const nominal = await createOracle(problem);
  let best: (TrainedDiffDro & { readonly cost: number }) | null = null;
  for (const strength of [...strengths].sort((a, b) => a - b)) {
    const oracle = await layerOracle(penalisedProblem(problem, strength, how.place), nominal);
    const trained = await trainCostPredictor({
      loss: { loss: "task" },
      predictor: spec.predictor,
      data: rows.train,
      ...(rows.validation.rows === 0 ? {} : { validation: rows.validation }),
      oracle,
      nominal,
      length: { steps: spec.steps },
      batch: spec.batch,
      optimizer: spec.optimizer,
      stream: how.stream,
      hooks: how.hooks,
      ...(how.onProgress === undefined ? {} : { onProgress: how.onProgress }),
    });
    if (strengths.length === 1) return { trained, strength };
    const cost = await meanCost(trained, oracle, rows.validation);
    if (best === null || cost < best.cost) best = { trained, strength, cost };
  }
  return best!;
}

/** Solves and derivatives of the robust problem; costs of the nominal one. */
async function layerOracle(robust: DecisionProblem, nominal: DecisionOracle): Promise<DecisionOracle> {
  const layer = await createOracle(robust);
  const { value, slope, gradientZ } = nominal;
  return { ...layer, value, slope, ...(gradientZ === undefined ? {} : { gradientZ }) };
}

async function meanCost(trained: TrainedPredictor, oracle: DecisionOracle, rows: DflRows): Promise<number> {
  const d = oracle.outcome;
  const p = rows.contexts.length / rows.rows;
  const predicted = await trained.predict(rows.contexts, rows.rows);
  let total = 0;
  let count = 0;
  for (let row = 0; row < rows.rows; row++) {
    const context = rows.contexts.slice(row * p, (row + 1) * p);
    const { status, z } = oracle.solve(predicted.slice(row * d, (row + 1) * d), context);
    if (status !== "optimal" && status !== "stopped") continue;
    total += oracle.value(z, rows.costs.slice(row * d, (row + 1) * d), context);
    count++;
  }
  return count === 0 ? Infinity : total / count;
}
