import type { EvaluationContexts } from "../evaluate/contexts.ts";
import { decisionSensitivity } from "../evaluate/hardest.ts";
import { runAll } from "../pool/run-all.ts";
import { columnScales, standardised } from "../models/mixture/standardise.ts";
import type { TrainingSet } from "../models/sampler.ts";
import type { GeneratorDiagnosis } from "../evaluate/generator/diagnose.ts";
import type { TensorFile } from "../tensor/safetensors.ts";
import type { ModelTensors } from "./backend.ts";
import { unpackDecided, type DecidedContexts } from "./decide-contexts.ts";
import { diagnosisOf, theoryOf } from "./diagnose-task.ts";
import { isDwFm, type PlannedMethod } from "./plan.ts";
import type { Run } from "./run.ts";
import { chunkSize } from "./sources.ts";
import { chunksOf, contextsOf, decideRanges, splitOptima } from "./split-evaluator.ts";
import { radiusVariant } from "./radius-variant.ts";
import type { Optima, VariantSpec } from "./task.ts";
import type { DwFmTheory } from "./theory/index.ts";
import type { TrainedSeed } from "./train-seed.ts";

/** Every method's decisions and scores at one seed. */
export interface ComparedSeed {
  readonly seed: number;
  readonly contexts: EvaluationContexts;
  /** Expected loss of the best decision at each context. */
  readonly optimalExpected: Float64Array;
  /** Decision sensitivity of each context, for the hardest ones. */
  readonly hardness: Float64Array;
  /** By method id. */
  readonly decided: ReadonlyMap<string, DecidedContexts>;
  /** What the scenarios of a trained generator say about the outcomes, by method id. */
  readonly diagnoses: ReadonlyMap<string, GeneratorDiagnosis>;
  /** What the theory of DW-FM says of a trained flow, by method id. */
  readonly theory: ReadonlyMap<string, DwFmTheory>;
}

/** A flow with the ways its scenarios are weighted; several methods may share one of them. */
export interface FlowGroup {
  readonly name: string;
  readonly tensors: ModelTensors;
  readonly variants: Map<string, FlowVariant>;
}

interface FlowVariant extends Omit<VariantSpec, "id"> {
  readonly methods: string[];
}

/** Opens the evaluation split: decides and scores every method at every context. */
export async function compareSeed(run: Run, trained: TrainedSeed): Promise<ComparedSeed> {
  const { pipeline, plan } = run;
  const { problem, evaluate } = pipeline;
  const { seed, data, train } = trained;
  const contexts = contextsOf(run, data, evaluate.on);
  const optima = await splitOptima(run, data, contexts, seed);
  const decided = new Map<string, DecidedContexts>();
  const radius = trained.radius?.selected ?? null;
  const groups = flowGroups(plan.methods, trained, radius);
  const inFlows = new Set(groups.flatMap(({ variants }) => [...variants.values()].flatMap(({ methods }) => methods)));
  const others = plan.methods.flatMap((method): readonly OwnMethod[] =>
    inFlows.has(method.id) ? [] : [{ id: method.id, planned: trained.tuned.get(method.id)?.method ?? method }],
  );
  for (const {
    id,
    planned: { how },
  } of others) {
    // Said outside the unit, so that a resumed run says it too.
    if (how.kind === "knn_saa" && how.neighbours > train.rows) {
      run.warn("fewer-neighbours", { method: id, asked: how.neighbours, rows: train.rows });
    }
  }

  const hardness = decisionSensitivity(contexts, train, trained.squares, problem.sizes.context);
  const difficulty = trained.squares.some((square) => square > 0)
    ? hardness
    : decisionSensitivity(contexts, train, outcomeSquares(train, problem.sizes.outcome), problem.sizes.context);
  const diagnoses = new Map<string, GeneratorDiagnosis>();
  const theory = new Map<string, DwFmTheory>();
  const work: readonly (FlowGroup | OwnMethod | DiagnosedFlow)[] = [
    ...groups,
    ...others,
    ...groups.map((diagnosed) => ({ diagnosed })),
  ];
  await runAll(
    work,
    run.jobs,
    async (part, signal) => {
      const own = { ...run, signal };
      if ("diagnosed" in part) {
        const { diagnosed } = part;
        const file = await diagnosisUnit(own, trained, contexts, diagnosed, difficulty);
        const found = theoryOf(file);
        for (const [way, methods] of diagnosedWays(diagnosed, plan.methods)) {
          for (const method of methods) {
            diagnoses.set(method.id, diagnosisOf(file, way));
            if (found !== null && method.how.kind !== "placebo") theory.set(method.id, found);
          }
        }
      } else if ("variants" in part) {
        const file = await flowUnit(own, trained, contexts, optima, part);
        for (const [id, { methods }] of part.variants) {
          for (const method of methods) decided.set(method, unpackDecided(file, id));
        }
      } else {
        const { id, planned } = part;
        const file = await methodUnit(own, trained, contexts, optima, planned, difficulty);
        if (isDiagnosed(planned)) diagnoses.set(id, diagnosisOf(file, planned.id));
        const worst = planned.robust === true && radius !== null;
        decided.set(id, unpackDecided(file, worst ? radiusVariant(radius) : planned.id));
      }
    },
    run.signal,
  );
  return {
    seed,
    contexts,
    optimalExpected: optima.expected,
    hardness,
    decided,
    diagnoses,
    theory,
  };
}

