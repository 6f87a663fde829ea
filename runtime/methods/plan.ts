import { LOSS_TRAITS } from "../dfl/traits.ts";
import { RuntimeError } from "../errors/runtime-error.ts";
import type { MethodRole } from "../report/results.ts";
import { RUN_MESSAGES } from "../runs/messages.ts";
import type {
  AmbiguitySpec,
  DflMethodSpec,
  DiffDroSpec,
  DwFmSpec,
  GaussianSpec,
  GenDflSpec,
  GeneratorSpec,
  MethodSpec,
  MixtureFlowSpec,
  MixtureSpec,
  NeuralGeneratorSpec,
  Pipeline,
  ReferenceSpec,
  TunedCandidate,
  TunedSpec,
  UncertaintySetSpec,
} from "../spec.ts";
import { fittedMethod, nearest, observedMethod, saa } from "./fitted-methods.ts";
import type { ObservedKind } from "./observed.ts";

/** How a method arrives at its decisions. */
export type MethodKind =
  /** A flow trained with weights, its strength chosen on validation; `detilt` weighs its scenarios by 1/ŵ. */
  | { readonly kind: "dw_fm"; readonly detilt: boolean }
  | { readonly kind: "uniform_fm" }
  /** A flow trained with the weights of `of`, permuted over the training rows. */
  | { readonly kind: "placebo"; readonly of: string }
  /** The uniform flow, its scenarios weighted by ŵ (power 1) or 1/ŵ (power −1) at the strength of `of`. */
  | { readonly kind: "reweighted"; readonly power: 1 | -1; readonly of: string }
  | { readonly kind: "mixture"; readonly spec: MixtureSpec }
  | { readonly kind: "fitted"; readonly spec: MixtureFlowSpec | GaussianSpec }
  | ObservedKind
  | { readonly kind: "pto"; readonly hidden: readonly number[]; readonly steps: number }
  /** The model's generator, trained on from `uniform_fm` for the decisions taken on its scenarios. */
  | { readonly kind: "gen_dfl"; readonly spec: GenDflSpec }
  /** A predictor of the outcome, trained by a loss on decisions. */
  | { readonly kind: "predictor"; readonly spec: DflMethodSpec }
  /** The same through a distributionally robust layer. */
  | { readonly kind: "diff_dro"; readonly spec: DiffDroSpec }
  /** An uncertainty set around a prediction, trained for the decisions against its worst outcome. */
  | { readonly kind: "uncertainty_set"; readonly spec: UncertaintySetSpec }
  | { readonly kind: "saa" }
  | { readonly kind: "knn_saa"; readonly neighbours: number }
  | { readonly kind: "equal_weights" }
  /** The best on validation of several settings of one method (`tuneMethods`); `chosen` says what each has. */
  | {
      readonly kind: "tuned";
      readonly by: TunedSpec["by"];
      readonly candidates: readonly PlannedMethod[];
      readonly chosen: readonly TunedCandidate["chosen"][];
    }
  | { readonly kind: "oracle_saa" };

export interface PlannedMethod {
  readonly id: string;
  readonly label: string;
  readonly role: MethodRole;
  readonly note: string;
  readonly how: MethodKind;
  /** It decides under the worst law of the pipeline's ambiguity set; every other method on its scenarios themselves. */
  readonly robust?: true;
}

export type DwFmMethod = PlannedMethod & { readonly how: Extract<MethodKind, { kind: "dw_fm" }> };

export type TunedMethod = PlannedMethod & { readonly how: Extract<MethodKind, { kind: "tuned" }> };

export function isDwFm(method: PlannedMethod): method is DwFmMethod {
  return method.how.kind === "dw_fm";
}

/** What a run has to do, read off the pipeline before anything is computed. */
export interface Plan {
  /** The trained method first. */
  readonly methods: readonly PlannedMethod[];
  /** The flow, or another generator of gradient steps, that is trained; `null` where the generator is fitted by its own criterion. */
  readonly flow: {
    readonly generator: NeuralGeneratorSpec;
    readonly train: DwFmSpec;
    /** Steps to choose from by the likelihood of held-out rows; `train.steps` is the largest. */
    readonly lengths?: readonly number[];
  } | null;
  /** Rule of the reference decision; also ranks the hardest contexts. */
  readonly reference: ReferenceSpec;
  /** Strengths to train: the grid, with 0 where a method needs the uniform flow. */
  readonly strengths: readonly number[];
}

const DEFAULT_REFERENCE: ReferenceSpec = { kind: "saa", folds: 5 };

