import type { DecisionAnswer, Decider, ScenarioSet } from "../decide/types.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { Backend } from "../methods/backend.ts";
import { readsContext } from "../methods/context-use.ts";
import { planMethods, type PlannedMethod } from "../methods/plan.ts";
import { robustProblem } from "../methods/radius-variant.ts";
import { fittedReference } from "../methods/reference.ts";
import { sensitivities } from "../methods/weights.ts";
import type { TrainingSet } from "../models/sampler.ts";
import { effectivePipeline } from "../runs/effective.ts";
import { specIdentity } from "../runs/identity.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import { readModelFile, transformContext, type ModelFile } from "../runs/model-file.ts";
import type { Pipeline } from "../spec.ts";
import { readTrainingRows } from "./run-files.ts";
import { findMethod, openScenarios, type MethodParts } from "./scenarios.ts";

/** Which of a run's methods decides, and on what. */
export interface MethodOptions {
  /** A method of the run; the trained one unless given. */
  readonly method?: string;
  /** Scenarios a context; those of the spec unless given. */
  readonly scenarios?: number;
  /** Seed of the noise that scenarios are drawn from; the spec's unless given. */
  readonly seed?: number;
}

/**
 * Decides at raw contexts with one method of a finished run. An answer is a function of the run, the options and the
 * context alone, to the last bit: each context gets the same noise, and each solve starts from the same decision.
 */
export interface MethodDecider {
  readonly method: string;
  /** @throws RuntimeError context-size, and what the decider throws; infeasible and unbounded are answers */
  decide(raw: Float64Array): Promise<DecisionAnswer>;
  dispose(): Promise<void>;
}

/**
 * The model file of a finished run of this pipeline.
 * @throws RuntimeError no-finished-run, run-of-another-model, run-folder-damaged
 */
export async function readFinishedRun(pipeline: Pipeline, runFolder: string): Promise<ModelFile> {
  const model = await readModelFile(runFolder);
  if (model === null) {
    throw new RuntimeError(RUN_MESSAGES, "no-finished-run", { path: runFolder, model: pipeline.name });
  }
  if (model.identity !== specIdentity(pipeline)) {
    throw new RuntimeError(RUN_MESSAGES, "run-of-another-model", { path: runFolder, model: pipeline.name });
  }
  return model;
}

/** Checks that the run is finished and has the method. @throws RuntimeError as `openMethodDecider` does for those */
export async function checkMethod(pipeline: Pipeline, runFolder: string, options: MethodOptions): Promise<void> {
  const model = await readFinishedRun(pipeline, runFolder);
  findMethod(planMethods(pipeline), options.method ?? model.method, runFolder);
}

/**
 * Opens a method of a finished run.
 * @throws RuntimeError what `readFinishedRun` throws, run-method-unknown, artefact-of-another-spec, artefact-changed
 */
export async function openMethodDecider(
  pipeline: Pipeline,
  runFolder: string,
  backend: Backend,
  options: MethodOptions = {},
): Promise<MethodDecider> {
  const model = await readFinishedRun(pipeline, runFolder);
  const effective = effectivePipeline(pipeline, { quick: model.quick });
  const plan = planMethods(effective);
  const { problem } = effective;
  const { context: p } = problem.sizes;
  const files = { folder: runFolder, pipeline, model };
  let rows: Promise<TrainingSet> | null = null;
  const train = (): Promise<TrainingSet> => (rows ??= readTrainingRows(files));
  const parts: MethodParts = { pipeline: effective, plan, files, backend, train };
  const method = asChosen(findMethod(plan, options.method ?? model.method, runFolder), model);
  const nominal = await backend.createDecider(problem);
  const { radius } = model;
  const robust =
    method.robust === true && radius !== undefined
      ? await backend.createDecider(robustProblem(effective, radius))
      : null;
  const source = await openScenarios(parts, method, {
    scenarios: options.scenarios ?? effective.generator.scenarios,
    seed: options.seed ?? pipeline.seed,
  });
  const decider = robust ?? source.decider ?? nominal;
  const weigh = await openWeights(parts, method, nominal);

  const fixed = source.fixed && weigh === null && !(await readsContexts(parts));
  let only: DecisionAnswer | null = null;
  const decideAt = async (raw: Float64Array): Promise<DecisionAnswer> => {
    if (only !== null) return only;
    const context = transformContext(model.context, raw);
    const drawn = await source.draw(context);
    const scenarios = weigh === null ? drawn : { ...drawn, weights: weigh(drawn, context) };
    const answer = decider.decide(scenarios, context);
    if (fixed) only = answer;
    return answer;
  };
  // Sampler and solver own their working memory: calls that come at once wait for each other.
  let last: Promise<unknown> = Promise.resolve();
  return {
    method: method.id,
    decide(raw) {
      if (raw.length !== p) {
        const args = { given: raw.length, expected: p, model: pipeline.name };
        return Promise.reject(new RuntimeError(RUN_MESSAGES, "context-size", args));
      }
      const answer = last.then(() => decideAt(raw));
      last = answer.then(passed, passed);
      return answer;
    },
    async dispose() {
      await last;
      await source.dispose();
    },
  };
}

/** A method that has several settings as the run's first seed took it, under its own name. */
function asChosen(method: PlannedMethod, { tuned }: ModelFile): PlannedMethod {
  if (method.how.kind !== "tuned") return method;
  const chosen = method.how.candidates.find(({ id }) => id === tuned?.[method.id]);
  if (chosen === undefined) throw new Error(`the run does not say which setting ${method.id} took`);
  return { ...chosen, id: method.id };
}

/** The next call does not care how the one before it ended: whoever made that one is told. */
function passed(): void {}

async function readsContexts({ pipeline, train }: MethodParts): Promise<boolean> {
  const { outcomes, rows } = await train();
  return readsContext(pipeline.problem, outcomes, rows);
}

type Weigh = (scenarios: ScenarioSet, context: Float64Array) => Float64Array;

/** Scenario weights `ŵ^power` around the reference decision fitted on all training rows; `null` weighs all alike. */
async function openWeights(parts: MethodParts, method: PlannedMethod, decider: Decider): Promise<Weigh | null> {
  const { pipeline, plan, files } = parts;
  const { problem } = pipeline;
  const { how } = method;
  const power = how.kind === "dw_fm" && how.detilt ? -1 : how.kind === "reweighted" ? how.power : 0;
  if (power === 0) return null;
  const id = how.kind === "reweighted" ? how.of : method.id;
  const { lambda } = files.model.methods?.[id] ?? files.model;
  // Without a start from the context asked before, a reference does not depend on the order of contexts.
  const cold: Decider = { decide: (scenarios, context) => decider.decide(scenarios, context) };
  const referenceAt = fittedReference(problem, cold, plan.reference, await parts.train());
  return ({ outcomes, count }, context) =>
    sensitivities(problem, referenceAt(context), outcomes, count, context).map((square) =>
      power === 1 ? 1 + lambda * square : 1 / (1 + lambda * square),
    );
}
