import { evaluatorRows, rowsOfData, samplerLaw, truthLaw } from "./methods/laws.ts";
import type { Dataset } from "./data/dataset.ts";
import { RuntimeError } from "./errors/runtime-error.ts";
import type { EvaluationLaw } from "./evaluate/evaluator.ts";
import { sliceBounds } from "./evaluate/contexts.ts";
import { summarise } from "./evaluate/summary.ts";
import type { Backend } from "./methods/backend.ts";
import { compareSeed, type ComparedSeed } from "./methods/compare-seed.ts";
import { startPace } from "./methods/pace.ts";
import { planMethods, type Plan } from "./methods/plan.ts";
import type { Run } from "./methods/run.ts";
import { trainSeed, type TrainedSeed } from "./methods/train-seed.ts";
import type { RunOptions } from "./options.ts";
import { resultTable } from "./report/table.ts";
import { settingsOf } from "./report/settings.ts";
import { RESULTS_VERSION, type RunResult, type RunWarning } from "./report/results.ts";
import { writeArtefacts } from "./runs/artefacts.ts";
import { effectivePipeline, rootFolder } from "./runs/effective.ts";
import { openEventLog, type EventLog } from "./runs/event-log.ts";
import { pipelineIdentity } from "./runs/identity.ts";
import { RUN_MESSAGES } from "./runs/messages.ts";
import { openRunFolder } from "./runs/run-folder.ts";
import { openUnits } from "./runs/units.ts";
import type { Pipeline } from "./spec.ts";
import { randomStream } from "./tensor/random.ts";

/** Training steps between checkpoints: a few seconds of work. */
const CHECKPOINT_STEPS = 2000;

/**
 * Runs a pipeline with the given parts. In this order: the plan; then for every seed data, references, weights, training
 * and the choice on validation; then, and only then, the evaluation split, again for every seed; then the summary and
 * the files of the run.
 */
export async function execute(pipeline: Pipeline, options: RunOptions, backend: Backend): Promise<RunResult> {
  const started = performance.now();
  const effective = effectivePipeline(pipeline, options);
  const plan = planMethods(effective);
  checkEvaluator(effective);
  const folder = await openRunFolder(options.runFolder);
  const log = openEventLog(folder, options.onEvent);
  try {
    const run = await openRun(effective, plan, options, backend, folder, log);
    if (options.spec !== undefined) await folder.write("spec.dro", options.spec);
    if (options.ir !== undefined) await folder.write("ir.json", options.ir);
    sayWhatMatters(effective, options, log);

    const trained: TrainedSeed[] = [];
    for (let seed = 0; seed < effective.evaluate.seeds; seed++) trained.push(await trainSeed(run, backend, seed));
    const compared: ComparedSeed[] = [];
    for (const seed of trained) compared.push(await compareSeed(run, backend, seed));

    const result = summariseRun(effective, plan, options, trained, compared, log);
    await writeArtefacts({ pipeline, run, backend, quick: options.quick === true, result, trained, compared });
    const table = resultTable(result);
    log.emit({ kind: "table", columns: table.columns, rows: table.rows });
    const milliseconds = performance.now() - started;
    log.emit({ kind: "finished", runFolder: options.runFolder, report: "report.html", milliseconds });
    return result;
  } finally {
    await log.flush();
  }
}

async function openRun(
  pipeline: Pipeline,
  plan: Plan,
  options: RunOptions,
  backend: Backend,
  folder: Run["folder"],
  log: EventLog,
): Promise<Run> {
  const seeds = pipeline.evaluate.seeds;
  let done = 0;
  const units = openUnits(folder, {
    identity: pipelineIdentity(pipeline),
    checkpointSteps: CHECKPOINT_STEPS,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onUnit({ key, cached, milliseconds }) {
      done++;
      const total = Math.max(done, expectedUnits(plan, seeds));
      log.emit({ kind: "unit", seed: key.seed, unit: key.name, cached, milliseconds, done, total });
    },
  });
  const datasets = new Map<number, Promise<Dataset>>();
  const laws = new Map<string, EvaluationLaw>();
  const synthetic = pipeline.data.source.kind === "synthetic";
  log.emit({
    kind: "started",
    model: pipeline.name,
    runFolder: options.runFolder,
    seeds,
    methods: plan.methods.map((method) => method.id),
    units: expectedUnits(plan, seeds),
  });
  const load = async (seed: number): Promise<Dataset> => {
    // A file is the same for every seed; a task draws new training rows for each.
    const replicate = synthetic ? seed : 0;
    const found = datasets.get(replicate);
    if (found !== undefined) return found;
    const loading = backend.loadData(pipeline.data, pipeline.problem.sizes, {
      root: rootFolder(pipeline.root),
      allow: options.allow ?? [],
      seed: pipeline.seed,
      replicate,
    });
    datasets.set(replicate, loading);
    const data = await loading;
    const { train, validation, test } = data.split;
    const rows = { train: train.length, validation: validation.length, test: test.length };
    log.emit({ kind: "data", seed, ...rows, dataHash: data.dataHash });
    return data;
  };
  const law = (data: Dataset, split: "validation" | "test", seed: number): EvaluationLaw => {
    const { truth } = data;
    if (pipeline.evaluate.evaluator.kind === "truth" && truth !== null) return truthLaw(truth);
    const key = `${split} ${synthetic ? seed : 0}`;
    const { sizes } = pipeline.problem;
    const rows = evaluatorRows(data, split);
    const found = laws.get(key) ?? samplerLaw(backend.fitResidualBootstrap(rowsOfData(data, sizes, rows), sizes));
    laws.set(key, found);
    return found;
  };
  return {
    pipeline,
    plan,
    folder,
    units,
    decider: await backend.createDecider(pipeline.problem),
    pace: startPace(options.signal),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    emit: log.emit,
    warn: log.warn,
    scenarios: new Map(),
    load,
    stream: (seed, purpose) => randomStream(pipeline.seed, `replicate/${seed}/${purpose}`),
    law,
  };
}

