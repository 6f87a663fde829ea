import type { ExprGraph, Origin } from "./expr.ts";

/** Version of the published JSON Schema that `ModelIR` follows. */
export const IR_VERSION = 1;

/**
 * A value with whether the user wrote it. `explicit` and `implicit` are kept until emission, so that `explain` and the
 * emitted file can say which values were chosen by droc; the hash of the meaning ignores them and every `at`.
 */
export interface Setting<T> {
  readonly value: T;
  readonly origin: "explicit" | "implicit";
  readonly at?: Origin;
}

/** A declared size; `labels` where the spec names its elements. */
export interface DimIR {
  readonly name: string;
  readonly size: number;
  readonly labels?: readonly string[];
}

/** Exponents of the base units by name, sorted by name; `{}` is dimensionless. */
export type UnitIR = Readonly<Record<string, number>>;

export interface AxisIR {
  /** Dim name, or `null` for a bare number. */
  readonly dim: string | null;
  readonly size: number;
}

/** A named quantity with its shape and unit. */
export interface QuantityIR {
  readonly name: string;
  readonly axes: readonly AxisIR[];
  readonly unit: UnitIR;
  readonly doc?: string;
  readonly at?: Origin;
}

export interface ParamIR extends QuantityIR {
  /** Row-major. */
  readonly value: readonly number[];
  /** True where `--set` replaced the value in the file. */
  readonly overridden: boolean;
}

/** Validated options: `flow_matching { hidden: [64, 64] }` with every default filled in. Keys are as in the spec. */
export interface OptionsIR {
  readonly name: string;
  readonly options: Readonly<Record<string, Setting<OptionValue>>>;
  readonly at?: Origin;
}
export type OptionValue =
  | number
  | string
  | boolean
  | readonly OptionValue[]
  | OptionsIR
  | ChoiceIR
  | { readonly from: number; readonly to: number; readonly by: string | null };
/** `one_of(a, b) by criterion`: chosen by the run. A plain list is a value, never a choice. */
export interface ChoiceIR {
  readonly oneOf: readonly OptionValue[];
  readonly by: string | null;
}

/** How a field's columns are made, innermost first. Everything here becomes SQL over declared columns. */
export type ColumnIR =
  | { readonly kind: "columns"; readonly pattern: string }
  | { readonly kind: "column"; readonly name: string }
  | { readonly kind: "lag"; readonly source: ColumnIR; readonly steps: readonly number[] }
  | {
      readonly kind: "rolling";
      readonly source: ColumnIR;
      readonly statistic: "mean" | "sd" | "min" | "max" | "sum";
      readonly window: number;
    }
  | {
      readonly kind: "map";
      readonly source: ColumnIR;
      readonly fn: "log1p" | "log" | "exp" | "abs" | "square" | "sqrt" | "cube";
    }
  | { readonly kind: "scale"; readonly source: ColumnIR; readonly factor: number }
  /** For each of the classes 0 … classes − 1 a column that is 1 where the source has it, else 0. */
  | { readonly kind: "one_hot"; readonly source: ColumnIR; readonly classes: number }
  /** sine and cosine of the index's position in the period: two columns */
  | { readonly kind: "season"; readonly period: "year" | "week" | "day" }
  | { readonly kind: "concat"; readonly sources: readonly ColumnIR[] };

/**
 * `window` values are past ones and come with the horizon that follows; a `trajectory` is the uncertain process of a
 * multistage problem, a `price` a series that is known for every stage; a `group` tells which group a row is of.
 */
export type FieldRole = "index" | "context" | "outcome" | "window" | "trajectory" | "price" | "group";

export interface FieldIR extends QuantityIR {
  readonly role: FieldRole;
  readonly type: "real" | "int" | "date" | "datetime" | "text";
  /** Columns in the file, `null` for a synthetic task's own field. */
  readonly columns: ColumnIR | null;
  /** Fitted on the training part only, applied in order. */
  readonly transforms: readonly ("standardize" | "minmax")[];
  readonly range?: { readonly lower: number; readonly upper: number };
  /** What follows a window of past values. */
  readonly horizon?: QuantityIR;
  /** Name of the stages that a trajectory or price has one value for. */
  readonly per?: string;
}

/** Which values of a split's column make a part; `each` makes one part of each value that no other part takes. */
export type PartIR =
  | { readonly kind: "values"; readonly values: readonly (string | number)[] }
  | { readonly kind: "first" | "last"; readonly count: number }
  | { readonly kind: "each" | "rest" };

