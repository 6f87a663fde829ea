import { fileURLToPath } from "node:url";
import type { RunOptions } from "../options.ts";
import type { BaselineSpec, GenDflSpec, GeneratorSpec, Pipeline, TrainSpec } from "../spec.ts";

/** Limits of a rehearsal. */
export const QUICK = {
  seeds: 2,
  steps: 300,
  epochs: 15,
  contexts: 24,
  evaluatorScenarios: 512,
  scenarios: 128,
  focusedSteps: 20,
  focusedSamples: 32,
  focusedContexts: 4,
} as const;

/** The pipeline as it will be run: `seeds` and `quick` applied. */
export function effectivePipeline(pipeline: Pipeline, options: Pick<RunOptions, "seeds" | "quick">): Pipeline {
  const seeds = options.seeds ?? pipeline.evaluate.seeds;
  const asked: Pipeline = { ...pipeline, evaluate: { ...pipeline.evaluate, seeds } };
  return options.quick === true ? rehearsal(asked) : asked;
}

function rehearsal(pipeline: Pipeline): Pipeline {
  const { train, evaluate, generator } = pipeline;
  const contexts = evaluate.contexts === 0 ? QUICK.contexts : Math.min(evaluate.contexts, QUICK.contexts);
  const scenarios = Math.min(evaluate.evaluator.scenarios, QUICK.evaluatorScenarios);
  return {
    ...pipeline,
    generator: shortFit({ ...generator, scenarios: Math.min(generator.scenarios, QUICK.scenarios) }),
    train: train.method === "gen_dfl" ? shortFocus(train) : shortTraining(train),
    compare: pipeline.compare.map((method) =>
      method.method === "tuned"
        ? { ...method, candidates: method.candidates.map((one) => ({ ...one, spec: shortBaseline(one.spec) })) }
        : shortBaseline(method),
    ),
    evaluate: {
      ...evaluate,
      contexts,
      seeds: Math.min(evaluate.seeds, QUICK.seeds),
      evaluator: { ...evaluate.evaluator, scenarios },
    },
  };
}

function shortBaseline(method: BaselineSpec): BaselineSpec {
  if (method.method === "gen_dfl") return shortFocus(method);
  if (method.method === "pto" || method.method === "dfl" || method.method === "diff_dro")
    return { ...method, steps: Math.min(method.steps, QUICK.steps) };
  if (method.method === "uncertainty_set") {
    const steps = Math.min(method.steps, QUICK.focusedSteps);
    return { ...method, steps, warmup: Math.min(method.warmup, QUICK.steps) };
  }
  return method.method === "gmm_nf" ? { ...method, epochs: Math.min(method.epochs, QUICK.epochs) } : method;
}

function shortTraining<T extends TrainSpec>(train: T): T {
  return train.method === "dw_fm" ? { ...train, steps: Math.min(train.steps, QUICK.steps) } : train;
}

function shortFocus(train: GenDflSpec): GenDflSpec {
  return {
    ...train,
    steps: Math.min(train.steps, QUICK.focusedSteps),
    warmup: [Math.min(...train.warmup, QUICK.steps)],
    samples: Math.min(train.samples, QUICK.focusedSamples),
    contexts: Math.min(train.contexts, QUICK.focusedContexts),
    proxy: { ...train.proxy, scenarios: Math.min(train.proxy.scenarios, QUICK.scenarios) },
  };
}

function shortFit(generator: GeneratorSpec): GeneratorSpec {
  return generator.kind === "gmm_nf" ? { ...generator, epochs: Math.min(generator.epochs, QUICK.epochs) } : generator;
}

/** The folder that data paths are relative to, as a path. */
export function rootFolder(root: Pipeline["root"]): string {
  if (root instanceof URL) return fileURLToPath(root);
  return root.startsWith("file:") ? fileURLToPath(root) : root;
}
