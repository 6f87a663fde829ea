import type { AffineTransform } from "../data/dataset.ts";
import type { Step } from "../data/segments.ts";
import type { PredictorData } from "./types.ts";

/** Where the index of a series breaks off: windows do not reach across. */
export interface IndexGaps {
  readonly count: number;
  /** The first one, as the index writes its two ends. */
  readonly first: { readonly before: string; readonly after: string; readonly line: string };
}

/** Rows of a data block cut into inputs and targets, after the transforms of the spec. */
export interface ForecastData {
  readonly train: PredictorData;
  /** Without rows where the split has no such part. */
  readonly validation: PredictorData;
  /** Its groups are the test sets. */
  readonly test: PredictorData;
  /** Index of each test row: of the first value that is predicted. */
  readonly labels: readonly string[];
  readonly dataHash: string;
  /** `modelled = (raw − shift) / scale` of inputs and targets, value by value. */
  readonly transforms: { readonly inputs: AffineTransform; readonly targets: AffineTransform };
  readonly inputNames: readonly string[];
  readonly targetNames: readonly string[];
  /** What the values of each field are made of, such as `log1p(price)`; a window's one. */
  readonly components: Readonly<Record<string, readonly string[]>>;
  /** What rows that follow each other are apart on the index, seconds of a time; `null` without an index in an order. */
  readonly step: Step | null;
  readonly gaps: IndexGaps | null;
  readonly notes: readonly string[];
}
