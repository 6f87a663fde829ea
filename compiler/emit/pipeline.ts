import { Project, VariableDeclarationKind, type StatementStructures, StructureKind } from "ts-morph";
import { format } from "prettier";
import type { CanonicalProblem, Layout } from "../analyse/index.ts";
import type { ModelIR, ParamIR, QuantityIR } from "../../runtime/ir/model.ts";
import { conicText } from "./conic.ts";
import { describeLayout, problemFunctions, type FunctionText, type ProblemFunctions } from "./functions.ts";
import { headerComment } from "./identity.ts";
import { LiteralWriter } from "./literal.ts";
import { lowerPipeline, showUnit, type LoweredPipeline } from "./lower-spec.ts";
import { Names } from "./names.ts";
import { Places } from "./places.ts";
import { commentLines, commentText, docComment, excerpt, stringLiteral } from "./text.ts";

export interface EmitOptions {
  /** Texts of the model's files in order, for lines and excerpts in comments. */
  readonly sources: readonly (string | undefined)[];
  /** The folder of the spec as seen from the emitted file: a relative URL that ends in `/`. */
  readonly root: string;
  readonly drocVersion: string;
  /** Device that the emitted program runs on unless its command line names another. */
  readonly device?: string;
}

/**
 * The model's pipeline as the text of a strict TypeScript module that imports `droc/runtime` alone.
 *
 * Nothing that a spec contains becomes code: its strings pass `stringLiteral`, its texts `commentText`, its names
 * `Names`, its numbers `numberLiteral`, its expressions `BodyWriter`.
 *
 * @throws Error on a model with problems: the compiler reports those first.
 */
export async function emitPipeline(ir: ModelIR, options: EmitOptions): Promise<string> {
  const places = new Places(ir.files, options.sources);
  const lowered = lowerPipeline(ir, places);
  const project = new Project({ useInMemoryFileSystem: true, compilerOptions: { strict: true } });
  const file = project.createSourceFile("pipeline.ts");
  file.addStatements(moduleStatements(ir, lowered, places, options));
  file.insertText(0, `${headerComment(ir, lowered.data.irHash, options)}\n`);
  return format(file.getFullText().trim(), { parser: "typescript", printWidth: 120 });
}

type Statement = string | StatementStructures;

const runtimeTypes = [
  "DataSpec",
  "DecisionProblem",
  "EvaluationSpec",
  "FeasibleSet",
  "GeneratorSpec",
  "MethodSpec",
  "RiskSpec",
  "TrainSpec",
] as const;

