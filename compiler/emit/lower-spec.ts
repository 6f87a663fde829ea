import { analyseModel, type CanonicalProblem, type Row } from "../analyse/index.ts";
import { identityOf, placesOf } from "./identity.ts";
import type { DataIR, DimIR, FieldIR, ModelIR, OptionsIR, OptionValue, UnitIR } from "../../runtime/ir/model.ts";
import { sizeOf } from "../../runtime/ir/shape.ts";
import type {
  AmbiguitySpec,
  DataSpec,
  EvaluationSpec,
  FeasibleSet,
  FieldSpec,
  GeneratorSpec,
  IntegerSearchSpec,
  MethodSpec,
  Pipeline,
  RiskSpec,
  Sizes,
  SourceSpec,
  TrainSpec,
} from "../../runtime/spec.ts";
import { Choices, OptionReader, type Implicit } from "./choices.ts";
import { lowerAmbiguity } from "./lower-ambiguity.ts";
import { lowerEvaluation, TRIALS } from "./lower-evaluation.ts";
import { lowerGenerator, lowerMethod, lowerTraining } from "./lower-methods.ts";
import { Places } from "./places.ts";

/** A `Pipeline` without its functions: all that a reader of the emitted file sees as values. */
export interface PipelineData {
  readonly name: string;
  readonly doc: string;
  readonly irHash: string;
  readonly seed: number;
  readonly places: NonNullable<Pipeline["places"]>;
  readonly sizes: Sizes;
  readonly data: DataSpec;
  readonly feasible: FeasibleSet;
  readonly risk: RiskSpec;
  /** Number of affine pieces of the loss; 0 where a form over cones is solved. */
  readonly pieces: number;
  readonly search?: IntegerSearchSpec;
  readonly ambiguity?: AmbiguitySpec;
  readonly generator: GeneratorSpec;
  readonly train: TrainSpec;
  readonly compare: readonly MethodSpec[];
  readonly evaluate: EvaluationSpec;
}

/** A lowered model with what emission needs besides. */
export interface LoweredPipeline {
  readonly data: PipelineData;
  readonly canonical: CanonicalProblem;
  /** Which members of the objects in `data` droc chose. */
  readonly implicit: Implicit;
}

/**
 * The plain values of a model's pipeline.
 *
 * @param sources texts of `ir.files`, for lines in places
 * @throws Error on a model with problems: the compiler reports those before anything is emitted.
 */
export function pipelineData(ir: ModelIR, sources: readonly (string | undefined)[] = []): PipelineData {
  return lowerPipeline(ir, new Places(ir.files, sources)).data;
}

export function lowerPipeline(ir: ModelIR, places: Places): LoweredPipeline {
  const { canonical, problems } = analyseModel(ir);
  if (canonical === null) {
    throw new Error(`${ir.name} has problems: ${problems.map((problem) => problem.code).join(", ")}`);
  }
  const choices = new Choices();
  const { layouts, pieces } = canonical;
  const data: PipelineData = {
    ...identityOf(ir),
    places: placesOf(ir, places, ir.train.at ?? ir.uncertainty.at, ir.loss.at),
    sizes: { context: layouts.context.size, outcome: layouts.outcome.size, decision: layouts.decision.size },
    data: lowerData(ir, places, choices),
    feasible: lowerFeasible(canonical, places),
    risk: lowerRisk(ir, canonical),
    pieces: canonical.conic === null ? pieces.length : 0,
    ...(ir.solve === undefined ? {} : { search: lowerSearch(ir.solve, choices) }),
    ...(ir.ambiguity === undefined ? {} : { ambiguity: lowerAmbiguity(ir.ambiguity, places, choices) }),
    generator: lowerGenerator(ir.uncertainty.generator, choices),
    train: lowerTraining(ir.train, choices),
    compare: ir.compare.map((method) => lowerMethod(method, choices)),
    evaluate: lowerEvaluation(ir, choices),
  };
  if (ir.seed.origin === "implicit") choices.mark(data, ["seed"]);
  return { data, canonical, implicit: choices };
}

function lowerSearch(group: OptionsIR, choices: Choices): IntegerSearchSpec {
  const read = new OptionReader(group);
  const search: IntegerSearchSpec = { gap: read.number("gap"), timeLimit: read.number("time_limit") };
  return choices.lowered(search, group, { timeLimit: "time_limit" });
}