/**
 * Lists every method of the run.
 * @throws RuntimeError `method-needs-flow`, `method-needs-truth`
 */
export function planMethods(pipeline: Pipeline): Plan {
  const { generator, train, compare } = pipeline;
  const flow = trainedFlow(pipeline);
  if (train.method === "dw_fm" && flow === null) throw needsFlow("dw_fm", generator.kind);
  if (train.method === "gen_dfl" && flow === null) throw needsFlow("gen_dfl", generator.kind);
  if (train.method === "fit" && isNeural(generator)) throw needsFlow("fit", `${generator.kind} without a method`);
  const methods: PlannedMethod[] = [];
  const add = (method: PlannedMethod): void => {
    const same = (known: PlannedMethod): boolean =>
      known.robust === method.robust && JSON.stringify(known.how) === JSON.stringify(method.how);
    if (methods.some(same)) return;
    let id = method.id;
    for (let k = 2; methods.some((known) => known.id === id); k++) id = `${method.id}_${k}`;
    // Two settings of one method are told apart by the names that `droc decide --method` takes.
    const { label } = method;
    const own = id === method.id ? label : label === method.id ? id : `${label} (${id})`;
    methods.push({ ...method, id, label: own, how: named(method.how, id) });
  };

  const weighted = flow !== null && flow.train.strength.grid.some((strength) => strength !== 0);
  const { ambiguity } = pipeline;
  const addTrained = (method: PlannedMethod): void => {
    if (ambiguity === undefined) return add(method);
    const center = ambiguity.center === "empirical" ? baseline({ method: "saa" }, pipeline, weighted) : method;
    add(robustly(center, ambiguity));
    if (center !== method) add({ ...center, role: "control" });
    add({ ...method, role: "control" });
  };
  if (train.method === "gen_dfl") {
    addTrained(genDfl(train, "trained"));
    // What the decisions add to the same generator's likelihood.
    if (isNeural(generator)) add(uniform(generator, "control"));
  } else if (flow !== null && weighted) addTrained(dwFm(flow.train.detilt, "trained"));
  else if (flow !== null) addTrained(uniform(flow.generator, "trained"));
  else if (generator.kind === "gmm") addTrained(mixture(generator, "trained"));
  else if (!isNeural(generator)) addTrained(fittedMethod(generator, "trained"));

  for (const method of compare) add(baseline(method, pipeline, weighted));

  if (flow !== null && weighted && flow.train.controls) {
    // With an empirical centre the robust method is no flow.
    const main = methods.find(isDwFm)!.id;
    const plain = methods.find((known) => known.how.kind === "dw_fm" && !known.how.detilt)?.id ?? main;
    const detilted = methods.find((known) => known.how.kind === "dw_fm" && known.how.detilt)?.id ?? main;
    add(uniform(flow.generator, "control"));
    add({
      id: "placebo",
      label: "placebo weights",
      role: "control",
      note: `A flow trained with the weights of ${main}, permuted over the training rows: what weighting does without the decision.`,
      how: { kind: "placebo", of: main },
    });
    add({
      id: "uniform_fm_w",
      label: "uniform_fm, ŵ at the decision",
      role: "control",
      note: `Scenarios of the uniform flow weighted by ŵ at the strength of ${plain}: what the tilt alone does.`,
      how: { kind: "reweighted", power: 1, of: plain },
    });
    add({
      id: "uniform_fm_inverse_w",
      label: "uniform_fm, 1/ŵ at the decision",
      role: "control",
      note: `Scenarios of the uniform flow weighted by 1/ŵ at the strength of ${detilted}: what de-tilting alone does.`,
      how: { kind: "reweighted", power: -1, of: detilted },
    });
  }
  const grid = flow === null ? [] : flow.train.strength.grid;
  const needsUniform = methods.some(({ how }) => ["uniform_fm", "reweighted", "gen_dfl"].includes(how.kind));
  const strengths = [...new Set(needsUniform ? [0, ...grid] : grid)].sort((a, b) => a - b);
  return { methods, flow, reference: flow?.train.reference ?? DEFAULT_REFERENCE, strengths };
}

/** The method with its decisions under the worst law; the same without it stays beside it as a control. */
function robustly(method: PlannedMethod, { set }: AmbiguitySpec): PlannedMethod {
  const ball = set.kind === "kl" ? "KL ball" : `W${set.order === "infinity" ? "∞" : set.order} ball`;
  return {
    ...method,
    id: `${method.id}_robust`,
    label: `${method.label}, ${ball}`,
    role: "trained",
    note: `${method.note} Decided under the worst law of the ${ball} around these scenarios.`,
    robust: true,
  };
}

