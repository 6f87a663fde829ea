import type { OptionsIR } from "../../runtime/ir/model.ts";
import { lowerDflMethod } from "./lower-dfl.ts";
import type {
  AdamSpec,
  BaselineSpec,
  DwFmSpec,
  GenDflSpec,
  GeneratorSpec,
  KernelSpec,
  MethodSpec,
  MixtureFlowSpec,
  MixtureSpec,
  NoiseNetSpec,
  RadiusChoice,
  ReferenceSpec,
  TrainSpec,
} from "../../runtime/spec.ts";
import { isNeural } from "../../runtime/methods/plan.ts";
import { OptionReader, type Choices } from "./choices.ts";
import { lowerTuned } from "./lower-tuning.ts";

export function lowerGenerator(group: OptionsIR, choices: Choices): GeneratorSpec {
  const read = new OptionReader(group);
  switch (group.name) {
    case "flow_matching":
      return choices.lowered(
        {
          kind: "flow_matching",
          hidden: read.numbers("hidden"),
          activation: read.word("activation", ["relu", "silu", "tanh", "gelu"]),
          solver: read.word("solver", ["euler", "midpoint", "rk4", "dormand_prince"]),
          odeSteps: read.number("ode_steps"),
          // What the spec leaves at its default is not spelled out: the other solvers have no tolerance.
          ...(read.value("solver") === "dormand_prince" ? { tolerance: read.number("tolerance") } : {}),
          ...(read.has("coupling") && read.value("coupling") === "minibatch_ot"
            ? { coupling: "minibatch_ot" as const }
            : {}),
          ema: read.number("ema"),
          scenarios: read.number("scenarios"),
        },
        group,
        { odeSteps: "ode_steps" },
      );
    case "gmm": {
      const spec: MixtureSpec = { kind: "gmm", ...mixture(read), scenarios: read.number("scenarios") };
      return choices.lowered(spec, group, { criterion: "components" });
    }
    case "gmm_nf":
      return choices.lowered({ kind: "gmm_nf", ...mixtureFlow(read), scenarios: read.number("scenarios") }, group, {
        criterion: "components",
      });
    case "gaussian":
      return choices.lowered(
        { kind: "gaussian", floor: read.number("floor"), scenarios: read.number("scenarios") },
        group,
      );
    case "kernel":
      return choices.lowered({ kind: "kernel", ...kernel(read), scenarios: read.number("scenarios") }, group, KERNEL);
    case "knn":
      return choices.lowered(
        { kind: "knn", neighbours: read.number("neighbours"), scenarios: read.number("scenarios") },
        group,
      );
    case "empirical":
      return choices.lowered({ kind: "empirical", scenarios: read.number("scenarios") }, group);
    case "ddpm":
      return choices.lowered(
        {
          kind: "ddpm",
          net: lowerNoiseNet(read.group("net"), choices),
          steps: read.number("steps"),
          schedule: read.word("schedule", ["linear", "cosine"]),
          sampler: read.word("sampler", ["ddim", "ancestral"]),
          samplingSteps: read.number("sampling_steps"),
          ema: read.number("ema"),
          scenarios: read.number("scenarios"),
        },
        group,
        { samplingSteps: "sampling_steps" },
      );
    case "score_sde":
      return choices.lowered(
        {
          kind: "score_sde",
          net: lowerNoiseNet(read.group("net"), choices),
          sde: read.word("sde", ["vp", "ve"]),
          sampler: read.word("sampler", ["sde", "probability_flow"]),
          steps: read.number("steps"),
          ema: read.number("ema"),
          scenarios: read.number("scenarios"),
        },
        group,
      );
    case "vae":
      return choices.lowered(
        {
          kind: "vae",
          latent: read.number("latent"),
          hidden: read.numbers("hidden"),
          ema: read.number("ema"),
          scenarios: read.number("scenarios"),
        },
        group,
      );
    case "normalizing_flow":
      return choices.lowered(
        {
          kind: "normalizing_flow",
          flow: read.word("kind", ["arqs", "coupling"]),
          bins: read.number("bins"),
          hidden: read.numbers("hidden"),
          layers: read.number("layers"),
          ema: read.number("ema"),
          scenarios: read.number("scenarios"),
        },
        group,
        // The member `kind` says which generator it is.
        { kind: "", flow: "kind" },
      );
    default:
      throw new Error(`no generator is called ${group.name}`);
  }
}

