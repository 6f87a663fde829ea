import type { Decider, ScenarioSet } from "../decide/types.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { Backend } from "../methods/backend.ts";
import { openCostPredictor, openSetModel } from "../dfl/index.ts";
import { costCloud } from "../methods/cost-cloud.ts";
import { penalisedProblem } from "../methods/diff-dro.ts";
import { setDecider } from "../methods/uncertainty-set.ts";
import { fitLaw, loadLaw } from "../methods/fitted-source.ts";
import { ballFile, ballMixtures, mixtureFile } from "../methods/kept-mixture.ts";
import { neighbourFinder } from "../methods/neighbours.ts";
import { isWidened, openMixtureBall } from "../methods/mixture-ball.ts";
import { openObserved } from "../methods/observed.ts";
import { outcomeRange, projectOnRange } from "../methods/outcome-range.ts";
import { rowsOf } from "../methods/reference.ts";
import { neuralGenerator, type MethodKind, type Plan, type PlannedMethod } from "../methods/plan.ts";
import { residualCloud } from "../methods/sources.ts";
import { floats } from "../methods/train-models.ts";
import { loadMixture } from "../models/mixture/stored.ts";
import { loadPredictor, type Predictor } from "../models/predictor/index.ts";
import type { ConditionalSampler, TrainingSet } from "../models/sampler.ts";
import { didYouMean } from "../errors/did-you-mean.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import type { Pipeline } from "../spec.ts";
import { randomStream, type RandomStream } from "../tensor/random.ts";
import { keptNormals } from "./fixed-stream.ts";
import { readOwn, type RunFiles } from "./run-files.ts";

/** A method's scenarios at a context as the model sees it: a function of the run and the context alone. */
export interface ScenarioDraw {
  /** The same set whatever the context. */
  readonly fixed: boolean;
  /** Where it is not the problem's own. */
  readonly decider?: Decider | null;
  draw(context: Float64Array): Promise<ScenarioSet>;
  dispose(): Promise<void>;
}

export interface DrawOptions {
  /** Scenarios a context, of methods that generate them. */
  readonly scenarios: number;
  /** Seed of the noise that scenarios are drawn from. */
  readonly seed: number;
}

/** What methods are opened from. */
export interface MethodParts {
  /** As it was run: `quick` applied. */
  readonly pipeline: Pipeline;
  readonly plan: Plan;
  readonly files: RunFiles;
  readonly backend: Backend;
  readonly train: () => Promise<TrainingSet>;
}

/** The methods of a run that decide from scenarios at new contexts: all but those that need the true law, or none. */
export function decidingMethods(plan: Plan): readonly PlannedMethod[] {
  return plan.methods.filter(({ how }) => how.kind !== "oracle_saa" && how.kind !== "equal_weights");
}

/** @throws RuntimeError run-method-unknown */
export function findMethod(plan: Plan, id: string, path: string): PlannedMethod {
  const methods = decidingMethods(plan);
  const found = methods.find((method) => method.id === id);
  if (found !== undefined) return found;
  const known = methods.map((method) => method.id);
  throw new RuntimeError(RUN_MESSAGES, "run-method-unknown", {
    path,
    method: id,
    suggestion: didYouMean(id, known),
    known: known.join(", "),
  });
}