/** The generator that trains by gradient steps, for which Gen-DFL starts from training without weights. */
function trainedFlow({ generator, train, compare }: Pipeline): Plan["flow"] {
  if (!isNeural(generator)) return null;
  if (train.method === "dw_fm") return { generator, train };
  const focused = train.method === "gen_dfl" ? train : compare.find((method) => method.method === "gen_dfl");
  if (focused?.method !== "gen_dfl") return null;
  const { warmup: lengths, batch, optimizer } = focused;
  const steps = Math.max(...lengths);
  return {
    generator,
    lengths,
    train: {
      method: "dw_fm",
      strength: { scale: "relative", grid: [0] },
      reference: DEFAULT_REFERENCE,
      detilt: false,
      steps,
      batch,
      optimizer,
      select: { metric: "regret", on: "validation" },
      controls: false,
    },
  };
}

function genDfl(spec: GenDflSpec, role: MethodRole): PlannedMethod {
  const tail = spec.tail === undefined ? "" : `, tail ${Number((100 * spec.tail).toPrecision(4))}%`;
  return {
    id: spec.tail === undefined ? "gen_dfl" : `gen_dfl_tail_${Number((100 * spec.tail).toPrecision(4))}`,
    label: `gen_dfl${tail}`,
    role,
    note: `The generator trained on for the regret of its decisions under a frozen proxy (004 §4), by the ${spec.surrogate.kind} gradient.`,
    how: { kind: "gen_dfl", spec },
  };
}

/** Whether a method has a model that is trained for its decisions, in a task of its own. */
export function isFocused({ how }: PlannedMethod): boolean {
  return ["gen_dfl", "predictor", "diff_dro", "uncertainty_set"].includes(how.kind);
}

function predictor(spec: DflMethodSpec): PlannedMethod {
  const { name, predictor: net } = spec;
  const kind = net.kind === "linear" ? "Linear predictor" : "Predictor";
  return {
    id: name,
    label: name,
    role: "baseline",
    note: `${kind} trained by ${LOSS_TRAITS[spec.loss.loss].title} (${LOSS_TRAITS[spec.loss.loss].source}).`,
    how: { kind: "predictor", spec },
  };
}

const FITTED: readonly GeneratorSpec["kind"][] = ["gmm", "gmm_nf", "gaussian", "kernel", "knn", "empirical"];

/** Whether a generator is trained by gradient steps on a loss of each row, which can be weighted. */
export function isNeural(generator: GeneratorSpec): generator is NeuralGeneratorSpec {
  return !FITTED.includes(generator.kind);
}

/** @throws Error for a generator that is fitted by its own criterion, which no method that asks is planned for */
export function neuralGenerator(generator: GeneratorSpec): NeuralGeneratorSpec {
  if (isNeural(generator)) return generator;
  throw new Error(`${generator.kind} is not trained by gradient steps.`);
}

/** The model's own generator, trained without weights. Flow matching has a name for it. */
function uniform({ kind }: NeuralGeneratorSpec, role: MethodRole): PlannedMethod {
  const flow = kind === "flow_matching";
  const name = flow ? "uniform_fm" : kind;
  const note = flow ? "The same flow trained without weights." : `The generator ${kind} trained without weights.`;
  return { id: name, label: name, role, note, how: { kind: "uniform_fm" } };
}

function dwFm(detilt: boolean, role: MethodRole): PlannedMethod {
  return {
    id: detilt ? "dw_fm_detilt" : "dw_fm",
    label: detilt ? "dw_fm, de-tilted" : "dw_fm",
    role,
    note: detilt
      ? "Flow trained with decision weights, each scenario weighted by 1/ŵ in the decision; strength chosen on validation."
      : "Flow trained with decision weights (003 §4.3); strength chosen on validation.",
    how: { kind: "dw_fm", detilt },
  };
}

function mixture(spec: MixtureSpec, role: MethodRole): PlannedMethod {
  return {
    id: "gmm",
    label: "gmm",
    role,
    note: "Gaussian mixture on the joint of context and outcome, conditioned in closed form (002 §2).",
    how: { kind: "mixture", spec },
  };
}

/** Each setting that a choice tries under a name of its own: `knn_saa@neighbours=10`. */
function named(how: MethodKind, id: string): MethodKind {
  if (how.kind !== "tuned") return how;
  const candidates = how.candidates.map((candidate, k) => {
    const values = Object.entries(how.chosen[k]!).map(([name, value]) => `${name}=${[value].flat().join("-")}`);
    return { ...candidate, id: `${id}@${values.join(",")}` };
  });
  return { ...how, candidates };
}

