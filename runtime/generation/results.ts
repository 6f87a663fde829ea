import { mean, pairedT, standardDeviation } from "../evaluate/statistics.ts";
import {
  RESULTS_VERSION,
  type Comparison,
  type GeneratorDiagnostics,
  type MethodResult,
  type RunResult,
  type RunWarning,
} from "../report/results.ts";
import { flatten } from "../report/settings.ts";
import type { GenerationSeed } from "./execute.ts";
import type { GenerationMethod } from "./methods.ts";
import { measuresOf, type GenerationMeasure } from "./metrics.ts";
import type { GenerationPipeline } from "./spec.ts";
import { DIAGNOSIS } from "../evaluate/generator/diagnose.ts";

export interface SummaryParts {
  readonly quick: boolean;
  /** Warns of what the diagnosis of the trained generator shows. */
  warn(diagnosis: GeneratorDiagnostics): void;
  /** Read after `warn`. */
  warnings(): readonly RunWarning[];
}

/** What a run found, in the form of every run's results; regrets, strengths and weights, which need a decision, are empty. */
export function summariseGeneration(
  pipeline: GenerationPipeline,
  methods: readonly GenerationMethod[],
  found: readonly GenerationSeed[],
  parts: SummaryParts,
): RunResult {
  const { data, measured } = found[0]!;
  const { evaluate } = pipeline;
  const measures = measuresOf(evaluate.metrics);
  const diagnostics = methods.map(({ id }) => ({
    method: id,
    components: data.outcomeNames,
    seeds: found.map((seed) => seed.measured.get(id)!.diagnosis),
  }));
  parts.warn(diagnostics[0]!);
  const { contexts } = measured.get(methods[0]!.id)!;
  return {
    version: RESULTS_VERSION,
    model: pipeline.name,
    irHash: pipeline.irHash,
    drocVersion: pipeline.drocVersion,
    seed: pipeline.seed,
    seeds: evaluate.seeds,
    quick: parts.quick,
    data: {
      name: pipeline.data.name,
      source:
        pipeline.data.source.kind === "synthetic"
          ? `synthetic ${pipeline.data.source.task}`
          : pipeline.data.source.path,
      hash: data.dataHash,
      train: data.split.train.length,
      validation: data.split.validation.length,
      test: data.split.test.length,
      notes: data.notes,
    },
    evaluator: {
      kind: "held_out",
      scenarios: DIAGNOSIS.draws,
      note: `Outcomes of ${contexts.count} held-out rows, each beside ${DIAGNOSIS.draws} scenarios; no generator was fitted on them.`,
    },
    contexts: {
      split: contexts.split,
      rows: Array.from(contexts.rows),
      labels: Array.from(contexts.rows, (row) => data.index[row]!),
      slices: [],
    },
    metrics: measures.map(({ id, label, better }) => ({ id, label, better })),
    methods: methods.map((method) => methodResult(method, measures, found)),
    comparisons: comparisonsOf(methods, measures, found),
    selection: [],
    weights: [],
    diagnostics,
    theory: [],
    settings: [
      { name: "seed", value: String(pipeline.seed) },
      ...flatten("data.source", pipeline.data.source),
      ...flatten("data.split", pipeline.data.split),
      ...flatten("uncertainty", pipeline.generator),
      ...flatten("train", pipeline.train),
      ...pipeline.compare.flatMap((method, k) => flatten(`compare.${k + 1}`, method)),
      ...flatten("evaluate", evaluate),
    ],
    warnings: parts.warnings(),
  };
}

function valuesOf({ id }: GenerationMethod, measure: GenerationMeasure, found: readonly GenerationSeed[]) {
  return found.map((seed) => measure.value(seed.measured.get(id)!));
}

function methodResult(
  method: GenerationMethod,
  measures: readonly GenerationMeasure[],
  found: readonly GenerationSeed[],
): MethodResult {
  const values = measures.map((measure) => {
    const perSeed = valuesOf(method, measure, found);
    const known = perSeed.filter((value): value is number => value !== null);
    const whole = known.length === perSeed.length;
    return {
      metric: measure.id,
      perSeed,
      mean: whole ? mean(known) : null,
      sd: standardDeviation(known),
      slices: [],
    };
  });
  const { id, role, note } = method;
  return { id, label: id, role, note, values, regrets: [], unsolved: 0, moved: 0 };
}

/** The trained generator against every other, on every metric that is judged. */
function comparisonsOf(
  [trained, ...others]: readonly GenerationMethod[],
  measures: readonly GenerationMeasure[],
  found: readonly GenerationSeed[],
): readonly Comparison[] {
  return others.flatMap((baseline) =>
    measures.flatMap((measure): readonly Comparison[] => {
      if (measure.better === "none") return [];
      const own = valuesOf(trained!, measure, found);
      const other = valuesOf(baseline, measure, found);
      const pairs = own.flatMap((value, k) => {
        const against = other[k]!;
        return value === null || against === null ? [] : [{ difference: value - against, against }];
      });
      if (pairs.length < found.length) return [];
      const differences = pairs.map(({ difference }) => difference);
      const base = mean(pairs.map(({ against }) => against));
      return [
        {
          method: trained!.id,
          baseline: baseline.id,
          metric: measure.id,
          difference: mean(differences),
          sd: standardDeviation(differences),
          // MMD² is estimated without bias and may be negative: a ratio of two says nothing.
          relative: base === 0 || measure.id === "mmd" ? null : mean(differences) / Math.abs(base),
          t: pairedT(differences),
          bootstrap: null,
        },
      ];
    }),
  );
}