export type SplitIR =
  | {
      readonly kind: "chronological" | "random";
      readonly train: number;
      readonly validation: number;
      readonly test: number;
      readonly at?: Origin;
    }
  /** Sizes given by a synthetic task's options. */
  | { readonly kind: "task" }
  /** Rows of equal values in a column stay together. */
  | {
      readonly kind: "by";
      readonly column: string;
      readonly train: PartIR;
      readonly validation?: PartIR;
      readonly test: PartIR;
      readonly at?: Origin;
    };

export interface DataIR {
  readonly name: string;
  readonly at?: Origin;
  readonly source:
    | { readonly kind: "csv" | "parquet" | "json"; readonly path: string; readonly at?: Origin }
    | { readonly kind: "synthetic"; readonly task: OptionsIR };
  readonly fields: readonly FieldIR[];
  readonly split: Setting<SplitIR>;
}

/** One named block of the decision vector, which is the concatenation of all blocks in order. */
export interface DecisionBlockIR extends QuantityIR {
  readonly type: "real" | "int" | "bool";
}
/** `graph(z) relation 0`, affine in the decision (checked when lowered). */
export interface ConstraintIR {
  readonly relation: "<=" | "==";
  /** Left minus right; inputs are decision blocks by name; any shape: one row an element. */
  readonly graph: ExprGraph;
  readonly label: string;
  readonly at?: Origin;
}
/** A block that is a smooth function of free parameters: `z = softmax(theta)`. */
export interface DecisionMapIR {
  readonly block: string;
  /** Real, without restrictions. */
  readonly parameters: readonly QuantityIR[];
  /** Of the block's shape; inputs are the parameters by name. */
  readonly graph: ExprGraph;
  readonly at?: Origin;
}
export interface DecisionIR {
  readonly blocks: readonly DecisionBlockIR[];
  /** For the blocks that are given by a map; such a block has no constraints of its own. */
  readonly maps?: readonly DecisionMapIR[];
  readonly constraints: readonly ConstraintIR[];
  /** The named set and its arguments as the user wrote them, for `explain`. */
  readonly sets: readonly { readonly block: string; readonly text: string; readonly at?: Origin }[];
}

export interface LossIR {
  readonly name: string;
  /** Inputs by name: decision blocks, outcome and context fields. Scalar. */
  readonly graph: ExprGraph;
  readonly unit: UnitIR;
  readonly at?: Origin;
}

/** `mean·E[L] + Σ weight·CVaR_level[L] + deterministic(z)`; all weights non-negative. */
export interface RiskIR {
  readonly mean: number;
  /** `level` β: CVaR_β is the mean of the worst 1 − β. */
  readonly cvar: readonly { readonly weight: number; readonly level: number; readonly at?: Origin }[];
  readonly deterministic?: ExprGraph;
  /** As printed by the formatter, for explain. */
  readonly text: string;
  readonly at?: Origin;
}

export interface UncertaintyIR {
  readonly targets: readonly string[];
  readonly given: readonly string[];
  readonly generator: OptionsIR;
  readonly at?: Origin;
}

/** A metric with its qualifier: `regret hardest 25%` is `{ name: "regret", qualifier: { word: "hardest", value: 0.25 } }`. */
export interface MetricIR {
  readonly name: string;
  readonly qualifier?: { readonly word: string; readonly value: number };
  readonly values?: readonly number[];
  readonly options: Readonly<Record<string, Setting<OptionValue>>>;
  readonly at?: Origin;
}
export interface EvaluateIR {
  readonly on: "test" | "validation";
  readonly metrics: readonly MetricIR[];
  /** seeds, slices, evaluator, … */
  readonly options: Readonly<Record<string, Setting<OptionValue>>>;
  readonly at?: Origin;
}

/** `waive random_split because "…"` */
export interface WaiverIR {
  readonly assumption: string;
  readonly because: string;
  readonly at?: Origin;
}

/** A directed graph: edge `i` of the dim `name.edges` goes from `edges[i][0]` to `edges[i][1]`. */
export interface GraphIR {
  readonly name: string;
  readonly nodes: number;
  readonly edges: readonly (readonly [from: number, to: number])[];
  readonly at?: Origin;
}

/** The laws among which the worst one counts. */
export interface AmbiguityIR {
  readonly set: OptionsIR;
  readonly eachStage: boolean;
  /** How the worst law is found, and the generator that it is then lifted to. */
  readonly via?: OptionsIR;
  readonly lift?: OptionsIR;
  readonly at?: Origin;
}

/** `stress test with gaussian { sd: 0.1 }` */
export interface StressIR {
  readonly on: "test" | "validation";
  readonly corruptions: readonly OptionsIR[];
  readonly at?: Origin;
}