/** Methods that fit a law of their own, which is compared with the outcomes as a trained flow is. */
function isDiagnosed({ how }: PlannedMethod): boolean {
  return ["mixture", "fitted", "pto", "gen_dfl"].includes(how.kind);
}

/** A method that has its scenarios from elsewhere than a flow: with the setting that validation chose, where it has several. */
interface OwnMethod {
  readonly id: string;
  readonly planned: PlannedMethod;
}

/** A flow whose scenarios are compared with the outcomes. */
interface DiagnosedFlow {
  readonly diagnosed: FlowGroup;
}

/** The ways of weighing a flow's scenarios that a trained method has, without the controls that only weigh differently. */
function diagnosedWays(group: FlowGroup, methods: readonly PlannedMethod[]): Map<string, PlannedMethod[]> {
  const ways = new Map<string, PlannedMethod[]>();
  for (const variant of group.variants.values()) {
    const own = methods.filter(({ id, how }) => variant.methods.includes(id) && how.kind !== "reweighted");
    if (own.length > 0) ways.set(wayOf(variant), [...(ways.get(wayOf(variant)) ?? []), ...own]);
  }
  return ways;
}

/** A flow has one strength, so that the power tells the ways of its own methods apart. */
function wayOf({ power }: Pick<VariantSpec, "power">): string {
  return power === 0 ? "plain" : power === 1 ? "w" : "inverse w";
}

/** `‖(s − mean)/sd‖²` of each training outcome: where no decision ranks the contexts, the spread of the outcome does. */
function outcomeSquares(train: TrainingSet, d: number): Float64Array {
  const ones = new Float64Array(train.rows).fill(1);
  const values = standardised(train.outcomes, d, columnScales(train.outcomes, train.rows, d, ones));
  const squares = new Float64Array(train.rows);
  for (const [k, value] of values.entries()) squares[Math.floor(k / d)]! += value * value;
  return squares;
}

/** Unit: the diagnosis of one flow's scenarios, and what the theory says of it. */
async function diagnosisUnit(
  run: Run,
  { seed, data, flows, selected }: TrainedSeed,
  { split }: EvaluationContexts,
  group: FlowGroup,
  difficulty: Float64Array,
): Promise<TensorFile> {
  const { dataHash } = data;
  const ways = diagnosedWays(group, run.plan.methods);
  const specs = new Map([...group.variants.values()].map((variant) => [wayOf(variant), variant]));
  const variants = [...ways.keys()].map((id) => {
    const { power, lambda } = specs.get(id)!;
    return { id, power, lambda };
  });
  const owners = [...ways.values()].flat();
  const weighted = owners.find(isDwFm);
  const explained =
    run.plan.flow?.generator.kind === "flow_matching" && owners.some(({ how }) => how.kind !== "placebo");
  const lambda = weighted === undefined ? 0 : selected.get(weighted.id)!.lambda;
  const theory = explained ? { lambda, plain: flows.get(0) ?? null } : null;
  const name = `${split} diagnosis of ${group.name} (${[...ways.keys()].join(", ")})`;
  const { tensors } = group;
  return run.units.unit({ seed, name, dataHash }, (_slot, onStart) =>
    run.perform(
      { kind: "diagnose-flow", seed, dataHash, split, tensors, variants, difficulty, theory },
      { signal: run.signal, onStart, onProgress: () => undefined },
    ),
  );
}

