import type { TrueLaw } from "../tasks/true-law.ts";

/** `modelled = (raw − shift) / scale`, component by component: the composition of a field's transforms. */
export interface AffineTransform {
  readonly shift: Float64Array;
  readonly scale: Float64Array;
}

/** Rows of a data block, ready to train on. Matrices are row-major. */
export interface Dataset {
  readonly rows: number;
  /** rows × p, after the transforms of the spec. */
  readonly contexts: Float64Array;
  /** rows × d, after the transforms of the spec: natural units wherever the spec declares none. */
  readonly outcomes: Float64Array;
  /** One a row: `YYYY-MM-DD`, `YYYY-MM-DDThh:mm:ss`, a number or a text; the row's number from 1 without an index. */
  readonly index: readonly string[];
  /** Row numbers in increasing order; together every row once. */
  readonly split: {
    readonly train: Int32Array;
    readonly validation: Int32Array;
    readonly test: Int32Array;
  };
  /** sha256 in hex of the file's bytes, or of task, options and seed. */
  readonly dataHash: string;
  /** `null` for files. */
  readonly truth: TrueLaw | null;
  /** Fitted on the training rows only. */
  readonly transforms: { readonly context: AffineTransform; readonly outcome: AffineTransform };
  /** A raw context (p values, or several one after another) as the model sees it. */
  transformContext(raw: Float64Array): Float64Array;
  /** Outcomes as the model sees them back in the units of the data. */
  naturalOutcome(modelled: Float64Array): Float64Array;
  /** How each component is made, such as `lag(r_Hlth, 2)`. */
  readonly contextNames: readonly string[];
  readonly outcomeNames: readonly string[];
  /** What a reader of the results must know, such as the leading rows that lags consumed. */
  readonly notes: readonly string[];
}

export interface LoadOptions {
  /** Folder of the spec: paths are relative to it and may not leave it. */
  readonly root: string;
  /** Further files and folders that may be read. */
  readonly allow: readonly string[];
  /** Seed of the spec: fixes a task and a random split. */
  readonly seed: number;
  /** 0, 1, …: a task draws new training rows for each, the same test rows. Files are the same for all. */
  readonly replicate: number;
}