function moduleStatements(
  ir: ModelIR,
  lowered: LoweredPipeline,
  places: Places,
  options: EmitOptions,
): readonly Statement[] {
  const { canonical, data } = lowered;
  const { device } = options;
  const { layouts } = canonical;
  const names = new Names();
  const literals = new LiteralWriter(lowered.implicit);
  const paramNames = new Map(ir.params.map((param) => [param.name, names.take(param.name)]));
  const functions = problemFunctions(ir, canonical, names, paramNames);
  const { conic } = canonical;
  const form =
    conic === null ? null : conicText(ir, { ...canonical, conic }, functions.curvedConstraints, places, literals);
  const lossText = places.text(ir.loss.at);
  const lossComment = `${lossText === null ? `loss ${commentText(ir.loss.name)}` : excerpt(lossText)} (${commentText(places.line(ir.loss.at))})`;

  const params = ir.params.map((param) => paramStatement(param, paramNames, functions.usedParams, places, literals));
  const tables = functions.tables.map(([name, values]) =>
    constant(name, null, `[${values.map((v) => literals.write(v)).join(", ")}]`),
  );
  const problem: readonly Statement[] = [
    fn("loss", "number", functions.loss, [`ℓ(z, s) at context x: ${lossComment}`]),
    fn("lossGradientZ", "void", functions.lossGradientZ, ["∇_z ℓ(z, s), derived from the loss."]),
    fn("lossGradientS", "void", functions.lossGradientS, ["∇_s ℓ(z, s), derived from the loss."]),
    fn("extendedGradientS", "void", functions.extendedGradientS, extendedComment(ir)),
    ...piecesStatements(canonical, functions),
    constant("feasible", "FeasibleSet", feasibleText(lowered, literals), ["Where the decision may lie."]),
    ...(functions.curvedRisk === null
      ? []
      : [
          fn("curvedRisk", "number", functions.curvedRisk, [
            "The part of the risk beside the loss, which no quadratic is.",
          ]),
        ]),
    constant("risk", "RiskSpec", riskText(lowered, literals, functions.curvedRisk !== null), [
      `${excerpt(ir.risk.text)} (${commentText(places.line(ir.risk.at))})`,
    ]),
    ...(form === null ? [] : [constant("conic", "ConicForm", form.initializer, form.doc)]),
    ...(data.search === undefined
      ? []
      : [
          constant("search", "IntegerSearchSpec", literals.write(data.search), [
            `When the search for a whole decision ends (${commentText(places.line(ir.solve?.at))}).`,
          ]),
        ]),
    constant(
      "problem",
      "DecisionProblem",
      `{ sizes: ${literals.write(data.sizes)}, loss, lossGradientZ, lossGradientS, extendedGradientS, pieces, feasible, risk${form === null ? "" : ", conic"}${data.search === undefined ? "" : ", search"} }`,
    ),
  ];
  const ambiguity: readonly Statement[] =
    data.ambiguity === undefined
      ? []
      : [
          constant("ambiguity", "AmbiguitySpec", literals.write(data.ambiguity), [
            `The laws among which the worst one counts (${commentText(places.line(ir.ambiguity?.at))}).`,
          ]),
        ];
  const training: readonly Statement[] = [
    constant("generator", "GeneratorSpec", literals.write(data.generator), [
      `The law of the outcome given the context (${commentText(places.line(ir.uncertainty.at))}).`,
    ]),
    constant("training", "TrainSpec", literals.write(data.train), [
      `How it is trained${ir.train.at === undefined ? "" : ` (${commentText(places.line(ir.train.at))})`}.`,
    ]),
    constant("comparison", "readonly MethodSpec[]", literals.write(data.compare), ["What it is compared with."]),
    constant("evaluation", "EvaluationSpec", literals.write(data.evaluate), ["What is measured, and under which law."]),
  ];
  const dataStatement = constant("data", "DataSpec", literals.write(data.data), [
    `Data ${commentText(ir.data.name)} (${commentText(places.line(ir.data.at))}).`,
  ]);
  const pipeline = constant("pipeline", null, pipelineText(ir, lowered, options, literals), [], true);
  return [
    {
      kind: StructureKind.ImportDeclaration,
      moduleSpecifier: "droc/runtime",
      namedImports: ["createDecision", "definePipeline", "main"],
    },
    {
      kind: StructureKind.ImportDeclaration,
      moduleSpecifier: "droc/runtime",
      isTypeOnly: true,
      namedImports: [
        ...(data.ambiguity === undefined ? [] : ["AmbiguitySpec"]),
        ...(form === null ? [] : ["ConicForm"]),
        ...(data.search === undefined ? [] : ["IntegerSearchSpec"]),
        ...runtimeTypes,
      ],
    },
    ...params,
    fieldsInterface("Context", "What is known when deciding", layouts.context),
    fieldsInterface("Outcome", "What is uncertain", layouts.outcome),
    fieldsInterface("Decision", "What is decided", layouts.decision),
    ...helperStatements(literals),
    dataStatement,
    ...tables,
    ...problem,
    ...ambiguity,
    ...training,
    pipeline,
    ...decideStatements(layouts.context, layouts.decision),
    device === undefined
      ? "await main(pipeline, import.meta.url);"
      : `await main(pipeline, import.meta.url, { device: ${stringLiteral(device)} });`,
  ];
}