/** Which flow, weighted how, each flow method decides with. At strength 0 everything is the uniform flow. */
export function flowGroups(
  methods: readonly PlannedMethod[],
  trained: Omit<TrainedSeed, "radius">,
  radius: number | null,
): FlowGroup[] {
  const groups = new Map<string, FlowGroup>();
  const robust = new Set(methods.flatMap((method) => (method.robust === true ? [method.id] : [])));
  const add = (method: string, name: string, tensors: ModelTensors, power: 0 | 1 | -1, strength: number): void => {
    const group = groups.get(name) ?? { name, tensors, variants: new Map() };
    groups.set(name, group);
    const lambda = [...trained.selected.values()].find((chosen) => chosen.strength === strength)?.lambda ?? 0;
    const plain = power === 0 || strength === 0;
    const way = plain ? "plain" : `${power === 1 ? "w" : "inverse w"} ${strength}`;
    const worst = robust.has(method) && radius !== null;
    const id = worst ? `${way}, ${radiusVariant(radius)}` : way;
    const variant = group.variants.get(id) ?? {
      power: plain ? 0 : power,
      lambda,
      ...(worst ? { radius } : {}),
      methods: [],
    };
    group.variants.set(id, variant);
    variant.methods.push(method);
  };
  const uniform = trained.flows.get(0);
  for (const { id, how } of methods) {
    if (how.kind === "uniform_fm") add(id, "uniform_fm", uniform!, 0, 0);
    else if (how.kind === "dw_fm") {
      const { strength } = trained.selected.get(id)!;
      const name = strength === 0 ? "uniform_fm" : `dw_fm ${strength}`;
      add(id, name, trained.flows.get(strength)!, how.detilt ? -1 : 0, strength);
    } else if (how.kind === "placebo") {
      const { strength } = trained.selected.get(how.of)!;
      if (strength === 0) add(id, "uniform_fm", uniform!, 0, 0);
      else add(id, `placebo ${strength}`, trained.placebos.get(strength)!, 0, strength);
    } else if (how.kind === "reweighted") {
      add(id, "uniform_fm", uniform!, how.power, trained.selected.get(how.of)!.strength);
    }
  }
  return [...groups.values()];
}

/** Unit: one flow's scenarios, decided on in every way that a method asks for. */
async function flowUnit(
  run: Run,
  { seed, data }: TrainedSeed,
  { split, count }: EvaluationContexts,
  optima: Optima,
  group: FlowGroup,
): Promise<TensorFile> {
  const { generator, problem } = run.pipeline;
  const { dataHash } = data;
  const name = `${split} ${group.name} (${[...group.variants.keys()].join(", ")})`;
  const variants = [...group.variants].map(([id, { methods: _methods, ...variant }]) => ({ id, ...variant }));
  const ranges = chunksOf(split, count, chunkSize(generator.scenarios, problem.sizes.outcome));
  const { tensors } = group;
  return run.units.unit({ seed, name, dataHash }, (_slot, onStart) =>
    decideRanges(run, { seed, name, onStart }, ranges, (range) => ({
      kind: "decide-flow",
      seed,
      dataHash,
      range,
      tensors,
      variants,
      optima,
    })),
  );
}

/** Unit: one method that has its scenarios from elsewhere than a flow. */
async function methodUnit(
  run: Run,
  { seed, data, radius, focused }: TrainedSeed,
  { split, count }: EvaluationContexts,
  optima: Optima,
  planned: PlannedMethod,
  difficulty: Float64Array,
): Promise<TensorFile> {
  const { id: method, how, robust } = planned;
  const { generator, problem } = run.pipeline;
  const { dataHash } = data;
  const diagnosed = isDiagnosed(planned);
  const { tensors, strength } = focused.get(method) ?? {};
  const worst = robust === true && radius !== null ? ` (${radiusVariant(radius.selected)})` : "";
  const name = `${split} ${method}${worst}${diagnosed ? " with its diagnosis" : ""}`;
  // What is fitted, or solved, once for all contexts is not cut into ranges that would each do it again.
  const once = !["knn_saa", "oracle_saa"].includes(how.kind);
  const ranges = chunksOf(split, count, once ? count : chunkSize(generator.scenarios, problem.sizes.outcome));
  return run.units.unit({ seed, name, dataHash }, (slot, onStart) =>
    decideRanges(run, { seed, name, onStart }, ranges, (range) => ({
      kind: "decide-method",
      seed,
      dataHash,
      range,
      method,
      ...(robust === true && radius !== null ? { radii: [radius.selected] } : {}),
      optima,
      slot,
      ...(tensors === undefined ? {} : { tensors }),
      ...(strength === undefined ? {} : { strength }),
      ...(diagnosed ? { difficulty } : {}),
    })),
  );
}
