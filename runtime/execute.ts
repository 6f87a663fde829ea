import { RuntimeError } from "./errors/runtime-error.ts";
import { sliceBounds } from "./evaluate/contexts.ts";
import { gatherDiagnostics, gatherTheory, warnOfDiagnoses } from "./evaluate/generator/gather.ts";
import { summarise } from "./evaluate/summary.ts";
import type { Backend } from "./methods/backend.ts";
import { compareSeed, type ComparedSeed } from "./methods/compare-seed.ts";
import { openCrew, type Crew } from "./methods/crew.ts";
import { curvesOf, untaughtOf } from "./methods/learning-curves.ts";
import { isFocused, type Plan } from "./methods/plan.ts";
import type { Run, Workshop } from "./methods/run.ts";
import { everyMethod, isTuned } from "./methods/planned.ts";
import { trainingGroups } from "./methods/train-groups.ts";
import { trainSeed, type TrainedSeed } from "./methods/train-seed.ts";
import { openWorkshop, replicateOf } from "./methods/workshop.ts";
import type { RunOptions } from "./options.ts";
import { runAll } from "./pool/run-all.ts";
import { settingsOf } from "./report/settings.ts";
import { RESULTS_VERSION, type RunResult, type RunWarning } from "./report/results.ts";
import { writeArtefacts } from "./runs/artefacts.ts";
import { effectivePipeline } from "./runs/effective.ts";
import type { EventLog } from "./runs/event-log.ts";
import { RUN_MESSAGES } from "./runs/messages.ts";
import { openToldUnits, recordRun } from "./runs/record-run.ts";
import type { Pipeline } from "./spec.ts";
import { randomStream } from "./tensor/random.ts";

/** Rank of the warnings that follow from the spec alone; those of the summary come after every seed's. */
const FIRST = -1;

/** Share of values moved into the declared range from which a run says so: fewer are what a tail of any generator does. */
const MOVED_WORTH_SAYING = 1e-3;

/**
 * Runs a pipeline with the given parts. In this order: the plan; then for every seed data, references, weights, training
 * and the choice on validation; then, and only then, the evaluation split, again for every seed; then the summary and
 * the files of the run. Seeds, and the tasks within a seed, are done several at once where there are workers; what is
 * computed does not depend on it.
 */
export async function execute(pipeline: Pipeline, options: RunOptions, backend: Backend): Promise<RunResult> {
  const started = performance.now();
  const effective = effectivePipeline(pipeline, options);
  const workshop = await openWorkshop(effective, backend, {
    runFolder: options.runFolder,
    allow: options.allow ?? [],
  });
  checkEvaluator(effective);
  return recordRun(options, started, async (_folder, log) => {
    const crew = openCrew(workshop, options);
    try {
      const run = openRun(workshop, options, crew, log);
      const { plan } = workshop;
      sayWhatMatters(effective, options, log);

      const seeds = Array.from({ length: effective.evaluate.seeds }, (_, seed) => seed);
      const phase = <T, R>(items: readonly T[], order: number, work: (own: Run, item: T) => Promise<R>): Promise<R[]> =>
        runAll(
          items,
          crew.jobs,
          (item, signal, k) => work({ ...run, signal, warn: log.warnAt(order * seeds.length + k) }, item),
          options.signal,
        );
      const trained = await phase(seeds, 0, trainSeed);
      const compared = await phase(trained, 1, compareSeed);

      const result = summariseRun(effective, plan, options, trained, compared, log);
      await writeArtefacts({ pipeline, run, backend, quick: options.quick === true, result, trained, compared });
      return result;
    } finally {
      await crew.close();
    }
  });
}

