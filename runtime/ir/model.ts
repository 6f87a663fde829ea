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
  /** sine and cosine of the index's position in the period: two columns */
  | { readonly kind: "season"; readonly period: "year" | "week" | "day" }
  | { readonly kind: "concat"; readonly sources: readonly ColumnIR[] };

export interface FieldIR extends QuantityIR {
  readonly role: "index" | "context" | "outcome";
  readonly type: "real" | "int" | "date" | "datetime" | "text";
  /** Columns in the file, `null` for a synthetic task's own field. */
  readonly columns: ColumnIR | null;
  /** Fitted on the training part only, applied in order. */
  readonly transforms: readonly ("standardize" | "minmax")[];
  readonly range?: { readonly lower: number; readonly upper: number };
}

export type SplitIR =
  | {
      readonly kind: "chronological" | "random";
      readonly train: number;
      readonly validation: number;
      readonly test: number;
      readonly at?: Origin;
    }
  /** Sizes given by a synthetic task's options. */
  | { readonly kind: "task" };

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
export interface DecisionIR {
  readonly blocks: readonly DecisionBlockIR[];
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

/** One model, resolved, checked and with every default present. Plain JSON. */
export interface ModelIR {
  readonly version: typeof IR_VERSION;
  readonly name: string;
  readonly doc?: string;
  /** Paths relative to the main file's folder (`std/…` for the standard library), the main file first. */
  readonly files: readonly string[];
  readonly seed: Setting<number>;
  readonly dims: readonly DimIR[];
  readonly params: readonly ParamIR[];
  readonly data: DataIR;
  readonly decision: DecisionIR;
  readonly loss: LossIR;
  readonly risk: RiskIR;
  readonly uncertainty: UncertaintyIR;
  readonly train: OptionsIR;
  readonly compare: readonly OptionsIR[];
  readonly evaluate: EvaluateIR;
  /** Assumptions that the spec sets aside by name, with its reason. */
  readonly waivers?: readonly WaiverIR[];
}