/** @throws Error on a network that is checked and not run yet */
function lowerNoiseNet(group: OptionsIR, choices: Choices): NoiseNetSpec {
  const read = new OptionReader(group);
  switch (group.name) {
    case "mlp":
      return choices.lowered({ kind: "mlp", hidden: read.numbers("hidden") }, group);
    case "unet1d":
      return choices.lowered({ kind: "unet1d", channels: read.numbers("channels") }, group);
    default:
      throw new Error(`no network is called ${group.name}`);
  }
}

function mixture(read: OptionReader): Omit<MixtureSpec, "kind" | "scenarios"> {
  const { candidates, by } = read.choice("components");
  return {
    components: candidates,
    criterion: by === "bic" || by === "holdout" ? by : "aic",
    covariance: read.word("covariance", ["full", "diagonal", "tied"]),
    restarts: read.number("restarts"),
    floor: read.number("floor"),
  };
}

function mixtureFlow(read: OptionReader): Omit<MixtureFlowSpec, "kind" | "scenarios"> {
  const { candidates, by } = read.choice("components");
  return {
    components: candidates,
    criterion: by === "bic" || by === "holdout" ? by : "aic",
    bins: read.number("bins"),
    hidden: read.numbers("hidden"),
    holdout: read.number("holdout"),
    patience: read.number("patience"),
    epochs: read.number("epochs"),
  };
}

/** Options behind the members of a kernel and of a choice of radius. */
const KERNEL = { bandwidths: "bandwidth", criterion: "bandwidth" } as const;
const RADIUS = { radii: "radius", select: "radius" } as const;

function kernel(read: OptionReader): Omit<KernelSpec, "kind" | "scenarios"> {
  const { candidates, by } = read.choice("bandwidth");
  return { bandwidths: candidates, criterion: by === "holdout" ? by : "cross_validation" };
}

function radius(read: OptionReader): RadiusChoice {
  const { candidates, by } = read.choice("radius");
  return { radii: candidates, select: by === "cross_validation" ? by : "holdout" };
}

/** Without a training method the generator is fitted by its own criterion. */
export function lowerTraining(group: OptionsIR, choices: Choices): TrainSpec {
  const read = new OptionReader(group);
  switch (group.name) {
    case "dw_fm": {
      const absolute = read.has("lambda") && !(read.has("lambda_relative") && read.isImplicit("lambda"));
      const option = absolute ? "lambda" : "lambda_relative";
      return choices.lowered(
        {
          method: "dw_fm",
          strength: { scale: absolute ? "absolute" : "relative", grid: read.choice(option).candidates },
          reference: lowerReference(read.group("reference"), choices),
          detilt: read.boolean("detilt"),
          ...trainingOptions(read, choices),
          select: { metric: "regret", on: "validation" },
          controls: read.boolean("controls"),
        },
        group,
        { strength: option },
      );
    }
    case "gen_dfl":
      return lowerGenDfl(group, choices);
    case "uniform_fm":
      return withoutWeights(read, group, choices);
    case "fit":
      // A mixture takes no steps.
      return read.has("steps") ? withoutWeights(read, group, choices) : { method: "fit" };
    default:
      throw new Error(`no training method is called ${group.name}`);
  }
}

/** @throws Error on a proxy that is no neural generator */
function lowerGenDfl(group: OptionsIR, choices: Choices): GenDflSpec {
  const read = new OptionReader(group);
  const proxy = lowerGenerator(read.group("proxy"), choices);
  if (!isNeural(proxy)) throw new Error(`${proxy.kind} cannot be a proxy`);
  const spec: GenDflSpec = {
    method: "gen_dfl",
    beta: read.choice("beta").candidates,
    gamma: read.number("gamma"),
    samples: read.number("samples"),
    ramp: read.number("ramp"),
    contexts: read.number("contexts"),
    ...(read.has("tail") ? { tail: read.number("tail") } : {}),
    proxy,
    warmup: read.choice("warmup").candidates,
    surrogate: lowerSurrogate(read.group("surrogate"), choices),
    ...trainingOptions(read, choices),
  };
  return choices.lowered(spec, group);
}

function lowerSurrogate(group: OptionsIR, choices: Choices): GenDflSpec["surrogate"] {
  const read = new OptionReader(group);
  if (group.name === "implicit") return choices.lowered({ kind: "implicit" }, group);
  if (group.name !== "contrastive") throw new Error(`no surrogate is called ${group.name}`);
  const pool = read.has("pool") ? read.word("pool", ["cache", "neighbours"]) : "cache";
  const solve = read.has("solve") ? read.number("solve") : 0.1;
  const hinge = read.has("hinge") ? read.boolean("hinge") : true;
  return choices.lowered({ kind: "contrastive", pool, solve, hinge }, group);
}

