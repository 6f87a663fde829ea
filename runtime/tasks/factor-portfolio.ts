import { coins, factorCovariance, factorReturns } from "./polynomial-costs.ts";
import { generateRows, rowOptions } from "./task.ts";
import type { TaskDefinition, TaskOption, TaskOptions, TaskSizes } from "./task.ts";
import type { RandomStream } from "../tensor/random.ts";

const OPTIONS: readonly TaskOption[] = [
  { name: "assets", kind: "integer", default: 50, minimum: 1, maximum: 1000, doc: "d, outcomes of a row" },
  { name: "features", kind: "integer", default: 5, minimum: 1, maximum: 1000, doc: "features p of the context" },
  { name: "factors", kind: "integer", default: 5, minimum: 0, maximum: 1000, doc: "factors f that assets share" },
  { name: "degree", kind: "integer", default: 4, minimum: 1, maximum: 16, doc: "degree of the map from x to returns" },
  { name: "noise", kind: "real", default: 20, minimum: 0, maximum: 1e4, doc: "σ, which scales loadings and residuals" },
];

/** Bound of a loading, and deviation of a residual, for each unit of σ (004 B.1). */
const LOADING = 0.0025;
const RESIDUAL = 0.01;

/**
 * Returns of 004 B.1: `c = (0.05/√p · B x + 0.1)^deg + L f + 0.01 σ ε`, `B ~ Bernoulli(½)`,
 * `L_ij ~ U[−0.0025 σ, 0.0025 σ]`, `f, ε ~ N(0, I)`; the paper's σ = 20, d = 50 and 320 rows are the defaults. The number
 * of factors is not in the paper: 5, as there are features, which is what PyEPO's generator takes.
 */
export const factorPortfolio: TaskDefinition = {
  name: "factor_portfolio",
  doc: "Returns that are a polynomial of the context with shared factors (004 B.1).",
  options: [...OPTIONS, ...rowOptions(320, 80, 1000)],
  sizes: factorSizes,
  generate(options, stream, replicate) {
    const p = options["features"]!;
    const d = options["assets"]!;
    const degree = options["degree"]!;
    return generateRows(
      {
        sizes: factorSizes(options),
        drawContexts: (out, contexts) => contexts.normal(out),
        law: (_training, law) =>
          factorReturns({
            features: p,
            outcomes: d,
            factors: options["factors"]!,
            mixing: coins(d * p, law.child("mixing")),
            loadings: drawLoadings(options, law),
            shape: (u) => (0.05 * u + 0.1) ** degree,
            residual: RESIDUAL * options["noise"]!,
          }),
      },
      stream,
      replicate,
    );
  },
};

function factorSizes(options: TaskOptions): TaskSizes {
  return {
    context: options["features"]!,
    outcome: options["assets"]!,
    train: options["train"]!,
    validation: options["validation"]!,
    test: options["test"]!,
  };
}

function drawLoadings(options: TaskOptions, law: RandomStream): Float64Array {
  const loadings = new Float64Array(options["assets"]! * options["factors"]!);
  law.child("loadings").uniform(loadings);
  return loadings.map((value) => (2 * value - 1) * LOADING * options["noise"]!);
}

/**
 * `Σ = L Lᵀ + (0.01 σ)² I` of `factor_portfolio`, d × d row-major: the matrix of the paper's objective
 * `−cᵀw + wᵀΣw` (004 eq. 8).
 * @param stream the task's own: `randomStream(seed, "task/factor_portfolio")` of the spec's seed
 */
export function portfolioCovariance(options: TaskOptions, stream: RandomStream): Float64Array {
  const loadings = drawLoadings(options, stream.child("law"));
  return factorCovariance(loadings, options["assets"]!, options["factors"]!, RESIDUAL * options["noise"]!);
}