function constant(
  name: string,
  type: string | null,
  initializer: string,
  doc: readonly string[] = [],
  isExported = false,
): StatementStructures {
  return {
    kind: StructureKind.VariableStatement,
    declarationKind: VariableDeclarationKind.Const,
    isExported,
    leadingTrivia: doc.length === 0 ? "\n" : `\n${docComment(doc)}\n`,
    declarations: [{ name, initializer, ...(type === null ? {} : { type }) }],
  };
}

function fn(name: string, returnType: string, text: FunctionText, doc: readonly string[]): StatementStructures {
  return {
    kind: StructureKind.Function,
    name,
    returnType,
    leadingTrivia: `\n${docComment(doc)}\n`,
    parameters: text.parameters.map(([parameter, type]) => ({ name: parameter, type })),
    statements: [...text.lines],
  };
}

/** Parameters that the functions read are used by name; the others are already part of the numbers below. */
function paramStatement(
  param: ParamIR,
  paramNames: ReadonlyMap<string, string>,
  used: ReadonlySet<string>,
  places: Places,
  literals: LiteralWriter,
): StatementStructures {
  const unit = showUnit(param.unit);
  const doc = [
    ...(param.doc === undefined ? [] : commentLines(param.doc)),
    [
      ...(unit === "" ? [] : [commentText(unit)]),
      commentText(places.line(param.at)),
      ...(param.overridden ? ["set when the pipeline was built"] : []),
      ...(used.has(param.name) ? [] : ["already part of the numbers below"]),
    ].join("; "),
  ];
  const value = param.axes.length === 0 ? literals.write(param.value[0]) : literals.write(param.value);
  return constant(paramNames.get(param.name)!, null, value, doc, true);
}

function quantityComment(quantity: QuantityIR, size: number): string {
  const axes = quantity.axes.map((axis) => (axis.dim === null ? String(axis.size) : commentText(axis.dim)));
  const unit = showUnit(quantity.unit);
  const shape = axes.length === 0 ? "one number" : `${size} numbers, [${axes.join(", ")}]`;
  const doc = quantity.doc === undefined ? "" : ` ${commentLines(quantity.doc).join(" ")}`;
  return `${shape}${unit === "" ? "" : `, in ${commentText(unit)}`}.${doc}`;
}

/** Members by field: their identifiers, in the order of the vector. */
function memberNames(layout: Layout): readonly string[] {
  const names = new Names([]);
  return layout.parts.map((part) => names.take(part.name));
}

function fieldsInterface(name: string, what: string, layout: Layout): StatementStructures {
  const members = memberNames(layout);
  return {
    kind: StructureKind.Interface,
    name,
    isExported: true,
    leadingTrivia: `\n${docComment([`${what}: ${describeLayout(layout)}.`])}\n`,
    properties: layout.parts.map((part, i) => ({
      name: members[i]!,
      isReadonly: true,
      type: part.shape.length === 0 ? "number" : "readonly number[]",
      leadingTrivia: `${docComment([quantityComment(part.quantity, part.size)])}\n`,
    })),
  };
}

function helperStatements({ helpers }: LiteralWriter): readonly Statement[] {
  const statements: Statement[] = [];
  if (helpers.has("repeat")) {
    statements.push(
      "\nconst repeat = (value: number, count: number): readonly number[] => Array.from({ length: count }, () => value);",
    );
  }
  if (helpers.has("diagonal")) {
    statements.push(
      "\n/** A square matrix, row-major. */\nconst diagonal = (values: readonly number[]): readonly number[] =>\n" +
        "values.flatMap((value, i) => values.map((_, j) => (i === j ? value : 0)));",
    );
  }
  return statements;
}

