import type { Dataset } from "../data/dataset.ts";
import { evaluationContexts } from "../evaluate/contexts.ts";
import { warnOfDiagnosis } from "../evaluate/generator/gather.ts";
import { DIAGNOSIS } from "../evaluate/generator/diagnose.ts";
import type { Backend, ModelTensors } from "../methods/backend.ts";
import { rowsOfData } from "../methods/laws.ts";
import { throttled } from "../methods/pace.ts";
import { floats } from "../methods/train-models.ts";
import type { RunOptions } from "../options.ts";
import type { RunResult } from "../report/results.ts";
import { QUICK, rootFolder } from "../runs/effective.ts";
import type { EventLog } from "../runs/event-log.ts";
import { openToldUnits, recordRun } from "../runs/record-run.ts";
import { checkpointSlot, type RunFolder } from "../runs/run-folder.ts";
import type { UnitStore } from "../runs/units.ts";
import type { GeneratorSpec } from "../spec.ts";
import { randomStream } from "../tensor/random.ts";
import { writeGenerationArtefacts } from "./artefacts.ts";
import { measureLaw, type MeasuredLaw } from "./measure.ts";
import { generationMethods, isNeural, openLaw, type GenerationMethod, type OpenLaw } from "./methods.ts";
import { summariseGeneration } from "./results.ts";
import type { GenerationPipeline } from "./spec.ts";

/** Training steps between checkpoints: a few seconds of work. */
const CHECKPOINT_STEPS = 2000;

/** What one seed found, by method. */
export interface GenerationSeed {
  readonly seed: number;
  readonly data: Dataset;
  readonly measured: ReadonlyMap<string, MeasuredLaw>;
}

/**
 * Runs a pipeline that decides nothing. For every seed: data, training of each generator, scenarios at the held-out rows,
 * and the distances between the two; then the summary, samples, weights and sampler of the first seed, and the report.
 * Training is kept in the run folder as it is finished, and gone on with from its last checkpoint.
 *
 * @throws RuntimeError for wrong data, rows that cannot be trained on, a folder that cannot be written
 * @throws the signal's reason where `options.signal` aborts
 */
export async function executeGeneration(
  pipeline: GenerationPipeline,
  options: RunOptions,
  backend: Backend,
): Promise<RunResult> {
  const started = performance.now();
  const effective = shortened(pipeline, options);
  const methods = generationMethods(effective);
  return recordRun(options, started, async (folder, log) => {
    const { seeds } = effective.evaluate;
    const warn = log.warnAt(-1);
    if (options.quick === true) warn("quick-run", {});
    if (seeds === 1) warn("single-seed", {});
    const work = openWork(effective, methods, options, backend, folder, log);
    const found: GenerationSeed[] = [];
    for (let seed = 0; seed < seeds; seed++) found.push(await runSeed(work, seed));

    const result = summariseGeneration(effective, methods, found, {
      quick: options.quick === true,
      warnings: () => log.warnings,
      warn: (trained) => warnOfDiagnosis(log.warnAt(seeds), trained.method, trained),
    });
    await writeGenerationArtefacts({ pipeline, folder, methods, found, result, backend, open: work.open });
    return result;
  });
}

interface Work {
  readonly pipeline: GenerationPipeline;
  readonly methods: readonly GenerationMethod[];
  load(seed: number): Promise<Dataset>;
  /** The law of a method at a seed, trained where the folder does not hold it. */
  open(method: GenerationMethod, seed: number, data: Dataset): Promise<OpenLaw>;
}