function openRun(workshop: Workshop, options: RunOptions, crew: Crew, log: EventLog): Run {
  const { pipeline, plan, folder } = workshop;
  const { seeds } = pipeline.evaluate;
  const expected = expectedUnits(plan, pipeline, seeds);
  const methods = plan.methods.map((method) => method.id);
  const units = openToldUnits(folder, log, { pipeline, seeds, methods, units: expected }, options);
  const told = new Set<number>();
  return {
    ...workshop,
    units,
    jobs: crew.jobs,
    signal: options.signal ?? new AbortController().signal,
    perform: (task, hooks) => crew.run(task, hooks),
    emit: log.emit,
    warn: log.warnAt(FIRST),
    async load(seed) {
      const data = await workshop.load(seed);
      const replicate = replicateOf(pipeline, seed);
      if (told.has(replicate)) return data;
      told.add(replicate);
      const { train, validation, test } = data.split;
      const rows = { train: train.length, validation: validation.length, test: test.length };
      log.emit({ kind: "data", seed, ...rows, dataHash: data.dataHash });
      return data;
    },
  };
}

/** Units that a run has at most; some are shared or fall away once strengths are chosen. */
function expectedUnits(plan: Plan, pipeline: Pipeline, seeds: number): number {
  const { flow, methods, strengths } = plan;
  const grid = flow === null ? 0 : flow.train.strength.grid.length;
  const choices = grid > 1 ? grid : 0;
  const flowKinds = ["dw_fm", "placebo", "uniform_fm"];
  // Each is decided on and, apart from that, diagnosed.
  const flowGroups = methods.filter((method) => flowKinds.includes(method.how.kind)).length;
  const placebos = methods.filter((method) => method.how.kind === "placebo").length;
  const others = methods.filter((method) => ![...flowKinds, "reweighted"].includes(method.how.kind)).length;
  const trainings =
    flow === null ? 0 : trainingGroups(strengths, flow.generator, flow.train, pipeline.problem.sizes).length;
  // References and optima are found once for data that are the same for every seed.
  const references = pipeline.data.source.kind === "synthetic" ? seeds : 1;
  const optima = choices > 0 ? 2 : 1;
  const focused = everyMethod(plan).filter(isFocused).length;
  const tuned = methods.filter(isTuned).length;
  const radii = (pipeline.ambiguity?.radii.length ?? 0) > 1 ? 1 : 0;
  return (
    seeds * (trainings + choices + radii + placebos + 2 * flowGroups + others + focused + tuned) + references + optima
  );
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
  const warn = log.warnAt(FIRST);
  if (options.quick === true) warn("quick-run", {});
  if (evaluate.seeds === 1) warn("single-seed", {});
  if (generator.kind === "flow_matching" && generator.solver === "euler" && generator.odeSteps === 1) {
    warn("one-step-sampler", {});
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
  for (const { label, moved } of summary.methods) {
    if (moved < MOVED_WORTH_SAYING) continue;
    log.warnAt(Infinity)("scenarios-out-of-range", { method: label, share: Number((100 * moved).toPrecision(2)) });
  }
  for (const untaught of untaughtOf(plan, trained)) log.warnAt(Infinity)("training-taught-nothing", untaught);
  for (const method of summary.methods) {
    if (method.unsolved === 0) continue;
    const total = contexts.count * compared.length;
    log.warnAt(Infinity)("unsolved-decisions", { method: method.label, count: method.unsolved, total });
  }
  const diagnostics = gatherDiagnostics(plan.methods, compared, data.outcomeNames);
  const theory = gatherTheory(plan.methods, compared);
  warnOfDiagnoses(log.warnAt(Infinity), plan.methods, diagnostics, theory);
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
    ...(pipeline.ambiguity === undefined
      ? {}
      : { radii: trained.flatMap(({ radius }) => (radius === null ? [] : [radius])) }),
    ...(plan.methods.some(isTuned)
      ? { tuning: trained.flatMap(({ tuned }) => [...tuned.values()].map(({ report }) => report)) }
      : {}),
    ...curvesOf(plan, trained),
    weights: trained.flatMap((seed) => seed.weights),
    diagnostics,
    theory,
    settings: settingsOf(pipeline, contexts.count, ordered),
    warnings,
  };
}
