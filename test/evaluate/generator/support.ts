import type { GeneratorSample } from "../../../runtime/evaluate/generator/sample.ts";
import { randomStream } from "../../../runtime/tensor/random.ts";

/** `count` standard normal numbers. */
export function normals(count: number, name: string): Float64Array {
  const out = new Float64Array(count);
  randomStream(5, name).normal(out);
  return out;
}

export interface GaussianSampleOptions {
  readonly n: number;
  readonly d: number;
  readonly draws: number;
  /** Law of the outcomes: mean and deviation of every component; the scenarios are standard normal. */
  readonly shift?: number;
  readonly scale?: number;
  /** Correlation between the components of the outcomes, and of the scenarios, by a common factor. */
  readonly correlation?: readonly [number, number];
  readonly observations?: number;
  readonly name?: string;
}

/** Scenarios N(0, 1) in each component at every context, outcomes N(shift, scale²). */
export function gaussianSample(options: GaussianSampleOptions): GeneratorSample {
  const { n, d, draws, shift = 0, scale = 1, correlation = [0, 0], observations = 1, name = "sample" } = options;
  const cloud = (rows: number, part: string, rho: number): Float64Array => {
    const own = normals(rows * d, `${name}/${part}/own`);
    const common = normals(rows, `${name}/${part}/common`);
    return own.map((value, k) => Math.sqrt(1 - rho) * value + Math.sqrt(rho) * common[Math.floor(k / d)]!);
  };
  return {
    contexts: n,
    components: d,
    observations,
    observed: cloud(n * observations, "outcomes", correlation[0]).map((value) => shift + scale * value),
    draws,
    drawn: cloud(n * draws, "scenarios", correlation[1]),
  };
}
