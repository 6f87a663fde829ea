import { identityOf, placesOf } from "./identity.ts";
import type { GenerationModelIR, OptionsIR } from "../../runtime/ir/model.ts";
import { sizeOf } from "../../runtime/ir/shape.ts";
import type { GenerationMetric, GenerationPipeline } from "../../runtime/generation/spec.ts";
import type { GeneratorSpec } from "../../runtime/spec.ts";
import { Choices, OptionReader, type Implicit } from "./choices.ts";
import { lowerGenerator, lowerMethod, lowerTraining } from "./lower-methods.ts";
import { lowerData } from "./lower-spec.ts";
import type { Places } from "./places.ts";

/** All of a generation pipeline's values; its folder is the emitted file's to say. */
export type GenerationData = Omit<GenerationPipeline, "root" | "drocVersion">;

/** The plain values of a model that decides nothing. */
export function lowerGeneration(
  ir: GenerationModelIR,
  places: Places,
): { readonly data: GenerationData; readonly implicit: Implicit } {
  const choices = new Choices();
  const generator = lowerGenerator(ir.uncertainty.generator, choices);
  const data: GenerationData = {
    kind: "generation",
    ...identityOf(ir),
    places: placesOf(ir, places, ir.train.at ?? ir.uncertainty.at),
    sizes: { context: fieldSize(ir, ir.uncertainty.given), outcome: fieldSize(ir, ir.uncertainty.targets) },
    data: lowerData(withoutUnused(ir), places, choices),
    generator,
    train: trainingOf(ir.train, choices),
    compare: ir.compare.flatMap((method) => comparedGenerator(method, generator, choices)),
    evaluate: lowerEvaluation(ir, choices),
  };
  if (ir.seed.origin === "implicit") choices.mark(data, ["seed"]);
  return { data, implicit: choices };
}

function fieldSize({ data }: GenerationModelIR, names: readonly string[]): number {
  const sizes = data.fields
    .filter(({ name }) => names.includes(name))
    .map(({ axes }) => sizeOf(axes.map(({ size }) => size)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** A context that the law is not conditioned on is not read. */
function withoutUnused(ir: GenerationModelIR): GenerationModelIR {
  const { targets, given } = ir.uncertainty;
  const fields = ir.data.fields.filter(({ role, name }) => role === "index" || [...targets, ...given].includes(name));
  return { ...ir, data: { ...ir.data, fields } };
}

function trainingOf(group: OptionsIR, choices: Choices): GenerationData["train"] {
  const train = lowerTraining(group, choices);
  if (train.method === "fit") return null;
  if (train.method !== "dw_fm") throw new Error(`${train.method} trains for a decision, which this model has not`);
  const { steps, batch, optimizer } = train;
  return { steps, batch, optimizer };
}

/** `uniform_fm` is the generator itself, trained without weights: here that is what is trained. */
function comparedGenerator(
  group: OptionsIR,
  { scenarios }: GeneratorSpec,
  choices: Choices,
): readonly GenerationData["compare"][number][] {
  const method = lowerMethod(group, choices);
  switch (method.method) {
    case "uniform_fm":
      return [];
    case "gmm":
    case "gmm_nf":
    case "gaussian": {
      const spec: GeneratorSpec =
        method.method === "gmm"
          ? { kind: "gmm", ...withoutName(method), scenarios }
          : method.method === "gmm_nf"
            ? { kind: "gmm_nf", ...withoutName(method), scenarios }
            : { kind: "gaussian", ...withoutName(method), scenarios };
      choices.mark(spec, ["scenarios", ...Object.keys(method).filter((key) => choices.has(method, key))]);
      return [spec];
    }
    default:
      throw new Error(`${group.name} decides, which this model does not`);
  }
}

function withoutName<M extends { readonly method: string }>({ method: _method, ...options }: M): Omit<M, "method"> {
  return options;
}

const METRICS: readonly GenerationMetric[] = ["mmd", "marginals", "correlation", "coverage", "calibration"];

function lowerEvaluation({ evaluate }: GenerationModelIR, choices: Choices): GenerationData["evaluate"] {
  const group: OptionsIR = { name: "evaluate", options: evaluate.options };
  const read = new OptionReader(group);
  return choices.lowered(
    {
      on: evaluate.on,
      metrics: evaluate.metrics.map(({ name }) => {
        const found = METRICS.find((metric) => metric === name);
        if (found === undefined) throw new Error(`no metric of scenarios is called ${name}`);
        return found;
      }),
      seeds: read.number("seeds"),
      contexts: read.number("contexts"),
    },
    group,
  );
}