function extendedComment(ir: ModelIR): readonly string[] {
  const head = "∇_s of the loss extended by the risk's own variables t (Rockafellar and Uryasev)";
  if (ir.risk.cvar.length === 0) return [`${head}: the risk has none.`];
  const levels = ir.risk.cvar.map(({ level }) => `${Number((level * 100).toPrecision(12))} %`);
  return [`${head}:`, `outcomes whose loss exceeds t count as the CVaR at ${levels.join(", ")} weighs them.`];
}

function feasibleText({ data, canonical }: LoweredPipeline, literals: LiteralWriter): string {
  const { feasible } = data;
  const rows = (list: typeof feasible.inequalities, labels: readonly string[]): string =>
    list.length === 0
      ? "[]"
      : `[\n${list.map((row, i) => `// ${excerpt(labels[i] ?? "")}\n${literals.write(row)},`).join("\n")}\n]`;
  return [
    "{",
    `size: ${feasible.size},`,
    `lower: ${literals.write(feasible.lower)},`,
    `upper: ${literals.write(feasible.upper)},`,
    `inequalities: ${rows(
      feasible.inequalities,
      canonical.feasible.inequalities.map((row) => row.label),
    )},`,
    `equalities: ${rows(
      feasible.equalities,
      canonical.feasible.equalities.map((row) => row.label),
    )},`,
    `integer: ${literals.write(feasible.integer)},`,
    `boundsAt: ${literals.write(feasible.boundsAt ?? [])},`,
    "}",
  ].join("\n");
}

function methodText(name: string, { parameters, lines }: FunctionText): string {
  return `${name}(${parameters.map(([parameter]) => parameter).join(", ")}) {\n${lines.join("\n")}\n}`;
}

/** None where a form over cones is solved. */
function piecesStatements({ conic, pieces }: CanonicalProblem, functions: ProblemFunctions): readonly Statement[] {
  const type = 'DecisionProblem["pieces"]';
  if (conic !== null) return [constant("pieces", type, "{ count: 0, fill() {} }", ["The form below has their place."])];
  const members = [
    `count: ${pieces.length}`,
    methodText("fill", functions.fillPieces),
    methodText("pull", functions.pullPieces),
  ];
  return [
    constant("pieces", type, `{ ${members.join(", ")} }`, [
      "The loss as the largest of pieces that are affine in the decision: ℓ(z, s) = max_j slope_j·z + offset_j.",
      "`pull` is the gradient in s of Σ_j slopes_j·slope_j + offsets_j·offset_j.",
    ]),
  ];
}

function riskText({ data }: LoweredPipeline, literals: LiteralWriter, isCurved: boolean): string {
  const { risk } = data;
  const quadratic = risk.quadratic === null ? "null" : literals.matrix(risk.quadratic, data.sizes.decision);
  return [
    "{",
    `mean: ${literals.write(risk.mean)},`,
    `cvar: ${literals.write(risk.cvar)},`,
    `linear: ${literals.write(risk.linear)},`,
    `quadratic: ${quadratic},`,
    `constant: ${literals.write(risk.constant)},`,
    ...(isCurved ? ["curved: curvedRisk,"] : []),
    "}",
  ].join("\n");
}

function pipelineText(ir: ModelIR, lowered: LoweredPipeline, options: EmitOptions, literals: LiteralWriter): string {
  const { data, implicit } = lowered;
  const blocks = ir.decision.blocks.map(({ name, axes }) => ({
    name,
    axes: axes.map(({ dim, size }) => {
      const labels = ir.dims.find((known) => known.name === dim)?.labels;
      return labels === undefined ? { size } : { size, labels };
    }),
  }));
  return [
    "definePipeline({",
    `name: ${literals.write(data.name)},`,
    `doc: ${literals.write(data.doc)},`,
    `irHash: ${literals.write(data.irHash)},`,
    `drocVersion: ${literals.write(options.drocVersion)},`,
    `seed: ${literals.write(data.seed)},${implicit.has(data, "seed") ? " // default" : ""}`,
    `root: new URL(${stringLiteral(options.root)}, import.meta.url),`,
    `places: ${literals.write(data.places)},`,
    `decision: ${literals.write(blocks)},`,
    "data,",
    "problem,",
    ...(data.ambiguity === undefined ? [] : ["ambiguity,"]),
    "generator,",
    "train: training,",
    "compare: comparison,",
    "evaluate: evaluation,",
    "})",
  ].join("\n");
}