/** Training without weights is the decision-weighted one with strength 0 alone. */
function withoutWeights(read: OptionReader, group: OptionsIR, choices: Choices): TrainSpec {
  const spec: DwFmSpec = {
    method: "dw_fm",
    strength: { scale: "relative", grid: [0] },
    reference: { kind: "saa", folds: 5 },
    detilt: false,
    ...trainingOptions(read, choices),
    select: { metric: "regret", on: "validation" },
    controls: false,
  };
  return choices.lowered(spec, group);
}

function trainingOptions(read: OptionReader, choices: Choices): Pick<DwFmSpec, "steps" | "batch" | "optimizer"> {
  return {
    steps: read.number("steps"),
    batch: read.number("batch"),
    optimizer: lowerOptimizer(read.group("optimizer"), choices),
  };
}

export function lowerOptimizer(group: OptionsIR, choices: Choices): AdamSpec {
  const read = new OptionReader(group);
  if (group.name !== "adam") throw new Error(`no optimizer is called ${group.name}`);
  const spec: AdamSpec = { kind: "adam", rate: read.number("rate"), weightDecay: read.number("weight_decay") };
  return choices.lowered(spec, group, { weightDecay: "weight_decay" });
}

function lowerReference(group: OptionsIR, choices: Choices): ReferenceSpec {
  const read = new OptionReader(group);
  switch (group.name) {
    case "saa":
      return choices.lowered({ kind: "saa", folds: read.number("folds") }, group);
    case "knn_saa":
      return choices.lowered(
        { kind: "knn_saa", folds: read.number("folds"), neighbours: read.number("neighbours") },
        group,
      );
    default:
      throw new Error(`no reference decision is called ${group.name}`);
  }
}

/** A baseline; options that are chosen on validation make it a choice among several. */
export function lowerMethod(group: OptionsIR, choices: Choices): MethodSpec {
  return lowerTuned(group, (one) => lowerBaseline(one, choices));
}

function lowerBaseline(group: OptionsIR, choices: Choices): BaselineSpec {
  const read = new OptionReader(group);
  const lowered = (spec: BaselineSpec, names: Readonly<Record<string, string>> = {}): BaselineSpec =>
    choices.lowered(spec, group, names);
  switch (group.name) {
    case "uniform_fm":
    case "saa":
    case "equal_weights":
    case "oracle_saa":
      return { method: group.name };
    case "gen_dfl":
      return lowerGenDfl(group, choices);
    case "dw_fm":
      return lowered({ method: "dw_fm", detilt: read.boolean("detilt") });
    case "pto":
      return lowered({ method: "pto", hidden: read.numbers("hidden"), steps: read.number("steps") });
    case "knn_saa":
      return lowered({ method: "knn_saa", neighbours: read.number("neighbours") });
    case "gmm":
      return lowered({ method: "gmm", ...mixture(read) }, { criterion: "components" });
    case "gmm_nf":
      return lowered({ method: "gmm_nf", ...mixtureFlow(read) }, { criterion: "components" });
    case "gaussian":
      return lowered({ method: "gaussian", floor: read.number("floor") });
    case "kernel_saa":
      return lowered({ method: "kernel_saa", ...kernel(read) }, KERNEL);
    case "rnw":
      return lowered({ method: "rnw", ...kernel(read), regularization: read.number("regularization") }, KERNEL);
    case "forest_saa":
      return lowered({ method: "forest_saa", trees: read.number("trees"), leaf: read.number("leaf") });
    case "observational_saa":
      return lowered({ method: "observational_saa", ...mixture(read) }, { criterion: "components" });
    case "residual_dro":
      return lowered({ method: "residual_dro", ...radius(read) }, RADIUS);
    case "dr_saa":
      return lowered({ method: "dr_saa", ...radius(read) }, RADIUS);
    case "dr_knn_saa":
      return lowered({ method: "dr_knn_saa", neighbours: read.number("neighbours"), ...radius(read) }, RADIUS);
    case "ot_conditional":
      return lowered(
        {
          method: "ot_conditional",
          neighbourhood: read.number("neighbourhood"),
          probability: read.number("probability"),
          contextCost: read.number("context_cost"),
          ...radius(read),
        },
        { contextCost: "context_cost", ...RADIUS },
      );
    default: {
      const focused = lowerDflMethod(group, choices);
      if (focused !== null) return focused;
      throw new Error(`no method to compare with is called ${group.name}`);
    }
  }
}
