import { format } from "prettier";
import type { ForecastModelIR } from "../../runtime/ir/model.ts";
import { sizeOf } from "../../runtime/ir/shape.ts";
import { headerComment } from "./identity.ts";
import { LiteralWriter, memberName } from "./literal.ts";
import { lowerForecast, type ForecastValues } from "./lower-forecast.ts";
import { Names, reserved } from "./names.ts";
import type { EmitOptions } from "./pipeline.ts";
import { Places } from "./places.ts";
import { rowLossText, type RowInput } from "./row-loss.ts";
import { commentText, docComment, excerpt, stringLiteral } from "./text.ts";

/** What an emitted forecast declares or binds, beside the language's own words. */
const declared = [
  ..."ops predictions targets inputs predict predictMany predictors openPredictor createPredictor stress budgets".split(
    " ",
  ),
  ..."Inputs Prediction ForecastDataSpec GeneratorSpec PredictorDecisionSpec PredictorEvaluationSpec".split(" "),
  ..."PredictorMethodSpec PredictorRiskSpec RowLoss StressSpec predictor risk runFolder row numbers".split(" "),
];

/**
 * The pipeline of a model whose decision is a predictor, as the text of a strict TypeScript module that imports
 * `droc/runtime` alone: the data and their windows, the network, the loss of a row as a tensor program, training, test sets,
 * and `predict`. Nothing that a spec contains becomes code but through `stringLiteral`, `commentText`, `Names`,
 * `numberLiteral` and `rowLossText`.
 */
export async function emitForecast(ir: ForecastModelIR, options: EmitOptions): Promise<string> {
  const places = new Places(ir.files, options.sources);
  const { data, implicit } = lowerForecast(ir, places);
  const literals = new LiteralWriter(implicit);
  // One-letter words are free: the loss is all that has names of the spec in it.
  const names = new Names([...reserved.filter((word) => word.length > 1), ...declared]);
  const paramNames = new Map(ir.params.map((param) => [param.name, names.take(param.name)]));
  const loss = rowLossText(ir.loss.graph, rowInputs(data), names, paramNames);
  const header = headerComment(ir, data.irHash, options);
  const params = ir.params
    .filter((param) => loss.usedParams.has(param.name))
    .map((param) => {
      const value = param.axes.length === 0 ? literals.write(param.value[0]) : literals.write(param.value);
      return `${docComment([commentText(places.line(param.at))])}\nexport const ${paramNames.get(param.name)!} = ${value};`;
    });
  const lossText = places.text(ir.loss.at);
  const lossComment = lossText === null ? commentText(ir.loss.name) : excerpt(lossText);
  const constant = (name: string, type: string, value: unknown, comment: string): string =>
    `${docComment([comment])}\nconst ${name}: ${type} = ${literals.write(value)};`;
  const { generator, budgets, stress } = data;
  const types = [
    "ForecastDataSpec",
    ...(generator === undefined ? [] : ["GeneratorSpec"]),
    "PredictorDecisionSpec",
    "PredictorEvaluationSpec",
    "PredictorMethodSpec",
    "PredictorRiskSpec",
    "RowLoss",
    ...(stress === undefined ? [] : ["StressSpec"]),
  ];
  const line = (at: Parameters<Places["line"]>[0]): string => commentText(places.line(at));
  const body = [
    constant("data", "ForecastDataSpec", data.data, `Data ${commentText(ir.data.name)} (${line(ir.data.at)}).`),
    constant(
      "predictor",
      "PredictorDecisionSpec",
      data.predictor,
      `The decision: a network (${line(ir.predictor.at)}).`,
    ),
    `${docComment([`The loss of each row as a tensor program: ${lossComment} (${line(ir.loss.at)}).`, "Every value is [rows, elements]."])}
const loss: RowLoss = ({ ${loss.reads.join(", ")} }) => {\n${loss.lines.join("\n")}\n};`,
    constant("risk", "PredictorRiskSpec", data.risk, `${excerpt(ir.risk.text)} (${line(ir.risk.at)})`),
    ...(generator === undefined
      ? []
      : [
          constant(
            "generator",
            "GeneratorSpec",
            generator,
            `The joint law of inputs and target (${line(ir.uncertainty.at)}).`,
          ),
        ]),
    ...(budgets === undefined
      ? []
      : [
          constant(
            "budgets",
            "readonly number[]",
            budgets,
            `Largest reconstruction loss of that law (${line(ir.ambiguity?.at)}).`,
          ),
        ]),
    constant("training", "PredictorMethodSpec", data.train, `How it is trained (${line(ir.train.at)}).`),
    constant("comparison", "readonly PredictorMethodSpec[]", data.compare, "What it is compared with."),
    ...(stress === undefined
      ? []
      : [constant("stress", "StressSpec", stress, `Corrupted copies of the test rows (${line(ir.stress?.at)}).`)]),
    constant("evaluation", "PredictorEvaluationSpec", data.evaluate, "What is measured."),
    pipelineText(data, options, literals, implicit.has(data, "seed")),
    ...predictText(data),
    options.device === undefined
      ? "await main(pipeline, import.meta.url);"
      : `await main(pipeline, import.meta.url, { device: ${stringLiteral(options.device)} });`,
  ];
  const parts = [
    header,
    'import { createPredictor, definePipeline, main, ops } from "droc/runtime";',
    `import type { ${types.join(", ")} } from "droc/runtime";`,
    ...params,
    // The helpers are known once every literal is written.
    ...(literals.helpers.has("repeat")
      ? [
          "const repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);",
        ]
      : []),
    ...body,
  ];
  return format(parts.join("\n\n").trim(), { parser: "typescript", printWidth: 120 });
}