function openWork(
  pipeline: GenerationPipeline,
  methods: readonly GenerationMethod[],
  options: RunOptions,
  backend: Backend,
  folder: RunFolder,
  log: EventLog,
): Work {
  const { seeds } = pipeline.evaluate;
  const signal = options.signal ?? new AbortController().signal;
  const total = seeds * methods.filter(({ generator }) => isNeural(generator)).length;
  const ids = methods.map(({ id }) => id);
  const units = openToldUnits(folder, log, { pipeline, seeds, methods: ids, units: total }, options);
  return {
    pipeline,
    methods,
    async load(seed) {
      const replicate = pipeline.data.source.kind === "synthetic" ? seed : 0;
      const data = await backend.loadData(
        pipeline.data,
        { ...pipeline.sizes, decision: 0 },
        { root: rootFolder(pipeline.root), allow: options.allow ?? [], seed: pipeline.seed, replicate },
      );
      const { train, validation, test } = data.split;
      const rows = { train: train.length, validation: validation.length, test: test.length };
      log.emit({ kind: "data", seed, ...rows, dataHash: data.dataHash });
      return data;
    },
    async open(method, seed, data) {
      const stream = (purpose: string): ReturnType<typeof randomStream> =>
        randomStream(pipeline.seed, `replicate/${seed}/${purpose}`);
      const train = rowsOfData(data, pipeline.sizes, data.split.train);
      const tensors = isNeural(method.generator)
        ? await trainedTensors({ pipeline, units, backend, folder, log, signal }, method, seed, data)
        : null;
      return openLaw(method.generator, tensors, train, pipeline.sizes, backend, stream, signal);
    },
  };
}

interface Training {
  readonly pipeline: GenerationPipeline;
  readonly units: UnitStore;
  readonly backend: Backend;
  readonly folder: RunFolder;
  readonly log: EventLog;
  readonly signal: AbortSignal;
}

async function trainedTensors(
  { pipeline, units, backend, folder, log, signal }: Training,
  { id, generator }: GenerationMethod,
  seed: number,
  data: Dataset,
): Promise<ModelTensors> {
  const { train: training, sizes } = pipeline;
  if (!isNeural(generator) || training === null) throw new Error(`${id} has no training`);
  const unit = `train ${id}`;
  const file = await units.unit({ seed, name: unit, dataHash: data.dataHash }, async (slot, onStart) => {
    onStart();
    const due = throttled();
    const model = await backend.trainFlow(
      generator,
      training,
      rowsOfData(data, sizes, data.split.train),
      sizes,
      randomStream(pipeline.seed, `replicate/${seed}/train`),
      {
        signal,
        checkpoint: checkpointSlot(folder, slot, CHECKPOINT_STEPS),
        onStep(step, total, loss) {
          if (step === total || due()) log.emit({ kind: "training", seed, unit, step, total, loss });
        },
      },
    );
    await model.dispose();
    return { tensors: model.tensors, metadata: {} };
  });
  return floats(file.tensors);
}

async function runSeed(work: Work, seed: number): Promise<GenerationSeed> {
  const { pipeline, methods } = work;
  const { on, contexts: cap } = pipeline.evaluate;
  const data = await work.load(seed);
  const limit = cap === 0 ? DIAGNOSIS.contexts : Math.min(cap, DIAGNOSIS.contexts);
  const contexts = evaluationContexts(data, pipeline.sizes, on, data.split[on], limit);
  const train = rowsOfData(data, pipeline.sizes, data.split.train);
  const measured = new Map<string, MeasuredLaw>();
  for (const method of methods) {
    const law = await work.open(method, seed, data);
    const stream = randomStream(pipeline.seed, `replicate/${seed}/diagnosis/${on}`);
    measured.set(method.id, await measureLaw(law, { data, contexts, train, sizes: pipeline.sizes, stream }));
    await law.dispose();
  }
  return { seed, data, measured };
}

/** The pipeline as it will be run: `seeds` and `quick` applied. */
function shortened(
  pipeline: GenerationPipeline,
  { seeds = pipeline.evaluate.seeds, quick }: RunOptions,
): GenerationPipeline {
  const asked: GenerationPipeline = { ...pipeline, evaluate: { ...pipeline.evaluate, seeds } };
  if (quick !== true) return asked;
  const { train, evaluate } = asked;
  return {
    ...asked,
    generator: shortFit(asked.generator),
    compare: asked.compare.map(shortFit),
    train: train === null ? null : { ...train, steps: Math.min(train.steps, QUICK.steps) },
    evaluate: { ...evaluate, seeds: Math.min(evaluate.seeds, QUICK.seeds) },
  };
}

function shortFit(generator: GeneratorSpec): GeneratorSpec {
  return generator.kind === "gmm_nf" ? { ...generator, epochs: Math.min(generator.epochs, QUICK.epochs) } : generator;
}
