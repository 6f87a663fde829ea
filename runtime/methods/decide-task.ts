import { openCostPredictor, openSetModel } from "../dfl/index.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Decider } from "../decide/types.ts";
import { tailMetrics } from "../evaluate/score.ts";
import type { TrainHooks, TrainingSet } from "../models/sampler.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import { addOnnxMetadata } from "../tensor/onnx-metadata.ts";
import { provenance } from "../runs/provenance.ts";
import type { PointPredictor } from "./backend.ts";
import { decideContexts, packDecided, scoreFixedDecision, type Variant } from "./decide-contexts.ts";
import { withDiagnosis } from "./diagnose-task.ts";
import { leastNormDecision } from "./least-norm.ts";
import { outcomeRange } from "./outcome-range.ts";
import { costCloud } from "./cost-cloud.ts";
import { penalisedProblem } from "./diff-dro.ts";
import { fitLaw } from "./fitted-source.ts";
import { neuralGenerator } from "./plan.ts";
import { fittedMixture, keptBall, keptFlow, keptMixture } from "./kept-mixture.ts";
import { isWidened } from "./mixture-ball.ts";
import { observedSource, openObserved } from "./observed.ts";
import type { Work } from "./run.ts";
import {
  empiricalSource,
  lawSource,
  neighbourSource,
  predictionSource,
  residualCloud,
  samplerSource,
  widenedSource,
  type ScenarioSource,
  withinRange,
} from "./sources.ts";
import { noEvaluator, radiusVariant } from "./radius-variant.ts";
import { contextsOf, decidingProgress, decisionWeights, referencesAt, splitEvaluator } from "./split-evaluator.ts";
import type { Task } from "./task.ts";
import { setDecider, setSource } from "./uncertainty-set.ts";
import { trainPredictor } from "./train-models.ts";
import { plannedMethod } from "./planned.ts";

type FlowTask = Extract<Task, { kind: "decide-flow" }>;
type MethodTask = Extract<Task, { kind: "decide-method" }>;

/** Task: one flow's scenarios at a range of contexts, decided on in every way that a method asks for. */
export async function decideFlow(
  work: Work,
  { seed, range, tensors, variants, optima }: FlowTask,
  data: Dataset,
  train: TrainingSet,
): Promise<TensorFile> {
  const { problem, evaluate } = work.pipeline;
  const { generator } = work.plan.flow!;
  const contexts = contextsOf(work, data, range.split);
  const referenceAt = referencesAt(work, train, contexts, range.from);
  const ways: Variant[] = [];
  for (const variant of variants) {
    ways.push({
      id: variant.id,
      weights: variant.power === 0 ? null : decisionWeights(work, referenceAt, contexts, variant),
      ...(variant.radius === undefined ? {} : { decider: await work.robustDecider(variant.radius) }),
    });
  }
  const flow = await work.backend.loadFlow(generator, problem.sizes, tensors);
  try {
    return packDecided(
      await decideContexts({
        problem,
        decider: work.decider,
        contexts,
        range,
        evaluator: optima === null ? noEvaluator() : splitEvaluator(work, data, contexts, seed, optima),
        source: withinRange(
          samplerSource(flow, generator.scenarios, problem.sizes, work.stream(seed, `scenarios/${range.split}`)),
          outcomeRange(work.pipeline.data.fields, data.transforms.outcome),
        ),
        scenarios: generator.scenarios,
        variants: ways,
        // Regret alone is what a strength is chosen by.
        tails: range.split === evaluate.on ? tailMetrics(evaluate.metrics) : [],
        pace: work.pace,
        onContext: decidingProgress(work),
      }),
    );
  } finally {
    await flow.dispose();
  }
}

/** Task: one method that has its scenarios from elsewhere than a flow, at a range of contexts. */
export async function decideMethod(
  work: Work,
  task: MethodTask,
  data: Dataset,
  train: TrainingSet,
): Promise<TensorFile> {
  const { seed, range, optima } = task;
  const { problem, evaluate, generator } = work.pipeline;
  const contexts = contextsOf(work, data, range.split);
  const method = plannedMethod(work.plan, task.method);
  const shared = {
    problem,
    contexts,
    range,
    evaluator: optima === null ? noEvaluator() : splitEvaluator(work, data, contexts, seed, optima),
    tails: tailMetrics(evaluate.metrics),
    pace: work.pace,
    onContext: decidingProgress(work),
  };
  if (method.how.kind === "equal_weights") {
    const decision = await leastNormDecision(work.backend, problem);
    return packDecided([await scoreFixedDecision(shared, method.id, decision)]);
  }
  const { source, decider, dispose } = await openSource(work, task, data, train);
  try {
    const decided = packDecided(
      await decideContexts({
        ...shared,
        decider: decider ?? work.decider,
        source,
        scenarios: generator.scenarios,
        variants: await variantsOf(work, task),
      }),
    );
    return await withDiagnosis(work, task, decided, source, data, train);
  } finally {
    await dispose();
  }
}

async function variantsOf(work: Work, { method, radii }: MethodTask): Promise<Variant[]> {
  if (radii === undefined) return [{ id: method, weights: null }];
  const variants: Variant[] = [];
  for (const radius of radii) {
    variants.push({ id: radiusVariant(radius), weights: null, decider: await work.robustDecider(radius) });
  }
  return variants;
}

