import { outcomeRange, projectOnRange } from "./outcome-range.ts";
import type { ConditionalSampler, TrainingSet } from "../models/sampler.ts";
import type { RandomStream } from "../tensor/random.ts";
import { scoreRadii, type RadiusCenter, type ScoredRadius } from "./choose-radius.ts";
import { doubles } from "./decide-contexts.ts";
import { fitLaw } from "./fitted-source.ts";
import { isWidened, openMixtureBall } from "./mixture-ball.ts";
import { openObserved } from "./observed.ts";
import type { PlannedMethod } from "./plan.ts";
import type { Run } from "./run.ts";
import type { TrainedSeed } from "./train-seed.ts";

/**
 * Unit: the radii of the ambiguity set scored on a tenth of the training rows, or on each of `folds` parts in turn, around
 * the method's law fitted on the others (002 App. 10.1). It is how a radius is chosen by cross-validation, and where the
 * data have no validation part.
 * @returns `null` for a generator that is trained by steps of an optimizer, which is not trained again for this
 */
export async function radiusOnTraining(
  run: Run,
  { seed, data, train }: Omit<TrainedSeed, "radius">,
  method: PlannedMethod,
  radii: readonly number[],
): Promise<readonly ScoredRadius[] | null> {
  if (!["mixture", "fitted", "saa", "weighted"].includes(method.how.kind)) return null;
  const { folds } = run.pipeline.ambiguity ?? {};
  const name = `train ${method.id}, radius`;
  const file = await run.units.unit({ seed, name, dataHash: data.dataHash }, async (_slot, onStart) => {
    onStart();
    const opened: (() => Promise<void>)[] = [];
    const declared = outcomeRange(run.pipeline.data.fields, data.transforms.outcome);
    try {
      const scored = await scoreRadii({
        radii,
        ...(folds === undefined ? { select: "holdout" } : { select: "cross_validation", folds }),
        problem: run.pipeline.problem,
        train,
        stream: run.stream(seed, "radius"),
        decider: (radius) => run.robustDecider(radius),
        center: (rows) => openCenter(run, seed, method, rows, declared, (dispose) => opened.push(dispose)),
      });
      const risks = Float64Array.from(scored, ({ heldOutRisk }) => heldOutRisk ?? NaN);
      return { tensors: { risks: { shape: [risks.length], data: risks } }, metadata: {} };
    } finally {
      for (const dispose of opened) await dispose();
    }
  });
  const risks = doubles(file, "risks");
  return radii
    .toSorted((a, b) => a - b)
    .map((radius, k) => ({ radius, heldOutRisk: Number.isNaN(risks[k]!) ? null : risks[k]! }));
}

async function openCenter(
  run: Run,
  seed: number,
  { how }: PlannedMethod,
  rows: TrainingSet,
  declared: ReturnType<typeof outcomeRange>,
  opened: (dispose: () => Promise<void>) => void,
): Promise<RadiusCenter> {
  const { problem, generator } = run.pipeline;
  const { sizes } = problem;
  const stream = (purpose: string): RandomStream => run.stream(seed, `radius/${purpose}`);
  if (how.kind === "saa") return { at: () => ({ count: rows.rows, outcomes: rows.outcomes }) };
  if (how.kind === "weighted") {
    const { scenarios } = await openObserved(how, {
      problem,
      train: rows,
      backend: run.backend,
      scenarios: generator.scenarios,
      declared,
      stream,
      signal: run.signal,
    });
    return scenarios;
  }
  if (how.kind !== "mixture" && how.kind !== "fitted") throw new Error(`no law is fitted by ${how.kind}`);
  const hooks = { signal: run.signal };
  const { ambiguity } = run.pipeline;
  const centre = (law: ConditionalSampler, widening?: (context: Float64Array) => number): RadiusCenter => ({
    async at(context) {
      const outcomes = await law.sample(context, 1, generator.scenarios, stream("scenarios"));
      if (declared !== null) projectOnRange(declared, outcomes);
      const set = { count: generator.scenarios, outcomes };
      return widening === undefined ? set : { ...set, widening: widening(context) };
    },
  });
  if (how.kind === "fitted") {
    const law = await fitLaw(how.spec, rows, sizes, stream, hooks);
    opened(() => law.dispose());
    return centre(law);
  }
  if (!isWidened(ambiguity))
    return centre(await run.backend.fitMixture(how.spec, rows, sizes, stream("mixture"), hooks));
  const ball = await openMixtureBall({ spec: how.spec, ambiguity, train: rows, sizes, stream, ...hooks });
  return centre(ball, ball.widening);
}