/** What every kind of problem has. */
export interface ModelBaseIR {
  readonly version: typeof IR_VERSION;
  readonly name: string;
  readonly doc?: string;
  /** Paths relative to the main file's folder (`std/…` for the standard library), the main file first. */
  readonly files: readonly string[];
  readonly seed: Setting<number>;
  readonly dims: readonly DimIR[];
  readonly params: readonly ParamIR[];
  readonly graphs?: readonly GraphIR[];
  /** Assumptions that the spec sets aside by name, with its reason. */
  readonly waivers?: readonly WaiverIR[];
}

/** The decision is a function of the window, given by a network and trained for the risk. */
export interface ForecastModelIR extends ModelBaseIR {
  readonly kind: "forecast";
  readonly data: DataIR;
  readonly predictor: {
    readonly name: string;
    readonly from: readonly string[];
    readonly to: string;
    readonly network: OptionsIR;
    readonly at?: Origin;
  };
  /** Inputs by name: windows, the horizon, and the predictor's name for its prediction. */
  readonly loss: LossIR;
  readonly risk: RiskIR;
  readonly uncertainty: UncertaintyIR;
  readonly ambiguity?: AmbiguityIR;
  readonly train: OptionsIR;
  readonly compare: readonly OptionsIR[];
  readonly stress?: StressIR;
  readonly evaluate: EvaluateIR;
}

/** A generator without a decision: scenarios, or the transport of one sample to another. */
export interface GenerationModelIR extends ModelBaseIR {
  readonly kind: "generation";
  readonly data: DataIR;
  readonly uncertainty: UncertaintyIR;
  readonly train: OptionsIR;
  readonly compare: readonly OptionsIR[];
  readonly evaluate: EvaluateIR;
}

/** `observe y = mean(u) + normal(0, sd)` and `infer u | y by sampler` */
export interface PosteriorModelIR extends ModelBaseIR {
  readonly kind: "posterior";
  readonly data: DataIR;
  /** The prior. */
  readonly uncertainty: UncertaintyIR;
  readonly train: OptionsIR;
  readonly observation: QuantityIR & {
    /** Inputs are the prior's targets. */
    readonly mean: ExprGraph;
    readonly noise: { readonly law: "normal"; readonly mean: number; readonly sd: number };
  };
  readonly inference: {
    readonly target: string;
    readonly given: readonly string[];
    readonly by: OptionsIR;
    readonly at?: Origin;
  };
  readonly evaluate: EvaluateIR;
}

/** What is carried from stage to stage. */
export interface StateIR extends QuantityIR {
  /** Row-major values of its shape. */
  readonly initially: readonly number[];
  readonly range?: { readonly lower: readonly number[]; readonly upper: readonly number[] };
  /** The state after the stage; inputs are states, decisions, observed trajectories and prices. */
  readonly next: ExprGraph;
}

/** One stage's problem, the same at every stage. */
export interface StagesIR {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly states: readonly StateIR[];
  /** Trajectories whose value is known before the stage's decision. */
  readonly observing: readonly string[];
  readonly decision: DecisionIR;
  /** Cost of the stage; the problem's loss is its sum over the stages. */
  readonly loss: LossIR;
  readonly at?: Origin;
}

export interface MultistageModelIR extends ModelBaseIR {
  readonly kind: "multi_stage";
  readonly data: DataIR;
  readonly stages: StagesIR;
  /** The trajectory of the next stage given that of this one. */
  readonly uncertainty: UncertaintyIR;
  readonly ambiguity?: AmbiguityIR;
  readonly solve: OptionsIR;
  readonly compare: readonly OptionsIR[];
  readonly evaluate: EvaluateIR;
}

/** A model of any kind; without `kind` it is a decision of one stage. */
export type AnyModelIR = ModelIR | ForecastModelIR | GenerationModelIR | PosteriorModelIR | MultistageModelIR;
export type ProblemKind = "single_stage" | "forecast" | "generation" | "posterior" | "multi_stage";

/** A decision of one stage, resolved, checked and with every default present. Plain JSON. */
export interface ModelIR extends ModelBaseIR {
  readonly kind?: "single_stage";
  readonly data: DataIR;
  readonly decision: DecisionIR;
  readonly loss: LossIR;
  readonly risk: RiskIR;
  readonly uncertainty: UncertaintyIR;
  readonly train: OptionsIR;
  readonly compare: readonly OptionsIR[];
  readonly evaluate: EvaluateIR;
  readonly ambiguity?: AmbiguityIR;
  /** The solver where the spec chooses one. */
  readonly solve?: OptionsIR;
  readonly stress?: StressIR;
}