function tuned({ name, by, candidates: given }: TunedSpec, pipeline: Pipeline, weighted: boolean): PlannedMethod {
  const candidates = given.map(({ spec }) => baseline(spec, pipeline, weighted));
  const chosen = given.map((candidate) => candidate.chosen);
  const options = Object.keys(chosen[0] ?? {}).join(" and ");
  const { role } = candidates[0]!;
  const note = `With ${options} chosen for each seed among ${given.length} settings, by the least ${by} on validation.`;
  return { id: name, label: `${name}, tuned`, role, note, how: { kind: "tuned", by, candidates, chosen } };
}

const SET_NOTES: Readonly<Record<UncertaintySetSpec["name"], string>> = {
  lro: "Decisions against the worst outcome of an ellipsoid of one shape, learnt so that the promised cost is least and seldom exceeded (Wang et al. 2025).",
  e2e_cro:
    "Decisions against the worst outcome of an ellipsoid that varies with the context, trained for their cost and for conditional coverage (Chenreddy & Delage 2024).",
  e2e_conformal:
    "Decisions against the worst outcome of an ellipsoid that is calibrated by conformal prediction within the training (Yeh et al. 2024).",
};

function baseline(method: MethodSpec, pipeline: Pipeline, weighted: boolean): PlannedMethod {
  const { generator } = pipeline;
  switch (method.method) {
    case "tuned":
      return tuned(method, pipeline, weighted);
    case "dfl":
      return predictor(method);
    case "diff_dro":
      return {
        id: "diff_dro",
        label: "diff_dro",
        role: "baseline",
        note: "Predictor trained through a layer that decides against the worst law of a penalised Wasserstein ball (Ma et al. 2024; 004 §6).",
        how: { kind: "diff_dro", spec: method },
      };
    case "uncertainty_set":
      return {
        id: method.name,
        label: method.name,
        role: "baseline",
        note: SET_NOTES[method.name],
        how: { kind: "uncertainty_set", spec: method },
      };
    case "gen_dfl":
      if (!isNeural(generator) || generator.kind === "flow_matching") throw needsFlow("gen_dfl", generator.kind);
      return genDfl(method, "baseline");
    case "uniform_fm":
      if (!isNeural(generator)) throw needsFlow("uniform_fm", generator.kind);
      return uniform(generator, "baseline");
    case "dw_fm":
      if (!isNeural(generator)) throw needsFlow("dw_fm", generator.kind);
      return weighted ? dwFm(method.detilt, "baseline") : uniform(generator, "baseline");
    case "pto":
      return {
        id: "pto",
        label: "pto",
        role: "baseline",
        note: "Predictor trained on squared error; scenarios are its prediction plus training residuals.",
        how: { kind: "pto", hidden: method.hidden, steps: method.steps },
      };
    case "saa":
      return saa("floor");
    case "knn_saa":
      return nearest(method.neighbours, "floor");
    case "equal_weights":
      return {
        id: "equal_weights",
        label: "equal_weights",
        role: "floor",
        note: "The least-norm feasible point (1/n on a simplex), whatever the context.",
        how: { kind: "equal_weights" },
      };
    case "gmm": {
      const { method: _method, ...rest } = method;
      return mixture({ kind: "gmm", ...rest, scenarios: generator.scenarios }, "baseline");
    }
    case "gmm_nf": {
      const { method: kind, ...rest } = method;
      return fittedMethod({ kind, ...rest, scenarios: generator.scenarios }, "baseline");
    }
    case "gaussian": {
      const { method: kind, ...rest } = method;
      return fittedMethod({ kind, ...rest, scenarios: generator.scenarios }, "baseline");
    }
    case "kernel_saa":
    case "rnw":
    case "forest_saa":
    case "observational_saa":
    case "residual_dro":
    case "dr_saa":
    case "dr_knn_saa":
    case "ot_conditional":
      return observedMethod(method, generator.scenarios);
    case "oracle_saa":
      if (pipeline.data.source.kind !== "synthetic") {
        throw new RuntimeError(RUN_MESSAGES, "method-needs-truth", { method: "oracle_saa" });
      }
      return {
        id: "oracle_saa",
        label: "oracle_saa",
        role: "floor",
        note: `Decision on ${generator.scenarios} scenarios of the true law: the best that so many scenarios allow.`,
        how: { kind: "oracle_saa" },
      };
  }
}

function needsFlow(method: string, generator: string): RuntimeError {
  return new RuntimeError(RUN_MESSAGES, "method-needs-flow", { method, generator });
}
