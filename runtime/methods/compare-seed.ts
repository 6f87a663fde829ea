import { evaluationContexts, type EvaluationContexts } from "../evaluate/contexts.ts";
import type { Evaluator } from "../evaluate/evaluator.ts";
import { decisionSensitivity } from "../evaluate/hardest.ts";
import { tailMetrics } from "../evaluate/score.ts";
import type { CheckpointSlot } from "../models/sampler.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import type { Backend, ModelTensors } from "./backend.ts";
import {
  decideContexts,
  packDecided,
  scoreFixedDecision,
  unpackDecided,
  type DecidedContexts,
  type Variant,
} from "./decide-contexts.ts";
import { leastNormDecision } from "./least-norm.ts";
import type { PlannedMethod } from "./plan.ts";
import type { Run } from "./run.ts";
import {
  empiricalSource,
  lawSource,
  neighbourSource,
  predictionSource,
  residualCloud,
  samplerSource,
  type ScenarioSource,
} from "./sources.ts";
import { decidingProgress, decisionWeights, openSplitEvaluator, referencesAt } from "./split-evaluator.ts";
import { trainPredictor } from "./train-models.ts";
import type { TrainedSeed } from "./train-seed.ts";

/** Every method's decisions and scores at one seed. */
export interface ComparedSeed {
  readonly seed: number;
  readonly contexts: EvaluationContexts;
  /** Expected loss of the best decision at each context. */
  readonly optimalExpected: Float64Array;
  /** Decision sensitivity of each context, for the hardest ones. */
  readonly hardness: Float64Array;
  /** By method id. */
  readonly decided: ReadonlyMap<string, DecidedContexts>;
}

/** A flow with the ways its scenarios are weighted; several methods may share one of them. */
interface FlowGroup {
  readonly name: string;
  readonly tensors: ModelTensors;
  readonly variants: Map<string, { readonly power: 0 | 1 | -1; readonly lambda: number; readonly methods: string[] }>;
}

/** Opens the evaluation split: decides and scores every method at every context. */
export async function compareSeed(run: Run, backend: Backend, trained: TrainedSeed): Promise<ComparedSeed> {
  const { pipeline, plan } = run;
  const { problem, evaluate } = pipeline;
  const { seed, data, train } = trained;
  const contexts = evaluationContexts(data, problem.sizes, evaluate.on, data.split[evaluate.on], evaluate.contexts);
  const evaluator = await openSplitEvaluator(run, data, contexts, seed);
  const decided = new Map<string, DecidedContexts>();

  for (const group of flowGroups(plan.methods, trained)) {
    const file = await flowUnit(run, backend, trained, contexts, evaluator, group);
    for (const [id, { methods }] of group.variants) {
      for (const method of methods) decided.set(method, unpackDecided(file, id));
    }
  }
  for (const method of plan.methods) {
    if (decided.has(method.id)) continue;
    const name = `${evaluate.on} ${method.id}`;
    // Said outside the unit, so that a resumed run says it too.
    if (method.how.kind === "knn_saa" && method.how.neighbours > train.rows) {
      run.warn("fewer-neighbours", { method: method.id, asked: method.how.neighbours, rows: train.rows });
    }
    const file = await run.units.unit({ seed, name, dataHash: data.dataHash }, (checkpoint) =>
      decideMethod({ run, backend, trained, contexts, evaluator, method, name, checkpoint }),
    );
    decided.set(method.id, unpackDecided(file, method.id));
  }
  return {
    seed,
    contexts,
    optimalExpected: evaluator.optimalExpected,
    hardness: decisionSensitivity(contexts, train, trained.squares, problem.sizes.context),
    decided,
  };
}

/** Which flow, weighted how, each flow method decides with. At strength 0 everything is the uniform flow. */
function flowGroups(methods: readonly PlannedMethod[], trained: TrainedSeed): FlowGroup[] {
  const groups = new Map<string, FlowGroup>();
  const add = (method: string, name: string, tensors: ModelTensors, power: 0 | 1 | -1, strength: number): void => {
    const group = groups.get(name) ?? { name, tensors, variants: new Map() };
    groups.set(name, group);
    const lambda = [...trained.selected.values()].find((chosen) => chosen.strength === strength)?.lambda ?? 0;
    const plain = power === 0 || strength === 0;
    const id = plain ? "plain" : `${power === 1 ? "w" : "inverse w"} ${strength}`;
    const variant = group.variants.get(id) ?? { power: plain ? 0 : power, lambda, methods: [] };
    group.variants.set(id, variant);
    variant.methods.push(method);
  };
  const uniform = trained.flows.get(0);
  for (const { id, how } of methods) {
    if (how.kind === "uniform_fm") add(id, "uniform_fm", uniform!, 0, 0);
    else if (how.kind === "dw_fm") {
      const { strength } = trained.selected.get(id)!;
      const name = strength === 0 ? "uniform_fm" : `dw_fm ${strength}`;
      add(id, name, trained.flows.get(strength)!, how.detilt ? -1 : 0, strength);
    } else if (how.kind === "placebo") {
      const { strength } = trained.selected.get(how.of)!;
      if (strength === 0) add(id, "uniform_fm", uniform!, 0, 0);
      else add(id, `placebo ${strength}`, trained.placebos.get(strength)!, 0, strength);
    } else if (how.kind === "reweighted") {
      add(id, "uniform_fm", uniform!, how.power, trained.selected.get(how.of)!.strength);
    }
  }
  return [...groups.values()];
}

