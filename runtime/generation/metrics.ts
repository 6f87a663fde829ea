import type { GeneratorDiagnosis } from "../evaluate/generator/diagnose.ts";
import { slicedWasserstein } from "../evaluate/generator/sliced-wasserstein.ts";
import type { MetricInfo } from "../report/results.ts";
import type { GenerationMetric } from "./spec.ts";

/** Level of the central intervals that `coverage` counts outcomes in. */
const LEVEL = 0.9;

/** What a metric is read from. */
export interface Measured {
  readonly diagnosis: GeneratorDiagnosis;
  /** Mean over components of the Wasserstein-1 distance in units of the component's training deviation. */
  readonly marginals: number;
}

export interface GenerationMeasure extends MetricInfo {
  value(measured: Measured): number | null;
}

const MEASURES: Readonly<Record<GenerationMetric, Omit<GenerationMeasure, "id">>> = {
  mmd: { label: "MMD²", better: "lower", value: ({ diagnosis }) => diagnosis.mmd.value },
  marginals: { label: "marginals, mean W1", better: "lower", value: ({ marginals }) => marginals },
  correlation: {
    label: "largest error of a correlation",
    better: "lower",
    value: ({ diagnosis }) => diagnosis.correlation.largest.value,
  },
  coverage: {
    label: `coverage of the central ${100 * LEVEL}%`,
    better: "none",
    value: ({ diagnosis }) => diagnosis.coverage.find(({ level }) => Math.abs(level - LEVEL) < 1e-9)?.value ?? null,
  },
  calibration: {
    label: "largest distance of PIT values from uniform",
    better: "lower",
    value: ({ diagnosis }) => diagnosis.pit.worst?.statistic ?? null,
  },
};

/** The metrics of a spec in its order, each once. */
export function measuresOf(metrics: readonly GenerationMetric[]): readonly GenerationMeasure[] {
  return [...new Set(metrics)].map((id) => ({ id, ...MEASURES[id] }));
}

/**
 * Mean over components of the Wasserstein-1 distance between held-out outcomes and scenarios, each component divided by
 * its training deviation: the mean over scenarios k of the distance to the cloud of the k-th scenarios.
 *
 * @param outcomes n × d
 * @param scenarios n × K × d
 * @param spread d training deviations; a component that does not vary counts as it is
 */
export function marginalDistance(
  outcomes: Float64Array,
  scenarios: Float64Array,
  spread: Float64Array,
  n: number,
): number {
  const d = outcomes.length / n;
  const draws = scenarios.length / (n * d);
  const unit = Float64Array.of(1);
  let total = 0;
  for (let j = 0; j < d; j++) {
    const scale = spread[j]! > 0 ? spread[j]! : 1;
    const observed = Float64Array.from({ length: n }, (_, i) => outcomes[i * d + j]! / scale);
    for (let k = 0; k < draws; k++) {
      const drawn = Float64Array.from({ length: n }, (_, i) => scenarios[(i * draws + k) * d + j]! / scale);
      total += slicedWasserstein(observed, drawn, 1, unit);
    }
  }
  return total / (d * draws);
}
