import type { Dataset } from "../data/dataset.ts";
import { mean } from "../evaluate/statistics.ts";
import { runAll } from "../pool/run-all.ts";
import type { TunedOptions } from "../report/results.ts";
import type { DecisionProblem } from "../spec.ts";
import { chosenText } from "./chosen.ts";
import { unpackDecided, type DecidedContexts } from "./decide-contexts.ts";
import { heldOutRisk } from "./held-out-risk.ts";
import { isFocused, type PlannedMethod, type TunedMethod } from "./plan.ts";
import { isTuned } from "./planned.ts";
import { foldsOf } from "./reference.ts";
import type { Run } from "./run.ts";
import { contextsOf, splitOptima } from "./split-evaluator.ts";
import type { LeftOut, Optima, Task } from "./task.ts";
import { unpackDfl, type TrainedDfl } from "./train-dfl.ts";

/** Parts of the training rows that take the place of a validation part, each in turn. */
const FOLDS = 5;

/** What was chosen for one method at one seed. */
export interface Tuning {
  readonly method: PlannedMethod;
  readonly report: TunedOptions;
}

/** What a choice on validation needs of a seed. */
export interface TuningSeed {
  readonly seed: number;
  readonly data: Dataset;
  readonly focused: ReadonlyMap<string, TrainedDfl>;
}

/**
 * Chooses the options of each method that has several: every combination is fitted on the training rows and decides at
 * the validation contexts, and the one of least mean regret there is taken, or of least risk of the losses that came
 * (`by loss`); of equals the first. Data without a validation part give each of five parts of the training rows to it in
 * turn, fitted on the others, and there the losses decide: no law was fitted to measure regret under.
 */
export async function tuneMethods(run: Run, trained: TuningSeed): Promise<ReadonlyMap<string, Tuning>> {
  const methods = run.plan.methods.filter(isTuned);
  const tunings = await runAll(
    methods,
    run.jobs,
    (method, signal) => tune({ ...run, signal }, trained, method),
    run.signal,
  );
  return new Map(methods.map(({ id }, k) => [id, tunings[k]!]));
}

async function tune(run: Run, trained: TuningSeed, method: TunedMethod): Promise<Tuning> {
  const { seed } = trained;
  const { how } = method;
  const { scores, by } = await scoresOf(run, trained, method);
  const best = scores.reduce((least, score, k) => (score < scores[least]! ? k : least), 0);
  const candidate = how.candidates[best]!;
  const report: TunedOptions = {
    seed,
    method: method.id,
    by,
    grid: how.chosen.map((chosen, k) => ({ chosen, score: scores[k]! })),
    selected: how.chosen[best]!,
  };
  run.emit({ kind: "tuned", seed, method: method.id, chosen: chosenText(report.selected), score: scores[best]! });
  return { method: candidate, report };
}

/** Unit: the score of every combination. */
async function scoresOf(
  run: Run,
  { seed, data, focused }: TuningSeed,
  { id, how }: TunedMethod,
): Promise<{ readonly scores: readonly number[]; readonly by: TunedOptions["by"] }> {
  const { dataHash } = data;
  const name = `tune ${id}`;
  const parts = data.split.validation.length > 0 ? null : foldsOf(data.split.train.length, FOLDS);
  const by = parts === null ? how.by : "loss";
  const file = await run.units.unit({ seed, name, dataHash }, async (slot, onStart) => {
    const contexts = contextsOf(run, data, "validation");
    const optima = parts === null && by === "regret" ? await splitOptima(run, data, contexts, seed) : null;
    const scores = await runAll(
      how.candidates,
      run.jobs,
      async (candidate, signal) => {
        const trial = { run: { ...run, signal }, seed, dataHash, candidate, slot, onStart };
        const decided =
          parts === null
            ? [await decideTrial(trial, contexts.count, optima, focused.get(candidate.id), null)]
            : await foldTrials(trial, parts);
        return scoreOf(run.pipeline.problem, decided, by);
      },
      run.signal,
    );
    return { tensors: { scores: { shape: [scores.length], data: Float64Array.from(scores) } }, metadata: {} };
  });
  return { scores: Array.from(file.tensors["scores"]!.data, Number), by };
}

interface Trial {
  readonly run: Run;
  readonly seed: number;
  readonly dataHash: string;
  readonly candidate: PlannedMethod;
  readonly slot: string;
  onStart(): void;
}

/** Decisions on each part of the training rows, fitted on the others. */
async function foldTrials(trial: Trial, parts: ReturnType<typeof foldsOf>): Promise<DecidedContexts[]> {
  const { run } = trial;
  return runAll(
    parts,
    run.jobs,
    async ({ from, to }, signal) => {
      const own = { ...trial, run: { ...run, signal } };
      const most = run.pipeline.evaluate.contexts;
      const count = most === 0 ? to - from : Math.min(most, to - from);
      const left: LeftOut = { from, to };
      return decideTrial(own, count, null, await trainTrial(own, left), left);
    },
    run.signal,
  );
}

async function decideTrial(
  { run, seed, dataHash, candidate, slot, onStart }: Trial,
  count: number,
  optima: Optima | null,
  trained: TrainedDfl | undefined,
  left: LeftOut | null,
): Promise<DecidedContexts> {
  const task: Task = {
    kind: "decide-method",
    seed,
    dataHash,
    range: { split: "validation", from: 0, to: count },
    method: candidate.id,
    optima,
    slot,
    trial: true,
    ...(left === null ? {} : { left }),
    ...(trained === undefined ? {} : { tensors: trained.tensors }),
    ...(trained?.strength === undefined ? {} : { strength: trained.strength }),
  };
  const file = await run.perform(task, { signal: run.signal, onStart, onProgress: () => undefined });
  return unpackDecided(file, candidate.id);
}

/** Trains a predictor without the part of the rows that is left out; other methods are fitted as they decide. */
async function trainTrial(
  { run, seed, dataHash, candidate, slot, onStart }: Trial,
  left: LeftOut,
): Promise<TrainedDfl | undefined> {
  if (!isFocused(candidate)) return undefined;
  const task: Task = { kind: "train-dfl", seed, dataHash, method: candidate.id, slot, left };
  return unpackDfl(await run.perform(task, { signal: run.signal, onStart, onProgress: () => undefined }));
}

function scoreOf(problem: DecisionProblem, parts: readonly DecidedContexts[], by: TunedOptions["by"]): number {
  const joined = (column: "z" | "regret" | "realised"): Float64Array =>
    Float64Array.from(parts.flatMap((part) => Array.from(part[column])));
  return by === "regret"
    ? mean(joined("regret"))
    : heldOutRisk(problem, { z: joined("z"), realised: joined("realised") });
}