/** Opens the source of a method's scenarios, trained by the first seed of the run. */
export async function openScenarios(
  parts: MethodParts,
  method: PlannedMethod,
  options: DrawOptions,
): Promise<ScenarioDraw> {
  const { pipeline, backend, files } = parts;
  const { sizes } = pipeline.problem;
  const { how } = method;
  switch (how.kind) {
    case "dw_fm":
    case "uniform_fm":
    case "placebo":
    case "reweighted": {
      const file = await readOwn(files, weightsFile(parts, method));
      const flow = await backend.loadFlow(parts.plan.flow!.generator, sizes, floats(file.tensors));
      return generated(parts, flow, options, () => flow.dispose());
    }
    case "mixture": {
      const { ambiguity } = pipeline;
      if (method.robust === true && isWidened(ambiguity)) {
        const streams = (purpose: string): RandomStream => randomStream(pipeline.seed, `replicate/0/${purpose}`);
        const train = await parts.train();
        const kept = ballFile(method.id, 0);
        const fitted =
          files.model.files?.[kept] === undefined ? [] : ballMixtures((await readOwn(files, kept)).tensors);
        const ball = await openMixtureBall({ spec: how.spec, ambiguity, train, sizes, stream: streams, fitted });
        const source = generated(parts, ball, options);
        return {
          ...source,
          draw: async (context) => ({ ...(await source.draw(context)), widening: ball.widening(context) }),
        };
      }
      const name = mixtureFile(method.id, 0);
      if (files.model.files?.[name] !== undefined)
        return generated(parts, loadMixture((await readOwn(files, name)).tensors, sizes), options);
      // A run of an earlier version kept no mixture: this is the stream that it fitted with at its first seed.
      const stream = randomStream(pipeline.seed, "replicate/0/mixture");
      return generated(parts, await backend.fitMixture(how.spec, await parts.train(), sizes, stream, {}), options);
    }
    case "fitted": {
      const name = mixtureFile(method.id, 0);
      if (how.spec.kind === "gmm_nf" && files.model.files?.[name] !== undefined) {
        const law = await loadLaw((await readOwn(files, name)).tensors, how.spec, sizes);
        return generated(parts, law, options, () => law.dispose());
      }
      // The streams that the run fitted with at its first seed.
      const fitted = (purpose: string): RandomStream => randomStream(pipeline.seed, `replicate/0/${purpose}`);
      const law = await fitLaw(how.spec, await parts.train(), sizes, fitted);
      return generated(parts, law, options, () => law.dispose());
    }
    case "gen_dfl": {
      const file = await readOwn(files, focusedFile(parts, method));
      const generator = neuralGenerator(pipeline.generator);
      const model = await backend.loadFlow(generator, sizes, floats(file.tensors));
      return generated(parts, model, options, () => model.dispose());
    }
    case "uncertainty_set": {
      const file = await readOwn(files, focusedFile(parts, method));
      const model = openSetModel(how.spec.predictor, sizes, floats(file.tensors));
      return {
        fixed: false,
        draw: async (context) => ({ count: 1, outcomes: model.at(context).centre }),
        decider: await setDecider(pipeline.problem, model),
        dispose: async () => {},
      };
    }
    case "diff_dro":
    case "predictor": {
      const file = await readOwn(files, focusedFile(parts, method));
      const model = openCostPredictor(how.spec.predictor, sizes, floats(file.tensors));
      const residuals = randomStream(options.seed, "decide/residuals");
      const cloud = await costCloud(pipeline.problem, model, await parts.train(), options.scenarios, residuals);
      const strength = file.metadata["layer"];
      const decider =
        strength === undefined
          ? null
          : await backend.createDecider(penalisedProblem(pipeline.problem, Number(strength)));
      return { ...around(parts, model, cloud), decider };
    }
    case "weighted":
    case "rnw":
    case "robust": {
      const { scenarios, decider } = await openObserved(how, {
        problem: pipeline.problem,
        train: await parts.train(),
        backend,
        scenarios: pipeline.generator.scenarios,
        declared: outcomeRange(pipeline.data.fields, files.model.outcome),
        stream: (purpose) => randomStream(pipeline.seed, `replicate/0/${purpose}`),
      });
      const { fixed } = scenarios;
      return { fixed, decider, draw: async (context) => scenarios.at(context), dispose: async () => {} };
    }
    case "pto":
      return predicted(parts, how, options);
    case "saa": {
      const train = await parts.train();
      const all: ScenarioSet = { count: train.rows, outcomes: train.outcomes };
      return { fixed: true, draw: async () => all, dispose: async () => {} };
    }
    case "knn_saa": {
      const train = await parts.train();
      const finder = neighbourFinder(train, sizes.context);
      return {
        fixed: false,
        draw: async (context) => rowsOf(train, sizes.outcome, finder.nearest(context, how.neighbours)),
        dispose: async () => {},
      };
    }
    default:
      throw new Error(`${method.id} has no scenarios.`);
  }
}

/** The file of the weights of a method that was trained for its decisions, at the first seed. */
function focusedFile({ files }: MethodParts, { id }: PlannedMethod): string {
  return id === files.model.method ? "weights.safetensors" : `weights/${id}-seed-0.safetensors`;
}

/** The file of a flow's weights at the first seed. A placebo of strength 0 and a reweighted flow are the uniform one. */
function weightsFile({ plan, files }: MethodParts, method: PlannedMethod): string {
  const { how } = method;
  const strength = files.model.methods?.[how.kind === "placebo" ? how.of : method.id]?.strength ?? 0;
  const uniform = how.kind === "reweighted" || (how.kind === "placebo" && strength === 0);
  const id = uniform ? plan.methods.find((known) => known.how.kind === "uniform_fm")!.id : method.id;
  return id === files.model.method ? "weights.safetensors" : `weights/${id}-seed-0.safetensors`;
}

function generated(
  { pipeline, files }: MethodParts,
  sampler: ConditionalSampler,
  { scenarios: count, seed }: DrawOptions,
  dispose: () => Promise<void> = async () => {},
): ScenarioDraw {
  const declared = outcomeRange(pipeline.data.fields, files.model.outcome);
  const stream = keptNormals(randomStream(seed, "decide"));
  return {
    fixed: false,
    async draw(context) {
      const outcomes = await sampler.sample(context, 1, count, stream);
      if (declared !== null) projectOnRange(declared, outcomes);
      return { count, outcomes };
    },
    dispose,
  };
}

/** The prediction at the context with the cloud of training residuals around it. */
async function predicted(
  parts: MethodParts,
  how: Extract<MethodKind, { kind: "pto" }>,
  { scenarios, seed }: DrawOptions,
): Promise<ScenarioDraw> {
  const { pipeline, files } = parts;
  const { sizes } = pipeline.problem;
  const file = await readOwn(files, "predictor.safetensors");
  const { generator } = pipeline;
  const activation = generator.kind === "flow_matching" ? generator.activation : "relu";
  const model = loadPredictor({ hidden: how.hidden, activation }, sizes, floats(file.tensors));
  const train = await parts.train();
  const fitted = await model.predict(train.contexts, train.rows);
  return around(
    parts,
    model,
    residualCloud(fitted, train, sizes.outcome, scenarios, randomStream(seed, "decide/residuals")),
  );
}

/** Scenarios that are a prediction and a cloud around it, the same at every context. */
function around({ pipeline, files }: MethodParts, model: Predictor, cloud: Float64Array): ScenarioDraw {
  const d = pipeline.problem.sizes.outcome;
  const declared = outcomeRange(pipeline.data.fields, files.model.outcome);
  return {
    fixed: false,
    async draw(context) {
      const prediction = await model.predict(context, 1);
      const outcomes = cloud.slice();
      for (let i = 0; i < outcomes.length; i++) outcomes[i]! += prediction[i % d]!;
      if (declared !== null) projectOnRange(declared, outcomes);
      return { count: outcomes.length / d, outcomes };
    },
    dispose: () => model.dispose(),
  };
}
