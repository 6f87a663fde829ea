import { fitMixture } from "../models/mixture/index.ts";
import { refitMixtures } from "../models/mixture/refit.ts";
import { loadMixture, type MixtureTensors } from "../models/mixture/stored.ts";
import type { ConditionalSampler, TrainingSet } from "../models/sampler.ts";
import type { AmbiguitySpec, MixtureSpec, Sizes } from "../spec.ts";
import type { RandomStream } from "../tensor/random.ts";
import { coverageRadius, coverageRefits } from "./radius-coverage.ts";
import { centralCandidate } from "./radius-unknown-size.ts";

/** The centre of a ball around a mixture's conditional law, and what each context adds to its radius. */
export interface MixtureBall extends ConditionalSampler {
  /** The mixture of each candidate size, for `MixtureBallParts.fitted`. */
  readonly tensors: readonly MixtureTensors[];
  widening(context: Float64Array): number;
}

/** What such a ball is opened from; the same parts give the same one, in the run and after it. */
export interface MixtureBallParts {
  readonly spec: MixtureSpec;
  readonly ambiguity: Pick<AmbiguitySpec, "components" | "coverage">;
  readonly train: TrainingSet;
  readonly sizes: Pick<Sizes, "context" | "outcome">;
  /** Streams of the seed. */
  stream(purpose: string): RandomStream;
  readonly signal?: AbortSignal;
  /** The mixtures of the candidate sizes where they were fitted before. */
  readonly fitted?: readonly MixtureTensors[];
}

/** Whether the radius of the ball around this generator's law is a matter of the context. */
export function isWidened(ambiguity: AmbiguitySpec | undefined): ambiguity is AmbiguitySpec {
  return ambiguity?.components !== undefined || ambiguity?.coverage !== undefined;
}

/**
 * Fits what the ball needs: a mixture of each candidate size where the size is not known (002 prop. 3.5), and refits on
 * rows drawn with replacement where the radius is one of coverage (002 theorem 3.1).
 */
export async function openMixtureBall({
  spec,
  ambiguity: { components, coverage },
  train,
  sizes,
  stream,
  signal,
  fitted,
}: MixtureBallParts): Promise<MixtureBall> {
  const hooks = signal === undefined ? {} : { signal };
  const specs = components === undefined ? [spec] : components.map((count) => ({ ...spec, components: [count] }));
  const tensors: MixtureTensors[] = [...(fitted ?? [])];
  for (const own of specs.slice(tensors.length))
    tensors.push((await fitMixture(own, train, sizes, stream("mixture"), hooks)).tensors);
  const candidates = tensors.map((own) => loadMixture(own, sizes));
  const central = candidates.length > 1 ? centralCandidate(candidates) : () => ({ candidate: 0, distance: 0 });
  const radii: ((context: Float64Array) => number)[] = [];
  if (coverage !== undefined) {
    for (const [k, own] of tensors.entries()) {
      const streams = stream("coverage").child(String(k));
      const refits = await refitMixtures(own, spec, train, sizes, coverageRefits(coverage), streams, signal);
      radii.push(coverageRadius(candidates[k]!, refits, coverage));
    }
  }
  const { context: p, outcome: d } = sizes;
  return {
    tensors,
    widening(context) {
      const { candidate, distance } = central(context);
      return distance + (radii[candidate]?.(context) ?? 0);
    },
    async sample(contexts, rows, count, draws) {
      const out = new Float64Array(rows * count * d);
      const chosen = Array.from({ length: rows }, (_, i) => central(contexts.subarray(i * p, (i + 1) * p)).candidate);
      for (const [k, candidate] of candidates.entries()) {
        if (!chosen.includes(k)) continue;
        // Each draws at every context, so that a context's draws do not depend on its neighbours'.
        const drawn = await candidate.sample(contexts, rows, count, draws);
        for (const [i, own] of chosen.entries())
          if (own === k) out.set(drawn.subarray(i * count * d, (i + 1) * count * d), i * count * d);
      }
      return out;
    },
  };
}
