import { polynomialReturns, RETURN_OPTIONS } from "./polynomial-returns.ts";
import type { ReturnConstants } from "./polynomial-returns.ts";
import { generateRows, rowOptions } from "./task.ts";
import type { TaskDefinition, TaskOptions, TaskSizes } from "./task.ts";

/** Constants of 003 E.1 out of a portfolio task's options. */
export function returnConstants(options: TaskOptions): ReturnConstants {
  return {
    assets: options["assets"]!,
    covariates: options["covariates"]!,
    degree: options["degree"]!,
    signal: options["signal"]!,
    noise: options["noise"]!,
    stressLower: options["stress_lower"]!,
    stressUpper: options["stress_upper"]!,
  };
}

/** p, d and rows of a portfolio task. */
export function returnSizes(options: TaskOptions): TaskSizes {
  return {
    context: options["covariates"]!,
    outcome: options["assets"]!,
    train: options["train"]!,
    validation: options["validation"]!,
    test: options["test"]!,
  };
}

/**
 * The synthetic portfolio of 003 E.1: x ~ N(0, I_p), returns polynomial in x under Gaussian and Student noise
 * (`polynomialReturns` has the law and what the paper leaves open). Options with their defaults: `assets` 10,
 * `covariates` 5, `degree` 4 (the paper sweeps 2, 4, 6, 8), `signal` 0.02, `noise` 0.01, `stress_lower` 0.05,
 * `stress_upper` 0.35, `train` 2000, `validation` 500, `test` 1000. The paper states d = 10, the range of λ and the
 * Student noise; covariates, signal, noise and row counts are choices of ours.
 */
export const portfolio: TaskDefinition = {
  name: "portfolio",
  doc: "Portfolio returns polynomial in the context, with Student stress (003 E.1).",
  options: [...RETURN_OPTIONS, ...rowOptions(2000, 500, 1000)],
  sizes: returnSizes,
  generate(options, stream, replicate) {
    return generateRows(
      {
        sizes: returnSizes(options),
        drawContexts: (out, contexts) => contexts.normal(out),
        law: (training, law) => polynomialReturns(returnConstants(options), training, law),
      },
      stream,
      replicate,
    );
  },
};