function decideStatements(context: Layout, decision: Layout): readonly Statement[] {
  const inputs = memberNames(context).map((name, i) =>
    context.parts[i]!.shape.length === 0 ? `context.${name}` : `...context.${name}`,
  );
  const outputs = memberNames(decision).map((name, i) => {
    const { shape, offset, size } = decision.parts[i]!;
    if (shape.length === 0) return `${name}: z[${offset}]!,`;
    const whole = offset === 0 && size === decision.size;
    return `${name}: Array.from(z${whole ? "" : `.subarray(${offset}, ${offset + size})`}),`;
  });
  return [
    constant("deciders", null, "new Map<string, ReturnType<typeof createDecision>>()"),
    {
      kind: StructureKind.Function,
      name: "openDecider",
      leadingTrivia: `\n${docComment(["Opened once for each run folder, and kept until `dispose`."])}\n`,
      parameters: [{ name: "runFolder", type: "string" }],
      returnType: "ReturnType<typeof createDecision>",
      statements: [
        "const opened = deciders.get(runFolder) ?? createDecision(pipeline, runFolder, { workers: { module: import.meta.url } });",
        "deciders.set(runFolder, opened);",
        "// A folder that could not be opened may be whole the next time.",
        "opened.catch(() => deciders.delete(runFolder));",
        "return opened;",
      ],
    },
    fn(
      "values",
      "Float64Array",
      { parameters: [["context", "Context"]], lines: [`return Float64Array.of(${inputs.join(", ")});`] },
      ["A context's numbers in the order of the model."],
    ),
    fn("named", "Decision", { parameters: [["z", "Float64Array"]], lines: [`return { ${outputs.join(" ")} };`] }, [
      "A decision's numbers by name.",
    ]),
    {
      kind: StructureKind.Function,
      name: "decide",
      isExported: true,
      isAsync: true,
      leadingTrivia: `\n${docComment([
        "The decision at a context as it is observed (raw, not transformed), by the model trained in `runFolder`.",
      ])}\n`,
      parameters: [
        { name: "context", type: "Context" },
        { name: "runFolder", type: "string" },
      ],
      returnType: "Promise<Decision>",
      statements: [
        "const decider = await openDecider(runFolder);",
        "const { z } = await decider(values(context));",
        "return named(z);",
      ],
    },
    {
      kind: StructureKind.Function,
      name: "decideMany",
      isExported: true,
      isAsync: true,
      isGenerator: true,
      leadingTrivia: `\n${docComment([
        "Decisions at many contexts, in their order and on every core, each as soon as it is there. There may be any number of",
        "contexts: they are asked for as they are needed.",
      ])}\n`,
      parameters: [
        { name: "contexts", type: "AsyncIterable<Context> | Iterable<Context>" },
        { name: "runFolder", type: "string" },
      ],
      returnType: "AsyncGenerator<Decision>",
      statements: [
        "const decider = await openDecider(runFolder);",
        "const rows = async function* () {\n  for await (const context of contexts) yield values(context);\n};",
        "for await (const { z } of decider.many(rows())) yield named(z);",
      ],
    },
    {
      kind: StructureKind.Function,
      name: "dispose",
      isExported: true,
      isAsync: true,
      leadingTrivia: `\n${docComment(["Lets go of the samplers, solvers and processes that deciding has opened."])}\n`,
      parameters: [],
      returnType: "Promise<void>",
      statements: [
        "const opened = [...deciders.values()];",
        "deciders.clear();",
        "for (const decider of await Promise.all(opened)) await decider.dispose();",
      ],
    },
  ];
}
