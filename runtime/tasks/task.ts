import type { RandomStream } from "../tensor/random.ts";
import { drawRows } from "./true-law.ts";
import type { NoiseMap } from "./true-law.ts";

/** A number that a spec may give to a task; `stdlib/tasks.dro` declares the same names and defaults. */
export interface TaskOption {
  readonly name: string;
  readonly kind: "integer" | "real";
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly doc: string;
}

/** Options with every default filled in. */
export type TaskOptions = Readonly<Record<string, number>>;

/** p and d, and the rows of each part. */
export interface TaskSizes {
  readonly context: number;
  readonly outcome: number;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/**
 * Rows of one replicate: train, then validation, then test. Raw contexts, n × p, and outcomes, n × d. The law and the
 * contexts of validation and test depend on the seed alone, as do the outcomes of test; training rows and validation
 * outcomes are drawn anew for each replicate.
 */
export interface TaskData {
  readonly contexts: Float64Array;
  readonly outcomes: Float64Array;
  readonly law: NoiseMap;
}

export interface TaskDefinition {
  readonly name: string;
  readonly doc: string;
  readonly options: readonly TaskOption[];
  sizes(options: TaskOptions): TaskSizes;
  /** @param stream of the spec's seed, so that two specs of one seed face the same world */
  generate(options: TaskOptions, stream: RandomStream, replicate: number): TaskData;
}

/** What a task has to say beside its options: how contexts are drawn and what the law is. */
export interface TaskWorld {
  readonly sizes: TaskSizes;
  /** Fills rows × p raw contexts. */
  readonly drawContexts: (out: Float64Array, stream: RandomStream) => void;
  /** The law; `training` are the raw contexts of replicate 0, for constants that are fixed on them. */
  readonly law: (training: Float64Array, stream: RandomStream) => NoiseMap;
}

/** Draws the three parts from streams named after part and replicate. */
export function generateRows(world: TaskWorld, stream: RandomStream, replicate: number): TaskData {
  const { context: p, outcome: d, train, validation, test } = world.sizes;
  const draw = (rows: number, name: string): Float64Array => {
    const contexts = new Float64Array(rows * p);
    world.drawContexts(contexts, stream.child(`${name}/contexts`));
    return contexts;
  };
  const calibration = draw(train, "train/0");
  const law = world.law(calibration, stream.child("law"));
  const parts = [
    {
      rows: train,
      contexts: replicate === 0 ? calibration : draw(train, `train/${replicate}`),
      name: `train/${replicate}`,
    },
    { rows: validation, contexts: draw(validation, "validation"), name: `validation/${replicate}` },
    { rows: test, contexts: draw(test, "test"), name: "test" },
  ];
  const total = train + validation + test;
  const contexts = new Float64Array(total * p);
  const outcomes = new Float64Array(total * d);
  let row = 0;
  for (const part of parts) {
    contexts.set(part.contexts, row * p);
    outcomes.set(drawRows(law, part.contexts, part.rows, stream.child(`${part.name}/outcomes`)), row * d);
    row += part.rows;
  }
  return { contexts, outcomes, law };
}

const ROWS = 10_000_000;

/** `train`, `validation` and `test`: the rows of each part, the same names in every task. */
export function rowOptions(train: number, validation: number, test: number): readonly TaskOption[] {
  return [
    {
      name: "train",
      kind: "integer",
      default: train,
      minimum: 1,
      maximum: ROWS,
      doc: "training rows, drawn anew for each replicate",
    },
    {
      name: "validation",
      kind: "integer",
      default: validation,
      minimum: 0,
      maximum: ROWS,
      doc: "validation rows: contexts fixed by the seed, outcomes drawn anew for each replicate",
    },
    { name: "test", kind: "integer", default: test, minimum: 1, maximum: ROWS, doc: "test rows, fixed by the seed" },
  ];
}
