import type { OptionsIR } from "../../runtime/ir/model.ts";
import type {
  AdamSpec,
  DwFmSpec,
  GeneratorSpec,
  MethodSpec,
  MixtureSpec,
  ReferenceSpec,
  TrainSpec,
} from "../../runtime/spec.ts";
import { OptionReader, type Choices } from "./choices.ts";

export function lowerGenerator(group: OptionsIR, choices: Choices): GeneratorSpec {
  const read = new OptionReader(group);
  switch (group.name) {
    case "flow_matching":
      return choices.lowered(
        {
          kind: "flow_matching",
          hidden: read.numbers("hidden"),
          activation: read.word("activation", ["relu", "silu", "tanh", "gelu"]),
          solver: read.word("solver", ["euler", "midpoint", "rk4"]),
          odeSteps: read.number("ode_steps"),
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
    default:
      throw new Error(`no generator is called ${group.name}`);
  }
}

function mixture(read: OptionReader): Omit<MixtureSpec, "kind" | "scenarios"> {
  const { candidates, by } = read.choice("components");
  return {
    components: candidates,
    criterion: by === "bic" || by === "holdout" ? by : "aic",
    covariance: read.word("covariance", ["full", "diagonal"]),
    restarts: read.number("restarts"),
    floor: read.number("floor"),
  };
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
    case "uniform_fm": {
      // Flow matching without weights is the decision-weighted one with strength 0 alone.
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
    case "fit":
      return { method: "fit" };
    default:
      throw new Error(`no training method is called ${group.name}`);
  }
}

function trainingOptions(read: OptionReader, choices: Choices): Pick<DwFmSpec, "steps" | "batch" | "optimizer"> {
  return {
    steps: read.number("steps"),
    batch: read.number("batch"),
    optimizer: lowerOptimizer(read.group("optimizer"), choices),
  };
}

function lowerOptimizer(group: OptionsIR, choices: Choices): AdamSpec {
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

export function lowerMethod(group: OptionsIR, choices: Choices): MethodSpec {
  const read = new OptionReader(group);
  const lowered = (spec: MethodSpec, names: Readonly<Record<string, string>> = {}): MethodSpec =>
    choices.lowered(spec, group, names);
  switch (group.name) {
    case "uniform_fm":
    case "saa":
    case "equal_weights":
    case "oracle_saa":
      return { method: group.name };
    case "dw_fm":
      return lowered({ method: "dw_fm", detilt: read.boolean("detilt") });
    case "pto":
      return lowered({ method: "pto", hidden: read.numbers("hidden"), steps: read.number("steps") });
    case "knn_saa":
      return lowered({ method: "knn_saa", neighbours: read.number("neighbours") });
    case "gmm":
      return lowered({ method: "gmm", ...mixture(read) }, { criterion: "components" });
    default:
      throw new Error(`no method to compare with is called ${group.name}`);
  }
}