/** What is read and how its rows are divided. */
export function lowerData(ir: Pick<ModelIR, "name" | "data" | "dims">, places: Places, choices: Choices): DataSpec {
  const { data } = ir;
  const { split } = data;
  if (split.value.kind === "by") throw new Error(`${ir.name} was emitted, though its split cannot be run`);
  const spec: DataSpec = {
    name: data.name,
    source: lowerSource(data, places),
    fields: data.fields.map((field) => lowerField(field, ir.dims, places)),
    split:
      split.value.kind === "task"
        ? { kind: "task" }
        : {
            kind: split.value.kind,
            train: split.value.train,
            validation: split.value.validation,
            test: split.value.test,
            at: places.place(split.value.at ?? split.at ?? data.at),
          },
  };
  if (split.origin === "implicit") choices.mark(spec, ["split"]);
  return spec;
}

export function lowerSource(data: DataIR, places: Places): SourceSpec {
  const { source } = data;
  if (source.kind !== "synthetic") {
    return { kind: source.kind, path: source.path, at: places.place(source.at ?? data.at) };
  }
  const options = Object.entries(source.task.options)
    .filter(([key]) => key !== TRIALS)
    .map(([key, setting]) => [key, taskOption(key, setting.value)] as const);
  return {
    kind: "synthetic",
    task: source.task.name,
    options: Object.fromEntries(options),
    at: places.place(source.task.at ?? data.at),
  };
}

function taskOption(key: string, value: OptionValue): number | string | boolean | readonly number[] {
  if (typeof value !== "object") return value;
  if (isNumbers(value)) return value;
  throw new Error(`the task option ${key} is neither a number, a word nor a list of numbers`);
}

function isNumbers(value: object): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}

export function lowerField(field: FieldIR, dims: readonly DimIR[], places: Places): FieldSpec {
  const [axis] = field.axes;
  const labels = field.axes.length === 1 ? dims.find((dim) => dim.name === axis?.dim)?.labels : undefined;
  const unit = showUnit(field.unit);
  const { role } = field;
  if (role !== "index" && role !== "context" && role !== "outcome") {
    throw new Error(`${field.name} was emitted, though a ${role} cannot be run`);
  }
  return {
    role,
    name: field.name,
    type: field.type,
    size: sizeOf(field.axes.map((a) => a.size)),
    ...(labels === undefined ? {} : { labels }),
    ...(unit === "" ? {} : { unit }),
    columns: field.columns,
    transforms: field.transforms,
    ...(field.range === undefined ? {} : { range: { lower: field.range.lower, upper: field.range.upper } }),
    at: places.place(field.at),
  };
}

function power([name, exponent]: readonly [string, number]): string {
  return Math.abs(exponent) === 1 ? name : `${name}^${Math.abs(exponent)}`;
}

/** `usd/item`, `m^2/s`, `1/day`; dimensionless is the empty text. */
export function showUnit(unit: UnitIR): string {
  const entries = Object.entries(unit).filter(([, exponent]) => exponent !== 0);
  const above = entries.filter(([, exponent]) => exponent > 0).map(power);
  const below = entries.filter(([, exponent]) => exponent < 0).map(power);
  if (below.length === 0) return above.join("*");
  return `${above.length === 0 ? "1" : above.join("*")}/${below.length > 1 ? `(${below.join("*")})` : below[0]}`;
}

function lowerFeasible({ feasible }: CanonicalProblem, places: Places): FeasibleSet {
  const row = ({ coefficients, bound, at }: Row): FeasibleSet["inequalities"][number] => ({
    coefficients,
    bound,
    at: places.place(at),
  });
  const boundsAt = feasible.boundsAt.map((at) => places.place(at));
  return {
    size: feasible.size,
    lower: feasible.lower,
    upper: feasible.upper,
    inequalities: feasible.inequalities.map(row),
    equalities: feasible.equalities.map(row),
    integer: feasible.integer,
    boundsAt: new Set(boundsAt).size === 1 ? boundsAt.slice(0, 1) : boundsAt,
  };
}

function lowerRisk(ir: ModelIR, { deterministic }: CanonicalProblem): RiskSpec {
  return {
    mean: ir.risk.mean,
    cvar: ir.risk.cvar.map(({ weight, level }) => ({ weight, level })),
    linear: deterministic.linear,
    quadratic: deterministic.quadratic,
    constant: deterministic.constant,
  };
}