interface OpenSource {
  readonly source: ScenarioSource;
  /** Where it is not the problem's own. */
  readonly decider?: Decider | null;
  dispose(): Promise<void>;
}

/** A source that holds nothing to let go of. */
function withoutModel(source: ScenarioSource, decider: Decider | null = null): OpenSource {
  return { source, decider, dispose: async () => {} };
}

async function openSource(work: Work, task: MethodTask, data: Dataset, train: TrainingSet): Promise<OpenSource> {
  const { seed, range, slot } = task;
  const { problem, generator } = work.pipeline;
  const { sizes } = problem;
  const { how, robust } = plannedMethod(work.plan, task.method);
  const scenarioStream = work.stream(seed, `scenarios/${range.split}`);
  const declared = outcomeRange(work.pipeline.data.fields, data.transforms.outcome);
  switch (how.kind) {
    case "saa":
      return withoutModel(empiricalSource(train));
    case "knn_saa":
      return withoutModel(neighbourSource(train, sizes, how.neighbours));
    case "mixture": {
      const { ambiguity } = work.pipeline;
      if (robust === true && isWidened(ambiguity)) {
        const streams = (purpose: string): RandomStream => work.stream(seed, purpose);
        const parts = { spec: how.spec, ambiguity, train, sizes, stream: streams, signal: work.signal };
        const ball = await keptBall(work, task.method, { seed, dataHash: data.dataHash }, parts);
        const drawn = samplerSource(ball, generator.scenarios, sizes, scenarioStream);
        return withoutModel(widenedSource(withinRange(drawn, declared), ball, sizes.context));
      }
      const fit = { seed, dataHash: data.dataHash };
      const { sampler } =
        task.left === undefined
          ? await keptMixture(work, task.method, how.spec, fit, train)
          : await fittedMixture(work, how.spec, seed, train);
      return withoutModel(withinRange(samplerSource(sampler, generator.scenarios, sizes, scenarioStream), declared));
    }
    case "fitted": {
      const onStep: TrainHooks["onStep"] = (step, total, loss) =>
        work.progress({ kind: "training", step, total, loss });
      const fit = { seed, dataHash: data.dataHash };
      const law =
        how.spec.kind === "gmm_nf" && task.left === undefined
          ? (await keptFlow(work, task.method, how.spec, fit, train, onStep)).law
          : await fitLaw(how.spec, train, sizes, (purpose) => work.stream(seed, purpose), {
              signal: work.signal,
              onStep,
            });
      const drawn = samplerSource(law, generator.scenarios, sizes, scenarioStream);
      return { source: withinRange(drawn, declared), dispose: () => law.dispose() };
    }
    case "weighted":
    case "rnw":
    case "robust": {
      const { scenarios, decider } = await openObserved(how, {
        problem,
        train,
        backend: work.backend,
        scenarios: generator.scenarios,
        declared,
        stream: (purpose) => work.stream(seed, purpose),
        signal: work.signal,
      });
      return withoutModel(observedSource(scenarios, sizes.context), decider);
    }
    case "oracle_saa": {
      const law = work.law(data, range.split, seed);
      return withoutModel(lawSource(law, generator.scenarios, sizes.context, work.stream(seed, "oracle")));
    }
    case "pto": {
      const model = await trainPredictor(work, seed, train, how, task.trial === true ? null : slot);
      if (seed === 0 && range.from === 0 && task.trial !== true) await keepPredictor(work, model);
      const fitted = await model.predict(train.contexts, train.rows);
      const cloud = residualCloud(fitted, train, sizes.outcome, generator.scenarios, work.stream(seed, "residuals"));
      return {
        source: withinRange(
          predictionSource((values, rows) => model.predict(values, rows), cloud, sizes),
          declared,
        ),
        dispose: () => model.dispose(),
      };
    }
    case "gen_dfl": {
      const model = await work.backend.loadFlow(neuralGenerator(generator), sizes, task.tensors!);
      const drawn = samplerSource(model, generator.scenarios, sizes, scenarioStream);
      return { source: withinRange(drawn, declared), dispose: () => model.dispose() };
    }
    case "uncertainty_set": {
      const model = openSetModel(how.spec.predictor, sizes, task.tensors!);
      return withoutModel(withinRange(setSource(model, sizes), declared), await setDecider(problem, model));
    }
    case "diff_dro":
    case "predictor": {
      const model = openCostPredictor(how.spec.predictor, sizes, task.tensors!);
      const cloud = await costCloud(problem, model, train, generator.scenarios, work.stream(seed, "residuals"));
      const source = predictionSource((values, rows) => model.predict(values, rows), cloud, sizes);
      const decider =
        task.strength === undefined ? null : await work.backend.createDecider(penalisedProblem(problem, task.strength));
      return { source: withinRange(source, declared), decider, dispose: () => model.dispose() };
    }
    default:
      throw new Error(`${task.method} has no scenario source of its own.`);
  }
}

/** The predictor of the first seed is an artefact of the run, as the sampler is. */
async function keepPredictor({ folder, pipeline }: Work, model: PointPredictor): Promise<void> {
  const made = provenance(pipeline);
  await folder.write("predictor.onnx", addOnnxMetadata(model.predictorOnnx(), made));
  await folder.writeTensors("predictor.safetensors", model.tensors, made);
}
