import type { ModelTensors } from "./backend.ts";

/** Contexts of a split from … to − 1. */
export interface ContextRange {
  readonly split: "validation" | "test";
  readonly from: number;
  readonly to: number;
}

/** How a flow's scenarios are weighed in the decision: `ŵ^power` at λ. */
export interface VariantSpec {
  readonly id: string;
  readonly power: 0 | 1 | -1;
  readonly lambda: number;
  /** Radius of the ambiguity set; absent: the scenarios themselves. */
  readonly radius?: number;
}

/** Value of the best decision at every context of a split. */
export interface Optima {
  readonly risk: Float64Array;
  readonly expected: Float64Array;
  /** Further decisions that metrics compare with, by name (`referenceNames`), count × n. */
  readonly references?: Readonly<Record<string, Float64Array>>;
}

/** Training rows [from, to) that are left out of what is fitted, and take the place of the validation part. */
export interface LeftOut {
  readonly from: number;
  readonly to: number;
}

interface SeedTask {
  readonly seed: number;
  /** Identity of the data that the task must find. */
  readonly dataHash: string;
  readonly left?: LeftOut;
}

/**
 * A piece of work that one thread does from start to end. It is plain data; whatever else it needs follows from the
 * pipeline, so that its result is the same in every process.
 */
export type Task = SeedTask &
  (
    | { readonly kind: "sensitivities" }
    /** Trains flows on weighted rows; `null` weighs all alike. Several members train in one program. */
    | { readonly kind: "train"; readonly members: readonly (Float64Array | null)[]; readonly slot: string }
    /** Trains a method whose model is trained for its decisions; \`initial\` is the generator that it starts from. */
    | { readonly kind: "train-dfl"; readonly method: string; readonly initial?: ModelTensors; readonly slot: string }
    | { readonly kind: "optima"; readonly range: ContextRange }
    | {
        readonly kind: "decide-flow";
        readonly range: ContextRange;
        readonly tensors: ModelTensors;
        readonly variants: readonly VariantSpec[];
        /** `null`: the decisions are scored at the outcomes in the data alone, without a law to measure regret under. */
        readonly optima: Optima | null;
      }
    | {
        readonly kind: "decide-method";
        readonly range: ContextRange;
        readonly method: string;
        /** Radii of the ambiguity set, each a variant named by `radiusVariant`; absent: the scenarios themselves. */
        readonly radii?: readonly number[];
        readonly optima: Optima | null;
        readonly slot: string;
        /** Its options are one setting of several: what it fits is not kept. */
        readonly trial?: true;
        /** Weights of a method that was trained for its decisions. */
        readonly tensors?: ModelTensors;
        /** Strength of the robust layer that it decides with. */
        readonly strength?: number;
        /** How hard the decision is at each context of the split; where it is given, the scenarios are diagnosed too. */
        readonly difficulty?: Float64Array;
      }
    /** Compares a trained flow's scenarios with held-out outcomes. */
    | {
        readonly kind: "diagnose-flow";
        readonly split: ContextRange["split"];
        readonly tensors: ModelTensors;
        readonly variants: readonly Omit<VariantSpec, "radius">[];
        readonly difficulty: Float64Array;
        /** λ that the flow was trained with, and the flow trained without weights; `null` where the theory says nothing. */
        readonly theory: { readonly lambda: number; readonly plain: ModelTensors | null } | null;
      }
  );

/** What a task tells while it works. */
export type TaskProgress =
  | { readonly kind: "training"; readonly step: number; readonly total: number; readonly loss: number }
  | { readonly kind: "regret"; readonly step: number; readonly total: number; readonly regret: number }
  | { readonly kind: "deciding"; readonly done: number };