/** Where each name in the loss stands among the columns of a row. */
function rowInputs({ predictor }: ForecastValues): readonly RowInput[] {
  const { name, target, inputs } = predictor;
  const width = inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  let at = 0;
  return [
    { name, tensor: "predictions", from: 0, size: target.size, width: target.size },
    { name: target.name, tensor: "targets", from: 0, size: target.size, width: target.size },
    ...inputs.map((input): RowInput => {
      const size = sizeOf(input.shape);
      const from = at;
      at += size;
      return { name: input.name, tensor: "inputs", from, size, width };
    }),
  ];
}

function pipelineText(
  data: ForecastValues,
  options: EmitOptions,
  literals: LiteralWriter,
  seedChosen: boolean,
): string {
  return `export const pipeline = definePipeline({
kind: "forecast",
name: ${literals.write(data.name)},
doc: ${literals.write(data.doc)},
irHash: ${literals.write(data.irHash)},
drocVersion: ${literals.write(options.drocVersion)},
seed: ${literals.write(data.seed)},${seedChosen ? " // default" : ""}
root: new URL(${stringLiteral(options.root)}, import.meta.url),
places: ${literals.write(data.places)},
data,
predictor,
loss,
risk,${data.generator === undefined ? "" : "\ngenerator,"}${data.budgets === undefined ? "" : "\nbudgets,"}
train: training,
compare: comparison,${data.stress === undefined ? "" : "\nstress,"}
evaluate: evaluation,
});`;
}

/** A member of the inputs. */
function access(name: string): string {
  return memberName(name) === name ? `inputs.${name}` : `inputs[${stringLiteral(name)}]`;
}

/** `predict(inputs, runFolder)`, `predictMany` and `dispose`: what an application imports. */
function predictText({ predictor }: ForecastValues): readonly string[] {
  const { inputs, target } = predictor;
  const members = inputs.map(({ name, shape }) => {
    const count = shape.length === 0 ? "one number" : `${sizeOf(shape)} numbers, [${shape.join(", ")}]`;
    return `/** ${count}, as in the data. */\nreadonly ${memberName(name)}: ${shape.length === 0 ? "number" : "readonly number[]"};`;
  });
  const values = inputs.map(({ name, shape }) => (shape.length === 0 ? access(name) : `...${access(name)}`));
  const whole = target.size === 1 ? "values[0]!" : "Array.from(values)";
  return [
    `${docComment(["What the predictor reads."])}\nexport interface Inputs {\n${members.join("\n")}\n}`,
    `${docComment(["What it predicts."])}\nexport interface Prediction {\nreadonly ${memberName(target.name)}: ${target.size === 1 ? "number" : "readonly number[]"};\n}`,
    `const predictors = new Map<string, ReturnType<typeof createPredictor>>();`,
    `${docComment(["Opened once for each run folder, and kept until `dispose`."])}
function openPredictor(runFolder: string): ReturnType<typeof createPredictor> {
  const opened = predictors.get(runFolder) ?? createPredictor(pipeline, runFolder);
  predictors.set(runFolder, opened);
  // A folder that could not be opened may be whole the next time.
  opened.catch(() => predictors.delete(runFolder));
  return opened;
}`,
    `${docComment(["A row's numbers in the order of the model."])}
function row(inputs: Inputs): Float64Array {
  return Float64Array.of(${values.join(", ")});
}`,
    `${docComment(["A prediction's numbers by name."])}
function named(values: Float64Array): Prediction {
  return { ${memberName(target.name)}: ${whole} };
}`,
    `${docComment(["The prediction at inputs as they are in the data (not transformed), by the predictor trained in `runFolder`."])}
export async function predict(inputs: Inputs, runFolder: string): Promise<Prediction> {
  const opened = await openPredictor(runFolder);
  return named(await opened.predict(row(inputs)));
}`,
    `${docComment(["Predictions at many rows of inputs, in their order, each as soon as it is there. There may be any number of rows: they are", "asked for as they are needed."])}
export async function* predictMany(
  rows: AsyncIterable<Inputs> | Iterable<Inputs>,
  runFolder: string,
): AsyncGenerator<Prediction> {
  const opened = await openPredictor(runFolder);
  const numbers = async function* () {
    for await (const inputs of rows) yield row(inputs);
  };
  for await (const values of opened.many(numbers())) yield named(values);
}`,
    `${docComment(["Lets go of the programs that predicting has opened."])}
export async function dispose(): Promise<void> {
  const opened = [...predictors.values()];
  predictors.clear();
  for (const predictor of await Promise.all(opened)) await predictor.dispose();
}`,
  ];
}