/** Unit: one flow's scenarios, decided on in every way that a method asks for. */
async function flowUnit(
  run: Run,
  backend: Backend,
  { seed, data, train }: TrainedSeed,
  contexts: EvaluationContexts,
  evaluator: Evaluator,
  group: FlowGroup,
): Promise<TensorFile> {
  const { problem, evaluate } = run.pipeline;
  const { generator } = run.plan.flow!;
  const name = `${evaluate.on} ${group.name} (${[...group.variants.keys()].join(", ")})`;
  return run.units.unit({ seed, name, dataHash: data.dataHash }, async () => {
    const referenceAt = referencesAt(run, train, contexts);
    const variants: Variant[] = [...group.variants].map(([id, { power, lambda }]) => ({
      id,
      weights: power === 0 ? null : decisionWeights(run, referenceAt, contexts, lambda, power),
    }));
    const flow = await backend.loadFlow(generator, problem.sizes, group.tensors);
    try {
      return packDecided(
        await decideContexts({
          problem,
          decider: run.decider,
          contexts,
          evaluator,
          source: samplerSource(flow, generator.scenarios, problem.sizes, run.stream(seed, `scenarios/${evaluate.on}`)),
          scenarios: generator.scenarios,
          variants,
          tails: tailMetrics(evaluate.metrics),
          pace: run.pace,
          onContext: decidingProgress(run, seed, name, contexts.count),
        }),
      );
    } finally {
      await flow.dispose();
    }
  });
}

interface MethodTask {
  readonly run: Run;
  readonly backend: Backend;
  readonly trained: TrainedSeed;
  readonly contexts: EvaluationContexts;
  readonly evaluator: Evaluator;
  readonly method: PlannedMethod;
  readonly name: string;
  readonly checkpoint: CheckpointSlot;
}

/** One method that has its scenarios from elsewhere than a flow. */
async function decideMethod(task: MethodTask): Promise<TensorFile> {
  const { run, backend, trained, contexts, evaluator, method, name } = task;
  const { problem, evaluate } = run.pipeline;
  const shared = {
    problem,
    contexts,
    evaluator,
    tails: tailMetrics(evaluate.metrics),
    pace: run.pace,
    onContext: decidingProgress(run, trained.seed, name, contexts.count),
  };
  if (method.how.kind === "equal_weights") {
    const decision = await leastNormDecision(backend, problem);
    return packDecided([await scoreFixedDecision(shared, method.id, decision)]);
  }
  const { source, dispose } = await openSource(task);
  try {
    return packDecided(
      await decideContexts({
        ...shared,
        decider: run.decider,
        source,
        scenarios: run.pipeline.generator.scenarios,
        variants: [{ id: method.id, weights: null }],
      }),
    );
  } finally {
    await dispose();
  }
}

interface OpenSource {
  readonly source: ScenarioSource;
  dispose(): Promise<void>;
}

/** A source that holds nothing to let go of. */
function withoutModel(source: ScenarioSource): OpenSource {
  return { source, dispose: async () => {} };
}

async function openSource({ run, backend, trained, method, name, checkpoint }: MethodTask): Promise<OpenSource> {
  const { seed, data, train } = trained;
  const { problem, evaluate, generator } = run.pipeline;
  const { sizes } = problem;
  const { how } = method;
  const scenarioStream = run.stream(seed, `scenarios/${evaluate.on}`);
  switch (how.kind) {
    case "saa":
      return withoutModel(empiricalSource(train));
    case "knn_saa":
      return withoutModel(neighbourSource(train, sizes, how.neighbours));
    case "mixture": {
      const hooks = run.signal === undefined ? {} : { signal: run.signal };
      const sampler = await backend.fitMixture(how.spec, train, sizes, run.stream(seed, "mixture"), hooks);
      return withoutModel(samplerSource(sampler, generator.scenarios, sizes, scenarioStream));
    }
    case "oracle_saa": {
      const law = run.law(data, evaluate.on, seed);
      return withoutModel(lawSource(law, generator.scenarios, sizes.context, run.stream(seed, "oracle")));
    }
    case "pto": {
      const model = await trainPredictor({ run, backend, data, seed, name }, train, how, checkpoint);
      const fitted = await model.predict(train.contexts, train.rows);
      const cloud = residualCloud(fitted, train, sizes.outcome, generator.scenarios, run.stream(seed, "residuals"));
      return {
        source: predictionSource((values, rows) => model.predict(values, rows), cloud, sizes),
        dispose: () => model.dispose(),
      };
    }
    default:
      throw new Error(`${method.id} has no scenario source of its own.`);
  }
}