/** Units that a run has at most; some are shared or fall away once strengths are chosen. */
function expectedUnits(plan: Plan, seeds: number): number {
  const { flow, methods, strengths } = plan;
  const grid = flow === null ? 0 : flow.train.strength.grid.length;
  const choices = grid > 1 ? grid : 0;
  const flowKinds = ["dw_fm", "placebo", "uniform_fm"];
  const flowGroups = methods.filter((method) => flowKinds.includes(method.how.kind)).length;
  const placebos = methods.filter((method) => method.how.kind === "placebo").length;
  const others = methods.filter((method) => ![...flowKinds, "reweighted"].includes(method.how.kind)).length;
  return seeds * (1 + strengths.length + choices + placebos + flowGroups + others) + (choices > 0 ? 2 : 1);
}

/** The law that regret is measured under must exist. */
function checkEvaluator(pipeline: Pipeline): void {
  if (pipeline.evaluate.evaluator.kind === "truth" && pipeline.data.source.kind !== "synthetic") {
    throw new RuntimeError(
      RUN_MESSAGES,
      "method-needs-truth",
      { method: "evaluator: truth" },
      { place: pipeline.data.source.at },
    );
  }
}

/** Warnings that follow from the spec alone. */
function sayWhatMatters(pipeline: Pipeline, options: RunOptions, log: EventLog): void {
  const { generator, evaluate } = pipeline;
  if (options.quick === true) log.warn("quick-run", {});
  if (evaluate.seeds === 1) log.warn("single-seed", {});
  if (generator.kind === "flow_matching" && generator.solver === "euler" && generator.odeSteps === 1) {
    log.warn("one-step-sampler", {});
  }
}

function summariseRun(
  pipeline: Pipeline,
  plan: Plan,
  options: RunOptions,
  trained: readonly TrainedSeed[],
  compared: readonly ComparedSeed[],
  log: EventLog,
): RunResult {
  const { data } = trained[0]!;
  const { contexts } = compared[0]!;
  const { evaluate } = pipeline;
  const ordered = pipeline.data.split.kind === "chronological";
  const summary = summarise(plan.methods, compared, {
    metrics: evaluate.metrics,
    slices: evaluate.slices,
    stream: randomStream(pipeline.seed, "bootstrap"),
    ordered,
  });
  for (const method of summary.methods) {
    if (method.unsolved === 0) continue;
    const total = contexts.count * compared.length;
    log.warn("unsolved-decisions", { method: method.label, count: method.unsolved, total });
  }
  const warnings: readonly RunWarning[] = log.warnings;
  const { source } = pipeline.data;
  const { train, validation, test } = data.split;
  return {
    version: RESULTS_VERSION,
    model: pipeline.name,
    irHash: pipeline.irHash,
    drocVersion: pipeline.drocVersion,
    seed: pipeline.seed,
    seeds: evaluate.seeds,
    quick: options.quick === true,
    data: {
      name: pipeline.data.name,
      source: source.kind === "synthetic" ? `synthetic ${source.task}` : `${source.kind} ${source.path}`,
      hash: data.dataHash,
      train: train.length,
      validation: validation.length,
      test: test.length,
      notes: data.notes,
    },
    evaluator: {
      kind: evaluate.evaluator.kind,
      scenarios: evaluate.evaluator.scenarios,
      note:
        evaluate.evaluator.kind === "truth"
          ? "The task's own conditional law; every method is measured under the same scenarios."
          : "Location–scale regression with resampled residuals, fitted on all rows for the comparison and on train and validation rows for the choice of the strength; never shown to a method.",
    },
    contexts: {
      split: contexts.split,
      rows: Array.from(contexts.rows),
      labels: Array.from(contexts.rows, (row) => data.index[row]!),
      slices: evaluate.slices > 1 ? sliceBounds(contexts.count, evaluate.slices) : [],
    },
    metrics: summary.metrics.map(({ id, label, better }) => ({ id, label, better })),
    methods: summary.methods,
    comparisons: summary.comparisons,
    selection: trained.flatMap((seed) => seed.selection),
    weights: trained.flatMap((seed) => seed.weights),
    settings: settingsOf(pipeline, contexts.count, ordered),
    warnings,
  };
}
