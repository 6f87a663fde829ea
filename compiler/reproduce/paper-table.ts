/** Tables and figures of the papers, as data: what `droc reproduce` runs and sets beside ours. */

/** A table of a paper. Its blocks are run one after the other, each as `droc run` would. */
export interface PaperTable {
  /** `003/table-1`: the paper's number and the table's. */
  readonly id: string;
  readonly title: string;
  /** Where it stands in the paper: `003 §6.2, table 1`. */
  readonly source: string;
  /** Id of the method in our results whose gain the paper reports. */
  readonly claimed: string;
  /** Id of the method that the paper measures its gain against. */
  readonly baseline: string;
  /** Further ids of ours that are forms of the claimed method, so that they never count as the strongest baseline. */
  readonly variants?: readonly string[];
  /** What differs from the paper's setting and why; what could not be compared. Sentences, printed below the table. */
  readonly notes: readonly string[];
  /** Where the paper draws it: a line a method over the blocks of a panel, or a line a block over its rows. */
  readonly figure?: { readonly across: "blocks" | "rows"; readonly label: string };
  readonly blocks: readonly TableBlock[];
}

/** One run: a spec with its settings, and the rows of the table that are read from its results. */
export interface TableBlock {
  /** Name of its run folder, unique in the table: `degree-2`. */
  readonly id: string;
  readonly title: string;
  /** Id of the claimed method where it is another in this block: `gen_dfl_tail_50`. */
  readonly claimed?: string;
  /** The chart of a figure that it belongs to, and its place on the axis. */
  readonly panel?: string;
  readonly at?: string;
  /**
   * The spec, from droc's own folder: `examples/…/model.dro`, or `stdlib/papers/….dro` where no example states it. Paths of
   * data in it are relative to the folder given by `--data`, else to the spec's.
   */
  readonly spec: string;
  /** The model, where the file has several. */
  readonly model?: string;
  /** Parameters replaced, as `--set` does. */
  readonly set?: Readonly<Record<string, string>>;
  readonly seeds: number;
  /** Files that are not in the repository. */
  readonly data?: readonly DataNeed[];
  readonly rows: readonly TableRow[];
}

/** A file that a block reads. */
export interface DataNeed {
  /** As the spec names it: `data/industries.csv`. */
  readonly file: string;
  /** Where anyone gets it, and how it is made from what one gets. */
  readonly how: string;
}

/** One metric of one run: the paper's figures by method. */
export interface TableRow {
  readonly title: string;
  /** Id of the metric in results.json: `regret`, `regret_hardest_25`, … */
  readonly metric: string;
  /** Ids of test sets in results.json whose values are averaged, each counting the same, where it is not over all. */
  readonly sets?: readonly string[];
  readonly better: "lower" | "higher";
  /** Factor that takes ours to the paper's unit: −1 for a return from a loss, 100 for per cent; 1 unless given. */
  readonly factor?: number;
  /** Empty where the paper draws and prints no number. */
  readonly figures: readonly PaperFigure[];
  /** Its place on the axis of a figure. */
  readonly at?: string;
}

/** A printed figure; `sd` where the paper prints a standard deviation. */
export interface PaperFigure {
  /** Id of the method in our results. */
  readonly method: string;
  readonly mean: number;
  readonly sd?: number;
}

/**
 * What a table reads of a run's results: a part of `RunResult`. Results of other kinds of problems need no more than this.
 */
export interface TableResult {
  readonly seeds: number;
  readonly quick: boolean;
  readonly methods: readonly TableMethod[];
}

export interface TableMethod {
  readonly id: string;
  readonly label: string;
  readonly role: "trained" | "baseline" | "control" | "floor";
  readonly values: readonly SeedValues[];
  /** Where the decision is a predictor: values by test set. */
  readonly sets?: readonly (SeedValues & { readonly set: string })[];
}

interface SeedValues {
  readonly metric: string;
  readonly perSeed: readonly (number | null)[];
}
