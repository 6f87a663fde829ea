import { createConditionalTransportDecider } from "../decide/conditional-transport/index.ts";
import { createDeviationDecider } from "../decide/deviation/index.ts";
import type { Decider, ScenarioSet } from "../decide/types.ts";
import { fitForest, type ForestSpec } from "../dfl/forest/index.ts";
import { fitMixture } from "../models/mixture/index.ts";
import { fitKernel, type OutcomeWeighting } from "../models/kernel/index.ts";
import { observationalWeights } from "../models/mixture/observational.ts";
import type { TrainingSet } from "../models/sampler.ts";
import type { ConditionalTransportSpec, DecisionProblem, KernelSpec, MixtureSpec, RadiusChoice } from "../spec.ts";
import type { RandomStream } from "../tensor/random.ts";
import type { Backend } from "./backend.ts";
import { chooseRadius } from "./choose-radius.ts";
import { conditionalRows } from "./conditional-rows.ts";
import { neighbourFinder } from "./neighbours.ts";
import { projectOnRange, type DrawnScenarios, type OutcomeRange } from "./outcome-range.ts";
import { rowsOf } from "./reference.ts";
import { residualCloud, type ScenarioSource } from "./sources.ts";

/** How the training outcomes are weighted at a context. */
export type WeightingRule =
  | ({ readonly kind: "kernel" } & Pick<KernelSpec, "bandwidths" | "criterion">)
  /** By the leaves of a random forest (Bertsimas & Kallus 2020). */
  | ({ readonly kind: "forest" } & ForestSpec)
  /** By a mixture's conditional over its marginal density (002 eq. 11). */
  | { readonly kind: "observational"; readonly mixture: MixtureSpec };

/** What a ball of laws is around. */
export type BallCenter =
  | { readonly kind: "saa" }
  | { readonly kind: "knn_saa"; readonly neighbours: number }
  /** A ridge regression's prediction plus its residuals. */
  | { readonly kind: "residual" }
  /** The joint law of the training rows, conditioned on a neighbourhood of the context by optimal transport. */
  | ({ readonly kind: "transport" } & ConditionalTransportSpec);

/** Methods whose scenarios are observed outcomes, or observed residuals: nothing is sampled at a context. */
export type ObservedKind =
  | { readonly kind: "weighted"; readonly rule: WeightingRule }
  /** The standard deviation of the loss counts `strength` times beside the risk (002 §5). */
  | { readonly kind: "rnw"; readonly rule: WeightingRule; readonly strength: number }
  /** Against the worst law of a Wasserstein ball of order 2 (002 §5). */
  | { readonly kind: "robust"; readonly center: BallCenter; readonly radius: RadiusChoice };

/** Scenario sets that follow from the training rows and the context alone. */
export interface ContextScenarios {
  /** The same object whatever the context. */
  readonly fixed: boolean;
  at(context: Float64Array): DrawnScenarios;
}

/** What such a method is opened from; the same parts give the same method, in the run and after it. */
export interface ObservedParts {
  readonly problem: DecisionProblem;
  readonly train: TrainingSet;
  readonly backend: Backend;
  /** Scenarios a context, of methods that would otherwise have one for each training row. */
  readonly scenarios: number;
  readonly declared: OutcomeRange | null;
  /** Streams of the seed. */
  stream(purpose: string): RandomStream;
  readonly signal?: AbortSignal;
}

/**
 * Opens a method that decides on observed outcomes.
 * @returns `decider` where it is not the problem's own
 * @throws RuntimeError what fitting or a solver throws
 */
export async function openObserved(
  how: ObservedKind,
  parts: ObservedParts,
): Promise<{ readonly scenarios: ContextScenarios; readonly decider: Decider | null }> {
  const { problem, train } = parts;
  switch (how.kind) {
    case "weighted":
      return { scenarios: weighted(train, await fitWeighting(how.rule, parts)), decider: null };
    case "rnw": {
      const scenarios = weighted(train, await fitWeighting(how.rule, parts));
      return { scenarios, decider: await createDeviationDecider(problem, how.strength) };
    }
    case "robust": {
      const center = (rows: TrainingSet): Promise<ContextScenarios> => openCenter(how.center, parts, rows);
      const decider = (radius: number): Promise<Decider> =>
        how.center.kind === "transport" ? createConditionalTransportDecider(problem, radius) : ball(radius);
      const ball = (radius: number): Promise<Decider> =>
        parts.backend.createDecider({
          ...problem,
          ambiguity: { kind: "wasserstein", order: 2, norm: "l2", radius },
        });
      const stream = parts.stream("radius");
      const radius = await chooseRadius({ ...how.radius, problem, train, stream, decider, center });
      return { scenarios: await center(train), decider: await decider(radius) };
    }
  }
}

/** The scenario sets as a source. */
export function observedSource(scenarios: ContextScenarios, contextSize: number): ScenarioSource {
  return {
    async draw(contexts, from, to) {
      return Array.from({ length: to - from }, (_, k) => {
        const at = (from + k) * contextSize;
        return scenarios.at(contexts.values.subarray(at, at + contextSize));
      });
    },
  };
}

async function fitWeighting(rule: WeightingRule, parts: ObservedParts): Promise<OutcomeWeighting> {
  const { train, problem, stream, signal } = parts;
  const { sizes } = problem;
  if (rule.kind === "kernel") return fitKernel(rule, train, sizes, stream("kernel"));
  if (rule.kind === "forest") return fitForest(rule, train, sizes, stream("forest"));
  const hooks = signal === undefined ? {} : { signal };
  const mixture = await fitMixture(rule.mixture, train, sizes, stream("mixture"), hooks);
  return observationalWeights(mixture, train, sizes);
}

function weighted({ rows, outcomes }: TrainingSet, weighting: OutcomeWeighting): ContextScenarios {
  return { fixed: false, at: (context) => ({ count: rows, outcomes, weights: weighting.weights(context) }) };
}

async function openCenter(center: BallCenter, parts: ObservedParts, train: TrainingSet): Promise<ContextScenarios> {
  const { sizes } = parts.problem;
  const d = sizes.outcome;
  switch (center.kind) {
    case "saa": {
      const all: ScenarioSet = { count: train.rows, outcomes: train.outcomes };
      return { fixed: true, at: () => all };
    }
    case "knn_saa": {
      const finder = neighbourFinder(train, sizes.context);
      return { fixed: false, at: (context) => rowsOf(train, d, finder.nearest(context, center.neighbours)) };
    }
    case "transport":
      return conditionalRows(center, train, sizes);
    case "residual": {
      const { mean } = parts.backend.fitResidualBootstrap(train, sizes);
      const fitted = mean(train.contexts, train.rows);
      const cloud = residualCloud(fitted, train, d, parts.scenarios, parts.stream("residuals"));
      return {
        fixed: false,
        at(context) {
          const prediction = mean(context, 1);
          const outcomes = cloud.map((residual, i) => residual + prediction[i % d]!);
          const { declared } = parts;
          const moved = declared === null ? 0 : projectOnRange(declared, outcomes);
          return { count: outcomes.length / d, outcomes, moved };
        },
      };
    }
  }
}
